"""Shared clients and limits of the use cases, and the checks that they share."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from app.capacity.disk import Disk
from app.capacity.shares import Shares
from app.character_library import CharacterLibrary
from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.cms.gateway import Cms
from app.cms.image_record import CharacterImageMetadata
from app.decoding.pool import Decoders
from app.errors import CharacterNotFound, CharacterNotLinked, Forbidden, ImageNotFound
from app.export.stored_files import Files
from app.generation.context import STORING_SECONDS, GenerationContext
from app.generation.refusals import Refusals
from app.generation.runs import Runs
from app.ingest import Ingest
from app.limits import LARGEST_NUMBER
from app.prompts import Writer
from payload_client import Collection, InvalidCall, NotFound, ServerError

log = logging.getLogger(__name__)

NO_CHARACTER = "There is no such character, or you may not see it."
_INTEGER = re.compile(r"\d{1,16}", re.ASCII)
_LONGEST_ID = 100
_UUID = re.compile(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.ASCII | re.IGNORECASE)
_LARGEST_INT4 = 2**31 - 1  # of an integer column in PostgreSQL


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


class Services(msgspec.Struct, frozen=True):
    """The clients and this process's runs. `portfolio_count`: pictures asked for in a set; timeouts in seconds.

    `files` reads what is stored, `decoders` draw it, `scarce` is shared out. `writer`: who writes prompts, where a
    model is configured. `reviewing`: a lock for each image whose review is being written.
    `refusals`: what Payload refused.
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
    reviewing: WeakValueDictionary[str, asyncio.Lock] = msgspec.field(default_factory=WeakValueDictionary)
    refusals: Refusals = msgspec.field(default_factory=Refusals)

    async def prepare_generation(self, caller: Caller, character_id: str) -> GenerationContext:
        """Check that a character exists and is linked, and that the caller may store pictures of it.

        Raises `CharacterNotFound`, `CharacterNotLinked`, `Forbidden` or `Busy`, before anything is paid for.
        """
        cms = self.cms.as_user(caller.auth)
        character, permissions = await asyncio.gather(find_character(cms, caller, character_id), cms.payload.access())
        linked = linked_id(character)
        if not all(permissions.may("create", slug) for slug in (cms.slugs.media, cms.slugs.images)):
            raise Forbidden("Payload does not allow you to store pictures. Nothing was generated.")
        self.scarce.disk.check_room_for_pictures()
        writing = await cms.writing_for(character.id)
        return GenerationContext(writing, self.library, self.ingest, caller, character, linked, self.runs.unstored)


async def find_character(cms: Cms, caller: Caller, character_id: str) -> CharacterReference:
    """Find the character of exactly that id. Raises `CharacterNotFound`."""
    with not_found_as(CharacterNotFound(NO_CHARACTER), cms.characters, caller, character_id):
        return await cms.characters.find_by_id(character_id)


@asynccontextmanager
async def of_character(cms: Cms, caller: Caller, character_id: str) -> AsyncIterator[None]:
    """Surround a query with a character's id in its filter. Raises `CharacterNotFound` where there can be none.

    Payload fails (500) at a text among integers, so until it has shown its kind of ids a text is looked up first.
    """
    if cms.characters.ids is None and not _INTEGER.fullmatch(character_id):
        await find_character(cms, caller, character_id)
    with not_found_as(CharacterNotFound(NO_CHARACTER), cms.characters, caller, character_id):
        yield


async def find_image(cms: Cms, caller: Caller, character_id: str, image_id: str) -> CharacterImageMetadata:
    """Find the record of exactly that id, with its file and character. Raises `ImageNotFound`."""
    missing = ImageNotFound("There is no such image of this character, or it was deleted already.")
    with not_found_as(missing, cms.images, caller, image_id):
        record = await cms.images.find_by_id(image_id, depth=1, populate=cms.listed)
    if str(record.character_id) != character_id:
        raise missing
    (record,) = await cms.with_files([record])
    return record


def linked_id(character: CharacterReference) -> str:
    """Return the character's id in the library. Raises `CharacterNotLinked`."""
    if character.library_db_id is None:
        raise CharacterNotLinked(
            "This character is not linked to the Character Library (it has no libraryDbId). Link or sync it first."
        )
    return character.library_db_id


def could_be_id(text: str, collection: Collection[Any]) -> bool:
    """Whether a text can be an id of a collection; where Payload has not yet shown its kind of ids, any can."""
    if collection.ids is int:
        return bool(_INTEGER.fullmatch(text)) and int(text) <= LARGEST_NUMBER
    return len(text) <= _LONGEST_ID and text.isprintable() and bool(text.strip("./ "))


def fits_database(text: str, caller: Caller) -> bool:
    """Whether a database whose ids are like the caller's can compare a text with ids.

    Payload fails (500) at a text among integers or, on PostgreSQL, uuids, and at a number beyond integers there.
    """
    if isinstance(caller.id, int):
        return bool(_INTEGER.fullmatch(text)) and int(text) <= _LARGEST_INT4
    return not _UUID.fullmatch(caller.id) or bool(_UUID.fullmatch(text))


@contextmanager
def not_found_as(missing: Exception, collection: Collection[Any], caller: Caller, id: str) -> Iterator[None]:
    """Raise `missing` where Payload finds nothing of that id; of what cannot be one it is not even asked."""
    if not could_be_id(id, collection):
        raise missing
    try:
        yield
    except (NotFound, InvalidCall) as error:
        raise missing from error
    except ServerError as error:
        if fits_database(id, caller):
            raise
        raise missing from error
