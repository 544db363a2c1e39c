"""A delete where Payload keeps a trash: the question says so, and Undo brings everything back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import SCREENSHOTS, Studio, opened_page, workspace
from tests.browser.pictures import character_with_all
from tests.support.changed_payload import changed_world

_TRASH = "for (const slug of ['media', 'character-image-metadata']) get(slug).trash = true"


@pytest.fixture(scope="module")
def trashing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The servers around a Payload with a trash."""
    with changed_world(tmp_path_factory.mktemp("trash"), _TRASH) as world:
        yield Studio(world, "")


async def looked_at(page: Page, name: str) -> None:
    """Leave a picture of a state, which has nothing that axe finds fault with."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    assert page.viewport_size
    await page.screenshot(path=SCREENSHOTS / f"undo {name} {page.viewport_size['width']}.png")
    assert await violations(page) == []


@pytest.mark.parametrize("at", ["phone", "desk"])
@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
async def test_undo_brings_back_one_image_and_several(
    browser: Browser, trashing: Studio, at: str, script: bool
) -> None:
    character = await character_with_all(trashing, 2)
    async with opened_page(browser, trashing, at, java_script_enabled=script) as page:
        await workspace(page, character)
        cards, told = page.locator(".card"), page.locator("#live-images")
        question = page.get_by_role("dialog") if script else page.get_by_role("main")
        await cards.first.get_by_role("button", name="Delete").click()
        await expect(question).to_contain_text("It goes to Payload’s trash")
        await expect(question).not_to_contain_text("cannot be undone")
        if script:
            await looked_at(page, "question")
        await question.get_by_role("button", name="Delete").click()
        await expect(told).to_contain_text("The image is in Payload’s trash.")
        await expect(cards).to_have_count(3)
        undo = told.get_by_role("button", name="Undo")
        if script:
            await expect(cards.first.locator(".frame")).to_be_focused()
            await looked_at(page, "offered")
        await undo.press("Enter")
        await expect(told).to_contain_text("The image is restored.")
        await expect(cards).to_have_count(4)

        for card in (0, 3):
            await cards.nth(card).get_by_role("checkbox").check()
        await page.get_by_role("button", name="Delete selected").click()
        await expect(question).to_contain_text("They go to Payload’s trash")
        await question.get_by_role("button", name="Delete").click()
        await expect(told).to_contain_text("2 images are in Payload’s trash.")
        await told.get_by_role("button", name="Undo").click()
        await expect(told).to_contain_text("2 images are restored.")
        await expect(cards).to_have_count(4)
        if script:
            await expect(page).not_to_have_url(re.compile("restored"))
            await page.reload()
            await expect(told).not_to_contain_text("restored")
    assert len(await trashing.world.records(character)) == 4
