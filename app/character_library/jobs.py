"""Following a job of the Character Library to its end. Following is not retrying: the job was started once."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from app.character_library.parsing import drawn_all_the_same
from app.character_library.responses import identity, text
from app.errors import LibraryError, LibraryRefused, LibraryTimeout
from app.limits import ADDRESS, Limits

_COUNT = re.compile(r"\d{1,6}")

LATER = "If it makes pictures after all, asking it what it has (recover images) brings them in."

Progress = Callable[[int, int], None]
"""Told how many pictures of how many the library has made."""


class Job(msgspec.Struct, frozen=True):
    """A job that was accepted: its id, and the route where its state is told."""

    id: str
    route: str


class JobState(msgspec.Struct, frozen=True):
    """What a look at a job tells; `body` is all of it.

    Only `completed` and `failed` are final: `cancelled` goes back to `processing`.
    """

    status: str = ""
    progress: Any = None
    body: object = None
    error: str | None = None

    @property
    def counts(self) -> tuple[int, int]:
        """Pictures made, and asked for."""
        current, total = (text(self.progress, name) or "0" for name in ("current", "total"))
        return (int(current), int(total)) if _COUNT.fullmatch(current) and _COUNT.fullmatch(total) else (0, 0)


def accepted(body: object) -> Job | None:
    """The job that an answer names, if it does."""
    job_id, route = identity(body, "jobId"), text(body, "pollUrl", longest=ADDRESS) or ""
    if not job_id:
        return None
    # Only a path is taken from the answer: it does not choose the host.
    return Job(job_id, route if route.startswith("/") else f"/api/v1/jobs/{quote(job_id, safe='')}/status")


def read_state(body: object) -> JobState:
    """A job's state from an answer of any shape; what cannot be read is as if it were not there."""
    answer = body if isinstance(body, dict) else {}
    error = text(answer, "error", "message")
    return JobState(text(answer, "status") or "", answer.get("progress"), body, error)


async def follow(
    job: Job,
    look: Callable[[Job], Awaitable[JobState]],
    progress: Progress,
    limits: Limits,
    stalled: float,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> JobState:
    """Wait until the job completes. `stalled`: seconds without progress until it is given up.

    Raises `LibraryRefused` where it fails, `LibraryTimeout` where it stands still.
    """
    wait, slowest = limits.job_seconds
    moved, seen = clock(), (-1, "")
    while True:
        await sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
        wait = min(wait * 1.2, slowest)
        state = await _glance(job, look)
        if state.status == "completed":
            return state
        if state.status == "failed":
            raise _failed(job, state)
        if state.status:
            progress(*state.counts)
        if seen != (now := (state.counts[0], state.status)) and state.status:
            seen, moved = now, clock()
        if clock() - moved > stalled:
            raise LibraryTimeout(
                f"The Character Library made no progress with its job {job.id} for {stalled:.0f} s. {LATER}",
                job_id=job.id,
            )


async def _glance(job: Job, look: Callable[[Job], Awaitable[JobState]]) -> JobState:
    """One look; a look that fails tells nothing and is no reason to lose the job, unless the job is unknown."""
    try:
        return await look(job)
    except LibraryRefused as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise LibraryRefused(
                f"The Character Library does not know its job {job.id} any more. {LATER}",
                status=error.status,
                error=error.error,
                job_id=job.id,
            ) from error
        return JobState()
    except LibraryError:
        return JobState()


def _failed(job: Job, state: JobState) -> LibraryRefused:
    words = state.error or "no reason given"
    if drawn := drawn_all_the_same(words):
        sentence = f"The Character Library drew the set and could not save it (job {job.id}): {words}"
        return drawn(sentence, status=HTTPStatus.OK, error=words, job_id=job.id)
    sentence = f"The Character Library's job {job.id} failed: {words}"
    return LibraryRefused(sentence, status=HTTPStatus.OK, error=words, job_id=job.id)
