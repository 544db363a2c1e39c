"""The runbook of the requirements, by hand of a browser: with its scripts and without."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Studio, workspace
from tests.browser.pictures import picture


async def until(page: Page, words: str) -> None:
    """Wait until the page tells it; without scripts it refreshes itself until then."""
    await expect(page.locator(".live .note", has_text=words)).to_be_visible(timeout=25_000)


async def test_from_the_first_reference_to_the_last_delete(any_page: Page, studio: Studio) -> None:
    page, character = any_page, await studio.world.character(projectCharacterName="Mara Quill")
    await page.goto(f"/screenplay/characters/{character.id}")
    assert await page.get_by_role("button", name=re.compile("Generate")).count() == 0
    await page.get_by_role("link", name="Images", exact=True).click()
    await expect(page).to_have_title("Image Management: Mara Quill")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Image Management: Mara Quill")
    suggested = await page.get_by_role("textbox", name="Prompt").input_value()
    assert "35mm lens" in suggested

    await page.get_by_role("button", name="Generate Reference").click()
    await until(page, "The image is saved.")
    await expect(page.locator(".card")).to_have_count(1)
    await expect(page.locator(".card [data-prompt]")).to_have_text(suggested)
    [record] = await studio.world.records(character)
    shown = await page.locator(".card img").get_attribute("src")
    assert shown
    assert shown.startswith(f"{studio.world.payload_url}/api/media/file/ci-")
    assert record["prompt"] == suggested

    await page.get_by_role("radio").first.check()
    await page.get_by_role("spinbutton", name="Images").fill("3")
    await page.get_by_role("button", name="Start Portfolio").click()
    await until(page, "3 of 3 images of the set are saved.")
    await expect(page.locator(".set .card")).to_have_count(3)
    await expect(page.locator(".set-head")).to_contain_text("3 of 3")

    await page.get_by_role("textbox", name="Scene description").fill("Mara waits on the pier.")
    await page.get_by_role("combobox", name="Type").select_option("action")
    await page.get_by_role("button", name="Generate Scene").click()
    await until(page, "The image is saved.")
    await expect(page.locator(".card")).to_have_count(5)

    await page.locator(".card").last.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", name="Delete this image?")).to_be_visible()
    await expect(page.get_by_text("4 images were drawn from it")).to_be_visible()
    await page.locator("[data-deletes]").get_by_role("button", name="Delete").click()
    await until(page, "The image is deleted.")
    await expect(page.locator(".card")).to_have_count(4)
    assert len(await studio.world.calls(character, "DELETE")) == 1
    await page.get_by_role("link", name="Back").click()
    await expect(page).to_have_url(re.compile(f"/screenplay/characters/{character.id}$"))


async def test_the_grid_is_filtered_paged_opened_and_emptied(any_page: Page, studio: Studio) -> None:
    page, character = any_page, await studio.world.character(settings={"pictureSize": [24, 32]})
    await picture(studio, character, "generate-initial-image", prompt="A wiry woman")
    await picture(studio, character, "generate-360-set", imageCount=50)
    await workspace(page, character)
    await expect(page.locator(".card")).to_have_count(48)
    await page.get_by_role("link", name="Load more").click()
    await expect(page.locator(".card").last).to_contain_text("A wiry woman")
    await workspace(page, character)
    kinds = page.get_by_role("navigation", name="Filter by kind")
    await expect(kinds).to_have_text(re.compile(r"All 51\s*Reference 1\s*Portfolio 50\s*Scene 0"))
    await kinds.get_by_role("link", name="Reference").click()
    await expect(page).to_have_url(re.compile("kind=reference"))
    await expect(page.locator(".card")).to_have_count(1)
    await expect(kinds.get_by_role("link", name="Reference")).to_have_attribute("aria-current", "true")
    await page.get_by_role("link", name="Failed").click()
    await expect(page.get_by_text("No image is of this kind and status.")).to_be_visible()
    await page.get_by_role("link", name="Show all images").click()
    await page.locator(".card .frame").first.click()
    await expect(page.get_by_role("heading", name=re.compile("^Portfolio image of"), level=1)).to_be_visible()
    await expect(
        page.get_by_text(re.compile("The library’s own shot, .*°. No prompt was sent for it."))
    ).to_be_visible()


async def test_a_suggestion_is_asked_for_and_what_was_typed_stays(any_page: Page, studio: Studio) -> None:
    page, character = any_page, await studio.world.character()
    await workspace(page, character)
    box = page.get_by_role("textbox", name="Prompt")
    suggested = await box.input_value()
    await box.fill("my own words")
    await page.get_by_role("button", name="AI Suggest Prompt").click()
    await expect(page.get_by_role("heading", name="Suggestion")).to_be_visible()
    await expect(box).to_have_value("my own words")
    await page.get_by_role("button", name="Use it").click()
    await expect(box).to_have_value(suggested)


async def test_what_is_selected_is_deleted_after_one_question(any_page: Page, studio: Studio) -> None:
    page, character = any_page, await studio.world.character()
    await picture(studio, character, "generate-initial-image", prompt="A wiry woman")
    await picture(studio, character, "generate-360-set", imageCount=4)
    await workspace(page, character)
    bar = page.locator(".selection")
    await expect(bar).to_be_hidden()
    for at in (1, 2):
        await page.locator(".pick").nth(at).check()
    await bar.get_by_role("button", name="Delete selected").click()
    await expect(page.get_by_role("heading", name="Delete 2 images?")).to_be_visible()
    await page.locator("[data-deletes]").get_by_role("button", name="Delete").click()
    await until(page, "2 images are deleted.")
    await expect(page.locator(".card")).to_have_count(3)
    await expect(page.locator(".set-head")).to_contain_text("2 of 4")
