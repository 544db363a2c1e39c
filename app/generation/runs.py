"""What is under way in this process: each generation is a task of its own, which a request only watches.

A caller who goes away changes nothing. One reference, set or recovery, and one scene, at a time for a character of the
library: two characters of the film that have one library id never draw at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from typing import Any
from weakref import WeakValueDictionary

from app.capacity.shares import Shares
from app.errors import AppError, Draining, GenerationInProgress, class_and_status
from app.generation.run import Kind, R, Run, RunRequest
from app.generation.unstored import Unstored
from app.generation.watchers import Watchers
from app.observability import logs, tracing
from app.observability.metrics import FAILURES, GENERATIONS
from payload_client import Id, PayloadError

log = logging.getLogger(__name__)

_REMEMBERED = 500
_REMEMBERED_ITEMS = 2_000
"""Items of all remembered runs: each may hold an image with a prompt of 10,000 characters."""


class Runs:
    """The runs of this process; at most `slots` at once, of which one person has a share.

    `redirect`: where nginx takes what a draining one refuses.
    """

    def __init__(self, slots: int, redirect: str = "") -> None:
        self._slots = Shares(slots, what="generations")
        self._redirect = {"X-Accel-Redirect": redirect} if redirect else {}
        self.draining = False
        self._under_way: dict[tuple[str, str], Run[Any]] = {}
        self._remembered: OrderedDict[str, Run[Any]] = OrderedDict()
        self._watchers: WeakValueDictionary[str, Watchers] = WeakValueDictionary()
        self._changes = 0
        self.unstored = Unstored()

    def start(
        self,
        kind: Kind,
        character_id: Id,
        library_id: str,
        caller_id: Id,
        work: Callable[[Run[R]], Coroutine[Any, Any, R]],
        request: RunRequest | None = None,
    ) -> Run[R]:
        """Start a run. Raises `Draining`, `GenerationInProgress`, `Busy` or `TooManyRequests` before it has begun."""
        watchers = self._watchers_of(character_id)
        run: Run[R] = Run(kind, character_id, library_id, caller_id, request, watchers)
        self._admit(run)
        self._under_way[run.slot] = self._remembered[run.id] = run
        run.task = asyncio.create_task(_work(run, work), name=f"{kind} {run.id}")
        run.task.add_done_callback(lambda task: self._ended(run, task))
        watchers.wake()
        return run

    def for_character(self, character_id: Id | None) -> list[Run[Any]]:
        """What is under way for a character, oldest first."""
        return [run for run in self._under_way.values() if str(run.character_id) == str(character_id)]

    async def follow(self, character_id: Id, every: float) -> AsyncGenerator[list[Run[Any]], None]:
        """What is under way for a character: now, at each change, after `every` seconds without one, until nothing is.

        The last list is empty.
        """
        async with aclosing(self._watchers_of(character_id).watch(every)) as looks:
            async for _ in looks:
                under_way = self.for_character(character_id)
                yield under_way
                if not under_way:
                    return

    def at_library(self, library_id: str) -> list[Run[Any]]:
        """What is under way for a character of the library, whichever character of the film began it."""
        return [run for run in self._under_way.values() if run.library_id == library_id]

    def find(self, run_id: str, caller_id: Id) -> Run[Any] | None:
        """A run that this caller began, under way or not long over."""
        run = self._remembered.get(run_id)
        return run if run and run.caller_id == caller_id else None

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

    def _forget(self) -> None:
        """Forget the oldest finished runs where too many runs, or runs with too many items, are remembered."""
        items = sum(len(run.items) for run in self._remembered.values())
        for run in [run for run in self._remembered.values() if run.finished]:
            if len(self._remembered) <= _REMEMBERED and items <= _REMEMBERED_ITEMS:
                break
            del self._remembered[run.id]
            items -= len(run.items)

    def _watchers_of(self, character_id: Id) -> Watchers:
        return self._watchers.setdefault(str(character_id), Watchers())

    def _admit(self, run: Run[Any]) -> None:
        if self.draining:
            message = "This server is shutting down; nothing was started. Try again in a moment."
            raise Draining(message, headers=self._redirect)
        if run.slot in self._under_way:
            raise GenerationInProgress(
                "A generation is already under way for this character, or for one with the same library id; "
                "nothing was started. Wait until it is over."
            )
        self._slots.take(str(run.caller_id))

    def _ended(self, run: Run[Any], task: asyncio.Task[Any]) -> None:
        del self._under_way[run.slot]
        self._slots.give_back(str(run.caller_id))
        run.finish(task)
        self._forget()
        GENERATIONS.labels(run.kind, run.outcome).inc()
        if run.failure:
            FAILURES.labels("run", run.failure.answer.code).inc()
        who = {"runId": run.id, "userId": str(run.caller_id)}
        fields = {**who, "kind": run.kind, "outcome": run.outcome, "durationMs": run.elapsed_ms}
        if task.cancelled():
            log.error("run %s (%s) was cancelled", run.id, run.kind, extra=fields)
        elif error := task.exception():
            defect = None if isinstance(error, AppError | PayloadError) else error
            message, name = "run %s (%s) failed after %d ms: %s", class_and_status(error)
            log.warning(message, run.id, run.kind, run.elapsed_ms, name, exc_info=defect, extra=fields)
        else:
            log.info("run %s (%s) ended after %d ms: %s", run.id, run.kind, run.elapsed_ms, run.outcome, extra=fields)


async def _work(run: Run[R], work: Callable[[Run[R]], Coroutine[Any, Any, R]]) -> R:
    """Do the work, with logs and traces that say whose it is."""
    logs.bind(runId=run.id, userId=str(run.caller_id), characterId=str(run.character_id))
    log.info("run %s (%s) begins", run.id, run.kind, extra={"kind": run.kind})
    with tracing.span(run.kind, runId=run.id, characterId=str(run.character_id)):
        return await work(run)
