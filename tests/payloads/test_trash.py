"""Payloads with a trash: a delete goes there and can be undone, and nothing that is in it counts as gone."""

from __future__ import annotations

import re

import pytest

from tests.payloads.conftest import NewWorld
from tests.support import steps
from tests.support.steps import a_set, page, sweep
from tests.support.world import Character, Doc, World

MEDIA, RECORDS = "get('media').trash = true;", "get('character-image-metadata').trash = true;"
TO_TRASH_ONLY = """
for (const slug of ['media', 'character-image-metadata'])
  get(slug).access.delete = ({ data, req }) => req.user?.role === 'admin' || Boolean(data?.deletedAt)
"""
NOT_SENT = {"attempted": False, "deleted": False, "status": None, "error": None, "reason": "in_trash"}


async def a_reference(world: World, character: Character, prompt: str = "A wiry woman") -> Doc:
    return dict(await steps.a_reference(world, character, prompt))


async def delete(world: World, character: Character, image: Doc) -> Doc:
    async with world.api() as api:
        answer = await api.delete(character.url(f"images/{image['id']}"))
    assert answer.status_code == 200, answer.text
    body: Doc = answer.json()
    return body


async def restore(world: World, character: Character, image: Doc) -> tuple[int, Doc]:
    async with world.api() as api:
        answer = await api.post(character.url(f"images/{image['id']}/restore"))
    return answer.status_code, answer.json()


async def listed(world: World, character: Character) -> list[Doc]:
    async with world.api() as api:
        images: list[Doc] = (await api.get(character.url("images"))).raise_for_status().json()["images"]
    return images


async def trashed(world: World) -> tuple[int, int]:
    """How many records and how many files are in the trash."""
    async with world.cms() as payload:
        counts = [
            await payload.collection(slug).count(trash=True) - await payload.collection(slug).count()
            for slug in ("character-image-metadata", "media")
        ]
    return counts[0], counts[1]


async def recovered(world: World, character: Character) -> int:
    async with world.api() as api:
        count: int = (await api.post(character.url("recover-images"), json={})).raise_for_status().json()["count"]
    return count


@pytest.mark.parametrize("rights", ["", TO_TRASH_ONLY], ids=["of an editor", "to the trash only"])
async def test_a_delete_goes_to_the_trash_and_can_be_undone(world_of: NewWorld, rights: str) -> None:
    world = world_of(MEDIA + RECORDS + rights)
    character = await world.character()
    image = await a_reference(world, character)
    [before] = await listed(world, character)
    assert before["restorable"] is True

    answer = await delete(world, character, image)
    assert answer == {"success": True, "record": "in_trash", "media": "in_trash", "remote": NOT_SENT}
    assert (await trashed(world), await listed(world, character)) == ((1, 1), [])
    assert await world.calls(character, "DELETE") == []
    assert await recovered(world, character) == 0
    assert sweep(world, "--older-than", "0", "--delete").stdout == ""
    assert await trashed(world) == (1, 1)
    async with world.api() as api:
        assert (await api.delete(character.url(f"images/{image['id']}"))).status_code == 404

    for _ in range(2):  # the second time there is nothing left to do
        status, body = await restore(world, character, image)
        assert (status, body["image"]["media"]["url"]) == (200, before["media"]["url"])
    [after] = await listed(world, character)
    assert (await trashed(world), after) == ((0, 0), before | {"updatedAt": after["updatedAt"]})


async def test_undo_works_without_javascript_for_one_and_for_several(world_of: NewWorld) -> None:
    world = world_of(MEDIA + RECORDS)
    character = await world.character()
    await a_reference(world, character)
    await a_set(world, character, 3)
    ids = [str(image["id"]) for image in await listed(world, character)]
    async with world.browser(world.editor) as browser:
        for some in (ids[:1], ids):
            question = await browser.get(page(character, "delete?" + "&".join(f"image={id_}" for id_ in some)))
            assert "trash" in question.text
            assert "cannot be undone" not in question.text
            gone = await browser.post(page(character, "delete"), data={"image": some})
            told = await browser.get(gone.headers["Location"])
            assert ("The image is" if len(some) == 1 else "4 images are") + " in Payload’s trash." in told.text
            form = re.search(r'<form[^>]*action="([^"]+/restore)">(.*?)</form>', told.text, re.DOTALL)
            assert form
            assert ">Undo</button>" in form[2]
            sent = re.findall(r'name="image" value="([^"]+)"', form[2])
            assert sent == some
            back = await browser.post(form[1], data={"image": sent})
            told = await browser.get(back.headers["Location"])
            assert ("The image is" if len(some) == 1 else "4 images are") + " restored." in told.text
            assert (await trashed(world), len(await listed(world, character))) == ((0, 0), 4)


async def test_a_large_selection_has_its_undo_on_the_page_itself(world_of: NewWorld) -> None:
    world = world_of(MEDIA + RECORDS)
    character = await world.character()
    await a_reference(world, character)
    await a_set(world, character, 60)
    ids = [str(image["id"]) for image in await listed(world, character)]
    async with world.browser(world.editor) as browser:
        told = await browser.post(page(character, "delete"), data={"image": ids})
    assert told.status_code == 200
    assert "61 images are in Payload’s trash." in told.text
    assert await trashed(world) == (61, 61)


async def test_where_only_records_have_a_trash_the_file_stays_for_them(world_of: NewWorld) -> None:
    world = world_of(RECORDS)
    character = await world.character()
    image = await a_reference(world, character)
    answer = await delete(world, character, image)
    assert answer == {"success": True, "record": "in_trash", "media": "kept_for_record", "remote": NOT_SENT}
    assert (await trashed(world), await world.media_count()) == ((1, 0), 1)
    assert sweep(world, "--older-than", "0", "--delete").stdout == ""
    assert await world.media_count() == 1
    assert (await restore(world, character, image))[0] == 200
    assert len(await listed(world, character)) == 1


async def test_where_only_files_have_a_trash_the_record_is_deleted_and_the_file_is_there(world_of: NewWorld) -> None:
    world = world_of(MEDIA)
    character = await world.character()
    await a_reference(world, character)
    await a_set(world, character, 1)
    [item, reference] = await listed(world, character)
    assert "restorable" not in item
    answer = await delete(world, character, item)
    assert (answer["media"], "record" in answer) == ("in_trash", False)
    assert await trashed(world) == (0, 1)
    assert sweep(world, "--older-than", "0", "--delete").stdout == ""
    assert await trashed(world) == (0, 1)
    assert (await restore(world, character, item))[0] == 404
    assert (await delete(world, character, reference))["remote"]["deleted"] is True


async def test_a_file_that_something_else_shows_stays(world_of: NewWorld) -> None:
    world = world_of(MEDIA + RECORDS)
    character = await world.character()
    image = await a_reference(world, character)
    async with world.cms() as payload:
        copy = {"characterReference": character.id, "media": image["media"]["id"], "kind": "scene"}
        await payload.collection("character-image-metadata").create(copy)
    assert (await delete(world, character, image))["media"] == "kept_in_use"
    assert await trashed(world) == (1, 0)
    assert (await restore(world, character, image))[0] == 200


async def test_what_was_put_into_the_trash_by_hand_is_there_and_not_gone(world_of: NewWorld) -> None:
    world = world_of(MEDIA + RECORDS)
    character = await world.character()
    image = await a_reference(world, character)
    await a_set(world, character, 1)
    async with world.cms() as payload:
        await payload.collection("media").trash(image["media"]["id"])
    [item, shown] = await listed(world, character)
    assert ("inTrash" in item["media"], shown["media"]["inTrash"]) == (False, True)
    async with world.browser(world.editor) as browser:
        for address in ("", str(image["id"])):
            assert "is in Payload’s trash" in (await browser.get(page(character, address).rstrip("/"))).text
        zipped = await browser.get(page(character, f"sheet.zip?image={image['id']}"))
        assert zipped.status_code == 200
    told = sweep(world, "--older-than", "0", "--delete").stdout
    assert told == (
        f"restorable record {image['id']}: media {image['media']['id']} is in Payload's trash; "
        "restore it there, or delete both there\n"
    )
    assert await trashed(world) == (0, 1)
    assert (await delete(world, character, image))["media"] == "in_trash"
    assert await trashed(world) == (1, 1)
    assert (await restore(world, character, image))[0] == 200
    assert await trashed(world) == (0, 0)

    # A record alone: the picture is not shown, and neither found to be left behind nor brought in again.
    async with world.cms() as payload:
        await payload.collection("character-image-metadata").trash(image["id"])
    assert [one["id"] for one in await listed(world, character)] == [item["id"]]
    assert sweep(world, "--older-than", "0", "--delete").stdout == ""
    assert await recovered(world, character) == 0


async def test_what_is_deleted_for_good_cannot_be_restored(world_of: NewWorld) -> None:
    world = world_of(MEDIA + RECORDS)
    character = await world.character()
    image, other = await a_reference(world, character), await world.character()
    await delete(world, character, image)
    assert (await restore(world, other, image))[0] == 404
    assert await trashed(world) == (1, 1)
    async with world.cms() as payload:
        await payload.collection("character-image-metadata").delete(image["id"], trash=True)
        status, body = await restore(world, character, image)
    assert (status, body["code"]) == (404, "image_not_found")
    assert "trash" in body["error"]


async def test_who_may_not_trash_changes_nothing(world_of: NewWorld) -> None:
    world = world_of(MEDIA + RECORDS)
    character = await world.character()
    image = await a_reference(world, character)
    async with world.api(world.viewer) as api:
        assert (await api.delete(character.url(f"images/{image['id']}"))).status_code == 403
    await delete(world, character, image)
    async with world.api(world.viewer) as api:
        refused = await api.post(character.url(f"images/{image['id']}/restore"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert await trashed(world) == (1, 1)


async def test_a_new_reference_does_not_bring_the_trashed_one_back(world_of: NewWorld) -> None:
    world = world_of(MEDIA + RECORDS)
    character = await world.character()
    await delete(world, character, await a_reference(world, character))
    await a_reference(world, character, "another one")
    assert [image["prompt"] for image in await listed(world, character)] == ["another one"]
    assert await trashed(world) == (1, 1)
