"""What is typed into the workspace's forms comes back, whatever becomes of it."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.support.pages import browser, prompt_in, settled, workspace
from tests.support.world import World


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
    await world.fault(character, "file", times=-1, status=401)
    async with browser(world) as client:
        done = await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "mine"}))
    told = done.text.partition('role="alert">\n      <p>')[2].partition("</form>")[0]
    assert "The image was drawn, but could not be kept." in told
    assert f'action="{workspace(character)}/recover"' in told
    assert prompt_in(done) == "mine"
    assert re.search(rf'href="{world.library_url}/media/[^"]+"[^>]*>Open the image', told)
    assert re.search(r"data-prompt[^>]*>mine<.*data-do=\"copy\"", told, re.DOTALL)


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
async def test_a_form_comes_back_with_what_is_typed_in_it_and_no_address_has_the_words(
    world: World, form: dict[str, str], shown: list[str]
) -> None:
    character = await world.character()
    sent = {name: text.replace("\n", "\r\n") for name, text in form.items()}
    async with browser(world) as client:
        page = await client.post(workspace(character), data=sent)
    assert page.status_code == 200
    assert {name: typed_in(page, name) for name in shown} == {name: form[name] for name in shown}
    assert ('<option value="action" selected>' in page.text) is ("scene" in form)
    assert await world.calls(character) == []
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', page.text)
    assert not [address for address in addresses if "Ada" in address or "%E2%80%9C" in address]


async def test_without_a_session_no_word_of_a_form_gets_into_an_address(world: World) -> None:
    character = await world.character()
    async with world.browser() as client:
        sent = await client.post(f"{workspace(character)}/reference", data={"prompt": "auburn"})
        back = await client.post(workspace(character), data={"scene": "auburn", "suggest": "true"})
        asked = await client.get(workspace(character), params={"prompt": "auburn", "mood": "auburn", "kind": "scene"})
    assert {one.headers["location"] for one in (sent, back)} == {f"/login?next={workspace(character)}"}
    assert asked.headers["location"] == f"/login?next={workspace(character)}%3Fkind%3Dscene"


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
