"""Storing a picture in Payload: file first, then its record, and in the end both or neither."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import IO, TypeVar

from app.errors import StudioError, at_payload
from app.ingest.gate import Picture
from app.ingest.names import new_name
from app.models.character_image_metadata import CharacterImageMetadata, NewCharacterImageMetadata
from app.models.cms import Cms
from app.models.media import Media, NewMedia
from payload_client import Forbidden as PayloadForbids
from payload_client import Id, PayloadError, Refused, ServerError, field

log = logging.getLogger(__name__)
T = TypeVar("T")

_LOOK_AGAIN = (0.0, 0.5, 2.0)
"""Seconds before each look for what a lost answer may have written."""


async def upload(cms: Cms, file: IO[bytes], picture: Picture, alt: str) -> Media:
    """Store the file under a name of its own. Raises `PayloadRejected`, `PayloadUnavailable` or `Forbidden`."""
    name = new_name(picture.extension)
    try:
        return await cms.media.upload(file, filename=name, content_type=picture.mime_type, data=NewMedia(alt=alt))
    except PayloadError as error:
        with suppress(PayloadError):
            if found := await _written(error, lambda: _media_named(cms, name)):
                return found
        raise _told(error) from error


async def record(cms: Cms, new: NewCharacterImageMetadata) -> CharacterImageMetadata:
    """Write the record of a file that is stored. Where it cannot be, the file goes too.

    After a lost answer the record is looked up and adopted. Where it is not there, or nobody can look, the file is
    left to the sweep, since the record may be there or still arrive.
    """
    try:
        return await cms.images.create(new)
    except PayloadError as error:
        refused = isinstance(error, Refused)
        try:
            if found := await _written(error, lambda: _record_of(cms, new.media)):
                return found
        except PayloadError:
            refused = False
        if refused:
            await _take_back(cms, new.media)
        else:
            log.warning("media %s may have no record (%s); the sweep finds it", new.media, error)
        raise _told(error) from error


async def _written(error: PayloadError, look: Callable[[], Awaitable[T | None]]) -> T | None:
    """What a write that failed has written all the same; None where it has not. Raises where nobody could look."""
    blind: PayloadError | None = None
    for seconds in _LOOK_AGAIN if error.maybe_written else ():
        await asyncio.sleep(seconds)
        try:
            if found := await look():
                return found
            blind = None
        except PayloadError as failed:
            blind = failed
    if blind:
        raise blind
    return None


async def _media_named(cms: Cms, name: str) -> Media | None:
    found = await cms.media.find(field("filename") == name, limit=1)
    return found.docs[0] if found.docs else None


async def _record_of(cms: Cms, media: Id) -> CharacterImageMetadata | None:
    found = await cms.images.find(field("media") == media, limit=1)
    return found.docs[0] if found.docs else None


async def _take_back(cms: Cms, media: Id) -> None:
    try:
        await cms.media.delete(media)
    except PayloadError as error:
        log.warning("media %s has no record and could not be deleted (%s); the sweep finds it", media, error)


def _told(error: PayloadError) -> StudioError:
    """The same failure, in words for the person who waits for a picture."""
    if isinstance(error, PayloadForbids):
        return at_payload(error, "Payload does not allow you to store this picture. Nothing was kept of it.")
    if isinstance(error, Refused) and not isinstance(error, ServerError):
        named = ", ".join(field.path for field in error.fields)
        which = f" It names: {named}." if named else ""
        return at_payload(error, f"Payload refused the picture: {error.reason[:300]}.{which} Nothing was kept of it.")
    return at_payload(
        error, "Payload failed while the picture was being stored. Once it is back, ask the library what it has."
    )
