"""What was typed is never lost: drafts in the browser."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Studio, sign_in, workspace
from tests.browser.pictures import picture
from tests.support.world import PASSWORD


async def test_drafts_survive_a_reload_and_end_with_the_picture(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await workspace(page, character)
    prompt, scene = (page.get_by_role("textbox", name=name) for name in ("Prompt", "Scene description"))
    suggested = await prompt.input_value()
    await prompt.fill("mine alone")
    await scene.fill("rain on the pier")
    await page.goto("/screenplay/characters")
    await workspace(page, character)
    await expect(prompt).to_have_value("mine alone")
    await expect(scene).to_have_value("rain on the pier")
    await page.get_by_role("button", name="Generate Reference").click()
    await expect(page.locator("#live-reference .note-good")).to_be_visible(timeout=15_000)
    await workspace(page, character)
    await expect(prompt).to_have_value(suggested)
    await expect(scene).to_have_value("rain on the pier")


async def test_drafts_survive_a_session_that_ended_and_go_with_signing_out(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await workspace(page, character)
    prompt = page.get_by_role("textbox", name="Prompt")
    suggested = await prompt.input_value()
    await prompt.fill("mine alone")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Generate Reference").click()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Email").fill(studio.world.editor.email)
    await page.get_by_role("button", name="Sign in").click()
    await expect(prompt).to_have_value("mine alone")
    assert await studio.world.calls(character, "POST") == []
    await page.get_by_role("button", name="Sign out").click()
    await sign_in(page.context, studio.world.editor, studio.world.app_url)
    await workspace(page, character)
    await expect(prompt).to_have_value(suggested)


async def test_a_draft_of_one_character_is_not_anothers(page: Page, studio: Studio) -> None:
    first, second = await studio.world.character(), await studio.world.character()
    await workspace(page, first)
    prompt = page.get_by_role("textbox", name="Prompt")
    suggested = await prompt.input_value()
    await prompt.fill("mine alone")
    await workspace(page, second)
    await expect(prompt).to_have_value(suggested)


async def test_what_is_typed_after_a_generation_survives_a_reload(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await workspace(page, character)
    prompt = page.get_by_role("textbox", name="Prompt")
    await prompt.fill("drawn from this")
    await page.get_by_role("button", name="Generate Reference").click()
    await expect(page.locator("#live-reference .note-good")).to_be_visible(timeout=15_000)
    await prompt.fill("typed since")
    await page.get_by_role("textbox", name="Scene description").fill("and here")
    await page.reload()
    await expect(prompt).to_have_value("typed since")
    await expect(page.get_by_role("textbox", name="Scene description")).to_have_value("and here")


async def test_a_draft_does_not_give_way_to_words_that_are_taken_up_again(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    image = await picture(studio, character, "generate-initial-image", prompt="from an earlier one")
    await workspace(page, character)
    prompt = page.get_by_role("textbox", name="Prompt")
    await prompt.fill("mine alone")
    await page.goto(f"/screenplay/characters/{character.id}/images?reuse={image['image']['id']}")
    await expect(prompt).to_have_value("mine alone")
    await expect(page.locator(".suggestion")).to_contain_text("from an earlier one")


async def test_what_one_person_typed_is_not_shown_to_the_next_at_this_browser(page: Page, studio: Studio) -> None:
    character, other = await studio.world.character(), await studio.world.newcomer()
    await workspace(page, character)
    prompt = page.get_by_role("textbox", name="Prompt")
    suggested = await prompt.input_value()
    await prompt.fill("mine alone")
    await sign_in(page.context, other, studio.world.app_url)
    await page.goto("/screenplay/characters")
    assert await page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('draft '))") == []
    await workspace(page, character)
    await expect(prompt).to_have_value(suggested)
    await prompt.fill("theirs")
    await page.reload()
    await expect(prompt).to_have_value("theirs")


async def test_a_page_that_the_browser_kept_comes_back_blank_and_then_anew(page: Page, studio: Studio) -> None:
    await page.goto("/screenplay/characters")
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    await expect(page.get_by_role("main")).to_be_hidden()
    await page.context.clear_cookies()
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await expect(page).to_have_url(re.compile("/login"))
