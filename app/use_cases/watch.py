"""See what this process is doing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import msgspec

from app.cms.caller import Caller
from app.generation.run import Kind as RunKind
from app.generation.run import Outcome, Progress, Run
from app.generation.runs import Runs
from app.services import Services, find_character
from payload_client import Id


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
    return RunsListed([run.progress() for run in services.runs.for_character(character.id)])


async def changes(
    services: Services, caller: Caller, character_id: str, *, every: float
) -> AsyncIterator[Progress | RunOver]:
    """What is under way for a character: now, as it changes, every so many seconds without that, until nothing is.

    It tells how far a run is, and no picture: what of those the caller may see is Payload's to say.
    """
    character = await find_character(services.cms.as_user(caller.auth), caller, character_id)
    return _changes(services.runs, character.id, every)


async def _changes(runs: Runs, character: Id, every: float) -> AsyncIterator[Progress | RunOver]:
    before = list[Run[Any]]()
    async with aclosing(runs.follow(character, every)) as looks:
        async for under_way in looks:
            for run in under_way:
                yield run.progress()
            for run in before:
                if run not in under_way:
                    yield RunOver(run.id, run.kind, run.outcome)
            before = under_way
