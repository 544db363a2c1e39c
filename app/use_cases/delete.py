"""Delete a picture: at the library where it is the master, then its record, then its file.

Where Payload keeps a trash of image records, they go there and can be restored; the library keeps its picture then.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from app.cms.caller import Caller
from app.cms.gateway import Cms
from app.cms.image import Image
from app.cms.image_record import PROVIDER, CharacterImageMetadata
from app.cms.media import Media
from app.errors import (
    AppError,
    Forbidden,
    GenerationInProgress,
    ImageNotFound,
    LibraryError,
    LibraryRouteMissing,
    Unauthenticated,
    at_payload,
    class_and_status,
    payload_words,
)
from app.generation import master
from app.services import Services, find_image, not_found_as
from payload_client import Collection, DocumentLocked, Id, NotFound, PayloadError, Refused
from payload_client import Forbidden as PayloadForbids

log = logging.getLogger(__name__)

_DELETED = "This image was deleted already."

FileLeft = Literal["deleted", "in_trash", "kept_in_use", "kept_for_record", "left_for_sweep"]
RecordLeft = Literal["in_trash"]


class RemoteDelete(msgspec.Struct, frozen=True, rename="camel"):
    """What became of it at the library. `reason`: why nothing was sent."""

    attempted: bool = False
    deleted: bool = False
    status: int | None = None
    error: str | None = None
    reason: str | None = None


class ImageRestored(msgspec.Struct, frozen=True):
    """An image that is out of the trash again."""

    image: Image
    success: bool = True


class ImageDeleted(msgspec.Struct, frozen=True, rename="camel"):
    """What was deleted. `media`: what became of the file; `record`: where it is now, unless it is deleted for good."""

    media: FileLeft
    remote: RemoteDelete
    record: RecordLeft | UnsetType = UNSET
    success: bool = True


async def image(services: Services, caller: Caller, character_id: str, image_id: str) -> ImageDeleted:
    """Delete one picture of a character. Raises `ImageNotFound` or `Forbidden` before anything is sent.

    Where Payload keeps a trash of records, the record goes there, and the file too where it has one of files.
    """
    cms = services.cms.as_user(caller.auth)
    record = await find_image(cms, caller, character_id, image_id)
    await _check_rights(cms, record)
    with services.runs.changing():
        if record.has_trash:
            deleted = await _put_into_trash(cms, record)
        else:
            record = await _with_character(cms, record)
            _check_no_swap(services, record)
            remote = await _delete_at_library(services, cms, record)
            await _delete_record(cms, record, remote)
            deleted = ImageDeleted(await _delete_file(cms, record), remote)
    fields = {"imageId": str(record.id), "media": deleted.media, "deletedAtLibrary": deleted.remote.deleted}
    log.info("image %s is %s", record.id, deleted.record or "deleted", extra=fields)
    return deleted


async def restore(services: Services, caller: Caller, character_id: str, image_id: str) -> ImageRestored:
    """Take a picture's file and record out of Payload's trash again.

    Raises `ImageNotFound` where one of them is not there any more, and `Forbidden`; then nothing has changed.
    """
    cms = services.cms.as_user(caller.auth)
    gone = ImageNotFound("This image is not in Payload's trash any more, so it cannot be restored.")
    with not_found_as(gone, cms.images, caller, image_id):
        record = await cms.images.find_by_id(image_id, trash=True)
    if str(record.character_id) != character_id:
        raise gone
    file = (await cms.find_files([record.media_id])).get(record.media_id)
    if file is None:
        raise ImageNotFound(
            "The file of this image is deleted for good, so it cannot be restored. Nothing was changed."
        )
    with services.runs.changing():
        # The file first: at no time is there a record without one.
        if file.deleted_at:
            await _patch_trash(cms, cms.media.restore(file.id), "restore the file of this image")
        if record.deleted_at:
            await _patch_trash(cms, cms.images.restore(record.id), "restore this image")
    log.info("image %s is restored", record.id, extra={"imageId": str(record.id)})
    return ImageRestored(cms.image(await find_image(cms, caller, character_id, image_id)))


async def _put_into_trash(cms: Cms, record: CharacterImageMetadata) -> ImageDeleted:
    """Put the record into the trash, then its file, unless something else shows that too."""
    await _patch_trash(cms, cms.images.trash(record.id), "put this image into its trash", missing=_DELETED)
    return ImageDeleted(await _put_file_into_trash(cms, record), RemoteDelete(reason="in_trash"), "in_trash")


async def _put_file_into_trash(cms: Cms, record: CharacterImageMetadata) -> FileLeft:
    """Put a file after its record, which points at it yet, so that it stays in Media where it cannot."""
    if record.media_id is None or not _file_has_trash(record):
        return "kept_for_record"
    try:
        if await cms.uses(record.media_id, but=record.id):
            return "kept_in_use"
        await cms.media.trash(record.media_id, trash=True)
    except PayloadError as error:
        log.warning("media %s stays out of the trash: %s", record.media_id, error)
        return "kept_for_record"
    return "in_trash"


async def _patch_trash(cms: Cms, change: Awaitable[object], what: str, missing: str = _DELETED) -> None:
    try:
        await change
    except NotFound as error:
        raise ImageNotFound(missing) from error
    except PayloadError as error:
        if isinstance(error, PayloadForbids) and not await cms.knows_caller():
            raise Unauthenticated("Payload ended your session before anything was changed. Sign in again.") from error
        raise at_payload(error, f"Payload did not {what} ({_reason(error)}). Try again in a moment.") from error


async def _check_rights(cms: Cms, record: CharacterImageMetadata) -> None:
    try:
        allowed = await _may_delete(cms.images, record.id, to_trash=record.has_trash)
    except NotFound as error:
        raise ImageNotFound(_DELETED) from error
    stays = record.has_trash and not _file_has_trash(record)
    if not (allowed and (stays or await _may_delete_file(cms, record))):
        if not await cms.knows_caller():
            raise Unauthenticated("Payload ended your session before anything was deleted. Sign in again.")
        raise Forbidden("Payload does not allow you to delete this image. Nothing was changed.")


async def _may_delete_file(cms: Cms, record: CharacterImageMetadata) -> bool:
    if record.media_id is None:
        return True
    try:
        return await _may_delete(cms.media, record.media_id, to_trash=_file_has_trash(record))
    except NotFound:
        return True  # it is gone already


async def _may_delete(collection: Collection[Any], id: Id, *, to_trash: bool) -> bool:
    """Whether the caller may delete a document, or put it into the trash: some rules allow that alone."""
    return await collection.may("delete", id, data={"deletedAt": datetime.now(UTC)} if to_trash else None)


def _file_has_trash(record: CharacterImageMetadata) -> bool:
    return isinstance(record.media, Media) and record.media.has_trash


async def _with_character(cms: Cms, record: CharacterImageMetadata) -> CharacterImageMetadata:
    """The same record with its character, where Payload did not fill that in; as it is where nobody may see that."""
    if record.character or record.character_id is None:
        return record
    try:
        return msgspec.structs.replace(record, character_reference=await cms.characters.find_by_id(record.character_id))
    except (NotFound, PayloadForbids):
        return record


def _check_no_swap(services: Services, record: CharacterImageMetadata) -> None:
    """While a new reference is drawn, the old master is between two places, and would come back."""
    library_id = record.character.library_db_id if record.character else None
    runs = services.runs.at_library(library_id) if library_id and record.kind == "reference" else []
    if any(run.kind == "reference" for run in runs):
        raise GenerationInProgress("A reference of this character is being drawn. Delete this one when that is over.")


async def _delete_record(cms: Cms, record: CharacterImageMetadata, remote: RemoteDelete) -> None:
    """Delete the record, if nobody else has done so by now."""
    try:
        await cms.images.delete(record.id)
    except NotFound:
        return
    except PayloadError as error:
        if error.maybe_written and await _is_gone(cms, record):
            return
        raise await _error_for(cms, error, remote) from error


async def _error_for(cms: Cms, error: PayloadError, remote: RemoteDelete) -> AppError:
    """The same failure, in words that tell what has already happened at the library."""
    before = "The Character Library has deleted its copy, but " if remote.deleted else ""
    if isinstance(error, PayloadForbids) and not await cms.knows_caller():
        return Unauthenticated(
            f"{before}Payload ended your session before it deleted this image, so it is still here. "
            "Sign in again and delete it once more."
        )
    sentence = (
        f"{before}Payload did not delete this image ({_reason(error)}), so it is still here. Try again in a moment."
    )
    return at_payload(error, sentence)


def _reason(error: PayloadError) -> str:
    if isinstance(error, DocumentLocked):
        return "somebody has it open there"
    if isinstance(error, Refused):
        return payload_words(error)
    return "it could not be reached or did not answer in time"


async def _is_gone(cms: Cms, record: CharacterImageMetadata) -> bool:
    try:
        await cms.images.find_by_id(record.id)
    except NotFound:
        return True
    except PayloadError:
        return False
    return False


async def _delete_at_library(services: Services, cms: Cms, record: CharacterImageMetadata) -> RemoteDelete:
    if record.is_hidden_from_caller or record.character is None:
        return RemoteDelete(reason="master_unknown")
    if record.provider != PROVIDER or record.kind != "reference":
        return RemoteDelete(reason="not_a_reference")
    library_id = record.character.library_db_id
    if library_id is None:
        return RemoteDelete(reason="not_linked")
    if reason := await _why_spared(services, cms, record, library_id):
        return RemoteDelete(reason=reason)
    try:
        await services.library.delete_reference_image(library_id)
    except LibraryError as error:
        return RemoteDelete(attempted=True, status=error.status, error=str(error))
    return RemoteDelete(attempted=True, deleted=True)


async def _why_spared(services: Services, cms: Cms, record: CharacterImageMetadata, library_id: str) -> str | None:
    """Why the library's master must stay: its DELETE removes that, whichever picture it is, and all derived from it.

    A library id is a capability, and a record can be written by hand: the picture must have been drawn for this record,
    be the master, and belong to no other character.
    """
    if record.character_id is None:
        return "master_unknown"
    if not record.was_drawn_here:
        return "recovered"
    try:
        if await cms.shares_library_id(library_id, record.character_id):
            return "shared_library_id"
        current = await services.library.reference_image(library_id)
    except LibraryRouteMissing:  # such a library has ids of nothing, and its newest reference for a master
        newest = await master.find_newest_reference(cms, record.character_id)
        return None if newest and newest.id == record.id else "master_unknown"
    except (LibraryError, PayloadError) as error:
        log.warning("the master is left at the library: %s", class_and_status(error))
        return "master_unknown"
    if current is None:
        return "no_master"
    if current.media_id is None or record.library_media_id is None:
        return "master_unknown"
    return None if current.media_id == record.library_media_id else "not_the_master"


async def _delete_file(cms: Cms, record: CharacterImageMetadata) -> FileLeft:
    """Delete the file unless something else uses it too: Payload would drop the bytes before it finds out.

    Where Payload keeps a trash of files, it goes there.
    """
    if record.media_id is None:
        return "deleted"
    try:
        if await cms.uses(record.media_id):
            return "kept_in_use"
        if _file_has_trash(record):
            await cms.media.trash(record.media_id, trash=True)
            return "in_trash"
        await cms.media.delete(record.media_id)
    except NotFound:
        return "deleted"
    except PayloadError as error:
        log.warning("media %s is left for the sweep: %s", record.media_id, error)
        return "left_for_sweep"
    return "deleted"
