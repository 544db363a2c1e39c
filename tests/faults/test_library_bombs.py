"""What is read of the Character Library's answers is bounded, whatever is in them: 8 MB is all that it may say."""

from __future__ import annotations

import json

import pytest

from tests.support.between import Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.library_bombs import REFERENCE, REFUSALS, SET, SETS, picture
from tests.support.raw_server import json_answer
from tests.support.spared import spared

SECONDS = 2.0


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_of_any_length_is_told_in_a_few_words(world: FaultyWorld, name: str) -> None:
    character = await world.character()
    world.library.order(Fault(method="POST", path=REFERENCE, instead=json_answer(400, REFUSALS[name])))
    async with world.api() as api, spared(world.app, SECONDS):
        answer = await api.post(character.url(REFERENCE), json={"prompt": "x"})
    assert answer.status_code == 502
    assert len(answer.content) < 4_000


@pytest.mark.parametrize("name", SETS)
async def test_a_set_is_read_within_its_bounds(world: FaultyWorld, name: str) -> None:
    character = await world.character()
    told = SETS[name]
    of_the_set = {key: value for key, value in told.items() if key in ("failedImages", "data")}
    async with world.api() as api:
        drawn = (await api.post(character.url(REFERENCE), json={"prompt": "x"})).json()["image"]["sourceUrl"]
        made = {"success": True, "images": [picture(drawn, **({} if of_the_set else told))], **of_the_set}
        world.library.order(Fault(method="POST", path=SET, instead=json_answer(200, made)))
        async with spared(world.app, SECONDS):
            answer = await api.post(character.url(SET), json={})
            assert answer.status_code in (201, 207), answer.text
        made = answer.json()
        workspace = await api.get(f"/screenplay/characters/{character.id}/images/sheet?set={made['setId']}")
    [image] = made["images"]
    assert len(made["failures"]) == min(len(of_the_set.get("failedImages", [])), 64)
    assert image["metrics"]["setTotal"] <= 64
    assert len(json.dumps(image)) < 20_000
    assert len(answer.content) < 100_000
    assert workspace.status_code == 200


async def test_what_the_library_holds_is_read_up_to_a_bound(world: FaultyWorld) -> None:
    character = await world.character()
    scenes = [{"url": f"/scene-{number}.jpg", "mediaId": f"m{number}"} for number in range(100_000)]
    held = {
        "success": True,
        "images": {"masterReference": None, "coreReferenceSet": scenes[:600], "sceneImages": scenes},
    }
    world.library.order(Fault(method="GET", path=f"{character.library_id}/images", instead=json_answer(200, held)))
    async with world.api() as api, spared(world.app, SECONDS):
        images = (await api.get(character.url("library-images"))).json()["images"]
    assert [len([one for one in images if one["kind"] == kind]) for kind in ("portfolioItem", "scene")] == [500, 500]
