"""Keeping one picture of the library's: from its address to a file and a record in Payload."""

from __future__ import annotations

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
from app.decoding.messages import Picture as Inspected
from app.decoding.pool import Decoders
from app.errors import ImageDownloadFailed, ImageError, PayloadUnavailable, PlaceholderRefused
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
    """Whose picture it is, and how it came about. `metrics` goes into the record beside our own durations."""

    character: Id
    name: str
    kind: Kind
    created_by: Id | None
    prompt: str | None = None
    metrics: Metrics = Metrics()

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
        self, cms: Cms, picture: LibraryImage, subject: Subject, breaker: Breaker | None = None
    ) -> Image:
        """Store one picture of the library's, with its record: both, or neither and an error.

        `breaker`: shared by the pictures of one run.
        """
        breaker, started, person = breaker or Breaker(), time.monotonic(), str(subject.created_by)
        inspect = partial(self._decoders.inspect, person=person)
        async with self._fetched(picture, person) as (file, found, source, begun):
            downloaded = time.monotonic()
            prompt = subject.prompt if subject.prompt is not None else picture.prompt
            async with self._uploads.turn(person):
                breaker.check()
                uploading = time.monotonic()
                with breaker.watching(), tracing.span("upload"):
                    media = await upload(cms, file, found, subject.alt(prompt), inspect, self._limits)
                uploaded = time.monotonic()
            size = media.filesize or found.length
            PHASE_SECONDS.labels(subject.kind, "download").observe(downloaded - begun)
            PHASE_SECONDS.labels(subject.kind, "upload").observe(uploaded - uploading)
            # The record is written while the next file is on its way.
            new = NewCharacterImageMetadata(
                character_reference=subject.character,
                media=media.id,
                kind=subject.kind,
                prompt=prompt,
                source_url=source,
                external_id=picture.external_id,
                metrics=msgspec.structs.replace(
                    msgspec.convert(picture.facts | msgspec.to_builtins(subject.metrics), Metrics),
                    external_id_is=picture.external_id_is,
                    download_ms=_ms(downloaded - begun),
                    upload_ms=_ms(uploaded - uploading),
                    duration_ms=_ms(uploaded - started) + (subject.metrics.generate_ms or 0),
                    size=size,
                ),
                created_by=subject.created_by,
                status="failed" if picture.error else "succeeded",
                error=picture.error,
            )
            with breaker.watching(), tracing.span("record"):
                stored = cms.image(await record(cms, new, self._limits), media)
            INGESTED.labels(subject.kind).inc()
            INGESTED_BYTES.labels(subject.kind).inc(size)
            return stored

    async def find_unrecorded(self, cms: Cms, images: Iterable[Image]) -> dict[Id, PayloadUnavailable]:
        """Those of the kept whose record is not there after all, by id, with what to say; one look for all."""
        return await unrecorded(cms, [image.id for image in images], self._limits)

    @asynccontextmanager
    async def _fetched(
        self, picture: LibraryImage, person: str
    ) -> AsyncIterator[tuple[IO[bytes], Inspected, str, float]]:
        """The file, what it is, the address that it really came from, and when its turn came."""
        async with self._ahead.turn(person):
            begun = time.monotonic()
            with tracing.span("download"):
                file, source = await self._fetch(picture)
            with closing(file):
                try:
                    found = await self._decoders.inspect(file, person)
                except ImageError as error:
                    raise error.replace(source_url=source) from error
                file.truncate(found.length)
                yield file, found, source, begun

    async def _fetch(self, picture: LibraryImage) -> tuple[IO[bytes], str]:
        if picture.made_up:
            raise PlaceholderRefused(
                "The Character Library answered with a made-up address instead of a picture; nothing was drawn."
            )
        address = picture.url or await self._looked_up(picture)
        try:
            return await self._downloads.fetch(address), address
        except ImageDownloadFailed as error:
            if not error.gone or not picture.media_id:
                raise
        # The address that an answer gives can be stale or made up; the library's own media document is not.
        address = await self._looked_up(picture)
        return await self._downloads.fetch(address), address

    async def _looked_up(self, picture: LibraryImage) -> str:
        address = await self._library.media_url(picture.media_id) if picture.media_id else None
        if address is None:
            raise ImageDownloadFailed("The Character Library does not say where the picture is.")
        return address


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
