"""What there is of a character: its pictures, one of them, itself."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable
from contextlib import suppress

import msgspec

from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.cms.gateway import NEWEST_FIRST, Cms
from app.cms.image import Image, unreadable
from app.cms.image_record import CharacterImageMetadata, Kind, Reviewed, Status, Verdict
from app.errors import ImageNotFound, InvalidRequest
from app.limits import SET_PLACES
from app.services import Services, could_be_id, find_character, find_image, fits_database, of_character
from payload_client import FieldError, Id, Page, ServerError, Unreadable, ValidationFailed, Where, field

log = logging.getLogger(__name__)

_MOST_CHOSEN = 200
_VERDICTS: dict[Reviewed, Verdict] = {"picked": "pick", "rejected": "reject"}
_SET_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


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
    services: Services,
    caller: Caller,
    character_id: str,
    *,
    page: int = 1,
    limit: int = 100,
    kind: Kind | None = None,
    status: Status | None = None,
    review: Reviewed | None = None,
    known: Awaitable[CharacterReference] | None = None,
) -> ImagesListed:
    """The pictures of a character. One request to Payload, a second one only where none matches.

    `known`: the character, where somebody asks for it anyhow.
    """
    cms = services.cms.as_user(caller.auth)
    where = _where(character_id, kind, status, review)
    async with of_character(cms, caller, character_id):
        result = await cms.images.find_each(
            where, sort=NEWEST_FIRST, page=page, limit=limit, depth=1, populate=cms.listed
        )
    character = _character(result, character_id) or await (known or find_character(cms, caller, character_id))
    return ImagesListed(
        count=result.total_docs,
        page=page,
        limit=limit,
        total_pages=result.total_pages,
        images=await _images(cms, result, character_id),
        character=ListedCharacter(character.id, character.name, character.library_db_id),
    )


async def references(services: Services, caller: Caller, character_id: str, *, limit: int) -> list[Image]:
    """The newest references of a character, to start a set from."""
    cms = services.cms.as_user(caller.auth)
    where = _where(character_id, "reference", "succeeded")
    async with of_character(cms, caller, character_id):
        result = await cms.images.find_each(
            where, sort=NEWEST_FIRST, limit=limit, depth=1, populate=cms.listed, pagination=False
        )
    return [image for image in await _images(cms, result, character_id) if image.kind == "reference"]


async def image(services: Services, caller: Caller, character_id: str, image_id: str) -> Image:
    """One picture of a character."""
    cms = services.cms.as_user(caller.auth)
    return cms.image(await find_image(cms, caller, character_id, image_id))


async def set_of(services: Services, caller: Caller, character_id: str, set_id: str) -> list[Image]:
    """The pictures of one set in the library's order. Raises `ImageNotFound` where there is none."""
    missing = ImageNotFound("There is no such set of this character, or its images were deleted already.")
    if not _SET_ID.fullmatch(set_id):  # Payload answers 400 to some texts, and 500 to others
        raise missing
    of_the_set = field("metrics.setId") == set_id
    _, images = await _find(services, caller, character_id, of_the_set, limit=SET_PLACES)
    if not images:
        raise missing
    return sorted(images, key=lambda image: image.place)


async def chosen(services: Services, caller: Caller, character_id: str, ids: list[str]) -> list[Image]:
    """Those pictures of a character, in the order asked for; one that is not there is left out.

    Raises `InvalidRequest` for too many, `ImageNotFound` where none is there.
    """
    if len(ids) > _MOST_CHOSEN:
        raise InvalidRequest(f"At most {_MOST_CHOSEN} images can be chosen at once.", FieldError("image", "too many"))
    records = services.cms.as_user(caller.auth).images
    if records.ids is None:  # nothing has shown yet whether they are numbers
        await records.find(limit=1, select={"media": True})
    sound = [image_id for image_id in dict.fromkeys(ids) if could_be_id(image_id, records)]
    try:
        images = await _among(services, caller, character_id, sound)
    except ServerError:  # one id that the database cannot compare fails all
        sound = [image_id for image_id in sound if fits_database(image_id, caller)]
        images = await _among(services, caller, character_id, sound)
    by_id = {str(image.id): image for image in images}
    if not (result := [by_id[image_id] for image_id in sound if image_id in by_id]):
        raise ImageNotFound("None of these images is there, or they were deleted already.")
    return result


async def _among(services: Services, caller: Caller, character_id: str, ids: list[str]) -> list[Image]:
    if not ids:
        return []
    number = services.cms.images.ids is int
    among = field("id").is_in(*(int(image_id) if number else image_id for image_id in ids))
    return (await _find(services, caller, character_id, among, limit=_MOST_CHOSEN))[1]


async def drawn_from(
    services: Services, caller: Caller, character_id: str, reference: Image, *, limit: int, kind: Kind | None = None
) -> tuple[int, list[Image]]:
    """What came of a reference: how many pictures, and the newest of them."""
    of_it = field("metrics.referenceImageId") == reference.id
    return await _find(services, caller, character_id, of_it, kind=kind, limit=limit)


async def newest(services: Services, caller: Caller, character_id: str, kind: Kind, *, limit: int) -> list[Image]:
    """The newest pictures of a kind."""
    _, images = await _find(services, caller, character_id, kind=kind, limit=limit)
    return images


async def picked(
    services: Services, caller: Caller, character_id: str, kinds: tuple[Kind, ...], *, limit: int
) -> list[Image]:
    """The newest pictures of some kinds that somebody picked."""
    are_picked = (field("metrics.review.verdict") == _VERDICTS["picked"]) & field("kind").is_in(*kinds)
    _, images = await _find(services, caller, character_id, are_picked, limit=limit)
    return images


async def count(
    services: Services,
    caller: Caller,
    character_id: str,
    *,
    kind: Kind | None = None,
    status: Status | None = None,
    review: Reviewed | None = None,
) -> int:
    """How many pictures of a character there are; none by a field that may not be read."""
    cms = services.cms.as_user(caller.auth)
    async with of_character(cms, caller, character_id):
        with suppress(ValidationFailed):
            return await cms.images.count(_where(character_id, kind, status, review))
    return 0


async def character(services: Services, caller: Caller, character_id: str) -> CharacterReference:
    """One character with all that is known about it."""
    return await find_character(services.cms.as_user(caller.auth), caller, character_id)


async def _find(
    services: Services,
    caller: Caller,
    character_id: str,
    where: Where | None = None,
    *,
    limit: int,
    kind: Kind | None = None,
) -> tuple[int, list[Image]]:
    """How many of a character's pictures match, and the newest of them; none by a field that may not be read."""
    cms, of_it = services.cms.as_user(caller.auth), _where(character_id, kind, None)
    async with of_character(cms, caller, character_id):
        with suppress(ValidationFailed):
            result = await cms.images.find_each(
                of_it & where if where else of_it, sort=NEWEST_FIRST, limit=limit, depth=1, populate=cms.listed
            )
            return result.total_docs, await _images(cms, result, character_id)
    return 0, []


def _where(character_id: str, kind: Kind | None, status: Status | None, review: Reviewed | None = None) -> Where:
    where = field("characterReference") == character_id
    if kind:
        where &= field("kind") == kind
    if status:
        where &= field("status") == status
    if review:
        verdict = field("metrics.review.verdict")
        where &= verdict.exists(yes=False) if review == "open" else verdict == _VERDICTS[review]
    return where


def _character(result: Page[CharacterImageMetadata | Unreadable], character_id: str) -> CharacterReference | None:
    records = [record for record in result.docs if not isinstance(record, Unreadable)]
    return next((person for record in records if (person := record.character) and str(person.id) == character_id), None)


async def _images(cms: Cms, result: Page[CharacterImageMetadata | Unreadable], character_id: str) -> list[Image]:
    """The pictures of a page of records, and what can be shown of a record that cannot be read."""
    readable = [record for record in result.docs if not isinstance(record, Unreadable)]
    ours = [record for record in readable if str(record.character_id) == character_id]
    images = {record.id: cms.image(record) for record in await cms.with_files(ours)}
    for record in result.docs:
        if isinstance(record, Unreadable) and record.id is not None:
            log.warning("record %s of character %s cannot be read", record.id, character_id)
            images[record.id] = unreadable(record.id)
    return [images[record.id] for record in result.docs if record.id in images]
