"""What is under way, as somebody who waits for it sees it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.conftest import Studio, opened_page, sign_in, workspace
from tests.support.steps import a_reference
from tests.support.world import Character
from tests.support.world import world as open_world

SPOKEN = """
window.spoken = []
const status = document.getElementById('status')
new MutationObserver(() => spoken.push(status.textContent)).observe(status, { childList: true, characterData: true })
"""


async def with_reference(studio: Studio, **settings: object) -> Character:
    character = await studio.world.character(settings=settings)
    await a_reference(studio.world, character)
    return character


async def clock(page: Page) -> int:
    """Seconds on the clock of what is under way."""
    minutes, seconds = (await page.locator(".run .clock").inner_text()).split(":")
    return int(minutes) * 60 + int(seconds)


async def test_a_set_lands_picture_by_picture_without_the_page_being_left(page: Page, studio: Studio) -> None:
    character = await with_reference(studio)
    await studio.world.fault(character, "generate-360-set", delayMs=2500)
    await studio.world.fault(character, "file", delayMs=900, skip=3)
    await workspace(page, character)
    await page.get_by_role("spinbutton", name="Images").fill("5")
    await page.get_by_role("button", name="Start Portfolio").click()
    await expect(page.locator(".run .phase")).to_have_text("waiting for the Character Library")
    await page.evaluate(SPOKEN)
    await page.evaluate("window.stayed = true")
    first = await clock(page)
    await page.wait_for_timeout(1100)
    assert 1 <= await clock(page) - first <= 2
    assert "waiting for the Character Library" in await page.title()
    await page.get_by_role("textbox", name="Scene description").fill("typed meanwhile")
    await expect(page.locator(".run .phase")).to_contain_text("saving")
    seen = await page.locator(".grid .card").count()
    await expect(page.locator("#live-portfolio .note")).to_contain_text(
        re.compile(r"(\d+) of \1 images"), timeout=15_000
    )
    landed = len(await studio.world.records(character))
    await expect(page.locator(".grid .card")).to_have_count(landed)
    assert 1 <= seen <= landed
    await expect(page.locator("#live-kinds .number-of").first).to_have_text(str(landed))
    await expect(page.locator(".run")).to_have_count(0)
    await expect(page.get_by_role("textbox", name="Scene description")).to_have_value("typed meanwhile")
    assert await page.evaluate("window.stayed")
    spoken = await page.evaluate("window.spoken")
    assert len(spoken) == len(set(spoken)) <= 3
    assert "of the set" in spoken[-1]
    await expect(page).to_have_title(re.compile("^Image Management"))


async def test_two_clicks_and_a_return_key_are_one_generation(page: Page, studio: Studio) -> None:
    character = await studio.world.character(settings={"delayMs": 500})
    await workspace(page, character)
    await page.get_by_role("button", name="Generate Reference").evaluate("b => { b.click(); b.click(); b.click() }")
    await expect(page.locator("#live-reference .note")).to_contain_text("saved", timeout=15_000)
    assert len(await studio.world.calls(character, "POST")) == 1


async def test_a_reload_and_a_second_tab_see_what_is_under_way_and_it_lands(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await studio.world.fault(character, "generate-initial-image", delayMs=3000)
    await workspace(page, character)
    await page.get_by_role("button", name="Generate Reference").click()
    await expect(page.locator(".run")).to_be_visible()
    await page.reload()
    await expect(page.locator(".run .phase")).to_be_visible()
    assert page.context.browser
    other = await page.context.browser.new_context(base_url=studio.world.app_url)
    await sign_in(other, studio.world.viewer, studio.world.app_url)
    second = await other.new_page()
    await workspace(second, character)
    await expect(second.locator(".run .phase")).to_be_visible()
    for tab in (page, second):
        await expect(tab.locator(".grid .card")).to_have_count(1, timeout=15_000)
        await expect(tab.locator(".run")).to_have_count(0)
        await expect(tab.locator(".choice")).to_have_count(1)
    await other.close()


async def test_a_failure_is_told_at_its_panel_and_the_text_stays(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    wrong = {"status": 500, "body": {"error": "no paint"}, "delayMs": 700}
    await studio.world.fault(character, "generate-initial-image", **wrong)
    await workspace(page, character)
    await page.get_by_role("textbox", name="Prompt").fill("mine alone")
    await page.get_by_role("button", name="Generate Reference").click()
    note = page.locator("#live-reference").get_by_role("alert")
    await expect(note).to_contain_text("no paint", timeout=15_000)
    await expect(note).to_contain_text("paid for")
    await expect(page.get_by_role("textbox", name="Prompt")).to_have_value("mine alone")
    await expect(page.locator(".run")).to_have_count(0)


async def test_a_choice_that_was_made_stays_when_pictures_land(page: Page, studio: Studio) -> None:
    character = await with_reference(studio)
    await a_reference(studio.world, character, "another")
    await workspace(page, character)
    older = page.locator(".choice input").nth(1)
    await studio.world.fault(character, "generate-initial-image", delayMs=1500)
    await page.get_by_role("button", name="Generate Reference").click()
    await expect(page.locator(".run")).to_be_visible()
    value = await older.get_attribute("value")
    await older.check()
    await expect(page.locator(".choice")).to_have_count(3, timeout=15_000)
    assert await page.locator(".choice input:checked").get_attribute("value") == value


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Studio]:
    """A world that waits for a picture as long as it does by default."""
    with open_world(tmp_path, "number", more={"CHARACTER_LIBRARY_TIMEOUT": "180"}) as world:
        yield Studio(world, "")


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_a_long_wait_is_told_truly_and_lands(browser: Browser, patient: Studio) -> None:
    studio, character = patient, await patient.world.character()
    async with opened_page(browser, studio) as page, opened_page(browser, studio, "phone") as second:
        await studio.world.fault(character, "generate-initial-image", delayMs=150_000)
        await workspace(page, character)
        await page.get_by_role("button", name="Generate Reference").click()
        await expect(page.locator(".run .phase")).to_be_visible()
        await page.evaluate(SPOKEN)
        for look in range(1, 14):
            await asyncio.sleep(10)
            async with studio.world.api() as api:
                [run] = (await api.get(character.url("runs"))).json()["runs"]
            assert abs(await clock(page) - run["elapsedMs"] // 1000) <= 1
            if look == 5:
                await workspace(second, character)
            if look == 8:
                await second.reload()
            if look >= 5:
                assert abs(await clock(second) - await clock(page)) <= 1
        for tab in (page, second):
            await expect(tab.locator(".grid .card")).to_have_count(1, timeout=40_000)
            await expect(tab.locator(".run")).to_have_count(0)
        assert len(await page.evaluate("window.spoken")) <= 8
        assert len(await studio.world.calls(character, "POST")) == 1


async def test_a_session_that_ends_meanwhile_is_told_and_the_run_lands(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await studio.world.fault(character, "generate-initial-image", delayMs=2500)
    await workspace(page, character)
    await page.get_by_role("button", name="Generate Reference").click()
    await expect(page.locator(".run .phase")).to_be_visible()
    await page.context.clear_cookies()
    await expect(page.get_by_role("alert")).to_contain_text("Your session has ended", timeout=15_000)
    await studio.world.until_idle(character)
    assert len(await studio.world.records(character)) == 1


async def test_a_refused_click_leaves_a_page_that_follows_what_is_under_way(page: Page, studio: Studio) -> None:
    character = await with_reference(studio)
    await workspace(page, character)
    await studio.world.fault(character, "generate-initial-image", delayMs=2500)
    async with studio.world.api() as api:
        started = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "x"}))
        await studio.world.until_asked(character, times=2)
        await page.get_by_role("button", name="Start Portfolio").click()
        await expect(page.get_by_role("alert")).to_contain_text("already under way")
        await expect(page).to_have_url(re.compile(rf"/{character.id}/images$"))
        await started
    await expect(page.locator(".grid .card")).to_have_count(2, timeout=15_000)
    await expect(page.locator(".run")).to_have_count(0)


async def test_two_runs_at_once_are_each_told_at_their_panel(page: Page, studio: Studio) -> None:
    character = await with_reference(studio)
    await studio.world.fault(character, "generate-360-set", delayMs=2500)
    await studio.world.fault(character, "generate-scene-image", delayMs=1200)
    await workspace(page, character)
    await page.get_by_role("spinbutton", name="Images").fill("2")
    await page.get_by_role("button", name="Start Portfolio").click()
    await expect(page.locator("#live-portfolio .run")).to_be_visible()
    await page.get_by_role("textbox", name="Scene description").fill("Rain.")
    await page.get_by_role("button", name="Generate Scene").click()
    await expect(page.locator("#live-scene .note")).to_contain_text("saved", timeout=15_000)
    await expect(page.locator("#live-portfolio .note")).to_contain_text("2 of 2", timeout=15_000)
    await expect(page.locator("#live-scene .note")).to_contain_text("saved")
    await expect(page.locator(".grid .card")).to_have_count(4)


def streams_of(context: BrowserContext) -> set[Request]:
    """The event streams that pages of a context have open, as they come and go."""
    opened = set[Request]()
    context.on("request", lambda asked: opened.add(asked) if asked.resource_type == "eventsource" else None)
    context.on("requestfinished", lambda asked: opened.discard(asked))
    context.on("requestfailed", lambda asked: opened.discard(asked))
    return opened


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to be")


async def test_tabs_of_a_browser_have_one_stream_among_them(page: Page, studio: Studio) -> None:
    characters = [await with_reference(studio) for _ in range(4)]
    opened, context = streams_of(page.context), page.context
    async with studio.world.api() as api:
        runs = list[asyncio.Task[httpx.Response]]()
        for character in characters:
            await studio.world.fault(character, "generate-360-set", delayMs=12_000)
            runs.append(asyncio.create_task(api.post(character.url("generate-360-set"), json={"imageCount": 1})))
            await studio.world.until_asked(character, times=2)
        tabs = [page, *[await context.new_page() for _ in range(7)]]
        for tab, character in zip(tabs, characters * 2, strict=True):
            await workspace(tab, character)
            await expect(tab.locator(".run .phase")).to_be_visible()
        await until(lambda: len(opened) == 1)
        [held] = opened
        holder = next(tab for tab in tabs if tab.main_frame == held.frame)
        await holder.close()
        tabs.remove(holder)
        await until(lambda: len(opened - {held}) == 1)
        for tab in tabs:
            await expect(tab.locator(".grid .card")).to_have_count(2, timeout=25_000)
            await expect(tab.locator("#live-portfolio .run")).to_have_count(0)
        await asyncio.gather(*runs)
    await until(lambda: opened <= {held})


async def test_a_tab_that_nobody_sees_lets_the_stream_go_and_asks_now_and_then(page: Page, studio: Studio) -> None:
    character, opened = await with_reference(studio), streams_of(page.context)
    await studio.world.fault(character, "generate-360-set", delayMs=8000)
    await workspace(page, character)
    await page.get_by_role("spinbutton", name="Images").fill("2")
    await page.get_by_role("button", name="Start Portfolio").click()
    await until(lambda: len(opened) == 1)
    see = "seen => { Object.defineProperty(document, 'hidden', { configurable: true, value: !seen });"
    see += " document.dispatchEvent(new Event('visibilitychange')) }"
    await page.evaluate(see, False)
    await until(lambda: not opened)
    await page.evaluate(see, True)
    await until(lambda: len(opened) == 1)
    await page.evaluate(see, False)
    await expect(page.locator(".grid .card")).to_have_count(3, timeout=20_000)
    assert not opened


async def test_the_reference_to_start_from_has_room_beside_the_button(page: Page, studio: Studio) -> None:
    character = await with_reference(studio)
    await workspace(page, character)
    strip = await page.locator("#live-references").bounding_box()
    choice = await page.locator(".choice").first.bounding_box()
    assert strip
    assert choice
    assert strip["width"] > choice["width"] > 0, "the panel's other words press the strip together"
