"""What the list tells, and what may be asked of it."""

from __future__ import annotations

import pytest

from tests.support.steps import a_reference
from tests.support.world import World, both_kinds_of_id

pytestmark = both_kinds_of_id


async def test_the_list_is_newest_first_with_files_and_character(world: World) -> None:
    character = await world.character()
    for prompt in ("one", "two", "three"):
        await a_reference(world, character, prompt)
    async with world.api() as api:
        listed = (await api.get(character.url("images"))).json()
    assert [image["prompt"] for image in listed["images"]] == ["three", "two", "one"]
    assert listed["character"] == {"id": character.id, "name": character.name, "libraryDbId": character.library_id}
    assert (listed["count"], listed["page"], listed["limit"], listed["totalPages"]) == (3, 1, 100, 1)
    assert all(image["media"]["url"].startswith(world.media_url) for image in listed["images"])


async def test_the_list_can_be_filtered_and_paged(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url("generate-360-set"), json={"imageCount": 3})
        items = (await api.get(character.url("images"), params={"kind": "portfolioItem"})).json()
        failed = (await api.get(character.url("images"), params={"status": "failed"})).json()
        pages = [(await api.get(character.url("images"), params={"limit": 3, "page": n})).json() for n in (1, 2, 3)]
    assert items["count"] == 3
    assert {image["kind"] for image in items["images"]} == {"portfolioItem"}
    assert (failed["count"], failed["images"]) == (0, [])
    assert [len(page["images"]) for page in pages] == [3, 1, 0]
    assert pages[2]["character"]["id"] == character.id
    assert len({image["id"] for page in pages for image in page["images"]}) == 4


async def test_a_character_without_images_has_an_empty_list(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        answer = await api.get(character.url("images"))
    assert answer.status_code == 200
    assert (answer.json()["count"], answer.json()["images"]) == (0, [])


async def test_a_viewer_sees_the_list(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with world.api(world.viewer) as api:
        answer = await api.get(character.url("images"))
    assert answer.json()["count"] == 1


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "limit=0", "limit=501", "limit=-1", "kind=portrait", "status=ok"]
)
async def test_a_malformed_question_is_refused(world: World, query: str) -> None:
    character = await world.character()
    async with world.api() as api:
        answer = await api.get(f"{character.url('images')}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), answer.text
    assert answer.json()["fields"][0]["path"] == query.partition("=")[0]


@pytest.mark.parametrize(
    "id", ["7abc", "999999", "abc", "01", "1.0", "-1", "%20", "..%2f1", "9" * 40, "a b", "’", "null"]
)
async def test_an_id_that_is_no_characters_is_not_found(world: World, id: str) -> None:
    await world.character()
    async with world.api() as api:
        answers = [
            await api.get(f"/v1/characters/{id}/{route}")
            for route in ("images", "initial-image-prompt", "library-images")
        ]
        answers.append(await api.post(f"/v1/characters/{id}/generate-initial-image", json={}))
        answers.append(await api.delete(f"/v1/characters/{id}/images/1"))
    codes = {(answer.status_code, answer.json()["code"]) for answer in answers}
    assert codes <= {(404, "character_not_found"), (404, "image_not_found"), (404, "not_found")}, codes


async def test_7abc_is_not_7(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.api() as api:
        wrong_character = await api.get(f"/v1/characters/{character.id}abc/images")
        wrong_image = await api.delete(character.url(f"images/{image['id']}abc"))
    assert (wrong_character.status_code, wrong_character.json()["code"]) == (404, "character_not_found")
    assert (wrong_image.status_code, wrong_image.json()["code"]) == (404, "image_not_found")
    assert len(await world.records(character)) == 1
