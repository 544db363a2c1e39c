"""What is under way in this process: each generation is a task of its own, which a request only watches.

A caller who goes away changes nothing. One reference, set or recovery, and one scene, at a time for a character of the
library: two characters of the film that have one library id never draw at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar, cast
from weakref import WeakValueDictionary

import msgspec
from ulid import ULID

from app.capacity.shares import Shares
from app.errors import AppError, Draining, Failure, GenerationInProgress, RunFailed, failure_of, unworded
from app.generation.watchers import Watchers
from app.observability import logs, tracing
from app.observability.metrics import FAILURES, GENERATIONS
from payload_client import Id, PayloadError

log = logging.getLogger(__name__)
T = TypeVar("T")

Kind = Literal["reference", "set", "scene", "recovery"]
Stage = Literal["generating", "ingesting"]
Outcome = Literal["succeeded", "partial", "failed"]

_REMEMBERED = 500


class Progress(msgspec.Struct, frozen=True, rename="camel"):
    """How far a run is: `index` of `total` pictures have landed."""

    run_id: str
    kind: Kind
    started_at: datetime
    stage: Stage
    elapsed_ms: int
    index: int
    total: int


class Landed(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A picture of a run that is dealt with. `index`: its place, from 0; one of `image` and `failure` is there."""

    index: int
    total: int
    image: object = None
    failure: object = None


class Run(Generic[T]):
    """One generation, from its first request to the Character Library to its last record in Payload.

    `asked`: what the user asked for, so that a page can show it again. Once it is `over`, `value` is what came of it,
    or `failure` what stopped it.
    """

    def __init__(
        self, kind: Kind, character: Id, library_id: str, caller: Id, asked: object, watchers: Watchers
    ) -> None:
        self.id = str(ULID())
        self.kind = kind
        self.character = character
        self.library_id = library_id
        self.caller = caller
        self.asked = asked
        self.stage: Stage = "generating"
        self.index = 0
        self.total = 1
        self.landed: list[Landed] = []
        self._watchers = watchers
        self.started_at = datetime.now(UTC)
        self._started = time.monotonic()
        self.task: asyncio.Task[T] | None = None
        self.over = False
        self.value: T | None = None
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
        return "succeeded" if getattr(self.value, "success", True) else "partial"

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since it began."""
        return round((time.monotonic() - self._started) * 1000)

    def saving(self, total: int) -> None:
        """The library has answered with so many pictures."""
        self.stage, self.index, self.total = "ingesting", 0, total
        self._watchers.wake()

    def land(self, index: int, *, image: object = None, failure: object = None) -> None:
        """One more picture is dealt with: an image that is kept, or why it is not."""
        self.index += 1
        self.landed.append(Landed(index, self.total, image, failure))
        self._watchers.wake()

    def made(self, index: int, total: int) -> None:
        """The library tells how many pictures it has drawn so far."""
        self.index, self.total = index, total or self.total
        self._watchers.wake()

    async def follow(self, every: float) -> AsyncGenerator[list[Landed], None]:
        """What has landed since the last look: now, at each change, after `every` seconds without one, at the end."""
        seen = 0
        async with aclosing(self._watchers.watch(every)) as looks:
            async for _ in looks:
                over, new, seen = self.over, self.landed[seen:], len(self.landed)
                yield new
                if over:
                    return

    async def result(self) -> T:
        """Wait for the end and what came of it; giving up the wait does not stop the run."""
        if self.task:
            return await asyncio.shield(self.task)
        if self.failure:
            raise RunFailed(self.failure)
        return cast("T", self.value)

    def end(self, task: asyncio.Task[T]) -> None:
        """Remember how the task ended, and let go of it."""
        self.task, self.over = None, True
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


class Runs:
    """The runs of this process; at most `slots` at once, of which one person has a share.

    `elsewhere`: where nginx takes what a draining one refuses.
    """

    def __init__(self, slots: int, elsewhere: str = "") -> None:
        self._slots = Shares(slots, what="generations")
        self._elsewhere = {"X-Accel-Redirect": elsewhere} if elsewhere else {}
        self.draining = False
        self._under_way: dict[tuple[str, str], Run[Any]] = {}
        self._known: OrderedDict[str, Run[Any]] = OrderedDict()
        self._watchers: WeakValueDictionary[str, Watchers] = WeakValueDictionary()
        self._changes = 0

    def begin(
        self,
        kind: Kind,
        character: Id,
        library_id: str,
        caller: Id,
        work: Callable[[Run[T]], Coroutine[Any, Any, T]],
        *,
        asked: object = None,
    ) -> Run[T]:
        """Start a run, or nothing: raises `Draining`, `GenerationInProgress`, `Busy` or `TooManyRequests`."""
        run: Run[T] = Run(kind, character, library_id, caller, asked, self._watchers_of(character))
        self._admit(run)
        self._under_way[run.slot] = self._known[run.id] = run
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        run.task = asyncio.create_task(_told(run, work), name=f"{kind} {run.id}")
        run.task.add_done_callback(lambda task: self._ended(run, task))
        self._watchers_of(character).wake()
        return run

    def of(self, character: Id | None) -> list[Run[Any]]:
        """What is under way for a character, oldest first."""
        return [run for run in self._under_way.values() if str(run.character) == str(character)]

    async def follow(self, character: Id, every: float) -> AsyncGenerator[list[Run[Any]], None]:
        """What is under way for a character: now, at each change, after `every` seconds without one, until nothing is.

        The last list is empty.
        """
        async with aclosing(self._watchers_of(character).watch(every)) as looks:
            async for _ in looks:
                under_way = self.of(character)
                yield under_way
                if not under_way:
                    return

    def at_library(self, library_id: str) -> list[Run[Any]]:
        """What is under way for a character of the library, whichever character of the film began it."""
        return [run for run in self._under_way.values() if run.library_id == library_id]

    def find(self, run_id: str, caller: Id) -> Run[Any] | None:
        """A run that this caller began, under way or not long over."""
        run = self._known.get(run_id)
        return run if run and run.caller == caller else None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way and not self._changes

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Within the block something that is no run is under way, and must not be left half done."""
        self._changes += 1
        try:
            yield
        finally:
            self._changes -= 1

    async def drain(self) -> None:
        """Take nothing new, and wait until all that is under way has landed."""
        self.draining = True
        while self._under_way:
            await asyncio.wait([run.task for run in self._under_way.values() if run.task])

    def _watchers_of(self, character: Id) -> Watchers:
        return self._watchers.setdefault(str(character), Watchers())

    def _admit(self, run: Run[Any]) -> None:
        if self.draining:
            message = "This server is shutting down; nothing was started. Try again in a moment."
            raise Draining(message, headers=self._elsewhere)
        if run.slot in self._under_way:
            raise GenerationInProgress(
                "A generation is already under way for this character, or for one with the same library id; "
                "nothing was started. Wait until it is over."
            )
        self._slots.take(str(run.caller))

    def _ended(self, run: Run[Any], task: asyncio.Task[Any]) -> None:
        del self._under_way[run.slot]
        self._slots.give_back(str(run.caller))
        run.end(task)
        GENERATIONS.labels(run.kind, run.outcome).inc()
        if run.failure:
            FAILURES.labels("run", run.failure.answer.code).inc()
        who = {"runId": run.id, "userId": str(run.caller)}
        told = {**who, "kind": run.kind, "outcome": run.outcome, "durationMs": run.elapsed_ms}
        if task.cancelled():
            log.error("run %s (%s) was cancelled", run.id, run.kind, extra=told)
        elif error := task.exception():
            defect = None if isinstance(error, AppError | PayloadError) else error
            ended = "run %s (%s) failed after %d ms: %s"
            log.warning(ended, run.id, run.kind, run.elapsed_ms, unworded(error), exc_info=defect, extra=told)
        else:
            log.info("run %s (%s) ended after %d ms: %s", run.id, run.kind, run.elapsed_ms, run.outcome, extra=told)


async def _told(run: Run[T], work: Callable[[Run[T]], Coroutine[Any, Any, T]]) -> T:
    """Do the work, with logs and traces that say whose it is."""
    logs.bind(runId=run.id, userId=str(run.caller), characterId=str(run.character))
    log.info("run %s (%s) begins", run.id, run.kind, extra={"kind": run.kind})
    with tracing.span(run.kind, runId=run.id, characterId=str(run.character)):
        return await work(run)
