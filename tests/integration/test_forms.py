"""What is typed into the workspace's forms comes back, whatever becomes of it."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.integration.test_pages import browser, prompt_in, settled, workspace
from tests.integration.world import PASSWORD, World


def typed_in(page: httpx.Response, name: str) -> str:
    """What stands in a box."""
    pattern = rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>|<input[^>]*name="{name}" value="(.*?)"'
    found = re.search(pattern, page.text, re.DOTALL)
    assert found
    return unescape(found[1] if found[1] is not None else found[2])


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


TYPED = "  “Ada”, //slowly..\n\n50 % & <b>bold</b> \\ ü  "


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ({"prompt": TYPED}, ["prompt"]),
        (
            {"scene": TYPED, "scene_type": "action", "mood": 'calm "ü"', "lighting": "a+b"},
            ["scene", "mood", "lighting"],
        ),
    ],
    ids=["reference", "scene"],
)
async def test_a_form_without_a_session_leads_back_to_its_page_with_what_was_typed(
    world: World, form: dict[str, str], shown: list[str]
) -> None:
    character, person = await world.character(), await world.newcomer()
    async with world.browser() as client:
        sent = {name: text.replace("\n", "\r\n") for name, text in form.items()}
        refused = await client.post(f"{workspace(character)}/{'scene' if 'scene' in form else 'reference'}", data=sent)
        door = await client.get(refused.headers["location"])
        then = unescape(door.text.partition('name="next" value="')[2].partition('"')[0])
        signed_in = await client.post("/login", data={"email": person.email, "password": PASSWORD, "next": then})
        page = await client.get(signed_in.headers["location"])
    assert refused.status_code == signed_in.status_code == 303
    assert refused.headers["location"].startswith(f"/login?next={workspace(character)}%3F")
    assert signed_in.headers["location"].startswith(f"{workspace(character)}?")
    assert page.status_code == 200
    assert {name: typed_in(page, name) for name in shown} == {name: form[name] for name in shown}
    assert ('<option value="action" selected>' in page.text) is ("scene" in form)


async def test_a_text_too_long_for_an_address_is_shown_beside_what_went_wrong(world: World) -> None:
    character, text = await world.character(), "字" * 10_000
    async with world.browser() as client:
        refused = await client.post(f"{workspace(character)}/reference", data={"prompt": text})
    assert refused.status_code == 401
    assert f"{text}</textarea>" in refused.text
    assert 'href="/login"' in refused.text


async def test_a_deletion_that_is_refused_says_why_with_its_own_status(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
    [record] = await world.records(character)
    async with browser(world, world.viewer) as client:
        refused = await client.post(f"{workspace(character)}/delete", data={"image": str(record["id"])})
    assert refused.status_code == 403
    assert "does not allow you to delete" in refused.text
    assert len(await world.records(character)) == 1
