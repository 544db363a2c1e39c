"""See what this process is doing, and whether it can do anything."""

from __future__ import annotations

import msgspec

from app.models.caller import Caller
from app.runs import Progress
from app.studio import Studio, find_character
from payload_client import PayloadError


class RunsListed(msgspec.Struct, frozen=True):
    """What is under way for a character in this process."""

    runs: list[Progress]
    success: bool = True


async def runs(studio: Studio, caller: Caller, character_id: str) -> RunsListed:
    """The runs of a character that the caller may see."""
    character = await find_character(studio.cms.as_user(caller.auth), caller, character_id)
    return RunsListed([run.progress() for run in studio.runs.of(character.id)])


async def ready(studio: Studio) -> str | None:
    """Why this process cannot work now; None where it can."""
    if studio.runs.draining:
        return "shutting down"
    try:
        await studio.cms.payload.access()
    except PayloadError as error:
        return f"Payload does not answer ({type(error).__name__})"
    return None
