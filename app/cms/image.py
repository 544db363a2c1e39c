"""A picture as our callers see it: its record joined with its file."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import msgspec

from app.cms.image_record import CharacterImageMetadata, related_id
from app.cms.media import Media, public_url
from app.limits import MEMBERS, NAME, SET_PLACES, WORDS, cut
from payload_client import Id

T = TypeVar("T")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LARGEST = 2**53 - 1  # what JavaScript, and so Payload, tells apart


class Rendition(msgspec.Struct, frozen=True):
    """A smaller copy of the file: absolute address, pixels."""

    url: str
    width: int
    height: int | None


class ImageFile(msgspec.Struct, frozen=True, rename="camel"):
    """The stored file: absolute addresses, bytes, pixels. `sizes`: smaller copies, smallest first."""

    id: Id
    url: str | None
    thumbnail_url: str | None
    alt: str | None
    mime_type: str | None
    filesize: int | None
    width: int | None
    height: int | None
    sizes: list[Rendition] = []


class Image(msgspec.Struct, frozen=True, rename="camel"):
    """One picture. `media` is null where the file is gone; durations in `metrics` are milliseconds."""

    id: Id
    kind: str | None
    status: str | None
    error: str | None
    prompt: str | None
    provider: str | None
    source_url: str | None
    external_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    created_by: Id | None
    metrics: Any
    media: ImageFile | None

    def metric(self, name: str, kind: type[T]) -> T | None:
        """One of the metrics, a text cut to 200 characters; None where it is missing, of another kind or too large."""
        value = self.metrics.get(name) if isinstance(self.metrics, dict) else None
        if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) > _LARGEST):
            return None
        bounded: Any = value[:NAME] if isinstance(value, str) else value
        return bounded if isinstance(bounded, kind) else None

    def number(self, name: str) -> float | None:
        """One of the metrics that is a number, whole or not."""
        return self.metric(name, float) if self.metric(name, int) is None else self.metric(name, int)

    @property
    def set_total(self) -> int | None:
        """How many pictures its set should have; None where it says none, or more than a set can have."""
        total = self.metric("setTotal", int)
        return total if total is not None and 0 < total <= SET_PLACES else None

    @property
    def reference_id(self) -> Id | None:
        """The record of the picture that it was drawn from."""
        of_number = self.metric("referenceImageId", int)
        return self.metric("referenceImageId", str) if of_number is None else of_number

    def shown_metrics(self) -> dict[str, str | float]:
        """The metrics that can be told in a line each: texts, numbers and truths, as many as are shown of them."""
        members = self.metrics.items() if isinstance(self.metrics, dict) else ()
        told = ((cut(str(name), NAME), value) for name, value in islice(members, MEMBERS))
        return {
            name: cut(value, WORDS) if isinstance(value, str) else value
            for name, value in told
            if isinstance(value, str) or (isinstance(value, int | float) and abs(value) <= _LARGEST)
        }

    @property
    def place(self) -> int:
        """Its place in its set, from 0; what tells none comes last."""
        place = self.metric("index", int)
        return sys.maxsize if place is None else place

    @property
    def angle(self) -> str | None:
        """The side that it shows, in words, where the library tells: "45°", "three-quarter left"."""
        told = self.metric("angle", str) if self.number("angle") is None else f"{self.number('angle'):g}"
        words = " ".join((told or "").replace("3q_", "three-quarter ").replace("_", " ").split())
        return f"{words}°" if _NUMBER.fullmatch(words) else words or None


def join(record: CharacterImageMetadata, file: Media | None, origin: str) -> Image:
    """The picture of a record and its file; relative addresses are resolved against `origin`."""
    return Image(
        id=record.id,
        kind=record.kind,
        status=record.status,
        error=record.error and cut(record.error, WORDS),
        prompt=record.prompt,
        provider=record.provider,
        source_url=record.source_url,
        external_id=record.external_id,
        created_at=record.created_at,
        updated_at=record.updated_at,
        created_by=related_id(record.created_by),
        metrics=record.metrics,
        media=_file(file, origin) if file else None,
    )


def unreadable(id: Id) -> Image:
    """What is shown of a record that is not of the shape that records have."""
    return Image(
        id=id,
        kind=None,
        status="failed",
        error="Payload's record of this image cannot be read. Look at it in Payload itself.",
        prompt=None,
        provider=None,
        source_url=None,
        external_id=None,
        created_at=None,
        updated_at=None,
        created_by=None,
        metrics=None,
        media=None,
    )


def _file(file: Media, origin: str) -> ImageFile:
    url, thumbnail = public_url(file.url, origin), public_url(file.thumbnail, origin)
    if url and thumbnail and thumbnail.startswith(f"{origin}/") and not url.startswith(f"{origin}/"):
        thumbnail = url  # Payload's own, which it gives for an admin's thumbnail also where the files are elsewhere
    return ImageFile(
        id=file.id,
        url=url,
        thumbnail_url=thumbnail,
        alt=file.alt and cut(file.alt, WORDS),
        mime_type=file.mime_type,
        filesize=file.filesize,
        width=file.width,
        height=file.height,
        sizes=[
            Rendition(address, size.width, size.height)
            for size in file.renditions
            if (address := public_url(size.url, origin)) and size.width
        ],
    )
