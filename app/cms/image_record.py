"""A `character-image-metadata` document: what a picture is, beside the file that it is in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from app.cms.character import CharacterReference
from app.cms.media import Media
from payload_client import Id

Kind = Literal["reference", "portfolioItem", "scene"]
Status = Literal["succeeded", "failed"]
PROVIDER = "character-library"
RECOVERED = {"recovered": True}
"""Metrics of a picture that was not drawn for its record: the library had it already."""


class Populated(msgspec.Struct, frozen=True):
    """Any related document, of which only the id matters."""

    id: Id


class CharacterImageMetadata(msgspec.Struct, frozen=True, rename="camel"):
    """One record as it is read, at depth 0 or 1; `media` is None, or an id at depth 1, where the file is gone."""

    id: Id
    character_reference: Id | CharacterReference | None = None
    media: Id | Media | None = None
    kind: str | None = None
    provider: str | None = None
    prompt: str | None = None
    source_url: str | None = None
    external_id: str | None = None
    status: str | None = None
    error: str | None = None
    metrics: Any = None
    created_by: Id | Populated | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def character_id(self) -> Id | None:
        """Whose picture it is."""
        related = self.character_reference
        return related.id if isinstance(related, CharacterReference) else related

    @property
    def character(self) -> CharacterReference | None:
        """The character itself, where the record was read with it."""
        return self.character_reference if isinstance(self.character_reference, CharacterReference) else None

    @property
    def media_id(self) -> Id | None:
        """The file's document."""
        return self.media.id if isinstance(self.media, Media) else self.media

    @property
    def library_media_id(self) -> str | None:
        """The picture's media id in the Character Library, where its external id is one."""
        other = isinstance(self.metrics, dict) and self.metrics.get("externalIdIs")
        return None if other else self.external_id

    @property
    def was_drawn_here(self) -> bool:
        """Whether this service had the picture drawn for this record; older copies lack the mark and the time alike."""
        told = self.metrics if isinstance(self.metrics, dict) else {}
        return isinstance(told.get("generateMs"), int) and "recovered" not in told


class NewCharacterImageMetadata(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One record as it is written."""

    character_reference: Id
    media: Id
    kind: Kind
    prompt: str | None
    source_url: str
    external_id: str | None
    metrics: dict[str, Any]
    created_by: Id | None
    status: Status = "succeeded"
    error: str | None = None
    provider: str = PROVIDER


def related_id(related: Id | Populated | None) -> Id | None:
    """The id of a relation, populated or not."""
    return related.id if isinstance(related, Populated) else related
