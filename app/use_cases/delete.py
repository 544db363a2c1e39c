"""Delete a picture: at the library where it is the master, then its record, then its file."""

from __future__ import annotations

import logging
from typing import Literal

import msgspec

from app.cms.caller import Caller
from app.cms.gateway import Cms
from app.cms.image_record import PROVIDER, CharacterImageMetadata
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
from app.services import Services, find_image
from payload_client import DocumentLocked, Id, NotFound, PayloadError, Refused
from payload_client import Forbidden as PayloadForbids

log = logging.getLogger(__name__)

_DELETED = "This image was deleted already."

FileLeft = Literal["deleted", "kept_in_use", "left_for_sweep"]


class RemoteDelete(msgspec.Struct, frozen=True, rename="camel"):
    """What became of it at the library. `reason`: why nothing was sent."""

    attempted: bool = False
    deleted: bool = False
    status: int | None = None
    error: str | None = None
    reason: str | None = None


class ImageDeleted(msgspec.Struct, frozen=True, rename="camel"):
    """What was deleted. `media`: what became of the file."""

    media: FileLeft
    remote: RemoteDelete
    success: bool = True


async def image(services: Services, caller: Caller, character_id: str, image_id: str) -> ImageDeleted:
    """Delete one picture of a character. Raises `ImageNotFound` or `Forbidden` before anything is sent."""
    cms = services.cms.as_user(caller.auth)
    record = await find_image(cms, caller, character_id, image_id)
    await _check_rights(cms, record)
    _check_no_swap(services, record)
    with services.runs.changing():
        remote = await _delete_at_library(services, cms, record)
        await _delete_record(cms, record, remote)
        deleted = ImageDeleted(await _delete_file(cms, record.media_id), remote)
    fields = {"imageId": str(record.id), "media": deleted.media, "deletedAtLibrary": remote.deleted}
    log.info("image %s is deleted", record.id, extra=fields)
    return deleted


async def _check_rights(cms: Cms, record: CharacterImageMetadata) -> None:
    try:
        allowed = await cms.images.may("delete", record.id)
    except NotFound as error:
        raise ImageNotFound(_DELETED) from error
    if not (allowed and await _may_delete_file(cms, record.media_id)):
        if not await cms.knows_caller():
            raise Unauthenticated("Payload ended your session before anything was deleted. Sign in again.")
        raise Forbidden("Payload does not allow you to delete this image. Nothing was changed.")


async def _may_delete_file(cms: Cms, media_id: Id | None) -> bool:
    try:
        return media_id is None or await cms.media.may("delete", media_id)
    except NotFound:
        return True  # it is gone already


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
    if record.provider != PROVIDER or record.kind != "reference":
        return RemoteDelete(reason="not_a_reference")
    library_id = record.character.library_db_id if record.character else None
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


async def _delete_file(cms: Cms, media_id: Id | None) -> FileLeft:
    """Delete the file unless something else uses it too: Payload would drop the bytes before it finds out."""
    if media_id is None:
        return "deleted"
    try:
        if await cms.uses(media_id):
            return "kept_in_use"
        await cms.media.delete(media_id)
    except NotFound:
        return "deleted"
    except PayloadError as error:
        log.warning("media %s is left for the sweep: %s", media_id, error)
        return "left_for_sweep"
    return "deleted"
