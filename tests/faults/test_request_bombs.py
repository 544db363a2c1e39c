"""A request of any content costs little, as long as it is of a size that is taken at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld, until
from tests.support.replica import replica
from tests.support.request_bombs import BODIES, FORMS, QUERIES
from tests.support.spared import spared

SECONDS = 2.0


@pytest.mark.parametrize("panel", ["reference", "scene", "portfolio", "delete"])
@pytest.mark.parametrize("name", FORMS)
async def test_a_form_of_any_content(world: FaultyWorld, name: str, panel: str) -> None:
    character, kind = await world.character(linked=False), {"Content-Type": "application/x-www-form-urlencoded"}
    async with world.browser(world.editor) as browser, spared(world.app, SECONDS):
        answer = await browser.post(
            f"/screenplay/characters/{character.id}/images/{panel}", content=FORMS[name], headers=kind
        )
    assert answer.status_code in (400, 404, 409)


@pytest.mark.parametrize("route", ["generate-initial-image", "generate-scene-image", "recover-images"])
@pytest.mark.parametrize("name", BODIES)
async def test_a_body_of_any_content(world: FaultyWorld, name: str, route: str) -> None:
    character = await world.character(linked=False)
    async with world.api() as api, spared(world.app, SECONDS):
        answer = await api.post(
            character.url(route), content=BODIES[name], headers={"Content-Type": "application/json"}
        )
    assert answer.status_code in (400, 409)


@pytest.mark.parametrize("page", ["", "/sheet", "/delete", "/sheet.zip"])
@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_of_any_content(world: FaultyWorld, name: str, page: str) -> None:
    character = await world.character()
    async with world.browser(world.editor) as browser, spared(world.app, SECONDS):
        answer = await browser.get(f"/screenplay/characters/{character.id}/images{page}?{QUERIES[name]}")
    assert answer.status_code in (200, 400, 404)
    assert len(answer.content) < 200_000


MANY = 100


async def test_as_many_requests_as_one_likes_leave_others_their_turn_at_payload(
    world: FaultyWorld, tmp_path: Path
) -> None:
    crowded, other, another = await world.character(), await world.character(), await world.newcomer()
    release, loop = asyncio.Event(), asyncio.get_running_loop()

    async def held() -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(release.wait(), loop))

    one = rf"/api/character-references/{crowded.id}\?"
    world.payload.order(Fault(method="GET", path=one, times=ALWAYS, before=held))
    with replica(world, tmp_path, module="app") as app:
        async with world.api() as api, world.browser(another) as browser:
            asking = [asyncio.create_task(api.get(f"{app.url}{crowded.url('runs')}")) for _ in range(MANY)]

            async def are_held() -> bool:
                return len(world.payload.asked("GET", one)) >= 8

            await until(are_held)
            page = await browser.get(f"{app.url}/screenplay/characters/{other.id}/images")
            waiting = [task for task in asking if not task.done()]
            release.set()
            await asyncio.gather(*asking)
    assert page.status_code == 200
    assert len(waiting) == MANY
