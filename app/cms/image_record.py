"""A `character-image-metadata` document: what a picture is, beside the file that it is in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.cms.character import CharacterReference
from app.cms.media import Media
from app.limits import LARGEST_NUMBER, NAME
from payload_client import Id, Lenient

Kind = Literal["reference", "portfolioItem", "scene"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_KIND_NAMES: dict[str | None, str] = {"reference": "Reference", "portfolioItem": "Portfolio", "scene": "Scene"}
Status = Literal["succeeded", "failed"]
Verdict = Literal["pick", "reject"]
Reviewed = Literal["picked", "rejected", "open"]
REVIEWED: tuple[Reviewed, ...] = get_args(Reviewed)
PROVIDER = "character-library"
Whole = Annotated[int, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Number = Whole | Annotated[float, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]


class Metrics(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """What a record's `metrics` say: how the image came about, and what the library tells of it. Times are in ms.

    `facts`: what the character's data said when it was drawn.
    `recovered`: it was not drawn for its record, since the library had it already. `external_id_is`: what the external
    id is, where it is no media id. `width`, `height`: pixels as shown, of a file that its EXIF turns on its side.
    `drawn_type`, `drawn_bytes`: media type and size of what the library drew, where Payload stores something else.
    """

    index: Whole | None = None
    set_id: str | None = None
    set_total: Whole | None = None
    reference_image_id: Whole | str | None = None
    facts: dict[str, str] | None = None
    recovered: Literal[True] | UnsetType = UNSET
    external_id_is: str | None = None
    generate_ms: Whole | None = None
    download_ms: Whole | None = None
    upload_ms: Whole | None = None
    duration_ms: Whole | None = None
    size: Whole | None = msgspec.field(default=None, name="bytes")
    width: Whole | None = None
    height: Whole | None = None
    drawn_type: str | None = None
    drawn_bytes: Whole | None = None
    angle: Number | str | None = None
    lens: Number | str | None = None
    shot: Number | str | None = None
    shot_type: Number | str | None = None
    quality: Number | str | None = None
    consistency: Number | str | None = None
    dino_asset_id: Number | str | None = None
    scene_id: Number | str | None = None
    scene_type: Number | str | None = None
    scene_context: Number | str | None = None
    tags: Number | str | None = None

    @classmethod
    def read(cls, metrics: object) -> Self:
        """Read the metrics of a record, of any shape: a member of another type, or too large a number, is absent.

        Texts are cut to 200 characters. Any value of `recovered` counts, since it keeps a master from being deleted.
        """
        given = metrics if isinstance(metrics, dict) else {}
        members = {name: _shortened(given[name]) for name in _TYPES if name in given}
        if "recovered" in members:
            members["recovered"] = True
        try:
            return msgspec.convert(members, cls)
        except msgspec.ValidationError:
            return msgspec.convert({name: value for name, value in members.items() if _is_of(_TYPES[name], value)}, cls)


_TYPES = {member.encode_name: member.type for member in msgspec.structs.fields(Metrics)}


class Populated(Lenient, frozen=True):
    """Any related document, of which only the id matters."""

    id: Id


class CharacterImageMetadata(Lenient, frozen=True, rename="camel"):
    """One record as it is read, at depth 0 or 1; what Payload does not show, or not as it is, is UNSET or None.

    `media`: at depth 1 an id, or None, where it is not filled in: the file is gone, in the trash, or for others to see.
    `deleted_at`: UNSET where the collection keeps no trash.
    """

    id: Id
    character_reference: Id | CharacterReference | None = None
    media: Id | Media | None = None
    kind_: str | UnsetType | None = msgspec.field(default=UNSET, name="kind")
    provider_: str | UnsetType | None = msgspec.field(default=UNSET, name="provider")
    prompt: str | None = None
    source_url_: str | UnsetType | None = msgspec.field(default=UNSET, name="sourceUrl")
    external_id_: str | UnsetType | None = msgspec.field(default=UNSET, name="externalId")
    status: str | None = None
    error: str | None = None
    metrics: Any = UNSET
    created_by: Id | Populated | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | UnsetType | None = UNSET

    @property
    def kind(self) -> str | None:
        """Reference, portfolio item or scene."""
        return self.kind_ or None

    @property
    def provider(self) -> str | None:
        """Who generated the picture."""
        return self.provider_ or None

    @property
    def source_url(self) -> str | None:
        """The address that the picture was downloaded from."""
        return self.source_url_ or None

    @property
    def external_id(self) -> str | None:
        """The picture's id at the library."""
        return self.external_id_ or None

    @property
    def is_comparable(self) -> bool:
        """Whether what it has of the library's picture may be read: its id and its address."""
        return UNSET not in (self.external_id_, self.source_url_)

    @property
    def is_hidden_from_caller(self) -> bool:
        """Whether something may not be read that tells the library's picture: nobody can say which one that is then."""
        return not self.is_comparable or UNSET in (self.kind_, self.provider_, self.metrics)

    @property
    def has_trash(self) -> bool:
        """Whether Payload keeps a trash of image records."""
        return self.deleted_at is not UNSET

    @property
    def typed_metrics(self) -> Metrics:
        """The metrics that have a meaning here."""
        return Metrics.read(self.metrics)

    @property
    def character_id(self) -> Id | None:
        """Whose picture it is; None where the caller may not read that."""
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
        return None if self.typed_metrics.external_id_is else self.external_id

    @property
    def was_drawn_here(self) -> bool:
        """Whether this service had the picture drawn for this record; older copies lack the mark and the time alike."""
        return self.typed_metrics.generate_ms is not None and self.typed_metrics.recovered is UNSET


class NewCharacterImageMetadata(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One record as it is written."""

    character_reference: Id
    media: Id
    kind: Kind
    prompt: str | None
    source_url: str
    external_id: str | None
    metrics: Metrics
    created_by: Id | None
    status: Status = "succeeded"
    error: str | None = None
    provider: str = PROVIDER


def related_id(related: Id | Populated | None) -> Id | None:
    """The id of a relation, populated or not."""
    return related.id if isinstance(related, Populated) else related


def _shortened(value: object) -> object:
    return value[:NAME] if isinstance(value, str) else value


def _is_of(kind: Any, value: object) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def name_of_kind(kind: str | None) -> str:
    """The name of a kind, as people read it; "Image" for one that is none of ours."""
    return _KIND_NAMES.get(kind, "Image")
