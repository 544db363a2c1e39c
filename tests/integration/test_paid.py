"""What was paid for and could not be stored: in whichever way it failed, recovery stores it once, as what it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.pages import browser
from tests.support.steps import a_reference
from tests.support.world import Character, World, plain

REFERENCE, SET, SCENE = "generate-initial-image", "generate-360-set", "generate-scene-image"
JOB = {"dialect": "job", "shots": 4, "jobStepMs": 20}


async def until_drawn(world: World, character: Character, count: int) -> None:
    """Wait until the library lists so many images."""
    async with plain(base_url=world.library_url) as library:
        for _ in range(1000):
            listed = (await library.get(f"/api/v1/characters/{character.library_id}/images")).json()["images"]
            if sum(len(held) if isinstance(held, list) else 1 for held in listed.values() if held) >= count:
                return
            await asyncio.sleep(0.02)
    raise AssertionError("the library never listed so many")


@pytest.mark.parametrize(
    ("route", "body", "prompt"),
    [
        (REFERENCE, {"prompt": "A wiry woman,  in\n“plaid”"}, "A wiry woman,  in\n“plaid”"),
        (SCENE, {"sceneContext": "Rain; she waits."}, "Rain; she waits."),
    ],
    ids=["reference", "scene"],
)
@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("file", {"times": -1, "status": 401}),
        ("file", {"times": -1, "body": "no image"}),
        ("file", {"times": -1, "action": "truncate"}),
        ("POST", {"action": "hang-after"}),
        ("POST", {"action": "reset"}),
    ],
    ids=["denied", "refused", "cut off", "timed out", "connection lost"],
)
async def test_a_paid_image_is_recovered_once_with_its_prompt(
    world: World, route: str, body: dict[str, str], prompt: str, where: str, fault: dict[str, Any]
) -> None:
    character = await world.character()
    if route == SCENE:
        await a_reference(world, character)
    before = len(await world.records(character))
    await world.fault(character, route if where == "POST" else where, **fault)
    async with world.api() as api:
        lost = await api.post(character.url(route), json=body)
        await world.control("DELETE", "faults", params={"characterId": str(character.library_id)})
        await until_drawn(world, character, before + 1)
        recovered = (await api.post(character.url("recover-images"))).json()
        again = (await api.post(character.url("recover-images"))).json()
    assert lost.is_error
    assert lost.json()["prompt"] == prompt
    assert lost.json()["upstream"]["charged"] in ("yes", "unknown")
    assert (recovered["count"], recovered["failures"], again["count"]) == (1, [], 0)
    records = await world.records(character)
    assert (len(records), records[0]["prompt"]) == (before + 1, prompt)
    assert records[0]["metrics"]["recovered"] is True
    assert len(await world.calls(character, "POST")) == before + 1


async def test_a_lost_reference_has_its_prompt_when_the_next_one_takes_its_place(world: World) -> None:
    character = await world.character()
    await world.fault(character, REFERENCE, action="hang-after")
    async with world.api() as api:
        assert (await api.post(character.url(REFERENCE), json={"prompt": "first"})).status_code == 504
        assert (await api.post(character.url(REFERENCE), json={"prompt": "second"})).status_code == 201
    assert [record["prompt"] for record in await world.records(character)] == ["second", "first"]


async def test_of_two_lost_prompts_none_is_guessed(world: World) -> None:
    character = await world.character()
    await world.fault(character, REFERENCE, status=500, body={"success": False, "error": "fetch failed"})
    await world.fault(character, REFERENCE, action="hang-after")
    async with world.api() as api:
        for prompt in ("first", "second"):
            assert (await api.post(character.url(REFERENCE), json={"prompt": prompt})).is_error
        [image] = (await api.post(character.url("recover-images"))).json()["images"]
    assert image["prompt"] is None


@pytest.mark.parametrize("dialect", ["sync", "job"])
async def test_what_a_set_lost_is_recovered_to_its_place(world: World, dialect: str) -> None:
    character = await world.character(settings={**JOB, "dialect": dialect})
    reference = await a_reference(world, character)
    await world.fault(character, "file", skip=1, times=2, status=401)
    async with world.api() as api:
        part = (await api.post(character.url(SET), json={"imageCount": 4})).json()
        recovered = (await api.post(character.url("recover-images"))).json()
    assert (part["count"], recovered["count"]) == (2, 2)
    metrics = [image["metrics"] for image in (*part["images"], *recovered["images"])]
    assert {of["setId"] for of in metrics} == {part["setId"]}
    assert {(of["setTotal"], of["referenceImageId"]) for of in metrics} == {(4, reference["id"])}
    assert sorted(of["index"] for of in metrics) == [0, 1, 2, 3]
    assert {of["index"] for of in metrics[2:]} == {failure["index"] for failure in part["failures"]}
    assert len(await world.calls(character, "POST")) == 2


async def test_a_set_whose_answer_was_lost_is_recovered_as_the_set_that_it_is(world: World) -> None:
    character = await world.character(settings=JOB)
    reference = await a_reference(world, character)
    await world.fault(character, SET, action="hang-after")
    async with world.api() as api:
        lost = await asyncio.wait_for(api.post(character.url(SET), json={}), 60)
        await until_drawn(world, character, 5)
        recovered = (await api.post(character.url("recover-images"))).json()
    assert lost.json()["code"] == "character_library_timeout"
    metrics = [image["metrics"] for image in recovered["images"]]
    assert [of["index"] for of in metrics] == [0, 1, 2, 3]
    assert {(of["setTotal"], of["referenceImageId"]) for of in metrics} == {(4, reference["id"])}
    [set_id] = {of["setId"] for of in metrics}
    home = f"/screenplay/characters/{character.id}/images"
    async with browser(world) as client:
        sheet = await client.get(f"{home}/sheet?set={set_id}")
        packed = await client.get(f"{home}/sheet.zip?set={set_id}")
        lineage = await client.get(f"{home}/{reference['id']}")
    assert "35mm FRONT FULL" in sheet.text
    assert packed.headers["content-type"] == "application/zip"
    assert all(f"{home}/{image['id']}" in lineage.text for image in recovered["images"])


async def test_a_set_of_somebody_elses_is_recovered_as_one_set_bit_by_bit(world: World) -> None:
    character = await world.character(settings=JOB)
    await a_reference(world, character)
    async with plain(base_url=world.library_url) as somebody:
        await somebody.post(f"/api/v1/characters/{character.library_id}/{SET}", json={})
    await until_drawn(world, character, 5)
    async with world.api() as api:
        held = (await api.get(character.url("library-images"))).json()["images"]
        ids = [image["externalId"] for image in held if image["kind"] == "portfolioItem"]
        some = (await api.post(character.url("recover-images"), json={"externalIds": ids[2:]})).json()
        rest = (await api.post(character.url("recover-images"))).json()
    metrics = [image["metrics"] for image in (*rest["images"], *some["images"])]
    assert [of["index"] for of in metrics] == [0, 1, 2, 3]
    assert len({(of["setId"], of["setTotal"]) for of in metrics}) == 1
    assert metrics[0]["setTotal"] == 4
