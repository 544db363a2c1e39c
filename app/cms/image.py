"""A picture as our callers see it: its record joined with its file."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from app.cms.image_record import CharacterImageMetadata, Metrics, related_id
from app.cms.media import Media, public_url
from app.limits import FACT, LARGEST_NUMBER, MEMBERS, NAME, SET_PLACES, WORDS, cut
from payload_client import Id

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Rendition(msgspec.Struct, frozen=True):
    """A smaller copy of the file: absolute address, pixels."""

    url: str
    width: int
    height: int | None


class ImageFile(msgspec.Struct, frozen=True, rename="camel"):
    """The stored file: absolute addresses, bytes, pixels as they are shown. `sizes`: smaller copies, smallest first.

    Copies that show a part only are none. `in_trash`: Payload keeps it in its trash, and shows it until it is emptied.
    """

    id: Id
    url: str | None
    thumbnail_url: str | None
    alt: str | None
    mime_type: str | None
    filesize: int | None
    width: int | None
    height: int | None
    sizes: list[Rendition] = []
    in_trash: Literal[True] | UnsetType = UNSET


class Image(msgspec.Struct, frozen=True, rename="camel", dict=True):
    """One picture. `media` is null where the file is gone; durations in `metrics` are milliseconds.

    `restorable`: a delete puts it into Payload's trash, from which it can be restored.
    """

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
    restorable: Literal[True] | UnsetType = UNSET

    @cached_property
    def typed_metrics(self) -> Metrics:
        """The metrics that have a meaning here."""
        return Metrics.read(self.metrics)

    @property
    def shot(self) -> str | None:
        """The library's name of its shot."""
        shot = self.typed_metrics.shot
        return shot if isinstance(shot, str) else None

    @property
    def set_total(self) -> int | None:
        """How many pictures its set should have; None where it says none, or more than a set can have."""
        total = self.typed_metrics.set_total
        return total if total is not None and 0 < total <= SET_PLACES else None

    @property
    def reference_id(self) -> Id | None:
        """The record of the picture that it was drawn from."""
        return self.typed_metrics.reference_image_id

    @property
    def verdict(self) -> str | None:
        """What somebody thinks of it: "pick" or "reject"; None where nobody has said."""
        verdict = self._review.get("verdict")
        return verdict if verdict in ("pick", "reject") else None

    @property
    def note(self) -> str | None:
        """What somebody noted about it."""
        note = self._review.get("note")
        return (cut(note.strip(), WORDS) or None) if isinstance(note, str) else None

    @property
    def reviewed_at(self) -> str | None:
        """When its review was written, as its record has it: whoever changes a review names the one that they saw."""
        at = self._review.get("at")
        return at if isinstance(at, str) and len(at) <= NAME else None

    @property
    def _review(self) -> dict[str, Any]:
        review = self.metrics.get("review") if isinstance(self.metrics, dict) else None
        return review if isinstance(review, dict) else {}

    def changes(self, facts: dict[str, str]) -> list[str]:
        """What the character's facts, as they are now, say otherwise than when it was drawn: "hair: auburn → grey"."""
        then = self.typed_metrics.facts or {}
        return [
            f"{name}: {cut(then[name], FACT)} → {cut(now, FACT)}"
            for name, now in facts.items()
            if name in then and then[name] != now
        ]

    def shown_metrics(self) -> dict[str, str | float]:
        """The metrics that can be told in a line each: texts, numbers and truths, as many as are shown of them."""
        members = self.metrics.items() if isinstance(self.metrics, dict) else ()
        shown = ((cut(str(name), NAME), value) for name, value in islice(members, MEMBERS))
        return {
            name: cut(value, WORDS) if isinstance(value, str) else value
            for name, value in shown
            if isinstance(value, str) or (isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER)
        }

    @property
    def place(self) -> int:
        """Its place in its set, from 0; what tells none comes last."""
        place = self.typed_metrics.index
        return sys.maxsize if place is None else place

    @cached_property
    def angle(self) -> str | None:
        """The side that it shows, in words, where the library tells: "45°", "three-quarter left"."""
        angle = self.typed_metrics.angle
        words = " ".join(
            (f"{angle:g}" if isinstance(angle, int | float) else angle or "")
            .replace("3q_", "three-quarter ")
            .replace("_", " ")
            .split()
        )
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
        metrics=None if record.metrics is UNSET else record.metrics,
        media=_file(file, record.typed_metrics, origin) if file else None,
        restorable=True if record.has_trash else UNSET,
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


def _file(file: Media, metrics: Metrics, origin: str) -> ImageFile:
    shape = file.shape((metrics.width, metrics.height) if metrics.width and metrics.height else None)
    renditions = [
        Rendition(address, size.width, size.height)
        for size in file.renditions(shape)
        if (address := public_url(size.url, origin)) and size.width
    ]
    url = public_url(file.url, origin)
    return ImageFile(
        id=file.id,
        url=url,
        thumbnail_url=renditions[0].url if renditions else url,
        alt=file.alt and cut(file.alt, WORDS),
        mime_type=file.mime_type,
        filesize=file.filesize,
        width=shape[0] if shape else file.width,
        height=shape[1] if shape else file.height,
        sizes=renditions,
        in_trash=True if file.deleted_at else UNSET,
    )
