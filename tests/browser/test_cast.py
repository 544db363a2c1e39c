"""The cast in a browser: found by typing, opened by the face, and as good without a script."""

from __future__ import annotations

from uuid import uuid4

from playwright.async_api import Page, expect

from tests.browser.conftest import Studio
from tests.support.steps import a_reference


async def test_a_character_is_found_and_opened(any_page: Page, studio: Studio) -> None:
    page, mark = any_page, uuid4().hex[:8]
    character = await studio.world.character(projectCharacterName=f"Mara {mark}")
    await studio.world.character(projectCharacterName=f"Teo {mark}", linked=False)
    await a_reference(studio.world, character)
    await page.goto("/screenplay/characters")
    await expect(page).to_have_title("Characters")
    search = page.get_by_role("searchbox", name="Search characters")
    await search.fill(mark)
    await search.press("Enter")
    await expect(page.locator(".member")).to_have_count(2)
    await expect(search).to_have_value(mark)
    await expect(page.locator(".member").last).to_contain_text("Not linked")
    await expect(page.locator(".member").last).to_contain_text("No reference yet")
    await expect(page.locator(".member img")).to_have_count(1)
    assert await page.locator(".member img").evaluate("image => image.naturalWidth") > 0
    await page.get_by_role("link", name="By last change").click()
    await expect(page.get_by_role("heading", level=2).first).to_have_text(f"Teo {mark}")
    await expect(page.get_by_role("link", name="By last change")).to_have_attribute("aria-current", "true")
    await page.locator(".member .frame").last.click()
    await expect(page).to_have_title(f"Image Management: Mara {mark}")
