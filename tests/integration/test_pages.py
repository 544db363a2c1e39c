"""The pages as a browser without JavaScript uses them: get, post, redirect, get."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.support.pages import REFRESH, browser, prompt_in, settled, workspace
from tests.support.steps import a_reference
from tests.support.world import World, plain

SUGGESTION = '<h3 id="suggestion">Suggestion</h3>'


def words_of(page: httpx.Response, tag: str) -> str:
    """The text of the first such element."""
    found = re.search(rf"<{tag}[^>]*>(.*?)</{tag}>", page.text, re.DOTALL)
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split())


async def test_from_signing_in_to_a_picture_in_the_grid(world: World) -> None:
    character = await world.character(settings={"delayMs": 300})
    async with browser(world) as client:
        characters = await client.get("/screenplay/characters")
        page = await client.get(f"/screenplay/characters/{character.id}")
        assert f'href="/screenplay/characters/{character.id}"' in characters.text
        assert re.search(rf'<a[^>]*href="{workspace(character)}"[^>]*title="Image Management"', page.text)
        assert "Generate" not in page.text
        empty = await client.get(workspace(character))
        assert f"<title>Image Management: {character.name}" in empty.text
        assert words_of(empty, "h1") == f"Image Management: {character.name}"
        running = await client.post(f"{workspace(character)}/reference", data={"prompt": "A wiry woman"})
        done = await settled(client, running)
    assert REFRESH in running.text
    assert "The image is saved." in done.text
    assert prompt_in(done) == "A wiry woman"
    [record] = await world.records(character)
    assert record["media"]["alt"] in done.text
    assert f"{workspace(character)}/{record['id']}" in done.text


async def test_a_portfolio_a_scene_and_a_delete_by_forms_alone(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
        [reference] = await world.records(character)
        form = {"reference": str(reference["id"]), "count": "3"}
        portfolio = await settled(client, await client.post(f"{workspace(character)}/portfolio", data=form))
        form = {"scene": "Mara waits.", "scene_type": "action"}
        scene = await settled(client, await client.post(f"{workspace(character)}/scene", data=form))
        newest = (await world.records(character))[0]
        image = await client.get(f"{workspace(character)}/{newest['id']}")
        gone = await client.post(f"{workspace(character)}/delete", data={"image": str(newest["id"])})
        filtered = await client.get(f"{workspace(character)}?kind=portfolioItem")
    assert "3 of 3 images of the set are saved." in portfolio.text
    assert "The image is saved." in scene.text
    assert "Mara waits." in image.text
    assert "The image is deleted." in gone.text
    assert [record["kind"] for record in await world.records(character)] == ["portfolioItem"] * 3 + ["reference"]
    assert filtered.text.count(f'href="{workspace(character)}/') >= 3
    assert filtered.text.count('alt="Portfolio image of') == 3
    assert 'alt="Reference image of' not in filtered.text.partition('id="images"')[2]


async def test_what_was_typed_survives_a_failure_and_the_reason_is_told(world: World) -> None:
    character = await world.character()
    await world.fault(
        character, "generate-initial-image", status=500, body={"success": False, "error": "Out of <paint>"}
    )
    typed = "  <b>Bold</b> & “odd”\n{{ 7 * 7 }} "
    async with browser(world) as client:
        done = await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": typed}))
    assert prompt_in(done) == typed
    assert 'role="alert"' in done.text
    assert "Out of &lt;paint&gt;" in done.text
    assert "<b>Bold</b>" not in done.text


async def test_what_was_typed_survives_a_refusal(world: World) -> None:
    character = await world.character(linked=False)
    async with browser(world) as client:
        refused = await client.post(f"{workspace(character)}/reference", data={"prompt": "my own words"})
        too_long = await client.post(f"{workspace(character)}/reference", data={"prompt": "x" * 10_001})
        blank = await client.post(f"{workspace(character)}/scene", data={"scene": "  "})
    assert (refused.status_code, prompt_in(refused)) == (409, "my own words")
    assert re.search(r'role="alert">\s*<p>[^<]*not linked', refused.text)
    assert (too_long.status_code, len(prompt_in(too_long))) == (400, 10_001)
    assert blank.status_code == 400


async def test_the_prompt_box_arrives_filled_and_a_suggestion_never_overwrites(world: World) -> None:
    data = {"physicalDescription": {"hairColor": "auburn"}}
    character = await world.character(generationMetadata={"bamlData": data})
    async with browser(world) as client:
        fresh = await client.get(workspace(character))
        suggested = prompt_in(fresh)
        unchanged = await client.post(workspace(character), data={"prompt": suggested, "suggest": "true"})
        beside = await client.post(workspace(character), data={"prompt": "my own words", "suggest": "true"})
    assert "auburn hair" in suggested
    assert suggested.endswith("35mm lens.")
    assert prompt_in(unchanged) == suggested
    assert prompt_in(beside) == "my own words"
    assert SUGGESTION in beside.text
    assert SUGGESTION not in unchanged.text


async def test_a_prompt_with_line_breaks_reaches_the_library_as_it_was_typed(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        # A browser sends the line breaks of a text box as CRLF.
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "one\r\n\r\ntwo"}))
    assert (await world.calls(character, "POST"))[0]["body"]["prompt"] == "one\n\ntwo"


async def test_names_with_markup_show_as_text(world: World) -> None:
    character = await world.character(projectCharacterName='<script>alert("x")</script>', characterRole="<img src=x>")
    async with browser(world) as client:
        pages = [
            await client.get(address)
            for address in ("/screenplay/characters", f"/screenplay/characters/{character.id}", workspace(character))
        ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x>" not in page.text
        assert "&lt;script&gt;" in page.text


async def test_a_failed_delete_at_the_library_is_said(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
        [record] = await world.records(character)
        await world.fault(
            character, "reference-image", method="DELETE", status=500, body={"success": False, "error": "no"}
        )
        gone = await client.post(f"{workspace(character)}/delete", data={"image": str(record["id"])})
    assert "The image is deleted." in gone.text
    assert "The Character Library could not delete its copy" in gone.text


async def test_after_a_timeout_the_page_offers_to_ask_the_library(world: World) -> None:
    character = await world.character()
    await world.fault(character, "generate-initial-image", action="hang-after")
    async with browser(world) as client:
        lost = await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
        recovered = await settled(client, await client.post(f"{workspace(character)}/recover"))
    assert f'action="{workspace(character)}/recover"' in lost.text
    assert "A picture may have been drawn and paid for all the same." in lost.text
    assert "1 of 1 images that the Character Library had is saved." in recovered.text
    assert len(await world.records(character)) == 1


@pytest.mark.inside
async def test_a_page_that_is_not_there_is_a_page(world: World) -> None:
    async with browser(world) as client:
        answers = [await client.get(path) for path in ("/nothing", "/screenplay/characters/999999/images")]
    for answer in answers:
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["x-request-id"] in answer.text


async def test_nobody_is_sent_to_sign_in_and_back(world: World) -> None:
    character = await world.character()
    async with plain(base_url=world.app_url) as nobody:
        answer = await nobody.get(f"{workspace(character)}?kind=scene")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={workspace(character)}%3Fkind%3Dscene"


async def test_every_page_forbids_inline_code_and_shows_pictures_from_known_places(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        page = await client.get(workspace(character))
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    origins = [world.payload_url, *([world.bucket.public_url] if world.bucket else [])]
    assert f"img-src 'self' {' '.join(origins)};" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"<script(?![^>]*\bsrc=)| style=| on\w+=", page.text)


async def test_the_grid_and_the_page_of_an_image_show_what_the_library_told(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 4, "jobStepMs": 20})
    async with world.api() as api:
        await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman"})
        await world.fault(character, "file", pathContains="35mm_3q_left", delayMs=1500)  # the second lands last
        made = (await api.post(character.url("generate-360-set"), json={})).json()["images"]
    async with browser(world) as client:
        grid = await client.get(workspace(character))
        page = await client.get(f"{workspace(character)}/{made[1]['id']}")
    shown = re.findall(r'class="frame" href="[^"]*/([^"/]+)"', grid.text)
    assert shown[:4] == [str(image["id"]) for image in made]
    assert (await world.records(character))[0]["id"] == made[1]["id"]
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]*)</dd>", unescape(page.text)))
    assert (facts["Shot"], facts["Lens"], facts["Place in its set"]) == ("35mm 3Q LEFT (Enhanced)", "35mm", "2")
    assert float(facts["Quality"]) == made[1]["metrics"]["quality"]
    assert "Angle" not in facts


async def test_a_failure_says_whether_something_may_have_been_paid_for(world: World) -> None:
    character = await world.character()
    await world.fault(character, "generator", status=500, body="down")
    async with browser(world) as client:
        page = await settled(client, await client.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
        assert "Fal.ai API error: 500 - down" in page.text
        assert "A picture may have been drawn and paid for all the same." in page.text
        scene = {"scene": "Rain.", "scene_type": "action"}
        page = await settled(client, await client.post(f"{workspace(character)}/scene", data=scene))
    assert "Nothing was paid for." in page.text


async def test_a_run_is_told_to_who_began_it_and_to_nobody_else(world: World) -> None:
    character = await world.character()
    async with browser(world) as editor, browser(world, world.viewer) as viewer:
        done = await settled(editor, await editor.post(f"{workspace(character)}/reference", data={"prompt": "x"}))
        theirs = await viewer.get(workspace(character), params={"run": done.url.params["run"]})
    assert "The image is saved." in done.text
    assert "The image is saved." not in theirs.text


async def test_a_viewer_is_told_why_not_and_loses_no_word(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    asked = len(await world.calls(character))
    scene = {"scene": "Mara waits.", "scene_type": "action", "mood": "calm", "lighting": "soft"}
    async with browser(world, world.viewer) as client:
        drawn = await client.post(f"{workspace(character)}/reference", data={"prompt": "my own words"})
        portfolio = await client.post(f"{workspace(character)}/portfolio", data={"count": "5"})
        waits = await client.post(f"{workspace(character)}/scene", data=scene)
        recovered = await client.post(f"{workspace(character)}/recover")
        kept = await client.post(f"{workspace(character)}/delete", data={"image": str(image["id"])})
    answers = [drawn, portfolio, waits, recovered, kept]
    assert [answer.status_code for answer in answers] == [403] * 5
    assert all('role="alert"' in answer.text and "does not allow" in answer.text for answer in answers)
    assert prompt_in(drawn) == "my own words"
    assert 'name="count" min="1" max="64" value="5"' in portfolio.text
    assert "Mara waits.</textarea>" in waits.text
    assert '<option value="action" selected>' in waits.text
    assert 'name="mood" value="calm"' in waits.text
    assert 'name="lighting" value="soft"' in waits.text
    assert len(await world.records(character)) == 1
    assert len(await world.calls(character)) == asked


async def test_a_long_gallery_is_shown_page_after_page(world: World) -> None:
    character = await world.character(settings={"pictureSize": [24, 32]})
    await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url("generate-360-set"), json={"imageCount": 50})
    async with browser(world) as client:
        first, second, third = [
            await client.get(workspace(character), params={"page": page, "kind": "portfolioItem"}) for page in (1, 2, 3)
        ]
    cards = [page.text.partition('id="images"')[2].count('class="card') for page in (first, second, third)]
    assert f'href="{workspace(character)}?kind=portfolioItem&amp;page=2#images"' in first.text
    assert ['rel="next"' in page.text for page in (first, second, third)] == [True, False, False]
    assert cards == [48, 50, 50]


async def test_what_was_typed_for_a_scene_survives_its_failure(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, "generate-scene-image", status=500, body={"success": False, "error": "boom"})
    form = {"scene": "Mara waits.", "scene_type": "action", "mood": "calm", "lighting": "soft"}
    async with browser(world) as client:
        done = await settled(client, await client.post(f"{workspace(character)}/scene", data=form))
    assert "boom" in done.text
    assert "Mara waits.</textarea>" in done.text
    assert '<option value="action" selected>' in done.text
    assert 'name="mood" value="calm"' in done.text
    assert 'name="lighting" value="soft"' in done.text
