"""Find what a crash can leave behind, and delete the files among it that this service uploaded itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec

from app.errors import Forbidden
from app.ingest import is_ours
from app.models.cms import Cms
from app.models.media import Media
from payload_client import Id, NotFound, field


class Finding(msgspec.Struct, frozen=True):
    """Something left behind: a file of ours without a record, or (`dangling`) a record whose file is gone."""

    id: Id
    name: str
    dangling: bool = False
    deleted: bool = False

    def __str__(self) -> str:
        if self.dangling:
            return f"dangling record {self.id}: {self.name}; delete it in Payload"
        return f"orphan media {self.id}: {self.name}{'; deleted' if self.deleted else ''}"


async def sweep(cms: Cms, *, older_than: timedelta, delete: bool) -> AsyncIterator[Finding]:
    """Everything left behind that is older than that. Raises before the first deletion if anything cannot be read."""
    permissions = await cms.payload.access()
    if not permissions.sees_all(cms.slugs.images):
        # The file of a record that is hidden would look like an orphan.
        raise Forbidden(f"The sweep's user may not read all of {cms.slugs.images}; nothing was deleted.")
    before = datetime.now(UTC) - older_than
    orphans, dangling = await _orphans(cms, before), await _dangling(cms, before)
    for media in orphans:
        yield Finding(media.id, media.filename or "", deleted=delete and await _delete(cms, media))
    for finding in dangling:
        yield finding


async def _orphans(cms: Cms, before: datetime) -> list[Media]:
    named = (field("filename").contains("ci-")) & (field("createdAt") < before)
    ours = [media async for media in cms.media.iterate(named) if is_ours(media.filename, media.created_at)]
    return [media for media in ours if not await _used(cms, media.id)]


async def _dangling(cms: Cms, before: datetime) -> list[Finding]:
    records = cms.images.iterate(field("createdAt") < before, depth=1)
    return [
        Finding(record.id, f"media {record.media_id}", dangling=True)
        async for record in records
        if not isinstance(record.media, Media)
    ]


async def _delete(cms: Cms, media: Media) -> bool:
    """Look once more, then delete: a record may have come meanwhile."""
    try:
        current = await cms.media.find_by_id(media.id)
        if current.filename != media.filename or await _used(cms, media.id):
            return False
        await cms.media.delete(media.id)
    except NotFound:
        pass
    return True


async def _used(cms: Cms, media: Id) -> bool:
    return await cms.images.count(field("media") == media) > 0
