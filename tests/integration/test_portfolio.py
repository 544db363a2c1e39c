"""360° sets: all of it, part of it, and from which reference."""

from __future__ import annotations

import pytest

from tests.support.steps import ROUTE, a_reference
from tests.support.world import World, both_kinds_of_id, plain


@pytest.mark.parametrize("dialect", ["sync", "job"])
async def test_a_set_becomes_as_many_files_and_records(world: World, dialect: str) -> None:
    character = await world.character(settings={"dialect": dialect, "shots": 5, "jobStepMs": 20})
    reference = await a_reference(world, character)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"imageCount": 5})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    records = [record for record in await world.records(character) if record["kind"] == "portfolioItem"]
    assert (made["success"], made["count"], made["failures"]) == (True, 5, [])
    assert len(records) == len({record["media"]["id"] for record in records}) == 5
    assert len({record["media"]["filename"] for record in records}) == 5
    assert {record["metrics"]["setId"] for record in records} == {made["setId"]}
    assert {record["metrics"]["setTotal"] for record in records} == {5}
    assert {record["metrics"]["referenceImageId"] for record in records} == {reference["id"]}
    assert all(record["prompt"] is None and record["metrics"]["angle"] for record in records)
    assert len(await world.calls(character, "POST")) == 2


@pytest.mark.parametrize("dialect", ["sync", "job"])
async def test_a_set_keeps_the_librarys_order_and_what_it_tells(world: World, dialect: str) -> None:
    character = await world.character(settings={"dialect": dialect, "shots": 5, "jobStepMs": 20})
    await a_reference(world, character)
    await world.fault(character, "file", delayMs=1500)  # whichever is fetched first lands last
    async with world.api() as api:
        made = (await api.post(character.url(ROUTE), json={"imageCount": 5})).json()
        held = (await api.get(character.url("library-images"))).json()["images"]
    told = [image["metrics"] for image in made["images"]]
    assert [one["index"] for one in told] == [0, 1, 2, 3, 4]
    assert [one["externalId"] for one in made["images"]] == [one["externalId"] for one in held[1:]]
    assert all(one["quality"] and one["angle"] and one["dinoAssetId"] for one in told)
    assert [one.get("lens") for one in told] == [one["lens"] if dialect == "job" else None for one in held[1:]]
    latest = (await world.records(character))[0]
    assert latest["metrics"]["index"] < len(told) - 1, "it landed in order, so this shows nothing"


async def test_more_pictures_than_were_asked_for_are_all_kept(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 7, "jobStepMs": 10})
    await a_reference(world, character)
    async with world.api() as api:
        made = (await api.post(character.url(ROUTE), json={"imageCount": 2})).json()
    assert (made["success"], made["count"]) == (True, 7)


async def test_made_up_addresses_are_refused_without_a_download_and_nothing_was_paid_for(world: World) -> None:
    character = await world.character(settings={"placeholders": True})
    await a_reference(world, character)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"imageCount": 3})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (502, "image_url_refused"), answer.text
    assert "nothing was drawn" in problem["error"]
    assert problem["upstream"]["charged"] == "no"
    assert len(await world.records(character)) == 1


async def test_a_character_that_the_library_does_not_know_is_told_as_such(world: World) -> None:
    character = await world.character()
    async with plain(base_url=world.library_url) as somebody:
        await somebody.delete(f"/api/v1/characters/{character.library_id}")
    async with world.api() as api:
        for route, body in (
            (ROUTE, {}),
            ("generate-initial-image", {}),
            ("generate-scene-image", {"sceneContext": "x"}),
        ):
            answer = await api.post(character.url(route), json=body)
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (502, "character_library_error"), answer.text
            assert "does not know this character" in problem["error"]
            assert problem["error"].count("Not Found") == 1
            assert problem["upstream"]["charged"] == "no"


@pytest.mark.parametrize("dialect", ["sync", "job"])
async def test_part_of_a_set_is_told_as_part(world: World, dialect: str) -> None:
    character = await world.character(settings={"dialect": dialect, "shots": 4, "jobStepMs": 20})
    await a_reference(world, character)
    await world.fault(character, "file", skip=1, times=1, status=401)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"imageCount": 4})
    made = answer.json()
    assert answer.status_code == 207, answer.text
    assert (made["success"], made["count"], len(made["images"])) == (False, 3, 3)
    [failure] = made["failures"]
    assert failure["code"] == "image_download_failed"
    assert 0 <= failure["index"] < 4
    assert {image["metrics"]["setTotal"] for image in made["images"]} == {4}
    assert failure["sourceUrl"].startswith("http")
    assert len(await world.records(character)) == 1 + 3


async def test_what_the_library_could_not_make_is_told_among_the_failures(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 3, "jobStepMs": 20})
    await a_reference(world, character)
    await world.fault(character, "shot", status=500)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={})
    made = answer.json()
    assert answer.status_code == 207, answer.text
    assert made["count"] == 2
    assert {image["metrics"]["setTotal"] for image in made["images"]} == {3}
    [failure] = made["failures"]
    assert (failure["code"], failure["index"], failure["sourceUrl"]) == ("character_library_error", 2, None)
    assert "35mm FRONT FULL (Enhanced): Fal.ai API error: 500" in failure["error"]


async def test_a_set_of_which_nothing_can_be_kept_is_an_error(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, "file", times=-1, status=401)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"imageCount": 2})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (502, "image_download_failed"), answer.text
    assert problem["upstream"]["charged"] == "yes"
    assert len(await world.records(character)) == 1


async def test_a_failed_set_leaves_no_record(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, ROUTE, status=500, body={"success": False, "status": "failed", "error": "boom"})
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={})
    assert (answer.status_code, answer.json()["code"]) == (502, "character_library_error")
    assert "boom" in answer.json()["error"]
    assert len(await world.records(character)) == 1
    assert [call["path"].rpartition("/")[2] for call in await world.calls(character, "POST")].count(ROUTE) == 1


async def test_a_failed_job_is_an_error_in_the_librarys_words(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 2, "jobStepMs": 20})
    await a_reference(world, character)
    await world.fault(character, "shot", status=500, times=-1)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={})
    assert (answer.status_code, answer.json()["code"]) == (502, "character_library_error"), answer.text
    assert answer.json()["error"].count("No images were successfully generated") == 1
    upstream = answer.json()["upstream"]
    assert upstream["jobId"] in answer.json()["error"]
    assert upstream["charged"] == "unknown"


@both_kinds_of_id
async def test_a_set_starts_from_the_chosen_reference(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character, "first")
    await a_reference(world, character, "second")
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"referenceImageId": first["id"], "imageCount": 2})
    assert answer.status_code == 201, answer.text
    [put] = await world.calls(character, "PUT")
    assert put["body"] == {"mediaId": first["externalId"]}
    assert {image["metrics"]["referenceImageId"] for image in answer.json()["images"]} == {first["id"]}


@both_kinds_of_id
async def test_only_a_reference_of_this_character_can_be_chosen(world: World) -> None:
    character, other = await world.character(), await world.character()
    await a_reference(world, character)
    theirs = await a_reference(world, other)
    async with world.api() as api:
        made = await api.post(character.url(ROUTE), json={"imageCount": 1})
        item = made.json()["images"][0]
        drawn = len(await world.calls(character, "POST"))
        stranger = await api.post(character.url(ROUTE), json={"referenceImageId": theirs["id"]})
        no_reference = await api.post(character.url(ROUTE), json={"referenceImageId": item["id"]})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "image_not_found")
    assert (no_reference.status_code, no_reference.json()["code"]) == (400, "invalid_request")
    assert len(await world.calls(character, "POST")) == drawn


async def test_a_lost_master_is_given_back_and_the_set_is_asked_for_again(world: World) -> None:
    character = await world.character()
    reference = await a_reference(world, character)
    async with plain(base_url=world.library_url) as somebody:
        route = f"/api/v1/characters/{character.library_id}"
        await somebody.patch(route, json={"masterReferenceImage": None})
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"imageCount": 2})
    assert answer.status_code == 201, answer.text
    [put] = await world.calls(character, "PUT")
    assert put["body"] == {"mediaId": reference["externalId"]}
    asked = [call["status"] for call in await world.calls(character, "POST") if call["path"].endswith(ROUTE)]
    assert asked == [400, 200]


async def test_a_set_without_any_reference_says_what_to_do(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={})
    assert (answer.status_code, answer.json()["code"]) == (502, "character_library_error")
    assert "Generate a reference" in answer.json()["error"]
    assert answer.json()["upstream"]["charged"] == "no"


@pytest.mark.parametrize("body", [{"imageCount": 0}, {"imageCount": 65}, {"imageCount": "x"}, {"images": 3}, []])
async def test_a_malformed_wish_is_refused(world: World, body: object) -> None:
    character = await world.character()
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), answer.text
    assert await world.calls(character) == []


async def test_a_set_has_eight_pictures_unless_told_otherwise(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with world.api() as api:
        answer = await api.post(character.url("generate-360-set"))
    assert (await world.calls(character, "POST"))[-1]["body"] == {"imageCount": 8, "maxRetries": 1}
    assert answer.json()["count"] == 8


async def test_the_chosen_reference_is_the_parent_also_where_the_library_cannot_tell_its_master(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character, "first")
    await a_reference(world, character, "second")
    await world.fault(character, "reference-image", method="GET", skip=1, status=500)
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"referenceImageId": first["id"], "imageCount": 1})
    assert answer.status_code == 201, answer.text
    assert answer.json()["images"][0]["metrics"]["referenceImageId"] == first["id"]


async def test_a_library_that_knows_no_way_to_choose_is_asked_for_nothing_else(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character, "first")
    await a_reference(world, character, "second")
    await world.fault(character, "reference-image", method="PUT", status=404, body={"message": "Route not found"})
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"referenceImageId": first["id"]})
    assert (answer.status_code, answer.json()["code"]) == (502, "character_library_error"), answer.text
    assert answer.json()["upstream"]["charged"] == "no"
    assert [call for call in await world.calls(character, "POST") if call["path"].endswith(ROUTE)] == []
