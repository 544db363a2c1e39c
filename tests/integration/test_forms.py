"""What is typed into the workspace's forms comes back, whatever becomes of it."""

from __future__ import annotations

import re

import httpx

from tests.integration.test_pages import browser, prompt_in, settled, workspace
from tests.integration.world import World


async def test_a_scene_comes_back_with_its_type_mood_and_light(world: World) -> None:
    character = await world.character()
    form = {"scene": "Mara waits.", "scene_type": "emotional", "mood": "calm & low", "lighting": "soft"}
    async with browser(world) as client:
        done = await settled(client, await client.post(f"{workspace(character)}/scene", data=form))
    assert "Generate a reference image first" in done.text
    assert re.search(r'<option value="emotional"\s+selected', done.text)
    assert 'value="calm &amp; low"' in done.text
    assert 'value="soft"' in done.text
    assert "Mara waits.</textarea>" in done.text


async def test_an_emptied_number_of_images_means_the_usual_one(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
        done = await settled(client, await client.post(f"{workspace(character)}/portfolio", data={"count": ""}))
        odd = await client.post(f"{workspace(character)}/portfolio", data={"count": "65"})
    assert "8 of 8 images of the set are saved." in done.text
    assert odd.status_code == 400
    assert "A set has 1 to 64 images." in odd.text
    assert 'value="65"' in odd.text


async def test_a_picture_that_was_drawn_but_not_kept_is_told_as_that_and_can_be_asked_for(world: World) -> None:
    character = await world.character()
    await world.fault(character, "file", times=-1, status=403)
    async with browser(world) as client:
        done = await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "mine"}))
    told = done.text.partition('role="alert"')[2].partition("</section>")[0]
    assert "The image was drawn, but could not be kept." in told
    assert f'action="{workspace(character)}/recover"' in told
    assert prompt_in(done) == "mine"


async def test_a_form_without_a_session_leads_back_to_its_page(world: World) -> None:
    character = await world.character()
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=world.app_url, headers=headers, trust_env=False) as nobody:
        answer = await nobody.post(f"{workspace(character)}/reference", data={"prompt": "x"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={workspace(character)}")


async def test_a_deletion_that_is_refused_says_why_with_its_own_status(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
    [record] = await world.records(character)
    async with browser(world, world.viewer) as client:
        refused = await client.post(f"{workspace(character)}/{record['id']}/delete")
    assert refused.status_code == 403
    assert "does not allow you to delete" in refused.text
    assert len(await world.records(character)) == 1
