"""The testing plan and the acceptance criteria that the product was asked for with, line by line and by name."""

from __future__ import annotations

import re

from tests.support.pages import browser, prompt_in, settled, workspace
from tests.support.steps import a_reference
from tests.support.world import World

# Testing plan: unit and integration, on real servers


async def test_reference_generation_success_creates_media_and_metadata(world: World) -> None:
    character, files = await world.character(), await world.media_count()
    await a_reference(world, character)
    [record] = await world.records(character)
    assert record["kind"] == "reference"
    assert record["media"]["filesize"] > 0
    assert await world.media_count() == files + 1


async def test_reference_generation_500_returns_an_error_and_no_records(world: World) -> None:
    character, files = await world.character(), await world.media_count()
    await world.fault(character, "generate-initial-image", status=500, body={"success": False, "error": "boom"})
    async with world.api() as api:
        answer = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    assert answer.status_code == 502
    assert answer.json()["success"] is False
    assert "boom" in answer.json()["error"]
    assert (await world.records(character), await world.media_count()) == ([], files)


async def test_portfolio_generation_creates_n_media_and_metadata_records(world: World) -> None:
    character, files = await world.character(), await world.media_count()
    await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url("generate-360-set"), json={"imageCount": 6})
    items = [record for record in await world.records(character) if record["kind"] == "portfolioItem"]
    assert len({record["media"]["id"] for record in items}) == 6
    assert await world.media_count() == files + 1 + 6


async def test_delete_removes_metadata_and_media_and_attempts_the_remote_delete(world: World) -> None:
    character, files = await world.character(), await world.media_count()
    image = await a_reference(world, character)
    async with world.api() as api:
        answer = await api.delete(character.url(f"images/{image['id']}"))
    assert answer.json()["remote"]["attempted"] is True
    assert (await world.records(character), await world.media_count()) == ([], files)
    [sent] = await world.calls(character, "DELETE")
    assert sent["path"] == f"/api/v1/characters/{character.library_id}/reference-image"


async def test_what_was_downloaded_is_what_media_was_made_of(world: World) -> None:
    character = await world.character(settings={"pictureSize": [200, 280]})
    image = await a_reference(world, character)
    [record] = await world.records(character)
    assert record["sourceUrl"] == image["sourceUrl"]
    assert (record["media"]["width"], record["media"]["height"]) == (200, 280)


# Testing plan: end to end, as the runbook has it


async def test_generate_reference_and_see_it_in_the_grid_with_its_prompt(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        form = {"prompt": "Mara at the lamp"}
        page = await settled(client, await client.post(f"{workspace(character)}/reference", data=form))
    grid = page.text.partition('id="images"')[2]
    [record] = await world.records(character)
    assert "Mara at the lamp" in grid
    assert f'src="{world.media_url}{record["media"]["filename"]}"' in grid


async def test_generate_portfolio_and_all_images_appear_in_the_grid(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with browser(world) as client:
        page = await settled(client, await client.post(f"{workspace(character)}/portfolio", data={"count": "5"}))
    grid = page.text.partition('id="images"')[2]
    assert grid.count('alt="Portfolio image of') == 5


async def test_delete_image_removes_it_from_the_grid_and_sends_the_remote_delete(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with browser(world) as client:
        page = await client.post(f"{workspace(character)}/delete", data={"image": str(image["id"])})
    assert f"{workspace(character)}/{image['id']}" not in page.text
    assert len(await world.calls(character, "DELETE")) == 1


# Acceptance criteria


async def test_the_new_route_is_reached_by_the_image_management_link(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        detail = await client.get(f"/screenplay/characters/{character.id}")
        page = await client.get(workspace(character))
    assert f'href="{workspace(character)}"' in detail.text
    assert 'title="Image Management"' in detail.text
    assert page.status_code == 200


async def test_the_suggested_prompt_appears_and_is_editable_and_manual_prompts_work(world: World) -> None:
    character = await world.character(generationMetadata={"bamlData": {"archetype": "The reluctant guardian"}})
    async with browser(world) as client:
        page = await client.get(workspace(character))
        edited = prompt_in(page).replace("Mara Quill", "Mara Quill, aged by the sea")
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": edited}))
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "all my own"}))
    assert "reluctant guardian" in prompt_in(page)
    assert [record["prompt"] for record in await world.records(character)] == ["all my own", edited]


async def test_images_are_ingested_to_media_and_tracked_by_metadata(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url("generate-360-set"), json={"imageCount": 2})
        listed = (await api.get(character.url("images"))).json()["images"]
    for image in listed:
        assert image["media"]["url"].startswith(world.media_url)
        assert image["sourceUrl"].startswith(world.library_url)


async def test_the_grid_lists_images_with_prompt_and_kind_and_supports_delete(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character, "Mara at the lamp")
    async with browser(world) as client:
        page = await client.get(workspace(character))
    grid = page.text.partition('id="images"')[2]
    assert "Mara at the lamp" in grid
    assert "Reference" in grid
    assert re.search(rf'form="one" name="image" value="{image["id"]}"[^>]*>Delete</button>', grid)


async def test_apis_live_under_v1_and_library_errors_are_surfaced_without_retries(world: World) -> None:
    character = await world.character()
    await world.fault(
        character, "generate-initial-image", times=-1, status=500, body={"success": False, "error": "boom"}
    )
    async with world.api() as api:
        answer = await api.post(f"/v1/characters/{character.id}/generate-initial-image", json={"prompt": "x"})
    assert (answer.status_code, answer.json()["code"]) == (502, "character_library_error")
    assert len(await world.calls(character)) == 1
