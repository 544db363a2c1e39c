"""What every use case works with, and the checks that they share."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from app.character_library import CharacterLibrary
from app.decoding.pool import Decoders
from app.disk import Disk
from app.errors import CharacterNotFound, CharacterNotLinked, Forbidden, ImageNotFound
from app.ingest import Ingest
from app.models.caller import Caller
from app.models.character_image_metadata import CharacterImageMetadata
from app.models.character_reference import CharacterReference
from app.models.cms import Cms
from app.prompts import Writer
from app.runs import Runs
from app.shares import Shares
from app.stored import Files
from payload_client import InvalidCall, Jwt, NotFound, PayloadError

log = logging.getLogger(__name__)

NO_CHARACTER = "There is no such character, or you may not see it."
_INTEGER, _TEXT = re.compile(r"\d{1,15}", re.ASCII), re.compile(r"[\w.:-]{1,100}", re.ASCII)
_UUID = re.compile(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.ASCII | re.IGNORECASE)
_LARGEST_ID = 2**31 - 1  # of an integer column in PostgreSQL
STORING_SECONDS = 300
"""What bringing in all that was drawn may take, on top of the drawing."""


def longest_run(timeout: float, set_timeout: float) -> float:
    """Seconds that any run may take, with those limits of the library's: a master may be drawn a second time."""
    return max(2 * timeout, set_timeout) + STORING_SECONDS


class Scarce(msgspec.Struct, frozen=True):
    """What this process has only so much of, and one person a share: see `app.limits`.

    `disk`: the temporary folder; `download_bytes`: what one download has there, at most.
    """

    streams: Shares
    downloads: Shares
    look_ups: Shares
    model: Shares
    disk: Disk
    download_bytes: int

    def hold_download(self, person: str) -> None:
        """Take room for a download until the current task is over. Raises `TooManyRequests` or `Busy`."""
        self.downloads.hold(person)
        self.disk.check_room_beside_pictures(self.downloads.held * self.download_bytes)


class Studio(msgspec.Struct, frozen=True):
    """The clients and this process's runs. `portfolio_count`: pictures asked for in a set; timeouts in seconds.

    `files` reads what is stored, `decoders` draw it, `scarce` is shared out. `writer`: who writes prompts, where a
    model is configured.
    """

    cms: Cms
    library: CharacterLibrary
    ingest: Ingest
    runs: Runs
    files: Files
    decoders: Decoders
    scarce: Scarce
    portfolio_count: int
    timeout: float
    set_timeout: float
    writer: Writer | None = None

    async def desk(self, caller: Caller, character_id: str) -> Desk:
        """Where a picture of a character can be made: it exists, is linked, and the caller may store pictures.

        Raises `CharacterNotFound`, `CharacterNotLinked`, `Forbidden` or `Busy`, before anything is paid for.
        """
        cms = self.cms.as_user(caller.auth)
        character, permissions = await asyncio.gather(find_character(cms, caller, character_id), cms.payload.access())
        linked = linked_id(character)
        if not all(permissions.may("create", slug) for slug in (cms.slugs.media, cms.slugs.images)):
            raise Forbidden("Payload does not allow you to store pictures. Nothing was generated.")
        self.scarce.disk.check_room_for_pictures()
        return Desk(cms, caller, character, linked)


class Desk(msgspec.Struct, frozen=True):
    """A caller, a character that is linked, and Payload as that caller. `library_id`: the character's id there."""

    cms: Cms
    caller: Caller
    character: CharacterReference
    library_id: str

    @property
    def name(self) -> str:
        """What to call the character in a sentence."""
        return self.character.name or f"character {self.character.id}"

    async def lasting(self, seconds: float) -> Desk:
        """The same desk with a session that lasts so long and until all is stored, where Payload grants one."""
        caller = self.caller
        if caller.exp is None or caller.exp - time.time() > seconds + STORING_SECONDS:
            return self
        try:
            session = await self.cms.users.refresh()
        except PayloadError as error:
            log.warning("a session that ends soon could not be refreshed: %s", error)
            return self
        token = session.refreshed_token
        return msgspec.structs.replace(self, cms=self.cms.as_user(Jwt(token))) if token else self


async def find_character(cms: Cms, caller: Caller, character_id: str) -> CharacterReference:
    """The character of exactly that id. Raises `CharacterNotFound`."""
    with not_found_as(CharacterNotFound(NO_CHARACTER), caller, character_id):
        return await cms.characters.find_by_id(character_id)


async def find_image(cms: Cms, caller: Caller, character_id: str, image_id: str) -> CharacterImageMetadata:
    """The record of exactly that id, read with its file and character, of exactly that character."""
    missing = ImageNotFound("There is no such image of this character, or it was deleted already.")
    with not_found_as(missing, caller, image_id):
        record = await cms.images.find_by_id(image_id, depth=1, populate=cms.listed)
    if str(record.character_id) != character_id:
        raise missing
    return record


def linked_id(character: CharacterReference) -> str:
    """The character's id in the library. Raises `CharacterNotLinked`."""
    if character.library_db_id is None:
        raise CharacterNotLinked(
            "This character is not linked to the Character Library (it has no libraryDbId). Link or sync it first."
        )
    return character.library_db_id


def could_be_id(text: str, caller: Caller) -> bool:
    """Whether a text has the shape of an id here: integers or texts, as the caller's own shows."""
    if isinstance(caller.id, int):
        return bool(_INTEGER.fullmatch(text)) and int(text) <= _LARGEST_ID
    return bool(_TEXT.fullmatch(text))


def could_be_image(text: str, caller: Caller) -> bool:
    """Whether a text has the shape of an image's id: uuids as well, among which PostgreSQL looks for nothing else."""
    return could_be_id(text, caller) and (not _UUID.fullmatch(str(caller.id)) or bool(_UUID.fullmatch(text)))


@contextmanager
def not_found_as(missing: Exception, caller: Caller, id: str) -> Iterator[None]:
    """Raise `missing` where Payload finds nothing of that id; of what cannot be one it is not even asked."""
    if not could_be_id(id, caller):
        raise missing
    try:
        yield
    except (NotFound, InvalidCall) as error:
        raise missing from error
