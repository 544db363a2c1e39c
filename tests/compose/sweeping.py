"""The sweep, run in the stack."""

from __future__ import annotations

import asyncio

from tests.compose import docker
from tests.compose.conftest import Site


async def swept(site: Site) -> list[str]:
    """What a sweep finds now, and deletes; a second one finds nothing."""
    token = site.world.editor.auth.header.removeprefix("JWT ")
    command = ("--profile", "tools", "run", "--rm", "--env", f"PAYLOAD_TOKEN={token}", "sweep", "--older-than", "0")
    found = await asyncio.to_thread(docker.compose, *command, "--delete")
    assert await asyncio.to_thread(docker.compose, *command) == ""
    return found.splitlines()
