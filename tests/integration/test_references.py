"""Reference images, from a click to two documents in Payload."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from app.prompts import FRAMING
from tests.support.world import World, plain

ROUTE = "generate-initial-image"


async def test_a_reference_becomes_one_file_and_one_record(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    [record] = await world.records(character)
    assert made["success"] is True
    assert made["image"]["id"] == record["id"]
    assert made["image"]["media"]["id"] == record["media"]["id"]
    assert (record["kind"], record["status"], record["provider"]) == ("reference", "succeeded", "character-library")
    assert record["externalId"] == made["image"]["externalId"]
    assert record["createdBy"]["id"] == world.editor.id
    assert record["metrics"].keys() >= {"durationMs", "generateMs", "downloadMs", "uploadMs", "bytes"}
    assert record["metrics"]["bytes"] == record["media"]["filesize"]


async def test_the_picture_in_payload_is_the_picture_of_the_library(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        made = (await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})).json()["image"]
    async with plain() as anybody:
        ours = (await anybody.get(made["media"]["url"])).content
        theirs = (await anybody.get(made["sourceUrl"])).content
    assert len(ours) > 1000
    assert ours == theirs


async def test_a_prompt_is_sent_and_stored_byte_for_byte(world: World) -> None:
    character = await world.character()
    prompt = "  A “wiry” \"woman\",\n\tfacing us; it's O'Brien 👩🏽‍🚀 <b>&amp;</b> {{7*7}}\r\n "
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": prompt})
    [call] = await world.calls(character, "POST")
    [record] = await world.records(character)
    assert call["body"]["prompt"] == prompt
    assert record["prompt"] == prompt
    assert answer.json()["prompt"] == answer.json()["image"]["prompt"] == prompt


@pytest.mark.parametrize("body", [b"", b"{}", b'{"prompt": null}', b'{"prompt": " \\n "}'])
async def test_without_a_prompt_the_suggested_one_is_used(world: World, body: bytes) -> None:
    character = await world.character()
    async with world.api(headers={"Content-Type": "application/json"}) as api:
        answer = await api.post(character.url(ROUTE), content=body)
        suggested = (await api.get(character.url("initial-image-prompt"))).json()["prompt"]
    assert answer.status_code == 201, answer.text
    assert suggested.endswith(FRAMING)
    assert answer.json()["prompt"] == suggested
    assert (await world.calls(character, "POST"))[0]["body"]["prompt"] == suggested


async def test_a_second_and_third_reference_keep_the_first(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        made = [
            (await api.post(character.url(ROUTE), json={"prompt": prompt})).json()["image"]
            for prompt in ("first", "second", "third")
        ]
        listed = (await api.get(character.url("images"))).json()
    assert [image["prompt"] for image in listed["images"]] == ["third", "second", "first"]
    assert len({image["sourceUrl"] for image in made}) == 3
    drawn = [call for call in await world.calls(character, "POST") if call["status"] == 200]
    assert [call["body"]["prompt"] for call in drawn] == ["first", "second", "third"]
    assert not await world.calls(character, "DELETE")


async def test_a_failed_second_reference_leaves_the_library_its_old_master(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        first = (await api.post(character.url(ROUTE), json={"prompt": "first"})).json()["image"]
        await world.fault(
            character, ROUTE, skip=1, status=500, body={"success": False, "error": "Image generation failed"}
        )
        answer = await api.post(character.url(ROUTE), json={"prompt": "second"})
        held = (await api.get(character.url("library-images"))).json()["images"]
    assert answer.status_code == 502, answer.text
    assert [(one["kind"], one["externalId"]) for one in held] == [("reference", first["externalId"])]
    assert [record["prompt"] for record in await world.records(character)] == ["first"]


async def test_a_master_that_is_unknown_here_is_kept_before_its_place_is_freed(world: World) -> None:
    character = await world.character()
    async with plain(base_url=world.library_url) as somebody:
        route = f"/api/v1/characters/{character.library_id}/generate-initial-image"
        theirs = (await somebody.post(route, json={"prompt": "drawn elsewhere"})).json()["data"]
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "ours"})
    assert answer.status_code == 201, answer.text
    newest, oldest = await world.records(character)
    assert newest["prompt"] == "ours"
    assert (oldest["externalId"], oldest["prompt"]) == (theirs["imageId"], None)


async def test_an_error_of_the_library_is_told_in_its_words_and_leaves_nothing(world: World) -> None:
    character, files = await world.character(), await world.media_count()
    said = {"success": False, "error": "Image generation failed", "details": "Fal.ai API error: 500 - overloaded"}
    await world.fault(character, ROUTE, status=500, body=said)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "character_library_error"
    assert "Image generation failed" in problem["error"]
    assert problem["upstream"] == {
        "service": "character-library",
        "status": 500,
        "charged": "unknown",
        "error": said["error"],
        "details": said["details"],
    }
    assert len(await world.calls(character)) == 1
    assert await world.records(character) == []
    assert await world.media_count() == files


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"action": "reset"}, 502, "character_library_outcome_unknown"),
        ({"action": "hang"}, 504, "character_library_timeout"),
        ({"action": "html", "status": 200}, 502, "character_library_bad_response"),
        ({"action": "redirect"}, 502, "character_library_bad_response"),
        ({"status": 200, "body": {"success": False, "error": "No"}}, 502, "character_library_error"),
        ({"status": 200, "body": {"success": True, "data": {}}}, 502, "character_library_bad_response"),
        ({"status": 429, "body": {"error": "Slow down"}}, 502, "character_library_error"),
    ],
)
async def test_whatever_the_library_does_a_generation_is_asked_for_once(
    world: World, fault: dict[str, object], status: int, code: str
) -> None:
    character = await world.character()
    await world.fault(character, ROUTE, **fault)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert len(await world.calls(character, "POST")) == 1
    assert await world.records(character) == []


async def test_a_character_without_library_id_is_told_so_and_nothing_is_called(world: World) -> None:
    character = await world.character(linked=False)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    assert (answer.status_code, answer.json()["code"]) == (409, "character_not_linked")
    assert await world.calls(character) == []


async def test_the_library_id_of_the_integration_group_counts(world: World) -> None:
    character = await world.character()
    async with world.cms() as payload:
        moved = {"libraryDbId": None, "libraryIntegration": {"libraryDbId": character.library_id}}
        await payload.collection("character-references").update(character.id, moved)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    assert answer.status_code == 201, answer.text


async def test_a_viewer_is_refused_before_a_generation_is_paid_for(world: World) -> None:
    character = await world.character()
    async with world.api(world.viewer) as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await world.calls(character) == []


async def test_two_uploads_never_share_a_file_name(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        for _ in range(2):
            await api.post(character.url(ROUTE), json={"prompt": "the very same words"})
    names = [record["media"]["filename"] for record in await world.records(character)]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"ci-[0-9A-HJKMNP-TV-Z]{26}\.jpg", name) for name in names)


async def test_a_second_click_while_one_is_under_way_is_refused(world: World) -> None:
    character = await world.character(settings={"delayMs": 600})
    async with world.api() as api:
        first = asyncio.create_task(api.post(character.url(ROUTE), json={"prompt": "first"}))
        runs: list[dict[str, object]] = []
        while not runs:
            runs = (await api.get(character.url("runs"))).json()["runs"]
        second = await api.post(character.url(ROUTE), json={"prompt": "second"})
        third = await api.post(character.url("generate-360-set"), json={})
        assert (await first).status_code == 201
        after = (await api.get(character.url("runs"))).json()["runs"]
    assert (second.status_code, second.json()["code"]) == (409, "generation_in_progress")
    assert third.status_code == 409
    assert (runs[0]["kind"], runs[0]["stage"]) == ("reference", "generating")
    assert after == []
    assert len(await world.calls(character, "POST")) == 1


async def test_a_caller_who_goes_away_loses_nothing(world: World) -> None:
    character = await world.character(settings={"delayMs": 500})
    async with world.api() as api:
        with pytest.raises(httpx.ReadTimeout):
            await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"}, timeout=0.3)
    await world.until_idle(character)
    assert len(await world.records(character)) == 1


async def test_a_picture_that_cannot_be_kept_leaves_nothing_and_says_that_it_is_paid(world: World) -> None:
    character, files = await world.character(), await world.media_count()
    await world.fault(character, "file", times=-1, action="html", status=200)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (502, "not_an_image"), answer.text
    assert problem["upstream"]["charged"] == "yes"
    assert await world.records(character) == []
    assert await world.media_count() == files


async def test_a_record_that_payload_refuses_takes_its_file_with_it(world: World) -> None:
    character, files = await world.character(settings={"delayMs": 500}), await world.media_count()
    async with world.api() as api, world.cms() as payload:
        asked = asyncio.create_task(api.post(character.url(ROUTE), json={"prompt": "A wiry woman"}))
        await world.until_asked(character)
        await payload.collection("character-references").delete(character.id)
        answer = await asked
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "payload_unavailable"), answer.text
    assert problem["upstream"]["charged"] == "yes"
    assert await world.media_count() == files


async def test_a_picture_that_is_not_where_the_answer_says_is_looked_up(world: World) -> None:
    character = await world.character()
    await world.fault(character, "file", status=404)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"prompt": "A wiry woman"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["image"]["media"]["filesize"] > 0
    assert len(await world.calls(character, "POST")) == 1
