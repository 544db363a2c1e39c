"""Whoever stops waiting for an answer, at whatever moment, leaves no connection behind and takes none from others."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.character_library import CharacterLibrary
from app.ingest import Allowed, Downloads, GuardedNetwork
from payload_client import Payload, open_pool
from tests.support.raw_server import Pause, Reset, json_answer, raw_server

TURNS = 40
"""Turns of the event loop after which somebody gives up; an exchange takes about 20."""
EACH = 12
_OPEN = Path("/proc/self/fd")

Ask = Callable[[], Awaitable[Any]]


@asynccontextmanager
async def of_payload(url: str) -> AsyncIterator[Ask]:
    async with open_pool(connections=4) as pool:
        yield lambda: Payload(url, http=pool, timeout=5).collection("media").find()


@asynccontextmanager
async def of_the_library(url: str) -> AsyncIterator[Ask]:
    library = CharacterLibrary(url, timeout=5, set_timeout=5)
    yield lambda: library.images("1")


@asynccontextmanager
async def of_a_picture(url: str) -> AsyncIterator[Ask]:
    downloads = Downloads(GuardedNetwork(Allowed([], [url])), max_bytes=1000, seconds=5)

    async def fetch() -> None:
        (await downloads.fetch(f"{url}/a.png")).close()

    yield fetch


async def given_up(ask: Ask, *, turns: int = 0, seconds: float = 0) -> None:
    asking = asyncio.ensure_future(ask())
    for _ in range(turns):
        await asyncio.sleep(0)
    if seconds:
        await asyncio.sleep(seconds)
    asking.cancel()
    await asyncio.wait([asking])


def files() -> int:
    return len(list(_OPEN.iterdir()))


@pytest.mark.parametrize("asking", [of_payload, of_the_library, of_a_picture])
async def test_who_gives_up_leaves_no_connection_behind(asking: Any) -> None:
    found = json_answer(200, {"docs": [], "images": {}, "totalDocs": 0, "hasNextPage": False})
    async with raw_server(found) as server, asking(server.url) as ask:
        await ask()
        before = files()
        for turns in range(TURNS):
            for _ in range(EACH):
                await given_up(ask, turns=turns)
        await asyncio.gather(*(ask() for _ in range(EACH)))
        await asyncio.sleep(0.2)  # for those who have been given up
        assert files() <= before


@pytest.mark.parametrize("asking", [of_payload, of_the_library, of_a_picture])
async def test_what_breaks_after_its_caller_has_gone_is_nobodys_trouble(asking: Any) -> None:
    # An exception that nobody retrieves fails the test: anyio's plugin takes what the event loop reports.
    async with raw_server([Pause(0.4), Reset()]) as server, asking(server.url) as ask:
        await given_up(ask, seconds=0.2)
        assert server.connections == 1
        await asyncio.sleep(0.3)
        gc.collect()
        await asyncio.sleep(0)
