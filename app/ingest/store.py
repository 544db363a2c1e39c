"""Storing a picture in Payload: file first, then its record, and in the end both or neither."""

from __future__ import annotations

import asyncio
import io
import logging
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import IO, TypeVar

from app.cms.gateway import Cms
from app.cms.image_record import CharacterImageMetadata, NewCharacterImageMetadata
from app.cms.media import Media, NewMedia
from app.decoding.messages import Inspected
from app.errors import (
    AppError,
    ImageTruncated,
    NotAnImage,
    PayloadRejected,
    PayloadUnavailable,
    Unauthenticated,
    at_payload,
    payload_reasons,
)
from app.ingest.file_names import new_name
from app.limits import Limits
from payload_client import Forbidden as PayloadForbids
from payload_client import Id, NotFound, NotUnique, PayloadError, Refused, ServerError, field

log = logging.getLogger(__name__)
T = TypeVar("T")
Inspect = Callable[[IO[bytes]], Awaitable[Inspected]]

_IN_MEDIA = "Its file is left in Payload's Media for the sweep."
_NOTHING_STORED = "Nothing was kept of it."


async def upload(
    cms: Cms, file: IO[bytes], picture: Inspected, alt: str, inspect: Inspect, limits: Limits = Limits()
) -> Media:
    """Store the file under a name of its own. Raises `PayloadRejected`, `PayloadUnavailable` or `Forbidden`.

    What Payload has stored must be a whole picture, as `inspect` tells: it may be converted (`formatOptions`,
    `resizeOptions`), not cut.
    """
    name, size = new_name(picture.extension), file.seek(0, io.SEEK_END)
    file.seek(0)
    try:
        data = cms.site_fields.media_data(NewMedia(alt=alt))
        media = await cms.media.upload(file, filename=name, content_type=picture.mime_type, data=data)
    except PayloadError as error:
        written = None
        with suppress(PayloadError):
            written = await _find_written(error, lambda: _media_named(cms, name), limits)
        if written is None or (_exists_already(error) and written.filesize not in (size, None)):
            raise await _error_for(cms, error, _NOTHING_STORED) from error
        media = written
    if (media.filesize, media.mime_type) != (size, picture.mime_type) and not await _is_whole(cms, media, inspect):
        outcome = _NOTHING_STORED if await _take_back(cms, media.id) else _IN_MEDIA
        raise PayloadRejected(f"What Payload stored is not the whole picture that it was sent. {outcome}")
    return media


async def record(cms: Cms, new: NewCharacterImageMetadata, limits: Limits = Limits()) -> CharacterImageMetadata:
    """Write the record of a file that is stored. Where it is refused, the file goes too.

    After a lost answer the record is looked up and adopted. Where it is not there, or nobody can look, the file is
    left to the sweep, since the record may be there or still arrive.
    """
    try:
        return await cms.images.create(cms.site_fields.record_data(new))
    except PayloadError as error:
        refused = isinstance(error, Refused)
        try:
            if written := await _find_written(error, lambda: _record_of(cms, new.media), limits):
                return written
        except PayloadError:
            refused = False
        taken_back = refused and await _take_back(cms, new.media)
        if not taken_back:
            log.warning("media %s may have no record (%s); the sweep finds it", new.media, error)
        raise await _error_for(cms, error, _NOTHING_STORED if taken_back else _IN_MEDIA) from error


async def unrecorded(cms: Cms, records: Iterable[Id], limits: Limits = Limits()) -> dict[Id, PayloadUnavailable]:
    """What to say of each record that Payload told it had made and then does not have; its file is left to the sweep.

    Where nobody can look, Payload's word has to do.
    """
    missing = set(records)

    async def all_there() -> bool:
        page = await cms.images.find(field("id").is_in(*missing), limit=len(missing), select={"media": True})
        missing.difference_update(record.id for record in page.docs)
        return not missing

    with suppress(PayloadError):
        if missing and not await _look_repeatedly(all_there, limits):
            log.warning("Payload does not have the records %s that it said it made; the sweep finds the files", missing)
            sentence = f"Payload said that it had stored the picture, and does not have its record. {_IN_MEDIA}"
            return {record: PayloadUnavailable(sentence) for record in missing}
    return {}


async def _find_written(error: PayloadError, look: Callable[[], Awaitable[T | None]], limits: Limits) -> T | None:
    """Look up the document that a failed write may have created. Raises `PayloadError` if the look-up fails."""
    return await _look_repeatedly(look, limits) if error.maybe_written or _exists_already(error) else None


def _exists_already(error: PayloadError) -> bool:
    """Whether it says that such a document is there: our own, where a proxy has sent the request twice."""
    return isinstance(error, NotUnique) or (isinstance(error, Refused) and error.status == HTTPStatus.CONFLICT)


async def _look_repeatedly(look: Callable[[], Awaitable[T | None]], limits: Limits) -> T | None:
    """Look a few times, until something is there. Raises `PayloadError` if the last look failed."""
    blind: PayloadError | None = None
    for seconds in limits.lost_answer_seconds:
        await asyncio.sleep(seconds)
        try:
            if document := await look():
                return document
            blind = None
        except PayloadError as failed:
            blind = failed
    if blind:
        raise blind
    return None


async def _media_named(cms: Cms, name: str) -> Media | None:
    """The file of that name, also where Payload has given it another extension or counted it up."""
    stem, _, _ = name.rpartition(".")
    page = await cms.media.find(field("filename").contains(stem), limit=1)
    return page.docs[0] if page.docs else None


async def _record_of(cms: Cms, media: Id) -> CharacterImageMetadata | None:
    page = await cms.images.find(field("media") == media, limit=1)
    return page.docs[0] if page.docs else None


async def _is_whole(cms: Cms, media: Media, inspect: Inspect) -> bool:
    """Whether a file that differs from what was sent is a whole picture of its type, or cannot be read to tell."""
    if not media.filename:
        return True
    try:
        stored = await cms.media.file(media.filename)
    except PayloadError as error:
        log.info("media %s differs from what was sent and cannot be read back: %s", media.id, error)
        return True
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(_fill, file, stored)
        try:
            inspected = await inspect(file)
        except (NotAnImage, ImageTruncated):
            return False
        except AppError as error:
            log.info("media %s differs from what was sent and cannot be inspected: %s", media.id, error)
            return True
    return media.mime_type in (None, inspected.mime_type)


def _fill(file: IO[bytes], content: bytes) -> None:
    file.write(content)
    file.flush()


async def _take_back(cms: Cms, media: Id) -> bool:
    try:
        await cms.media.delete(media)
    except NotFound:
        pass
    except PayloadError as error:
        log.warning("media %s has no record and could not be deleted (%s); the sweep finds it", media, error)
        return False
    return True


async def _error_for(cms: Cms, error: PayloadError, outcome: str) -> AppError:
    """The same failure, in words for the person who waits for a picture. `outcome`: what there is of it now."""
    if isinstance(error, PayloadForbids):
        if not await cms.knows_caller():
            return Unauthenticated(
                "Your session at Payload ended before the picture was stored. "
                f"{outcome} Sign in again and ask the library what it has."
            )
        return at_payload(
            error, f"Payload does not allow you to store this picture: {payload_reasons(error)}. {outcome}"
        )
    if isinstance(error, Refused) and not isinstance(error, ServerError):
        return at_payload(error, f"Payload refused the picture: {payload_reasons(error)}. {outcome}")
    return at_payload(
        error, "Payload failed while the picture was being stored. Once it is back, ask the library what it has."
    )
