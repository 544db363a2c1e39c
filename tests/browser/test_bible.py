"""The bible of a character, printed: A4 and Letter, without a script, on paper that is light."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import SCREENSHOTS, Studio, workspace
from tests.browser.pictures import character_with_all
from tests.support.world import Character

_SIZES = {"A4": (596, 843), "Letter": (612, 792)}  # points, as Chromium rounds them


@pytest.fixture(scope="module")
async def full(studio: Studio) -> Character:
    """A character with an image of each kind; tests do not change it."""
    return await character_with_all(studio)


async def test_it_is_a_link_away_and_prints_on_either_paper(any_page: Page, studio: Studio, full: Character) -> None:
    page = any_page
    await workspace(page, full)
    await page.get_by_role("link", name="Bible").click()
    await expect(page.get_by_role("heading", level=1, name="Mara Quill")).to_be_visible()
    await expect(page.locator(".paper img")).to_have_count(5)
    assert await page.locator("script:not([src$='session.js'])").count() == 0
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name, size in _SIZES.items():
        printed = await page.pdf(format=name, path=SCREENSHOTS / f"bible-{name}.pdf")
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
        assert {(round(float(width)), round(float(height))) for width, height in boxes} == {size}
        assert 1 <= len(boxes) <= 3
        assert printed.count(b"/Subtype /Image") >= 5
    await page.emulate_media(media="print", color_scheme="dark")
    await expect(page.get_by_role("banner")).to_be_hidden()
    await expect(page.get_by_role("link", name="Back")).to_be_hidden()
    colours: Any = await page.evaluate(
        "[document.body, document.querySelector('.paper')].map(one => getComputedStyle(one).backgroundColor)"
    )
    assert colours == ["rgb(255, 255, 255)"] * 2
    assert await page.locator("h1").evaluate("one => getComputedStyle(one).color") == "rgb(27, 26, 24)"


async def test_a_selection_has_one_as_well(page: Page, studio: Studio, full: Character) -> None:
    await workspace(page, full)
    for place in (0, 5):
        await page.locator(".pick").nth(place).check()
    await page.get_by_role("button", name="Bible").click()
    await expect(page.get_by_role("heading", name="Chosen images")).to_be_visible()
    await expect(page.locator(".plate")).to_have_count(2)
