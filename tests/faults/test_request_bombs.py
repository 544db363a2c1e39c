"""A request of any content costs little, as long as it is of a size that is taken at all."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld, until
from tests.support.replica import replica
from tests.support.spared import spared

SECONDS = 2.0
LARGEST = 256 * 1024
FORMS = {
    "fields": b"&".join(b"f%d=x" % number for number in range(28_000)),
    "names alone": b"&".join(b"%x" % number for number in range(50_000)),
    "one field over and over": b"a=x&" * 65_000,
    "separators": b"&" * LARGEST,
    "percent signs": b"prompt=" + b"%41" * 87_000,
    "bad percent signs": b"prompt=" + b"%" * 262_000,
    "blanks": b"scene=" + b"+" * 29_000 + b"%00",
    "line breaks": b"prompt=" + b"%0d%0a" * 43_000,
}
BODIES = {
    "keys": json.dumps({f"k{number}": 1 for number in range(20_000)}).encode(),
    "one key over and over": b"{" + b'"prompt":1,' * 23_000 + b'"prompt":1}',
    "blanks": json.dumps({"sceneContext": " " * 9_999 + "\x7f"}).encode(),
    "ids": json.dumps({"externalIds": ["x" * 200] * 500}).encode(),
    "arrays": b'{"externalIds":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "digits": b'{"imageCount": ' + b"9" * 262_000 + b"}",
    "escapes": b'{"prompt": "' + b"\\u0041" * 43_000 + b'"}',
}
QUERIES = {
    "parameters": "&".join(f"p{number}=x" for number in range(7_000)),
    "images": "&".join(f"image={number}" for number in range(5_000)),
    "notes": "deleted=200&" + "&".join(f"left={number}:kept_in_use:failed" for number in range(2_000)),
    "percent signs": "prompt=" + "%41" * 20_000,
    "separators": "&" * 60_000,
}


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
