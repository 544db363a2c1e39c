"""What there is: a character's pictures, one of them, the characters."""

from __future__ import annotations

import logging

import msgspec

from app.errors import CharacterNotFound
from app.models.caller import Caller
from app.models.character_image_metadata import CharacterImageMetadata, Kind, Status
from app.models.character_reference import LISTED, CharacterReference
from app.models.cms import NEWEST_FIRST, Cms
from app.models.image import Image, unreadable
from app.studio import NO_CHARACTER, Studio, find_character, find_image, not_found_as
from payload_client import Id, Page, Unreadable, Where, field

log = logging.getLogger(__name__)


class ListedCharacter(msgspec.Struct, frozen=True, rename="camel"):
    """The character whose pictures these are."""

    id: Id
    name: str | None
    library_db_id: str | None


class ImagesListed(msgspec.Struct, frozen=True, rename="camel"):
    """One page of pictures, newest first. `count`: all that match."""

    count: int
    page: int
    limit: int
    total_pages: int
    images: list[Image]
    character: ListedCharacter
    success: bool = True


async def images(
    studio: Studio,
    caller: Caller,
    character_id: str,
    *,
    page: int = 1,
    limit: int = 100,
    kind: Kind | None = None,
    status: Status | None = None,
) -> ImagesListed:
    """The pictures of a character. One request to Payload, a second one only where none matches."""
    cms = studio.cms.as_user(caller.auth)
    where = _where(character_id, kind, status)
    with not_found_as(CharacterNotFound(NO_CHARACTER), caller, character_id):
        found = await cms.images.find_each(
            where, sort=NEWEST_FIRST, page=page, limit=limit, depth=1, populate=cms.listed
        )
    character = _character(found, character_id) or await find_character(cms, caller, character_id)
    return ImagesListed(
        count=found.total_docs,
        page=page,
        limit=limit,
        total_pages=found.total_pages,
        images=[image for record in found.docs if (image := _image(cms, record, character_id))],
        character=ListedCharacter(character.id, character.name, character.library_db_id),
    )


async def references(studio: Studio, caller: Caller, character_id: str, *, limit: int) -> list[Image]:
    """The newest references of a character, to start a set from."""
    cms = studio.cms.as_user(caller.auth)
    where = _where(character_id, "reference", "succeeded")
    with not_found_as(CharacterNotFound(NO_CHARACTER), caller, character_id):
        found = await cms.images.find_each(where, sort=NEWEST_FIRST, limit=limit, depth=1, populate=cms.listed)
    records = [record for record in found.docs if not isinstance(record, Unreadable)]
    return [image for record in records if (image := _image(cms, record, character_id))]


async def image(studio: Studio, caller: Caller, character_id: str, image_id: str) -> Image:
    """One picture of a character."""
    cms = studio.cms.as_user(caller.auth)
    return cms.image(await find_image(cms, caller, character_id, image_id))


async def character(studio: Studio, caller: Caller, character_id: str) -> CharacterReference:
    """One character with all that is known about it."""
    return await find_character(studio.cms.as_user(caller.auth), caller, character_id)


async def characters(studio: Studio, caller: Caller, *, page: int = 1, limit: int = 50) -> Page[CharacterReference]:
    """The film's characters by name."""
    cms = studio.cms.as_user(caller.auth)
    return await cms.characters.find(sort="projectCharacterName,name", page=page, limit=limit, select=LISTED)


def _where(character_id: str, kind: Kind | None, status: Status | None) -> Where:
    where = field("characterReference") == character_id
    if kind:
        where &= field("kind") == kind
    if status:
        where &= field("status") == status
    return where


def _character(found: Page[CharacterImageMetadata | Unreadable], character_id: str) -> CharacterReference | None:
    records = [record for record in found.docs if not isinstance(record, Unreadable)]
    return next((one for record in records if (one := record.character) and str(one.id) == character_id), None)


def _image(cms: Cms, record: CharacterImageMetadata | Unreadable, character_id: str) -> Image | None:
    """The picture of a record, or what can be shown of one that cannot be read; None of another character's."""
    if isinstance(record, Unreadable):
        log.warning("record %s of character %s cannot be read", record.id, character_id)
        return unreadable(record.id) if record.id is not None else None
    return cms.image(record) if str(record.character_id) == character_id else None
