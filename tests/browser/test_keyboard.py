"""The workspace by keyboard alone, as the accessibility tree has it, narrow, and as people set up their systems."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Studio, opened_page, workspace
from tests.browser.pictures import character_with_all, picture
from tests.support.world import Character

_MOST_PRESSES = 25
_STOP = """() => {
  const at = document.activeElement
  if (at === document.body) return ['BODY', true]
  const { outlineStyle, opacity } = getComputedStyle(at.matches('.choice input') ? at.nextElementSibling : at)
  const place = [...document.querySelectorAll('*')].indexOf(at)
  return [`${place} ${at.outerHTML.slice(0, 200)}`, outlineStyle !== 'none' && opacity !== '0']
}"""
_SMALL = """all => all
  .filter(one => one.getBoundingClientRect().height < 24 && getComputedStyle(one).display !== 'inline')
  .map(one => one.outerHTML.slice(0, 120))"""
_NAME = "document.activeElement.textContent.trim() || document.activeElement.name"


@pytest.fixture(scope="module")
async def full(studio: Studio) -> Character:
    """A character with a picture of each kind; tests do not change it."""
    return await character_with_all(studio)


async def tab_to(page: Page, name: str) -> int:
    """Press Tab until that has the focus; how often."""
    for presses in range(1, _MOST_PRESSES + 1):
        await page.keyboard.press("Tab")
        if str(await page.evaluate(_NAME)) == name:
            return presses
    raise AssertionError(f"{name} is not within {_MOST_PRESSES} presses")


async def test_a_portfolio_is_started_by_keyboard(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    for prompt in ("first", "second"):
        await picture(studio, character, "generate-initial-image", prompt=prompt)
    await workspace(page, character)
    presses = await tab_to(page, "reference")
    await page.keyboard.press("ArrowRight")  # the older of the two
    presses += 1 + await tab_to(page, "Start Portfolio")
    await page.keyboard.press("Enter")
    await expect(page.locator("#live-portfolio .note")).to_contain_text("are saved", timeout=20_000)
    assert presses + 1 <= _MOST_PRESSES
    older = (await studio.world.records(character))[-1]
    assert (await studio.world.records(character))[0]["metrics"]["referenceImageId"] == older["id"]


async def test_the_focus_is_never_caught_and_always_seen(page: Page, studio: Studio, full: Character) -> None:
    await workspace(page, full)
    stops: list[str] = []
    for _ in range(120):
        await page.keyboard.press("Tab")
        stop, seen = await page.evaluate(_STOP)
        if stop == "BODY":
            break
        assert seen, stop
        stops.append(stop)
    else:
        raise AssertionError("Tab never leaves the page")
    assert len(stops) == len(set(stops)) > 30
    await page.get_by_role("button", name="Turntable").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    for _ in range(12):
        await page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert await page.evaluate(inside)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert "Turntable" in await page.evaluate("document.activeElement.textContent")


async def test_a_screen_reader_is_told_names_and_states(page: Page, studio: Studio, full: Character) -> None:
    await workspace(page, full)
    main = page.get_by_role("main")
    await expect(main).to_match_aria_snapshot("""
      - link "Back"
      - 'heading "Image Management: Mara Quill" [level=1]'
      - status
      - region "Reference":
        - heading "Reference" [level=2]
        - textbox "Prompt"
        - button "Generate Reference"
        - button "AI Suggest Prompt"
      - region "Portfolio":
        - heading "Portfolio" [level=2]
        - group "Reference to start from":
          - radio [checked]
        - spinbutton "Images": "8"
        - button "Start Portfolio"
      - region "Scene":
        - heading "Scene" [level=2]
        - textbox "Scene description"
        - combobox "Type"
        - button "Generate Scene"
      - region "Images":
        - heading "Images" [level=2]
        - navigation "Filter by kind":
          - link "All 6"
          - link "Reference 1"
          - link "Portfolio 4"
          - link "Scene 1"
    """)
    card = page.locator(".set .card").first
    await expect(card).to_match_aria_snapshot("""
      - listitem:
        - link "Portfolio image of Mara Quill, 0°":
          - img "Portfolio image of Mara Quill, 0°"
        - checkbox "Select Portfolio image of Mara Quill, 0°"
        - paragraph: Portfolio Succeeded
        - paragraph: The library’s own shot, 0°
        - paragraph:
          - time
        - paragraph:
          - button "Delete"
    """)
    await expect(card.get_by_role("button", name="Delete")).to_have_accessible_description(
        "Portfolio Succeeded The library’s own shot, 0°"
    )


async def test_nothing_is_cut_off_at_320_pixels(browser: Browser, studio: Studio, full: Character) -> None:
    async with opened_page(browser, studio, viewport={"width": 320, "height": 640}) as page:
        home = f"/screenplay/characters/{full.id}"
        image = (await studio.world.records(full))[0]["id"]
        for path in (
            "",
            "/images",
            f"/images/{image}",
            f"/images/delete?image={image}",
            f"/images/sheet?image={image}",
        ):
            await page.goto(home + path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
        await page.goto(f"{home}/images")
        await page.locator(".pick").first.check()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        targets = page.locator("main :is(button, a, input:not([type=radio]), select, summary):visible")
        assert await targets.evaluate_all(_SMALL) == []


async def test_reduced_motion_and_forced_colours_are_kept(browser: Browser, studio: Studio) -> None:
    character = await character_with_all(studio)
    async with opened_page(browser, studio, reduced_motion="reduce", forced_colors="active") as page:
        await studio.world.fault(character, "generate-scene-image", delayMs=1500)
        await workspace(page, character)
        await page.get_by_role("textbox", name="Scene description").fill("Rain.")
        await page.get_by_role("button", name="Generate Scene").click()
        await expect(page.locator(".run")).to_be_visible()
        assert await page.evaluate("document.getAnimations().length") == 0
        chosen = page.locator(".choice:has(:checked) .frame")
        assert await chosen.evaluate("frame => getComputedStyle(frame).outlineStyle") == "solid"
        await expect(page.locator("#live-scene .note")).to_contain_text("saved", timeout=15_000)
        await expect(page.locator(".card")).to_have_count(7)
