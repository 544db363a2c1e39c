"""What work costs a server: seconds of its processor, never of the clock; and whether it answers others meanwhile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from scripts.local_stack import stack

_ANSWERED_WITHIN = 2.0
_OFTEN = 0.05


def cpu_seconds(pid: int) -> float:
    """What a process has cost so far, its own and the system's time for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def spared(app: stack.Server, seconds: float) -> AsyncIterator[None]:
    """Hold a server to that much of its processor within the block, and to answering who asks if it lives meanwhile."""
    before, over = cpu_seconds(app.process.pid), asyncio.Event()
    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=_ANSWERED_WITHIN) as others:

        async def ask() -> int:
            asked = 0
            while not over.is_set():
                assert (await others.get("/health/live")).status_code == 200
                asked += 1
                await asyncio.sleep(_OFTEN)
            return asked

        asking = asyncio.create_task(ask())
        try:
            yield
        finally:
            over.set()
            asked = await asking
    spent = cpu_seconds(app.process.pid) - before
    assert asked
    assert spent < seconds, f"{spent:.2f} s"
