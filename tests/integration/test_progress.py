"""A run told as it goes on: server-sent events, as http clients read them."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import pairwise
from pathlib import Path

import httpx

from scripts.local_stack import stack
from tests.support.events import EVENTS, events_in, named, told
from tests.support.serving import settings_of
from tests.support.steps import a_reference
from tests.support.world import Character, World, plain

ROUTE = "generate-360-set"


async def test_a_set_tells_its_stages_each_picture_and_the_answer(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, "file", status=401, skip=1)
    async with world.api() as api:
        events = await told(api, character.url(ROUTE), {"imageCount": 3})
    (done,) = named(events, "done")
    assert events[-1] == ("done", done)
    assert (done["success"], len(done["failures"])) == (False, 1)
    items = named(events, "item")
    assert sorted(item["index"] for item in items) == list(range(len(items)))
    assert {item["total"] for item in items} == {len(items)} == {done["count"] + 1}
    pictures = sorted((item["image"] for item in items if "image" in item), key=lambda image: image["metrics"]["index"])
    assert pictures == done["images"]
    assert [item["failure"] for item in items if "failure" in item] == done["failures"]
    stages = [stage["name"] for stage in named(events, "stage")]
    assert stages[0] == "generating"
    assert stages == sorted(stages)
    assert "ingesting" in stages


async def test_a_reference_and_a_scene_end_with_the_body_that_they_answer_otherwise(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        reference = named(await told(api, character.url("generate-initial-image"), {"prompt": "x"}), "done")[0]
        scene = named(await told(api, character.url("generate-scene-image"), {"sceneContext": "y"}), "done")[0]
    assert (reference["success"], reference["prompt"], reference["image"]["kind"]) == (True, "x", "reference")
    assert (scene["success"], scene["image"]["kind"]) == (True, "scene")
    assert [record["kind"] for record in await world.records(character)] == ["scene", "reference"]


async def test_a_failure_is_the_last_event_and_the_problem_that_it_is_otherwise(world: World) -> None:
    character = await world.character()
    await world.fault(character, "generate-initial-image", status=500, body={"error": "no paint"})
    async with world.api() as api:
        events = await told(api, character.url("generate-initial-image"), {"prompt": "x"})
    name, problem = events[-1]
    assert (name, problem["status"], problem["code"]) == ("error", 502, "character_library_error")
    assert "no paint" in problem["error"]
    assert problem["upstream"]["charged"] == "unknown"
    assert problem["requestId"]


async def test_what_is_refused_beforehand_is_a_problem_and_no_stream(world: World) -> None:
    character = await world.character(linked=False)
    async with world.api() as api:
        answer = await api.post(character.url("generate-initial-image"), json={}, headers=EVENTS)
    assert (answer.status_code, answer.json()["code"]) == (409, "character_not_linked")
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_the_first_word_comes_at_once_and_a_sign_of_life_within_five_seconds(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, ROUTE, delayMs=5600)
    begun, heard = time.monotonic(), list[float]()
    async with (
        world.api() as api,
        api.stream("POST", character.url(ROUTE), json={"imageCount": 1}, headers=EVENTS) as answer,
    ):
        opened = time.monotonic() - begun
        async for _ in events_in(answer):
            heard.append(time.monotonic() - begun)
    assert heard[0] - opened < 0.5
    assert heard[-1] > 5.6
    assert max(later - earlier for earlier, later in pairwise(heard)) < 5.4


async def test_a_caller_who_hangs_up_changes_nothing(world: World) -> None:
    character = await world.character(settings={"delayMs": 400})
    async with world.api() as api:
        route = character.url("generate-initial-image")
        async with api.stream("POST", route, json={"prompt": "kept"}, headers=EVENTS) as answer:
            await anext(aiter(events_in(answer)))
    await world.until_idle(character)
    (record,) = await world.records(character)
    assert (record["prompt"], record["status"]) == ("kept", "succeeded")
    assert len(await world.calls(character, "POST")) == 1


async def under_way(world: World, character: Character) -> asyncio.Task[httpx.Response]:
    """A set that somebody else has asked for, in the hands of the library."""

    async def generate() -> httpx.Response:
        async with world.api() as api:
            return await api.post(character.url(ROUTE), json={"imageCount": 3})

    task = asyncio.create_task(generate())
    await world.until_asked(character, times=2)
    return task


async def test_whoever_comes_later_follows_what_is_under_way_but_sees_no_picture_of_it(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, ROUTE, delayMs=700)
    other = await under_way(world, character)
    async with world.api(world.viewer) as api:
        events = await told(api, character.url("runs"), method="GET")
        afterwards = await told(api, character.url("runs"), method="GET")
    made = (await other).json()
    stages = named(events, "stage")
    assert {stage["kind"] for stage in stages} == {"set"}
    assert [stage["elapsedMs"] for stage in stages] == sorted(stage["elapsedMs"] for stage in stages)
    assert events[-1] == ("done", {"runId": stages[0]["runId"], "kind": "set", "outcome": "succeeded"})
    assert made["images"][0]["media"]["url"] not in json.dumps(events)
    assert afterwards == []


async def test_nobody_follows_the_runs_of_a_character_that_they_may_not_see(world: World) -> None:
    character = await world.character()
    async with plain(base_url=world.app_url) as nobody:
        answer = await nobody.get(character.url("runs"), headers=EVENTS)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_stream_of_events_ends_soon_after_its_session(world: World, tmp_path: Path) -> None:
    character, person = await world.character(), await world.newcomer()
    await a_reference(world, character)
    await world.fault(character, "generate-scene-image", delayMs=3_500)
    settings = settings_of(world) | {"CHARACTER_LIBRARY_TIMEOUT": "10"}
    with stack.app(tmp_path, settings, module="tests.support.checking") as server:
        async with plain(base_url=server.url, headers=person.headers, timeout=30) as api:
            scene = {"sceneContext": "Rain."}
            drawing = asyncio.create_task(told(api, character.url("generate-scene-image"), scene))
            await world.until_asked(character, times=2)
            watching = asyncio.create_task(told(api, character.url("runs"), method="GET"))
            async with api.stream("GET", character.url("runs"), headers=EVENTS) as answer:
                events = events_in(answer)
                assert (await anext(events))[0] == "stage"
                async with world.cms(person) as payload:
                    await payload.auth_collection().logout()
                last = [event async for event in events][-1]
            ends = [(await task)[-1] for task in (drawing, watching)]
    for name, data in (last, *ends):
        assert (name, data["code"], data["status"]) == ("unauthenticated", "unauthenticated", 401)
    assert [record["kind"] for record in await world.records(character)] == ["reference"]
