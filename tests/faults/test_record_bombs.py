"""Work for a page is bounded by what it shows, whatever somebody has written into a record, a file or a character."""

from __future__ import annotations

import io
import zipfile

import pytest
from ulid import ULID

from tests.support.faulty_world import FaultyWorld
from tests.support.record_bombs import DATA, METRICS, TEXTS, store
from tests.support.spared import spared

SECONDS = 2.0


@pytest.mark.parametrize("name", METRICS)
async def test_metrics_of_any_size_cost_no_page_more_than_it_shows(world: FaultyWorld, name: str) -> None:
    character, odd, set_id = await world.character(), METRICS[name], str(ULID())
    metrics = {"setId": set_id, "index": 0, "angle": 0, **odd} if isinstance(odd, dict) else odd
    async with world.cms() as payload:
        image = await store(payload, character, metrics=metrics)
        await store(payload, character, metrics={"setId": set_id, "index": 1, "angle": 90})
    home, chosen = f"/screenplay/characters/{character.id}/images", f"?set={set_id}"
    async with world.browser(world.editor) as browser, spared(world.app, 2 * SECONDS):
        grid = await browser.get(home)
        shown = await browser.get(f"{home}/{image}")
        sheet = await browser.get(f"{home}/sheet{chosen}")
        zipped = await browser.get(f"{home}/sheet.zip{chosen}")
        drawn = await browser.get(f"{home}/sheet.png{chosen}")
    for answer in (grid, shown, sheet, zipped, drawn):
        assert answer.status_code == 200, answer.text
    assert max(len(page.content) for page in (grid, shown, sheet)) < 100_000
    assert sheet.text.count('<div class="view"') <= 64
    assert len(zipfile.ZipFile(io.BytesIO(zipped.content)).read("prompts.txt")) < 10_000


@pytest.mark.parametrize("name", TEXTS)
async def test_names_of_any_length_are_cut_before_they_are_measured(world: FaultyWorld, name: str) -> None:
    text = TEXTS[name]
    character = await world.character(projectCharacterName=text, characterRole=text, libraryCharacterId=text)
    async with world.cms() as payload:
        image = await store(payload, character, alt=text, error=text, externalId=text, sourceUrl=f"https://x/{text}")
    home = f"/screenplay/characters/{character.id}/images"
    async with world.browser(world.editor) as browser, spared(world.app, 3 * SECONDS):
        listed = await browser.get("/screenplay/characters")
        pages = [listed, await browser.get(home), await browser.get(f"{home}/delete?image={image}")]
        sheet = await browser.get(f"{home}/sheet?image={image}")
        drawn = await browser.get(f"{home}/sheet.png?image={image}")
        zipped = await browser.get(f"{home}/sheet.zip?image={image}")
    for answer in (*pages, sheet, drawn, zipped):
        assert answer.status_code == 200, answer.text
    assert max(len(page.content) for page in (*pages[1:], sheet)) < 100_000
    assert len(drawn.headers["content-disposition"]) < 1_000


@pytest.mark.parametrize("name", DATA)
async def test_data_of_a_character_is_shown_up_to_a_bound(world: FaultyWorld, name: str) -> None:
    character = await world.character(generationMetadata={"bamlData": DATA[name]})
    async with world.browser(world.editor) as browser, spared(world.app, SECONDS):
        page = await browser.get(f"/screenplay/characters/{character.id}")
    assert page.status_code == 200
    assert len(page.content) < 300_000
    assert ("There is more in this character" in page.text) is (name in ("many fields", "empty values"))
