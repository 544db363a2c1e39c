"""A Character Library that knows only four routes, and answers in its own way, works as well as the recorded one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.steps import a_reference
from tests.support.world import World


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("shape", ["recorded", "top", "data", "strings"])
async def test_the_whole_story_works_with_every_shape_of_answer(world: World, shape: str, relative: bool) -> None:
    character = await world.character(settings={"shape": shape, "relativeUrls": relative})
    first: Any = await a_reference(world, character, "first")
    second: Any = await a_reference(world, character, "second")
    async with world.api() as api:
        portfolio = await api.post(character.url("generate-360-set"), json={"imageCount": 3})
        scene = await api.post(character.url("generate-scene-image"), json={"sceneContext": "Rain."})
        deleted = await api.delete(character.url(f"images/{second['id']}"))
        listed = (await api.get(character.url("images"))).json()
    assert portfolio.status_code == 201, portfolio.text
    assert scene.status_code == 201, scene.text
    assert deleted.json()["remote"]["deleted"] is True, deleted.text
    assert listed["count"] == 1 + 3 + 1
    assert listed["images"][-1]["id"] == first["id"]
    assert all(image["sourceUrl"].startswith("http") for image in listed["images"])
    assert len(await world.calls(character, "DELETE")) == 1


async def test_a_library_that_cannot_choose_starts_from_its_newest_reference_only(world: World) -> None:
    character = await world.character(settings={"shape": "top"})
    first = await a_reference(world, character, "first")
    second = await a_reference(world, character, "second")
    async with world.api() as api:
        older = await api.post(
            character.url("generate-360-set"), json={"referenceImageId": first["id"], "imageCount": 2}
        )
        newest = await api.post(
            character.url("generate-360-set"), json={"referenceImageId": second["id"], "imageCount": 2}
        )
    assert (older.status_code, older.json()["upstream"]["charged"]) == (502, "no"), older.text
    assert newest.status_code == 201, newest.text
    asked = [call for call in await world.calls(character, "POST") if call["path"].endswith("360-set")]
    assert len(asked) == 1
