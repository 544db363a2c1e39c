"""One generation under way: what was asked for, how far it is, what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Generic, Literal, Protocol, TypeVar, cast

import msgspec
from ulid import ULID

from app.character_library import Scene
from app.cms.image import Image
from app.errors import Draining, Failure, RunFailed, failure_of
from app.generation.watchers import Watchers
from payload_client import Id


class Result(Protocol):
    """What comes of a run. `success`: nothing was left out."""

    @property
    def success(self) -> bool:
        """Whether all pictures are stored."""


R = TypeVar("R", bound=Result)
Kind = Literal["reference", "set", "scene", "recovery"]
Stage = Literal["generating", "ingesting"]
Outcome = Literal["succeeded", "partial", "failed"]


class Progress(msgspec.Struct, frozen=True, rename="camel"):
    """How far a run is: `index` of `total` pictures have landed."""

    run_id: str
    kind: Kind
    started_at: datetime
    stage: Stage
    elapsed_ms: int
    index: int
    total: int


class ReferenceRequest(msgspec.Struct, frozen=True):
    """The prompt of a reference, as it was sent by form or API; None for the suggested one."""

    prompt: str | None


class SetRequest(msgspec.Struct, frozen=True):
    """The reference that a set was to start from, and how many pictures were asked for."""

    reference_image_id: str | None
    count: int | None


RunRequest = ReferenceRequest | SetRequest | Scene


class RunItem(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A picture of a run that has ended, stored or not. `index`: its place, from 0."""

    index: int
    total: int
    image: Image | None = None
    failure: msgspec.Struct | None = None


class Run(Generic[R]):
    """One generation, from its first request to the Character Library to its last record in Payload.

    `request`: what the user asked for, so that a page can show it again. Once it is `finished`, `value` is its result,
    or `failure` what stopped it.
    """

    def __init__(
        self,
        kind: Kind,
        character_id: Id,
        library_id: str,
        caller_id: Id,
        request: RunRequest | None,
        watchers: Watchers,
    ) -> None:
        self.id = str(ULID())
        self.kind = kind
        self.character_id = character_id
        self.library_id = library_id
        self.caller_id = caller_id
        self.request = request
        self.stage: Stage = "generating"
        self.index = 0
        self.total = 1
        self.items: list[RunItem] = []
        self._watchers = watchers
        self.started_at = datetime.now(UTC)
        self._started = time.monotonic()
        self.task: asyncio.Task[R] | None = None
        self.finished = False
        self.value: R | None = None
        self.failure: Failure | None = None

    @property
    def slot(self) -> tuple[str, str]:
        """What no second run may hold: the master of the library's character, or its scenes."""
        return self.library_id, "scene" if self.kind == "scene" else "master"

    @property
    def outcome(self) -> Outcome:
        """How it ended, once it is over; a partial one left something out."""
        if self.failure:
            return "failed"
        return "succeeded" if self.value and self.value.success else "partial"

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since it began."""
        return round((time.monotonic() - self._started) * 1000)

    def start_ingesting(self, total: int) -> None:
        """Note that the library has answered with so many pictures."""
        self.stage, self.index, self.total = "ingesting", 0, total
        self._watchers.wake()

    def add_item(self, index: int, *, image: Image | None = None, failure: msgspec.Struct | None = None) -> None:
        """Add a picture that has ended: its image, or why there is none."""
        self.index += 1
        self.items.append(RunItem(index, self.total, image, failure))
        self._watchers.wake()

    def report_drawn(self, index: int, total: int) -> None:
        """Note how many pictures the library has drawn so far."""
        self.index, self.total = index, total or self.total
        self._watchers.wake()

    async def follow(self, every: float) -> AsyncGenerator[list[RunItem], None]:
        """Yield the items since the last look: now, at each change, after `every` seconds without one, at the end."""
        seen = 0
        async with aclosing(self._watchers.watch(every)) as looks:
            async for _ in looks:
                finished, new, seen = self.finished, self.items[seen:], len(self.items)
                yield new
                if finished:
                    return

    async def result(self) -> R:
        """Wait for the result; giving up the wait does not stop the run. Raises the error of the run."""
        if self.task:
            return await asyncio.shield(self.task)
        if self.failure:
            raise RunFailed(self.failure)
        return cast("R", self.value)

    def finish(self, task: asyncio.Task[R]) -> None:
        """Remember how the task ended, and let go of it."""
        self.task, self.finished = None, True
        if task.cancelled():
            self.failure = failure_of(Draining("This server shut down in the middle of it. What had landed is kept."))
        elif isinstance(error := task.exception(), Exception):
            self.failure = failure_of(error)
        else:
            self.value = task.result()
        self._watchers.wake()

    def progress(self) -> Progress:
        """How far it is now."""
        return Progress(self.id, self.kind, self.started_at, self.stage, self.elapsed_ms, self.index, self.total)
