"""The library keeps one master reference per character; this is how a history of references grows all the same.

Nothing here deletes anything, and the one request that draws a picture is sent by whoever calls.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.character_library import LibraryImage
from app.cms.gateway import Cms
from app.cms.image_record import PROVIDER, CharacterImageMetadata, Metrics
from app.errors import (
    InvalidRequest,
    LibraryCannot,
    LibraryError,
    LibraryRouteMissing,
    MasterExists,
    MasterMissing,
    class_and_status,
)
from app.generation.context import GenerationContext
from app.ingest import Subject
from payload_client import FieldError, Id, PayloadError, ValidationFailed, Where, field

log = logging.getLogger(__name__)
T = TypeVar("T")


async def draw_reference(context: GenerationContext, prompt: str) -> LibraryImage:
    """Draw a new master. An old one is stored here first and, should no new one come, restored there."""
    try:
        return await context.library.generate_reference(context.library_id, prompt)
    except MasterExists as error:
        old = await context.library.reference_image(context.library_id)
        if old is None or old.media_id is None:
            raise error from None
    await _store_master(context, old)
    try:
        await context.library.free_master(context.library_id)
        return await context.library.generate_reference(context.library_id, prompt)
    except BaseException:
        await asyncio.shield(_restore_master(context, old.media_id))
        raise


async def draw_from_master(
    context: GenerationContext,
    draw: Callable[[], Awaitable[T]],
    looking: asyncio.Task[CharacterImageMetadata | None],
    chosen: CharacterImageMetadata | None = None,
) -> tuple[T, CharacterImageMetadata | None]:
    """Draw from the library's master; return what was drawn and the master's record, where the library names it.

    Where the library has lost its master, it is given the chosen one, else the newest local one, and asked once more:
    it had refused before it drew anything. `looking` for the record goes on beside the drawing and cannot spoil it.
    """
    try:
        return await draw(), chosen or await looking
    except MasterMissing as error:
        master = chosen or await find_newest_reference(context.cms, context.character.id)
        if master is None or master.library_media_id is None:
            sentence = f"{error}. Generate a reference image first; nothing was generated now."
            raise LibraryCannot(sentence, status=error.status, error=error.error) from error
        await context.library.set_reference_image(context.library_id, master.library_media_id)
        return await draw(), master


async def set_master(context: GenerationContext, reference: CharacterImageMetadata) -> None:
    """Make a local reference the library's master, unless it is already. Raises before anything is paid for."""
    if reference.kind != "reference":
        raise InvalidRequest(
            "A set starts from a reference image; this is another kind of image.",
            FieldError("referenceImageId", "not a reference"),
        )
    if await _is_master(context, reference):
        return
    if reference.library_media_id is None:
        raise LibraryCannot("The Character Library does not know this reference by an id, so no set can start from it.")
    try:
        await context.library.set_reference_image(context.library_id, reference.library_media_id)
    except LibraryRouteMissing as error:
        raise LibraryCannot(
            "This Character Library starts a set from its newest reference only. Choose that one.", status=error.status
        ) from error


async def _is_master(context: GenerationContext, record: CharacterImageMetadata) -> bool:
    """Tell whether a record's picture is the library's master. Of a library that cannot tell, the newest one is."""
    try:
        master = await context.library.reference_image(context.library_id)
    except LibraryRouteMissing:
        newest = await find_newest_reference(context.cms, context.character.id)
        return newest is not None and newest.id == record.id
    return master is not None and master.media_id is not None and master.media_id == record.library_media_id


async def find_newest_reference(cms: Cms, character_id: Id) -> CharacterImageMetadata | None:
    """Find the newest reference that the library drew for a character."""
    return await cms.newest(_references(character_id))


async def find_master_record(context: GenerationContext) -> CharacterImageMetadata | None:
    """Find the record of the library's master. Returns None where that cannot be found out now."""
    try:
        try:
            master = await context.library.reference_image(context.library_id)
        except LibraryError:
            return await find_newest_reference(
                context.cms, context.character.id
            )  # it cannot tell: then it is the newest one
        media_id = master and master.media_id
        return await _record_of(context.cms, context.character.id, media_id) if media_id else None
    except PayloadError as error:
        log.warning("the reference that is drawn from is not known: %s", error)
        return None


async def _record_of(
    cms: Cms, character_id: Id, media_id: str, *, trash: bool = False
) -> CharacterImageMetadata | None:
    """Find the record of a media id of the library's. Where Payload hides those ids, the newest reference has to do."""
    try:
        return await cms.newest(_references(character_id) & (field("externalId") == media_id), trash=trash)
    except ValidationFailed:
        return await find_newest_reference(cms, character_id)


def _references(character_id: Id) -> Where:
    ours = (field("characterReference") == character_id) & (field("provider") == PROVIDER)
    return ours & (field("kind") == "reference") & (field("status") == "succeeded")


async def _store_master(context: GenerationContext, master: LibraryImage) -> None:
    """Store the master if it has no record here: once its place is freed, the library lists it no more."""
    if master.media_id and await _record_of(context.cms, context.character.id, master.media_id, trash=True) is None:
        [known] = context.unstored.find(context.key, "reference", [master])
        subject = Subject(
            context.character.id,
            context.name,
            "reference",
            context.caller.id,
            known.prompt if known else None,
            metrics=Metrics(recovered=True),
            is_new=False,
        )
        await context.ingest.store_image(context.cms, master, subject)
        context.unstored.forget(context.key, master, subject)


async def _restore_master(context: GenerationContext, media_id: str) -> None:
    try:
        now = await context.library.reference_image(context.library_id)
        if now and now.media_id and now.media_id != media_id:
            return  # a new master did come
    except LibraryError as error:
        log.warning("the library could not be asked for its master: %s", class_and_status(error))
    try:
        await context.library.set_reference_image(context.library_id, media_id)
    except LibraryError as error:
        log.error("the library's master %s could not be given back its place: %s", media_id, class_and_status(error))  # noqa: TRY400 - the message says it all
