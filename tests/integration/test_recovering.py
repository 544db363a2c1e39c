"""What the library holds, and bringing in what never arrived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.steps import a_reference
from tests.support.world import Character, World, plain


async def until_listed(api: httpx.AsyncClient, character: Character, count: int) -> list[Any]:
    """What the library lists, once that is so many."""
    for _ in range(1000):
        held: list[Any] = (await api.get(character.url("library-images"))).json()["images"]
        if len(held) == count:
            return held
        await asyncio.sleep(0.05)
    raise AssertionError("the library never listed so many")


async def test_what_the_library_holds_is_told_with_what_is_known_here(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 2, "jobStepMs": 20})
    reference = await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url("generate-360-set"), json={})
        await api.post(character.url("generate-scene-image"), json={"sceneContext": "Rain."})
        answer = await api.get(character.url("library-images"))
    held = answer.json()["images"]
    assert answer.json()["success"] is True
    assert [one["kind"] for one in held] == ["reference", "portfolioItem", "portfolioItem", "scene"]
    assert held[0]["externalId"] == reference["externalId"]
    assert all(one["known"] and one["url"].startswith("http") for one in held)


async def test_what_the_library_tells_of_its_pictures_is_listed_and_kept_when_they_are_recovered(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 3, "jobStepMs": 20})
    await a_reference(world, character)
    async with plain(base_url=world.library_url, timeout=20) as somebody:
        await somebody.post(f"/api/v1/characters/{character.library_id}/generate-360-set", json={})
    async with world.api() as api:
        held = await until_listed(api, character, 4)
        recovered = (await api.post(character.url("recover-images"))).json()
    assert (held[0]["angle"], held[0]["lens"], held[0]["quality"]) == (None, None, None)
    assert [(one["kind"], one["angle"], one["lens"]) for one in held[1:]] == [
        ("portfolioItem", "front", "35mm"),
        ("portfolioItem", "3q_left", "35mm"),
        ("portfolioItem", "3q_right", "35mm"),
    ]
    assert all(80 <= one["quality"] <= 98 for one in held[1:])
    told = [image["metrics"] for image in recovered["images"]]
    assert [(one["index"], one["lens"], one["consistency"]) for one in told] == [
        (0, "35mm", 93.2),
        (1, "35mm", 93.2),
        (2, "35mm", 93.2),
    ]
    assert told[0]["shot"] == "35mm FRONT FULL (Enhanced)"


async def test_a_picture_lost_to_a_timeout_is_recovered(world: World) -> None:
    character = await world.character()
    await world.fault(character, "generate-initial-image", action="hang-after")
    async with world.api() as api:
        lost = await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman"})
        held = (await api.get(character.url("library-images"))).json()["images"]
        recovered = (await api.post(character.url("recover-images"))).json()
        again = (await api.post(character.url("recover-images"))).json()
    assert (lost.json()["code"], lost.json()["prompt"]) == ("character_library_timeout", "A wiry woman")
    assert [(one["kind"], one["known"]) for one in held] == [("reference", False)]
    assert (recovered["success"], recovered["count"], recovered["failures"]) == (True, 1, [])
    assert again["count"] == 0
    [record] = await world.records(character)
    assert (record["kind"], record["externalId"], record["prompt"]) == (
        "reference",
        held[0]["externalId"],
        "A wiry woman",
    )
    assert len(await world.calls(character, "POST")) == 1


@asynccontextmanager
async def somebody_drew(world: World, character: Character) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Any]]]:
    """A client of the library's by which a reference and a scene were drawn past the product, and that scene."""
    async with plain(base_url=world.library_url, timeout=20) as somebody:
        route = f"/api/v1/characters/{character.library_id}"
        await somebody.post(f"{route}/generate-initial-image", json={"prompt": "x"})
        scene = {"sceneContext": "Rain.", "sceneType": "action"}
        yield somebody, (await somebody.post(f"{route}/generate-scene-image", json=scene)).json()


async def test_the_prompt_that_the_library_tells_of_a_picture_is_kept(world: World) -> None:
    character = await world.character()
    async with somebody_drew(world, character) as (somebody, _):
        listed = (await somebody.get(f"/api/v1/characters/{character.library_id}/images")).json()
    listed["images"]["sceneImages"][0]["generationPrompt"] = "Mara Quill, , in a scene: “Rain.”"
    await world.fault(character, "images", status=200, body=listed)
    async with world.api() as api:
        recovered = (await api.post(character.url("recover-images"))).json()
    assert {image["kind"]: image["prompt"] for image in recovered["images"]} == {
        "reference": None,
        "scene": "Mara Quill, , in a scene: “Rain.”",
    }
    told = next(image["metrics"] for image in recovered["images"] if image["kind"] == "scene")
    assert (told["quality"], told["consistency"], told["shotType"]) == (85, 90, "scene_action")
    assert told["tags"] == "scene,action,neutral"


async def test_only_the_named_pictures_are_recovered(world: World) -> None:
    character = await world.character()
    async with somebody_drew(world, character) as (_, scene), world.api() as api:
        body = {"externalIds": [scene["mediaId"]]}
        recovered = (await api.post(character.url("recover-images"), json=body)).json()
    assert recovered["count"] == 1
    assert [record["kind"] for record in await world.records(character)] == ["scene"]


async def test_what_cannot_be_recovered_is_told(world: World) -> None:
    character = await world.character()
    await world.fault(character, "generate-initial-image", action="hang-after")
    async with world.api() as api:
        await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman"})
        await world.fault(character, "file", times=-1, status=401)
        answer = await api.post(character.url("recover-images"))
    recovered = answer.json()
    assert (answer.status_code, recovered["success"], recovered["count"]) == (200, False, 0)
    assert recovered["failures"][0]["code"] == "image_download_failed"


async def test_a_viewer_recovers_nothing(world: World) -> None:
    character = await world.character()
    async with world.api(world.viewer) as api:
        answer = await api.post(character.url("recover-images"))
    assert answer.status_code == 403
    assert await world.calls(character) == []
