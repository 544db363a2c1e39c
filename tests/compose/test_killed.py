"""Each service is killed in the middle of a set: what was promised landed, once, and the rest can be recovered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.compose import docker
from tests.compose.conftest import Site
from tests.compose.sweeping import swept
from tests.support.steps import a_reference
from tests.support.world import Character

pytestmark = [pytest.mark.compose, pytest.mark.timeout(240)]
SET = "generate-360-set"
PICTURES = 6


@asynccontextmanager
async def a_set(site: Site, *, fetching: bool = True) -> AsyncIterator[tuple[Character, asyncio.Task[httpx.Response]]]:
    """In the block a set is under way: its pictures are being fetched, or are still being drawn."""
    world = site.world
    character = await world.character()
    await a_reference(world, character)
    if fetching:
        for n in range(PICTURES):  # one after the other
            await world.fault(character, "file", delayMs=100 + 1200 * n)
    else:
        await world.fault(character, SET, delayMs=10_000)
    async with world.api() as api:
        asked = asyncio.create_task(api.post(character.url(SET), json={"imageCount": PICTURES}))
        await world.until_asked(character, times=2)
        while fetching and len(await world.records(character)) < 2:  # noqa: ASYNC110 - nobody tells when it is there
            await asyncio.sleep(0.05)
        yield character, asked
        await asyncio.wait([asked])


async def told(asked: asyncio.Task[httpx.Response]) -> int:
    """The status of the answer; 0 where the connection broke."""
    try:
        return (await asked).status_code
    except httpx.TransportError:
        return 0


async def whole_again(site: Site, character: Character) -> None:
    """What did not land is recovered; then each picture is here once, whole, and the library drew but one set."""
    world = site.world
    await world.control("DELETE", "faults", params={"characterId": str(character.library_id)})
    await world.until_idle(character)
    async with world.api() as api:
        answer = await api.post(character.url("recover-images"))
        assert answer.status_code == 200, answer.text
        assert answer.json()["failures"] == []
        held = (await api.get(character.url("library-images"))).json()["images"]
    records = await world.records(character)
    assert len(held) == PICTURES + 1
    assert sorted(record["externalId"] for record in records) == sorted(one["externalId"] for one in held)
    assert all(isinstance(record["media"], dict) for record in records)
    assert len([call for call in await world.calls(character, "POST") if call["path"].endswith(SET)]) == 1


async def test_a_replica_that_is_killed(site: Site) -> None:
    async with a_set(site) as (character, asked):
        service = await site.home(character)
        before = docker.restarts(service)
        await asyncio.to_thread(docker.send, service, "KILL")
        status = await told(asked)
    await asyncio.to_thread(docker.restarted, service, before)
    assert status == 502
    lines = await swept(site)
    assert all("orphan media" in line and line.endswith("; deleted") for line in lines), lines
    await whole_again(site, character)


async def test_a_replica_that_is_asked_to_end(site: Site) -> None:
    async with a_set(site) as (character, asked):
        service = await site.home(character)
        before = docker.restarts(service)
        await asyncio.to_thread(docker.send, service, "TERM")
        answer = await asked
    assert answer.status_code == 201, answer.text
    assert answer.json()["count"] == PICTURES
    await asyncio.to_thread(docker.restarted, service, before)
    assert await swept(site) == []
    await whole_again(site, character)


async def test_a_payload_that_is_killed(site: Site) -> None:
    before = docker.restarts("cms")
    async with a_set(site) as (character, asked):
        await asyncio.to_thread(docker.send, "cms", "KILL")
        status = await told(asked)
    await asyncio.to_thread(docker.restarted, "cms", before)
    assert status in (201, 207, 502, 503)
    await swept(site)
    await whole_again(site, character)


async def test_a_database_that_is_restarted(site: Site) -> None:
    before = docker.restarts("cms")
    async with a_set(site) as (character, asked):
        await asyncio.to_thread(docker.compose, "restart", "db")
        status = await told(asked)
    await asyncio.to_thread(docker.up)
    assert status in (201, 207, 502, 503)
    assert docker.restarts("cms") == before  # Payload goes on
    await swept(site)
    await whole_again(site, character)


async def test_a_balancer_that_is_restarted(site: Site) -> None:
    async with a_set(site) as (character, asked):
        before = docker.restarts("lb")
        await asyncio.to_thread(docker.send, "lb", "KILL")
        with pytest.raises(httpx.TransportError):
            await asked
    await asyncio.to_thread(docker.restarted, "lb", before)
    await site.world.until_idle(character)
    assert len(await site.world.records(character)) == PICTURES + 1  # without recovering
    assert await swept(site) == []
    await whole_again(site, character)


async def test_a_library_that_is_restarted(site: Site) -> None:
    async with a_set(site, fetching=False) as (character, asked):
        await asyncio.to_thread(docker.compose, "restart", "--timeout", "1", "library")
        answer = await asked
    await asyncio.to_thread(docker.up)
    assert (answer.status_code, answer.json()["code"]) == (502, "character_library_outcome_unknown"), answer.text
    assert answer.json()["upstream"]["charged"] == "unknown"
    assert await site.world.calls(character) == []  # nobody asked the new one
    assert [record["kind"] for record in await site.world.records(character)] == ["reference"]
    assert await swept(site) == []
