"""The records that the library holds in memory."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from .painting import Look

Json = dict[str, Any]


def now() -> str:
    """The time as JavaScript writes it."""
    return iso(datetime.now(UTC))


def iso(moment: datetime) -> str:
    """A moment as JavaScript writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Manner(msgspec.Struct, frozen=True, rename="camel"):
    """How the library behaves towards a character."""

    dialect: Literal["sync", "job"] = "sync"
    shape: Literal["recorded", "top", "data", "strings"] = "recorded"
    relative_urls: bool = False
    delay_ms: int = 2000
    job_step_ms: int | None = None  # of one shot in a job; as a rule delay_ms
    shots: int = 27
    placeholders: bool = False
    picture_size: tuple[int, int] = (768, 1024)

    @property
    def minimal(self) -> bool:
        """Whether it is a library of four routes."""
        return self.shape != "recorded"


class Media(msgspec.Struct, kw_only=True):
    """A stored picture."""

    id: str
    filename: str
    alt: str
    jpeg: bytes
    size: tuple[int, int]
    look: Look
    words: str
    character_id: str | None
    dino_asset_id: str | None
    created_at: str = msgspec.field(default_factory=now)


class Hung(msgspec.Struct, kw_only=True):
    """A picture in a character's gallery."""

    media_id: str
    core: bool
    shot_type: str
    quality: float
    consistency: float
    dino_asset_id: str | None = None
    tags: str | None = None
    angle: str | None = None
    lens: str | None = None
    shot: Json | None = None


class Character(msgspec.Struct, kw_only=True):
    """A character: its document without pictures, and its pictures."""

    id: str
    document: Json
    manner: Manner
    master: str | None = None
    gallery: list[Hung] = []
    scenes: list[Json] = []

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.document["name"])


class Job(msgspec.Struct, kw_only=True):
    """A 360° set in the making."""

    id: str
    character_id: str
    announced: int
    total: int
    attempts: int
    status: Literal["pending", "processing", "completed", "failed", "cancelled"] = "pending"
    active: bool = True
    current: int = 0
    task: str = "Initializing..."
    created_at: str = msgspec.field(default_factory=now)
    started_at: str | None = None
    completed_at: str | None = None
    results: Json | None = None
    error: str | None = None
