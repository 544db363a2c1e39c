"""Keeping one picture of the library's: from its address to a file and a record in Payload."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import IO

import msgspec

from app.capacity.shares import Shares
from app.character_library import CharacterLibrary, LibraryImage
from app.cms.gateway import Cms
from app.cms.image import Image
from app.cms.image_record import Kind, Metrics, NewCharacterImageMetadata, name_of_kind
from app.decoding.messages import Inspected
from app.decoding.pool import Decoders
from app.errors import AppError, ImageDownloadFailed, ImageError, PayloadUnavailable, PlaceholderRefused
from app.ingest.breaker import Breaker
from app.ingest.download import Downloads
from app.ingest.store import record, unrecorded, upload
from app.limits import PROMPT, WORDS, Limits, cut
from app.observability import tracing
from app.observability.metrics import INGESTED, INGESTED_BYTES, PHASE_SECONDS
from payload_client import Id

_AHEAD = 8
_ALT_WORDS = 12


class Subject(msgspec.Struct, frozen=True):
    """Whose picture it is, and how it came about. `metrics` goes into the record beside our own durations.

    `is_new`: the picture was drawn a moment ago, so that its host may not have it yet.
    """

    character: Id
    name: str
    kind: Kind
    created_by: Id | None
    prompt: str | None = None
    metrics: Metrics = Metrics()
    is_new: bool = True

    def alt(self, prompt: str | None) -> str:
        """The text for who cannot see it: kind, name, first words of the prompt."""
        words = (prompt or "")[:PROMPT].split()
        shortened = " ".join(words[:_ALT_WORDS]) + ("…" if len(words) > _ALT_WORDS else "")
        return cut(f"{name_of_kind(self.kind)} image of {self.name}" + (f": {shortened}" if shortened else ""), WORDS)


class Ingest:
    """Brings pictures into Payload. `uploads`: how many are stored at once; downloads may run 8 ahead of them.

    Each has its turn by the person whose it is. Of the pictures that are here at once, in files, one person has a
    share, so that those of another find room however long these take.
    """

    def __init__(
        self,
        downloads: Downloads,
        library: CharacterLibrary,
        decoders: Decoders,
        *,
        uploads: int,
        limits: Limits = Limits(),
    ) -> None:
        self._downloads = downloads
        self._library = library
        self._decoders = decoders
        self._limits = limits
        self.at_once = 2 * max(_AHEAD, uploads)
        """How many pictures are in files at once, at most."""
        self._ahead = Shares(self.at_once)
        self._uploads = Shares(uploads, per_person=uploads)

    async def store_image(
        self, cms: Cms, image: LibraryImage, subject: Subject, breaker: Breaker | None = None
    ) -> Image:
        """Store one picture of the library's, with its record: both, or neither and an error.

        `breaker`: shared by the pictures of one run. The error has the picture's address and its prompt.
        """
        prompt = subject.prompt if subject.prompt is not None else image.prompt
        try:
            return await self._store_image(cms, image, subject, prompt, breaker or Breaker())
        except AppError as error:
            raise error.replace(source_url=error.source_url or image.url, prompt=prompt) from error

    async def _store_image(
        self, cms: Cms, image: LibraryImage, subject: Subject, prompt: str | None, breaker: Breaker
    ) -> Image:
        started, person = time.monotonic(), str(subject.created_by)
        inspect = partial(self._decoders.inspect, person=person)
        looking = self._limits.new_picture_seconds if subject.is_new else 0.0
        async with self._fetched_image(image, person, looking) as (file, inspected, source, started_at):
            downloaded = time.monotonic()
            async with self._uploads.turn(person):
                breaker.check()
                uploading = time.monotonic()
                with breaker.watching(), tracing.span("upload"):
                    media = await upload(cms, file, inspected, subject.alt(prompt), inspect, self._limits)
                uploaded = time.monotonic()
            size = media.filesize or inspected.length
            is_changed = bool(media.filesize) and (media.filesize, media.mime_type) != (
                inspected.length,
                inspected.mime_type,
            )
            width, height = inspected.turned_shape or (None, None)
            PHASE_SECONDS.labels(subject.kind, "download").observe(downloaded - started_at)
            PHASE_SECONDS.labels(subject.kind, "upload").observe(uploaded - uploading)
            # The record is written while the next file is on its way.
            new = NewCharacterImageMetadata(
                character_reference=subject.character,
                media=media.id,
                kind=subject.kind,
                prompt=prompt,
                source_url=source,
                external_id=image.external_id,
                metrics=msgspec.structs.replace(
                    msgspec.convert(image.facts | msgspec.to_builtins(subject.metrics), Metrics),
                    external_id_is=image.external_id_is,
                    download_ms=_ms(downloaded - started_at),
                    upload_ms=_ms(uploaded - uploading),
                    duration_ms=_ms(uploaded - started) + (subject.metrics.generate_ms or 0),
                    size=size,
                    width=width,
                    height=height,
                    drawn_type=inspected.mime_type if is_changed else None,
                    drawn_bytes=inspected.length if is_changed else None,
                ),
                created_by=subject.created_by,
                status="failed" if image.error else "succeeded",
                error=image.error,
            )
            with breaker.watching(), tracing.span("record"):
                stored = cms.image(await record(cms, new, self._limits), media)
            INGESTED.labels(subject.kind).inc()
            INGESTED_BYTES.labels(subject.kind).inc(size)
            # Where an answer does not show what was sent, the image still has it.
            return msgspec.structs.replace(
                stored, prompt=stored.prompt or prompt, source_url=stored.source_url or source
            )

    async def find_unrecorded(self, cms: Cms, images: Iterable[Image]) -> dict[Id, PayloadUnavailable]:
        """Those of the kept whose record is not there after all, by id, with what to say; one look for all."""
        by_id = {image.id: image for image in images}
        lost = await unrecorded(cms, by_id, self._limits)
        return {
            record: error.replace(source_url=by_id[record].source_url, prompt=by_id[record].prompt)
            for record, error in lost.items()
        }

    @asynccontextmanager
    async def _fetched_image(
        self, image: LibraryImage, person: str, seconds: float
    ) -> AsyncIterator[tuple[IO[bytes], Inspected, str, float]]:
        """The file, what it is, the address that it really came from, and when its turn came."""
        async with self._ahead.turn(person):
            started_at = time.monotonic()
            with tracing.span("download"):
                file, inspected, source = await self._fetch(image, person, seconds)
            with closing(file):
                file.truncate(inspected.length)
                yield file, inspected, source, started_at

    async def _fetch(self, image: LibraryImage, person: str, seconds: float) -> tuple[IO[bytes], Inspected, str]:
        """Fetch a picture from any address that the library tells; look again where a host may have it in a moment.

        `seconds`: until the last look begins.
        """
        if image.is_placeholder:
            raise PlaceholderRefused(
                "The Character Library answered with a made-up address instead of a picture; nothing was drawn."
            )
        until = time.monotonic() + seconds
        pause, longest_pause = self._limits.new_picture_pause_seconds
        while True:
            failed: list[ImageError] = []
            async for address in self._addresses(image):
                try:
                    file, inspected = await self._fetch_and_inspect(address, person)
                except ImageError as error:
                    failed.append(error.replace(source_url=address))
                else:
                    return file, inspected, address
            waits = [error.again_after for error in failed if isinstance(error, ImageDownloadFailed)]
            wait = min((max(wait, pause) for wait in waits if wait is not None), default=seconds)
            if time.monotonic() + wait >= until:
                raise failed[-1]
            await asyncio.sleep(wait)
            pause = min(2 * pause, longest_pause)

    async def _addresses(self, image: LibraryImage) -> AsyncIterator[str]:
        """Where the picture may be: what the answer said, which can be stale, made up or barred, then its document."""
        if image.url:
            yield image.url
        address = await self._library.media_url(image.media_id) if image.media_id else None
        if address and address != image.url:
            yield address
        if not address and not image.url:
            raise ImageDownloadFailed("The Character Library does not say where the picture is.")

    async def _fetch_and_inspect(self, address: str, person: str) -> tuple[IO[bytes], Inspected]:
        file = await self._downloads.fetch(address)
        try:
            return file, await self._decoders.inspect(file, person)
        except BaseException:
            file.close()
            raise


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
