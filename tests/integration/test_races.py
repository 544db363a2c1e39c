"""Two things at once, and things that happen in between."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from scripts.local_stack import stack
from tests.support.serving import settings_of
from tests.support.steps import a_reference
from tests.support.world import World, both_kinds_of_id, plain


async def test_a_double_click_on_delete_deletes_once_and_finds_nothing_then(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.api() as api:
        answers = await asyncio.gather(*(api.delete(character.url(f"images/{image['id']}")) for _ in range(3)))
    told = sorted((answer.status_code, answer.json().get("code")) for answer in answers)
    assert told[0] == (200, None)
    assert set(told[1:]) <= {(404, "image_not_found"), (200, None)}, [answer.text for answer in answers]
    assert await world.records(character) == []


async def test_a_reference_is_not_deleted_while_another_takes_its_place(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character, "first")
    await world.fault(character, "generate-initial-image", skip=1, delayMs=800)
    async with world.api() as api:
        second = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "second"}))
        await world.until_asked(character, times=2)
        early = await api.delete(character.url(f"images/{first['id']}"))
        assert (await second).status_code == 201
        late = await api.delete(character.url(f"images/{first['id']}"))
    assert (early.status_code, early.json()["code"]) == (409, "generation_in_progress")
    assert late.status_code == 200


async def test_a_locked_record_says_what_is_gone_and_what_is_not(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.cms(world.viewer) as payload:
        held = {"relationTo": "character-image-metadata", "value": image["id"]}
        lock = {"document": held, "user": {"relationTo": "users", "value": world.viewer.id}}
        await payload.collection("payload-locked-documents").create(lock)
    async with world.api() as api:
        answer = await api.delete(character.url(f"images/{image['id']}"))
    assert (answer.status_code, answer.json()["code"]) == (502, "payload_rejected"), answer.text
    assert "The Character Library has deleted its copy" in answer.json()["error"]
    assert "open there" in answer.json()["error"]
    assert len(await world.records(character)) == 1


@both_kinds_of_id
async def test_the_chosen_reference_is_given_back_where_the_master_was_lost(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character, "first")
    await a_reference(world, character, "second")
    lost = {"success": False, "status": "failed", "error": "Character must have a master reference image for 360°"}
    await world.fault(character, "generate-360-set", status=400, body=lost)
    async with world.api() as api:
        body = {"referenceImageId": first["id"], "imageCount": 1}
        answer = await api.post(character.url("generate-360-set"), json=body)
    assert answer.status_code == 201, answer.text
    assert [call["body"] for call in await world.calls(character, "PUT")] == [{"mediaId": first["externalId"]}] * 2
    assert answer.json()["images"][0]["metrics"]["referenceImageId"] == first["id"]


@pytest.mark.inside
async def test_a_server_that_is_asked_to_end_takes_nothing_new_and_says_so(world: World, tmp_path: Path) -> None:
    character, other = await world.character(settings={"delayMs": 1500}), await world.character()
    with stack.app(tmp_path, settings_of(world)) as app:
        async with plain(base_url=app.url, headers=world.editor.headers) as api:
            route = "generate-initial-image"
            under_way = asyncio.create_task(api.post(character.url(route), json={"prompt": "x"}))
            await world.until_asked(character)
            app.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
            ready, live = await api.get("/health/ready"), await api.get("/health/live")
            refused = await api.post(other.url(route), json={"prompt": "x"})
            runs = (await api.get(character.url("runs"))).json()["runs"]
            assert (await under_way).status_code == 201
        await asyncio.to_thread(app.process.wait, 20)
    assert (ready.status_code, live.status_code, len(runs)) == (503, 200, 1)
    assert (refused.status_code, refused.json()["code"]) == (503, "draining")
    assert refused.headers["retry-after"]
    assert await world.calls(other, "POST") == []


async def test_recovering_brings_each_picture_in_once(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 2, "jobStepMs": 10})
    await a_reference(world, character)
    await world.fault(character, "file", times=-1, status=401)
    async with world.api() as api:
        assert (await api.post(character.url("generate-360-set"), json={})).status_code == 502
        held = (await api.get(character.url("library-images"))).json()["images"]
        lost = [one["externalId"] for one in held if not one["known"]]
        # The master is now one of the set too: listed twice, wanted once.
        async with plain(base_url=world.library_url) as somebody:
            route = f"/api/v1/characters/{character.library_id}/reference-image"
            await somebody.put(route, json={"mediaId": lost[0]})
        await world.control("DELETE", "faults", params={"characterId": str(character.library_id)})
        recovered = (await api.post(character.url("recover-images"))).json()
    assert len(lost) == 2
    assert recovered["count"] == 2, recovered
    kept = [record["externalId"] for record in await world.records(character)]
    assert len(kept) == len(set(kept)) == 3


async def test_recovering_what_the_library_does_not_list_is_told(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        answer = (await api.post(character.url("recover-images"), json={"externalIds": ["nope"]})).json()
    assert (answer["success"], answer["count"]) == (False, 0)
    assert [(one["externalId"], one["code"]) for one in answer["failures"]] == [("nope", "image_not_found")]


@pytest.mark.parametrize("id", ["", "nope"])
@both_kinds_of_id
async def test_a_chosen_reference_that_is_none_starts_nothing(world: World, id: str) -> None:
    character = await world.character()
    await a_reference(world, character)
    asked = len(await world.calls(character, "POST"))
    async with world.api() as api:
        answer = await api.post(character.url("generate-360-set"), json={"referenceImageId": id})
    assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found"), answer.text
    assert len(await world.calls(character, "POST")) == asked


async def test_a_proxys_own_credentials_do_not_hide_the_session_nor_prove_anything(world: World) -> None:
    character = await world.character()
    cookie = f"payload-token={world.editor.auth.header.removeprefix('JWT ')}"
    headers = {"Authorization": "Basic YTpi", "Cookie": cookie}
    async with plain(base_url=world.app_url, headers=headers) as browser:
        seen = await browser.get(character.url("images"))
        forged = await browser.post(character.url("recover-images"), headers={"Sec-Fetch-Site": "cross-site"})
    assert seen.status_code == 200
    assert (forged.status_code, forged.json()["code"]) == (403, "cross_site_request")


@pytest.mark.parametrize(
    ("body", "path"),
    [({}, "sceneContext"), ({"sceneContext": "x", "moood": "y"}, "moood"), ({"sceneContext": 5}, "sceneContext")],
)
async def test_a_malformed_body_names_its_field(world: World, body: dict[str, object], path: str) -> None:
    character = await world.character()
    async with world.api() as api:
        problem = (await api.post(character.url("generate-scene-image"), json=body)).json()
    assert [field["path"] for field in problem["fields"]] == [path]
    assert path in problem["error"]
