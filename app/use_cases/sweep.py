"""Find what a crash can leave behind, and delete the files among it that this service uploaded itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec

from app.cms.gateway import Cms
from app.cms.image_record import CharacterImageMetadata
from app.cms.media import Media
from app.errors import Forbidden, PayloadUnavailable, payload_words
from app.ingest import creation_window, is_ours
from payload_client import DocumentLocked, Id, NotFound, ServerError, field

_AT_ONCE = 100
"""Ids in one query: its address must stay shorter than the 16,000 bytes that Node takes."""

_TICK = timedelta(seconds=1)
"""Payload tells the time in whole seconds; the one under way counts."""


class Finding(msgspec.Struct, frozen=True):
    """Something left behind: a file of ours without a record, or (`dangling`) a record whose file is gone.

    `restorable`: the record's file is in Payload's trash. `refused`: why Payload did not delete it, where it was to be.
    """

    id: Id
    name: str
    dangling: bool = False
    restorable: bool = False
    deleted: bool = False
    refused: str | None = None

    @property
    def kind(self) -> str:
        """What it is."""
        if self.restorable:
            return "restorable record"
        return "dangling record" if self.dangling else "orphan media"

    def __str__(self) -> str:
        if self.restorable:
            return f"{self.kind} {self.id}: {self.name} is in Payload's trash; restore it there, or delete both there"
        if self.dangling:
            return f"{self.kind} {self.id}: {self.name}; delete it in Payload"
        outcome = f"; not deleted: {self.refused}" if self.refused else "; deleted" if self.deleted else ""
        return f"{self.kind} {self.id}: {self.name}{outcome}"


async def sweep(cms: Cms, *, older_than: timedelta, delete: bool) -> AsyncIterator[Finding]:
    """Everything left behind that is older than that, by Payload's own clock.

    Raises before the first deletion if anything cannot be read, or not all of it.
    """
    permissions = await cms.payload.access()
    for slug in {cms.slugs.media, *(used_in.partition(".")[0] for used_in in cms.slugs.users_of_media)}:
        if not permissions.sees_all(slug):
            # The file of a hidden record would look like an orphan, and the record of a hidden file dangling.
            raise Forbidden(f"The sweep's user may not read all of {slug}; nothing was deleted.")
    if cms.payload.answered_at is None:
        raise PayloadUnavailable("Payload's answers do not tell the time; nothing was deleted.")
    before = cms.payload.answered_at + _TICK - older_than
    orphans, dangling = await _orphans(cms, before), await _dangling(cms, before)
    for media in orphans:
        yield await _delete(cms, media) if delete else Finding(media.id, media.filename or "")
    for finding in dangling:
        yield finding


async def _orphans(cms: Cms, before: datetime) -> list[Media]:
    """Files of ours that no record points at, nor anything else that is known to; those in the trash are left there."""
    named = field("filename").contains("ci-") & (field("createdAt") < before) & (field("updatedAt") < before)
    ours = [media async for media in cms.media.iterate(named) if await _is_ours(cms, media)]
    recorded: set[Id | None] = set()
    for start in range(0, len(ours), _AT_ONCE):
        recorded |= await _recorded(cms, [media.id for media in ours[start : start + _AT_ONCE]])
    return [media for media in ours if media.id not in recorded and not await cms.uses(media.id)]


async def _is_ours(cms: Cms, media: Media) -> bool:
    """Whether this service uploaded a file. Payload is asked when, where a hook shows something else than a time."""
    if media.created_at:
        return is_ours(media.filename, media.created_at)
    if not (window := creation_window(media.filename)):
        return False
    since, until = window
    inside = (field("createdAt") >= since) & (field("createdAt") <= until)
    return await cms.media.count((field("id") == media.id) & inside) == 1


async def _recorded(cms: Cms, media: list[Id]) -> set[Id | None]:
    """Those of the files that have a record."""
    where = field("media").is_in(*media)
    recorded = [record.media_id async for record in cms.images.iterate(where, trash=True)]
    if len(recorded) < await cms.images.count(where, trash=True):
        raise PayloadUnavailable("Payload did not show all of the records; nothing was deleted. Run the sweep again.")
    return set(recorded)


async def _dangling(cms: Cms, before: datetime) -> list[Finding]:
    """Records without a file: each file that a record does not bring along is asked for by its id first."""
    read = cms.images.iterate(field("createdAt") < before, depth=1, populate=cms.listed)
    bare = [record async for record in read if not isinstance(record.media, Media)]
    return [
        finding
        for start in range(0, len(bare), _AT_ONCE)
        for record in await cms.with_files(bare[start : start + _AT_ONCE])
        if (finding := _finding(record))
    ]


def _finding(record: CharacterImageMetadata) -> Finding | None:
    if not isinstance(record.media, Media):
        return Finding(record.id, f"media {record.media_id}", dangling=True)
    if record.media.deleted_at:
        return Finding(record.id, f"media {record.media_id}", restorable=True)
    return None


async def _delete(cms: Cms, media: Media) -> Finding:
    """Look once more, then delete: something may use it meanwhile. One that Payload cannot delete stops no other."""
    finding = Finding(media.id, media.filename or "")
    try:
        current = await cms.media.find_by_id(media.id, trash=True)
        if current.deleted_at or current.filename != media.filename or await cms.uses(media.id):
            return finding
        await cms.media.delete(media.id)
    except NotFound:
        pass
    except (ServerError, DocumentLocked) as error:
        return msgspec.structs.replace(
            finding, refused=f"Payload refused ({payload_words(error)}); run the sweep again"
        )
    return msgspec.structs.replace(finding, deleted=True)
