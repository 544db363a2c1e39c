"""See what this process is doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from app.cms.caller import Caller
from app.generation.runs import Kind as RunKind
from app.generation.runs import Outcome, Progress, Run, Runs
from app.services import Services, find_character
from payload_client import Id

_LOOK_AGAIN = 0.5
_SIGN_OF_LIFE_MS = 5000


class RunOver(msgspec.Struct, frozen=True, rename="camel"):
    """A run that was under way and no longer is."""

    run_id: str
    kind: RunKind
    outcome: Outcome


class RunsListed(msgspec.Struct, frozen=True):
    """What is under way for a character in this process."""

    runs: list[Progress]
    success: bool = True


async def runs(services: Services, caller: Caller, character_id: str) -> RunsListed:
    """The runs of a character that the caller may see."""
    character = await find_character(services.cms.as_user(caller.auth), caller, character_id)
    return RunsListed([run.progress() for run in services.runs.of(character.id)])


async def changes(services: Services, caller: Caller, character_id: str) -> AsyncIterator[Progress | RunOver]:
    """What is under way for a character as it changes, and a sign of life every few seconds; ends when nothing is.

    It tells how far a run is, and no picture: what of those the caller may see is Payload's to say.
    """
    character = await find_character(services.cms.as_user(caller.auth), caller, character_id)
    return _changes(services.runs, character.id)


async def _changes(runs: Runs, character: Id) -> AsyncIterator[Progress | RunOver]:
    told: dict[str, tuple[Run[Any], Progress]] = {}
    while True:
        under_way = runs.of(character)
        for run in under_way:
            progress = run.progress()
            if run.id not in told or _is_news(told[run.id][1], progress):
                told[run.id] = run, progress
                yield progress
        for run, _ in [told.pop(known) for known in told.keys() - {run.id for run in under_way}]:
            yield RunOver(run.id, run.kind, run.outcome)
        if not under_way:
            return
        await asyncio.sleep(_LOOK_AGAIN)


def _is_news(before: Progress, now: Progress) -> bool:
    same = (before.stage, before.index, before.total) == (now.stage, now.index, now.total)
    return not same or now.elapsed_ms - before.elapsed_ms >= _SIGN_OF_LIFE_MS
