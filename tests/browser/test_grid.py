"""The grid: sets, thumbnails, prompts taken up again, what came of what, time, and what is broken."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Studio, opened_page, workspace
from tests.browser.pictures import character_with_all, picture
from tests.support.world import Character

_SHIFTS = """new Promise(done => {
  let sum = 0
  const watch = new PerformanceObserver(list => { for (const shift of list.getEntries()) sum += shift.value })
  watch.observe({ type: 'layout-shift', buffered: true })
  setTimeout(() => done(sum), 800)
})"""


@pytest.fixture(scope="module")
async def full(studio: Studio) -> Character:
    """A character with a picture of each kind; tests do not change it."""
    return await character_with_all(studio)


async def test_a_set_stands_together_in_the_librarys_order_and_says_what_it_came_from(
    page: Page, studio: Studio, full: Character
) -> None:
    await workspace(page, full)
    head = page.locator(".set-head")
    await expect(head.get_by_role("heading", name="Set of 4")).to_be_visible()
    await expect(head).to_contain_text("4 of 4")
    shown = await page.locator(".set .card .prompt").all_inner_texts()
    assert [text.rpartition(", ")[2] for text in shown] == ["0°", "90°", "180°", "270°"]
    await head.get_by_role("link", name=re.compile("from reference")).click()
    viewer = page.get_by_role("dialog", name=re.compile("^Reference image of Mara Quill"))
    await expect(viewer.get_by_role("heading", name="Drawn from it 5")).to_be_visible()
    await expect(viewer.locator(".stamps img")).to_have_count(5)


async def test_thumbnails_are_never_originals_and_move_nothing(page: Page, studio: Studio, full: Character) -> None:
    originals: list[str] = []
    page.on(
        "request", lambda request: originals.append(request.url) if re.search(r"ci-\w{26}\.", request.url) else None
    )
    await workspace(page, full)
    pictures = page.locator(".card img")
    await expect(pictures).to_have_count(6)
    for attribute in ("srcset", "width", "height"):
        assert all([await one.get_attribute(attribute) for one in await pictures.all()])
    loading = [await one.get_attribute("loading") for one in await pictures.all()]
    assert loading == ["eager"] + ["lazy"] * 5
    await page.mouse.wheel(0, 9000)
    assert await page.evaluate(_SHIFTS) == 0
    assert originals == []
    alt = await page.locator(".card img").last.get_attribute("alt")
    assert alt == "Reference image of Mara Quill: A wiry woman in a green coat"


async def test_a_file_that_is_gone_shows_as_such(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await picture(studio, character, "generate-initial-image", prompt="x")
    await page.route(re.compile("/api/media/file/"), lambda route: route.abort())
    await workspace(page, character)
    await expect(page.locator(".card .frame.broken")).to_be_visible()
    told = await page.locator(".card .frame").evaluate("frame => getComputedStyle(frame, '::after').content")
    assert told == '"The file cannot be shown"'


async def test_a_prompt_is_reused_and_what_was_typed_stays(page: Page, studio: Studio, full: Character) -> None:
    await workspace(page, full)
    box, card = page.get_by_role("textbox", name="Prompt"), page.locator(".card").last
    suggested, exact = await box.input_value(), "A wiry woman\nin a green coat"
    await card.get_by_role("link", name="Reuse prompt").click()
    await expect(box).to_have_value(exact)
    await page.get_by_role("button", name="Undo").click()
    await expect(box).to_have_value(suggested)
    await box.fill("my own words")
    await card.get_by_role("link", name="Reuse prompt").click()
    await expect(box).to_have_value("my own words")
    earlier = page.locator(".suggestion")
    await expect(earlier.get_by_role("heading", name="Earlier prompt")).to_be_visible()
    await earlier.get_by_role("button", name="Use it").click()
    await expect(box).to_have_value(exact)
    await page.get_by_role("button", name="Undo").click()
    await expect(box).to_have_value("my own words")


async def test_a_prompt_is_copied_as_it_was_sent(browser: Browser, studio: Studio, full: Character) -> None:
    async with opened_page(browser, studio, permissions=["clipboard-read", "clipboard-write"]) as page:
        await workspace(page, full)
        await page.locator(".card").last.get_by_role("button", name="Copy prompt").click()
        await expect(page.locator(".card").last.get_by_role("button", name="Copied")).to_be_visible()
        assert await page.evaluate("navigator.clipboard.readText()") == "A wiry woman\nin a green coat"


async def test_reuse_is_a_link_where_there_is_no_script(browser: Browser, studio: Studio, full: Character) -> None:
    async with opened_page(browser, studio, java_script_enabled=False) as page:
        await workspace(page, full)
        await page.locator(".card").last.get_by_role("link", name="Reuse prompt").click()
        await expect(page.get_by_role("textbox", name="Prompt")).to_have_value("A wiry woman\nin a green coat")
        await page.locator(".card").first.get_by_role("link", name="Reuse prompt").click()
        await expect(page.get_by_role("textbox", name="Scene description")).to_have_value("Rain on the pier.")
        await expect(page.get_by_role("button", name="Copy prompt")).to_have_count(0)


async def test_what_is_loaded_is_added_below_and_the_rest_stays(page: Page, studio: Studio) -> None:
    character = await studio.world.character(settings={"pictureSize": [24, 32]})
    await picture(studio, character, "generate-initial-image", prompt="A wiry woman")
    await picture(studio, character, "generate-360-set", imageCount=50)
    await workspace(page, character)
    chosen = page.locator(f'.pick[value="{await page.locator(".pick").first.get_attribute("value")}"]')
    await chosen.check()
    await page.evaluate("window.stayed = true")
    await page.get_by_role("link", name="Load more").click()
    await expect(page.locator(".card")).to_have_count(51)
    assert await page.evaluate("document.activeElement.matches('.card .frame')")
    await expect(page.get_by_role("link", name="Load more")).to_have_count(0)
    await page.locator(".card").nth(10).get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator(".card")).to_have_count(50)
    assert await page.evaluate("window.stayed")
    await expect(chosen).to_be_checked()
    assert len(set(await page.locator(".card").evaluate_all("cards => cards.map(card => card.id)"))) == 50


async def test_moments_are_told_in_the_readers_own_zone(browser: Browser, studio: Studio, full: Character) -> None:
    async with opened_page(browser, studio, timezone_id="Asia/Tokyo", locale="en-GB") as page:
        await workspace(page, full)
        time = page.locator(".card time").first
        moment = datetime.fromisoformat(str(await time.get_attribute("datetime")))
        there = moment.astimezone(ZoneInfo("Asia/Tokyo"))
        assert moment.utcoffset() is not None
        await expect(time).to_have_text(f"{there.day} {there:%b %Y, %H:%M}")
        assert "UTC" in str(await time.get_attribute("title"))


async def test_nothing_comes_from_elsewhere_and_markup_shows_as_text(page: Page, studio: Studio) -> None:
    name = "<script>alert('name')</script><img src=x>"
    character = await studio.world.character(projectCharacterName=name)
    await picture(studio, character, "generate-initial-image", prompt="<b>bold</b> & <i>odd</i>")
    wrong = {"status": 500, "body": {"error": "<u>no</u> paint"}}
    await studio.world.fault(character, "generate-scene-image", **wrong)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
    answer = await page.goto(f"/screenplay/characters/{character.id}/images")
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Image Management: {name}")
    await expect(page.locator(".card [data-prompt]")).to_have_text("<b>bold</b> & <i>odd</i>")
    await page.get_by_role("textbox", name="Scene description").fill("Rain.")
    await page.get_by_role("button", name="Generate Scene").click()
    await expect(page.get_by_role("alert")).to_contain_text("<u>no</u> paint", timeout=15_000)
    assert asked == {studio.world.app_url, studio.world.payload_url}
    assert answer
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


async def test_a_scene_reused_waits_beside_what_was_typed(page: Page, studio: Studio, full: Character) -> None:
    await workspace(page, full)
    await page.locator("time[title]").first.wait_for()
    box, card = page.get_by_role("textbox", name="Scene description"), page.locator(".card").first
    await box.fill("my own scene")
    await card.get_by_role("link", name="Reuse prompt").click()
    await expect(box).to_have_value("my own scene")
    beside = page.locator(".panel-scene .suggestion")
    await expect(beside.get_by_role("heading", name="Earlier scene")).to_be_visible()
    await beside.get_by_role("button", name="Use it").click()
    await expect(box).to_have_value("Rain on the pier.")
    await expect(beside).to_contain_text("my own scene")
    await beside.get_by_role("button", name="Use it").click()
    await beside.get_by_role("button", name="Dismiss").click()
    await expect(box).to_have_value("my own scene")


async def test_a_portfolio_is_started_from_a_reference_that_is_not_among_the_newest(page: Page, studio: Studio) -> None:
    character = await studio.world.character(settings={"pictureSize": [24, 32]})
    oldest = await picture(studio, character, "generate-initial-image", prompt="oldest")
    for number in range(12):
        await picture(studio, character, "generate-initial-image", prompt=f"prompt {number}")
    await page.goto(f"/screenplay/characters/{character.id}/images/{oldest['image']['id']}")
    await page.get_by_role("link", name="Start a portfolio from it").click()
    await expect(page.locator(".choice")).to_have_count(13)
    await expect(page.locator(".choice :checked")).to_have_value(str(oldest["image"]["id"]))


@pytest.mark.parametrize("has_focus", [True, False])
async def test_the_grid_stays_where_it_is_when_images_land(page: Page, studio: Studio, has_focus: bool) -> None:
    character = await studio.world.character(settings={"pictureSize": [24, 32]})
    await picture(studio, character, "generate-initial-image", prompt="A wiry woman")
    await picture(studio, character, "generate-360-set", imageCount=20)
    await studio.world.fault(character, "generate-initial-image", delayMs=2500)
    async with studio.world.api() as api:
        drawing = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "x"}))
        await studio.world.until_asked(character, times=3)
        await workspace(page, character)
        await expect(page.locator(".run .phase")).to_be_visible()
        card = page.locator(".card").nth(15)
        await card.scroll_into_view_if_needed()
        if has_focus:
            await card.locator(".pick").focus()
        at, where = await card.get_attribute("id"), "card => card.getBoundingClientRect().top"
        before = await card.evaluate(where)
        await expect(page.locator(".card")).to_have_count(22, timeout=15_000)
        await expect(page.locator(".run")).to_have_count(0)
        await drawing
    stayed = page.locator(f"#{at}")
    assert abs(await stayed.evaluate(where) - before) < 2
    if has_focus:
        await expect(stayed.locator(".pick")).to_be_focused()
