"""Replicas are exchanged one after the other while people work: nobody notices."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.replicas.load import SCENE, Work, at_work
from tests.replicas.site import Site
from tests.support.world import Character, World

REFERENCE = "generate-initial-image"


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
async def test_rolling_restarts_lose_no_request_and_no_run(site: Site, times: int) -> None:
    characters = [await site.at_home(n) for n in range(3)]
    async with at_work(site.world, characters) as works:
        for n in range(times):
            replica = site.replicas[n % 3]
            assert await asyncio.to_thread(replica.stop) == -signal.SIGTERM  # by itself, not killed
            await asyncio.to_thread(replica.start)
    assert [lost for work in works for lost in work.lost] == []
    assert sum(len(work.answers) for work in works) > 10 * times
    for work in works:
        await check(work)


async def check(work: Work) -> None:
    """Each scene was asked for once, and is there if it was not deleted."""
    assert await work.asked_of_the_library() == work.drawn
    assert sorted(await work.kept()) == sorted(set(work.drawn) - set(work.deleted))


async def test_while_a_replica_drains_new_runs_begin_elsewhere_and_its_own_are_followed_there(site: Site) -> None:
    world, replica = site.world, site.replicas[1]
    busy, other = await at_home(site, 1, delayMs=3000), await at_home(site, 1)
    async with world.api() as api, site.calling(1) as direct:
        under_way = asyncio.create_task(api.post(busy.url(REFERENCE), json={"prompt": "long"}))
        await world.until_asked(busy)
        replica.signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        assert (await direct.get("/health/ready")).json() == {"ready": False, "reasons": ["shutting down"]}
        refused = await direct.post(other.url(REFERENCE), json={"prompt": "here"})
        elsewhere = await api.post(other.url(REFERENCE), json={"prompt": "there"})
        form = await api.post(
            f"/screenplay/characters/{other.id}/images/scene",
            data={"scene": "by hand"},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        followed = (await api.get(busy.url("runs"))).json()["runs"]
        assert (await under_way).status_code == 201
    await asyncio.to_thread(replica.stop)
    await asyncio.to_thread(replica.start)
    assert (refused.status_code, refused.json()["code"]) == (503, "draining")
    assert elsewhere.status_code == 201, elsewhere.text
    assert form.status_code == 303, form.text
    assert [run["kind"] for run in followed] == ["reference"]
    await until_kept(site, other, {"there", "by hand"})
    assert len(await world.calls(other, "POST")) == 2


async def test_a_request_that_broke_is_never_sent_again(site: Site) -> None:
    """Killed in the middle: what was asked for may be paid for, so nobody asks another replica."""
    world, replica = site.world, site.replicas[2]
    character = await at_home(site, 2, delayMs=1000)
    listed = None
    async with world.api() as api:
        under_way = asyncio.create_task(api.post(character.url(REFERENCE), json={"prompt": "lost"}))
        await world.until_asked(character)
        replica.signal(signal.SIGKILL)
        await asyncio.to_thread(replica.stop)
        broken = await under_way
        for _ in range(250):
            listed = await api.get(character.url("library-images"))  # from another one
            if listed.json()["images"]:
                break
            await asyncio.sleep(0.1)
        begun = time.monotonic()
        elsewhere = await api.post(character.url(SCENE), json={"sceneContext": "x"})
        took = time.monotonic() - begun
        await asyncio.to_thread(replica.start)
        recovered = (await api.post(character.url("recover-images"))).json()
    assert broken.status_code == 502
    assert listed
    assert listed.status_code == 200
    assert (await world.calls(character, "POST"))[0]["path"].endswith(REFERENCE)
    assert len(await world.calls(character, "POST")) == 2
    assert elsewhere.status_code == 201, elsewhere.text
    assert took < 3
    assert recovered["count"] == 1, recovered
    await until_kept(site, character, {None, "x"})  # of a recovered picture nobody tells the prompt


async def test_what_was_paid_for_and_not_kept_is_not_passed_on(site: Site) -> None:
    """A 503 may come after the drawing."""
    world, character = site.world, await site.world.character()
    with without_records(world):
        async with world.api() as api:
            answer = await api.post(character.url(REFERENCE), json={"prompt": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "payload_unavailable"), answer.text
    assert len(await world.calls(character, "POST")) == 1


@contextmanager
def without_records(world: World) -> Iterator[None]:
    """Have the real Payload fail wherever it needs the records."""
    rename(world, "character_image_metadata", "away")
    try:
        yield
    finally:
        rename(world, "away", "character_image_metadata")


def rename(world: World, table: str, name: str) -> None:
    with closing(sqlite3.connect(world.log.parent / "payload.db", timeout=10)) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO {name}")


async def at_home(site: Site, replica: int, **settings: object) -> Character:
    """A character at home there; with settings for how the library treats it."""
    character = await site.at_home(replica)
    body = {"id": character.library_id, **settings}
    await site.world.control("POST", "characters", json=body)
    return character


async def until_kept(site: Site, character: Character, prompts: set[str | None]) -> None:
    """Wait until exactly these have landed."""
    found: list[str | None] = []
    for _ in range(500):
        found = [record["prompt"] for record in await site.world.records(character)]
        if len(found) >= len(prompts):
            break
        await asyncio.sleep(0.1)
    assert len(found) == len(prompts)
    assert set(found) == prompts
