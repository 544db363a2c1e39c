"""How long others can hold a place, and how a process ends that somebody wants to hold."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from scripts.local_stack import stack
from tests.support.events import told
from tests.support.hasty import LIMITS
from tests.support.pictures import encoded
from tests.support.serving import NOBODY, settings_of
from tests.support.steps import a_reference
from tests.support.strangers import LARGE, Stranger
from tests.support.world import World

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
ENDS = LIMITS.ending_seconds + LIMITS.last_answers_seconds + 20
"""Seconds in which a process ends that somebody holds; the rest is for a busy machine."""


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[stack.Server]:
    """The product with short time limits, and without anybody to ask."""
    with stack.app(tmp_path, NOBODY, module="tests.support.hasty") as server:
        yield server


@pytest.fixture
def hasty(world: World, tmp_path: Path) -> Iterator[stack.Server]:
    """The product with short time limits."""
    with stack.app(tmp_path, settings_of(world), module="tests.support.hasty") as server:
        yield server


@asynccontextmanager
async def calling(server: stack.Server, world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=server.url, headers=world.editor.headers, trust_env=False, timeout=30
    ) as client:
        yield client


async def ended(server: stack.Server) -> int:
    """Ask it to end, and wait until it has."""
    server.process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(server.process.wait, ENDS)


@pytest.mark.parametrize("reading", [0, 20], ids=["nothing", "200 bytes a second"])
async def test_an_answer_that_nobody_reads_is_broken_off(alone: stack.Server, reading: int) -> None:
    async with Stranger(alone.url) as stranger, asyncio.timeout(30):
        await stranger.ask()
        with suppress(ConnectionError):
            await stranger.until_broken_off(reading=reading)
    assert "a response that its client does not read was aborted" in alone.log.read_text()
    assert "Traceback" not in alone.log.read_text()


async def test_who_reads_slowly_but_steadily_has_whole_answers(alone: stack.Server) -> None:
    """Twenty times the least rate, and several times as long as an answer may stall."""
    async with Stranger(alone.url) as one:
        await one.say(LARGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        size = len(await one.read_all()) - len(b"connection: close\r\n")
    async with Stranger(alone.url) as stranger:
        asking = asyncio.create_task(stranger.ask())
        got = bytearray()
        for _ in range(round(4 * LIMITS.answer_stalled_seconds / 0.1)):
            got += await stranger.read(2000)
            await asyncio.sleep(0.1)
        got += await stranger.read_all()
        await asking
    assert got.count(b"HTTP/1.1 200 OK") > LIMITS.pipelined
    assert len(got) >= size * got.count(b"HTTP/1.1 200 OK")
    assert "a response that its client does not read was aborted" not in alone.log.read_text()


async def test_an_event_stream_that_has_nothing_to_say_goes_on(world: World, hasty: stack.Server) -> None:
    character = await world.character(settings={"delayMs": int(2500 * LIMITS.answer_stalled_seconds)})
    async with calling(hasty, world) as api:
        events = await told(api, character.url("generate-initial-image"), {"prompt": "x"})
    assert events[-1][0] == "done"


async def test_more_requests_at_once_than_may_wait_are_not_read(alone: stack.Server) -> None:
    async with Stranger(alone.url) as stranger:
        await stranger.say(LIVE * 500)
        got = bytearray()
        with suppress(ConnectionError):
            while piece := await stranger.read(1 << 16):
                got += piece
    assert 0 < got.count(b"HTTP/1.1 200 OK") <= LIMITS.pipelined + 1


async def test_more_connections_than_are_taken_are_closed_and_those_before_go_on(alone: stack.Server) -> None:
    async with AsyncExitStack() as crowd:
        early = await crowd.enter_async_context(Stranger(alone.url))
        await early.ask(LIVE, 1)
        assert b"200 OK" in await early.read(1000)
        for _ in range(LIMITS.connections - 1):
            await crowd.enter_async_context(Stranger(alone.url))
        late = await crowd.enter_async_context(Stranger(alone.url))
        assert await late.read(1) == b""
        await early.ask(LIVE, 1)
        assert b"200 OK" in await early.read(1000)
    async with Stranger(alone.url) as later:
        await later.ask(LIVE, 1)
        assert b"200 OK" in await later.read(1000)


@pytest.mark.parametrize(
    ("request_", "words"),
    [(LIVE, b"\r\n"), (b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"x")],
    ids=["empty lines", "rest of a body"],
)
async def test_what_begins_no_request_keeps_no_connection_open(
    alone: stack.Server, request_: bytes, words: bytes
) -> None:
    async with Stranger(alone.url) as stranger, asyncio.timeout(30):
        await stranger.say(request_)
        assert await stranger.read(4096)
        with suppress(ConnectionError):
            await stranger.until_broken_off(saying=words, reading=100)


@pytest.mark.parametrize("reading", [0, 20], ids=["nothing", "200 bytes a second"])
async def test_who_does_not_read_does_not_hold_a_process_that_ends(alone: stack.Server, reading: int) -> None:
    async with Stranger(alone.url) as stranger:
        await stranger.ask()
        held = asyncio.create_task(stranger.until_broken_off(reading=reading))
        assert await ended(alone) == -signal.SIGTERM
        await asyncio.wait([held])


async def test_a_zip_that_nobody_reads_does_not_hold_a_process_that_ends(world: World, hasty: stack.Server) -> None:
    character = await world.character()
    image: Any = (await a_reference(world, character))["id"]
    noise = encoded(Image.frombytes("RGB", (2000, 2000), os.urandom(12_000_000)), "PNG")
    async with world.cms() as payload:
        large = await payload.collection("media").upload(
            noise, filename="noise.png", content_type="image/png", data={"alt": "noise"}
        )
        await payload.collection("character-image-metadata").update(image, {"media": large["id"]})
    asked = f"GET /screenplay/characters/{character.id}/images/sheet.zip?image={image} HTTP/1.1"
    async with Stranger(hasty.url) as viewer:
        await viewer.say(f"{asked}\r\nHost: x\r\nAuthorization: {world.editor.auth.header}\r\n\r\n".encode())
        assert b"200 OK" in await viewer.read(100)
        assert await ended(hasty) == -signal.SIGTERM


async def test_while_open_answers_are_waited_for_others_are_let_in(alone: stack.Server) -> None:
    async with Stranger(alone.url) as stranger, httpx.AsyncClient(base_url=alone.url, trust_env=False) as client:
        await stranger.ask()
        alone.process.send_signal(signal.SIGTERM)
        answered = 0
        with suppress(httpx.TransportError):
            while (await client.get("/health/live", headers={"Connection": "close"})).status_code == 200:
                answered += 1
                await asyncio.sleep(0.1)
        assert await asyncio.to_thread(alone.process.wait, ENDS) == -signal.SIGTERM
    assert answered > 10


async def test_a_second_signal_ends_it_at_once(world: World, hasty: stack.Server) -> None:
    character = await world.character(settings={"delayMs": 60_000})
    async with calling(hasty, world) as api:
        drawing = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "x"}))
        await world.until_asked(character)
        hasty.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert hasty.process.poll() is None
        assert await ended(hasty) == -signal.SIGTERM
        with pytest.raises(httpx.TransportError):
            await drawing


async def test_a_delete_that_has_begun_is_finished(world: World, hasty: stack.Server) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    await world.fault(character, "reference-image", delayMs=int(1000 * (LIMITS.ending_seconds + 3)))
    async with calling(hasty, world) as api:
        deleting = asyncio.create_task(api.delete(character.url(f"images/{image['id']}")))
        await asyncio.sleep(1)
        hasty.process.send_signal(signal.SIGTERM)
        answer = await deleting
    assert answer.status_code == 200, answer.text
    assert answer.json()["remote"]["deleted"]
    assert await asyncio.to_thread(hasty.process.wait, ENDS) == -signal.SIGTERM
    assert await world.records(character) == []
