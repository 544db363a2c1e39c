"""Deleting: here, at the library where it is the master, and never more than was meant."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.test_portfolio import a_reference
from tests.integration.world import Character, World, both_kinds_of_id, plain

pytestmark = both_kinds_of_id


async def delete(world: World, character: Character, image: dict[str, Any]) -> httpx.Response:
    async with world.api() as api:
        return await api.delete(character.url(f"images/{image['id']}"))


async def test_a_deleted_master_is_gone_here_and_there(world: World) -> None:
    character, files = await world.character(), await world.media_count()
    image = await a_reference(world, character)
    answer = await delete(world, character, image)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "success": True,
        "media": "deleted",
        "remote": {"attempted": True, "deleted": True, "status": None, "error": None, "reason": None},
    }
    assert await world.records(character) == []
    assert await world.media_count() == files
    assert len(await world.calls(character, "DELETE")) == 1


async def test_a_reference_that_is_not_the_master_is_deleted_here_only(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character, "first")
    await a_reference(world, character, "second")
    answer = await delete(world, character, first)
    assert answer.json()["remote"] == {
        "attempted": False,
        "deleted": False,
        "status": None,
        "error": None,
        "reason": "not_the_master",
    }
    assert [record["prompt"] for record in await world.records(character)] == ["second"]
    assert await world.calls(character, "DELETE") == []


async def test_pictures_of_a_set_never_touch_the_library(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with world.api() as api:
        item = (await api.post(character.url("generate-360-set"), json={"imageCount": 1})).json()["images"][0]
    before = len(await world.calls(character))
    answer = await delete(world, character, item)
    assert (answer.status_code, answer.json()["remote"]["attempted"]) == (200, False)
    assert len(await world.calls(character)) == before


async def test_a_failing_library_is_told_and_does_not_stop_the_local_delete(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    await world.fault(
        character, "reference-image", method="DELETE", status=500, body={"success": False, "error": "busy"}
    )
    answer = await delete(world, character, image)
    remote = answer.json()["remote"]
    assert answer.status_code == 200
    assert (remote["attempted"], remote["deleted"], remote["status"]) == (True, False, 500)
    assert "busy" in remote["error"]
    assert await world.records(character) == []
    assert len(await world.calls(character, "DELETE")) == 1


async def test_a_library_that_cannot_be_asked_keeps_its_master_unless_it_is_the_newest(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character, "first")
    second = await a_reference(world, character, "second")
    await world.fault(character, "reference-image", method="GET", status=500, times=2)
    older = (await delete(world, character, first)).json()["remote"]
    newest = (await delete(world, character, second)).json()["remote"]
    assert (older["attempted"], older["reason"]) == (False, "master_unknown")
    assert (newest["attempted"], newest["deleted"]) == (True, True)


async def test_a_library_without_a_master_is_not_asked_to_delete_one(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with plain(base_url=world.library_url) as somebody:
        await somebody.patch(f"/api/v1/characters/{character.library_id}", json={"masterReferenceImage": None})
    answer = await delete(world, character, image)
    assert answer.json()["remote"]["reason"] == "no_master"
    assert await world.calls(character, "DELETE") == []


async def test_an_image_of_another_character_cannot_be_deleted_through_this_one(world: World) -> None:
    character, other = await world.character(), await world.character()
    image = await a_reference(world, other)
    answer = await delete(world, character, image)
    assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")
    assert len(await world.records(other)) == 1
    assert await world.calls(other, "DELETE") == []


async def test_a_viewer_deletes_nothing_anywhere(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.api(world.viewer) as api:
        answer = await api.delete(character.url(f"images/{image['id']}"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert len(await world.records(character)) == 1
    assert await world.calls(character, "DELETE") == []


async def test_a_file_that_another_record_uses_is_kept(world: World) -> None:
    character, other = await world.character(), await world.character()
    image: Any = await a_reference(world, character)
    async with world.cms() as payload:
        again = {"characterReference": other.id, "media": image["media"]["id"], "kind": "scene", "status": "succeeded"}
        await payload.collection("character-image-metadata").create(again)
    answer = await delete(world, character, image)
    assert (answer.status_code, answer.json()["media"]) == (200, "kept_in_use")
    async with plain() as anybody:
        assert (await anybody.get(image["media"]["url"])).status_code == 200


async def test_a_second_delete_finds_nothing(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    assert (await delete(world, character, image)).status_code == 200
    assert (await delete(world, character, image)).status_code == 404


@pytest.mark.parametrize("provider", ["upload", ""])
async def test_pictures_of_another_provider_never_touch_the_library(world: World, provider: str) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.cms() as payload:
        await payload.collection("character-image-metadata").update(image["id"], {"provider": provider})  # type: ignore[arg-type]
    answer = await delete(world, character, image)
    assert (answer.status_code, answer.json()["remote"]["attempted"]) == (200, False)
    assert await world.calls(character, "DELETE") == []


@pytest.mark.inside
async def test_a_record_goes_before_its_file(world: World) -> None:
    character = await world.character()
    image: Any = await a_reference(world, character)
    async with world.api() as api:
        with world.payload_requests() as asked:
            await api.delete(character.url(f"images/{image['id']}"))
    deleted = [line.partition("?")[0] for line in asked if line.startswith("DELETE ")]
    assert deleted == [
        f"DELETE /api/character-image-metadata/{image['id']}",
        f"DELETE /api/media/{image['media']['id']}",
    ]
