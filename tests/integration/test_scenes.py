"""Scene images."""

from __future__ import annotations

import pytest

from tests.support.steps import a_reference
from tests.support.world import World, plain

ROUTE = "generate-scene-image"


async def test_a_scene_becomes_one_file_and_one_record(world: World) -> None:
    character = await world.character()
    reference = await a_reference(world, character)
    body = {"sceneContext": "Mara waits.\n“Rain.”", "sceneType": "emotional", "mood": "calm", "lightingStyle": "soft"}
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json=body)
    assert answer.status_code == 201, answer.text
    newest = (await world.records(character))[0]
    assert (newest["kind"], newest["prompt"]) == ("scene", body["sceneContext"])
    assert newest["metrics"]["referenceImageId"] == reference["id"]
    assert (await world.calls(character, "POST"))[-1]["body"] == body


async def test_a_scene_is_a_dialogue_unless_told_otherwise(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url(ROUTE), json={"sceneContext": "Rain."})
    assert (await world.calls(character, "POST"))[-1]["body"] == {"sceneContext": "Rain.", "sceneType": "dialogue"}


@pytest.mark.parametrize(
    "body", [{}, {"sceneContext": " "}, {"sceneContext": "x", "sceneType": "portrait"}, {"sceneContext": "a\x00b"}]
)
async def test_what_the_library_would_choke_on_never_reaches_it(world: World, body: dict[str, str]) -> None:
    character = await world.character()
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), answer.text
    assert answer.json()["fields"][0]["path"]
    assert await world.calls(character) == []


async def test_a_lost_master_is_given_back_before_the_scene(world: World) -> None:
    character = await world.character()
    reference = await a_reference(world, character)
    async with plain(base_url=world.library_url) as somebody:
        await somebody.patch(f"/api/v1/characters/{character.library_id}", json={"masterReferenceImage": None})
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"sceneContext": "Rain."})
    assert answer.status_code == 201, answer.text
    assert [call["body"] for call in await world.calls(character, "PUT")] == [{"mediaId": reference["externalId"]}]
