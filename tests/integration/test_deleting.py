"""Deleting: here, at the library where it is the master, and never more than was meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from payload_client import Forbidden
from tests.support.steps import a_reference
from tests.support.world import Character, World, both_kinds_of_id, plain

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


async def test_a_library_that_cannot_be_asked_keeps_its_master(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    await world.fault(character, "reference-image", method="GET", status=500)
    assert (await delete(world, character, image)).json()["remote"]["reason"] == "master_unknown"
    assert await world.calls(character, "DELETE") == []


async def test_a_library_that_tells_no_master_deletes_it_with_the_newest_reference(world: World) -> None:
    character = await world.character()
    first, second = await a_reference(world, character, "first"), await a_reference(world, character, "second")
    await world.fault(character, "reference-image", method="GET", status=404, times=2)
    older = (await delete(world, character, first)).json()["remote"]
    newest = (await delete(world, character, second)).json()["remote"]
    assert (older["attempted"], older["reason"]) == (False, "master_unknown")
    assert (newest["attempted"], newest["deleted"]) == (True, True)


LINKS: list[Callable[[str], dict[str, Any]]] = [
    lambda library_id: {"libraryDbId": library_id},
    lambda library_id: {"libraryDbId": f" {library_id}\n"},
    lambda library_id: {"libraryIntegration": {"libraryDbId": library_id}},
]


@pytest.mark.parametrize("link", LINKS, ids=["its id", "blanks around it", "where older ones have it"])
async def test_what_another_character_shares_at_the_library_is_left_there(
    world: World, link: Callable[[str], dict[str, Any]]
) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.cms() as payload:
        characters = payload.collection("character-references")
        await characters.create({"name": "Somebody else", "libraryDbId": f"{character.library_id}-2"})
        other: Any = await characters.create({"name": "Eve", **link(str(character.library_id))})
    remote = (await delete(world, character, image)).json()["remote"]
    assert (remote["attempted"], remote["reason"]) == (False, "shared_library_id")
    assert await world.calls(character, "DELETE") == []
    async with world.cms() as payload:
        await payload.collection("character-references").delete(other["id"])


@pytest.mark.inside
async def test_whether_a_library_id_is_shared_costs_one_request(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    with world.payload_requests() as asked:
        assert (await delete(world, character, image)).json()["remote"]["deleted"] is True
    assert len([line for line in asked if "/api/character-references?" in line]) == 1


async def test_a_copy_that_was_recovered_is_no_proof(world: World) -> None:
    character = await world.character()
    image: Any = await a_reference(world, character)
    async with world.cms() as payload, world.api() as api:
        await payload.collection("character-image-metadata").delete(image["id"])
        [copy] = (await api.post(character.url("recover-images"), json={})).json()["images"]
        images = payload.collection("character-image-metadata")
        old = {name: value for name, value in copy["metrics"].items() if name != "recovered"}
        marked = (await delete(world, character, copy)).json()["remote"]
        [again] = (await api.post(character.url("recover-images"), json={})).json()["images"]
        await images.update(again["id"], {"metrics": old})
        unmarked = (await delete(world, character, again)).json()["remote"]
    assert copy["metrics"]["recovered"] is True
    assert [(remote["attempted"], remote["reason"]) for remote in (marked, unmarked)] == [(False, "recovered")] * 2
    assert await world.calls(character, "DELETE") == []


@pytest.mark.parametrize(
    "written",
    [{"externalId": None}, {"externalId": "dino-1", "metrics": {"generateMs": 5, "externalIdIs": "dinoAssetId"}}],
    ids=["none", "another kind of id"],
)
async def test_a_record_whose_library_id_cannot_be_read_leaves_the_master(
    world: World, written: dict[str, Any]
) -> None:
    character = await world.character()
    image: Any = await a_reference(world, character)
    async with world.cms() as payload:
        await payload.collection("character-image-metadata").update(image["id"], written)
    assert (await delete(world, character, image)).json()["remote"]["reason"] == "master_unknown"
    assert await world.calls(character, "DELETE") == []


async def test_a_viewer_neither_relinks_nor_deletes_a_character(world: World) -> None:
    character = await world.character()
    async with world.cms(world.viewer) as payload:
        characters = payload.collection("character-references")
        assert (await characters.find_by_id(character.id))["libraryDbId"] == character.library_id
        with pytest.raises(Forbidden):
            await characters.update(character.id, {"libraryDbId": "another"})
        with pytest.raises(Forbidden):
            await characters.delete(character.id)
        with pytest.raises(Forbidden):
            await characters.create({"name": "Eve", "libraryDbId": character.library_id})


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
