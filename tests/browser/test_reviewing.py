"""Reviews: by button, by key and by selection, with and without JavaScript."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Studio, workspace
from tests.browser.pictures import character_with_all
from tests.support.steps import a_reference
from tests.support.world import Character, Doc


async def settled(page: Page, character: Character) -> None:
    """The workspace once its scripts run."""
    await workspace(page, character)
    await page.locator("time[title]").first.wait_for()


async def _three(studio: Studio) -> tuple[Character, list[object]]:
    """A character with three references, newest first."""
    character = await studio.world.character()
    ids = [(await a_reference(studio.world, character, f"Number {at}"))["id"] for at in range(3)]
    return character, ids[::-1]


async def _reviews(studio: Studio, character: Character) -> list[Doc]:
    records = await studio.world.records(character)
    return [(record["metrics"] or {}).get("review", {}) for record in records]


async def _until(studio: Studio, character: Character, verdicts: list[str | None], page: Page) -> None:
    for _ in range(100):
        if [review.get("verdict") for review in await _reviews(studio, character)] == verdicts:
            return
        await page.wait_for_timeout(50)
    raise AssertionError(await _reviews(studio, character))


async def test_a_card_is_picked_noted_and_cleared(any_page: Page, studio: Studio) -> None:
    character, ids = await _three(studio)
    await workspace(any_page, character)
    card = any_page.locator(f"#card-{ids[1]}")
    await card.get_by_role("textbox", name="Note").fill("the coat is right")
    await card.get_by_role("button", name="Pick").click()
    await expect(card.get_by_role("button", name="Pick")).to_have_attribute("aria-pressed", "true")
    await _until(studio, character, [None, "pick", None], any_page)
    assert (await _reviews(studio, character))[1]["note"] == "the coat is right"
    await expect(any_page.get_by_role("link", name="Picked 1")).to_be_visible()
    await card.get_by_role("button", name="Clear").click()
    await expect(card.get_by_role("button", name="Clear")).to_be_hidden()
    await _until(studio, character, [None, None, None], any_page)
    await expect(card.get_by_role("textbox", name="Note")).to_have_value("the coat is right")
    await card.get_by_role("textbox", name="Note").fill("no, the hat")
    await card.get_by_role("textbox", name="Note").press("Enter")
    await expect(any_page.get_by_role("link", name="Open 3")).to_be_visible()
    for _ in range(100):
        if (await _reviews(studio, character))[1].get("note") == "no, the hat":
            break
        await any_page.wait_for_timeout(50)
    assert (await _reviews(studio, character))[1].get("note") == "no, the hat"


async def test_many_are_rejected_and_the_filters_tell_them_apart(any_page: Page, studio: Studio) -> None:
    character, ids = await _three(studio)
    await workspace(any_page, character)
    for image in ids[:2]:
        await any_page.locator(f"#card-{image} .pick").check()
    await any_page.locator("#selection").get_by_role("button", name="Reject").click()
    await any_page.get_by_role("link", name="Rejected 2").click()
    await expect(any_page.locator(".card")).to_have_count(2)
    await any_page.get_by_role("link", name="Open 1").click()
    await expect(any_page.locator(".card")).to_have_count(1)
    await any_page.get_by_role("link", name="Picked 0").click()
    await expect(any_page.get_by_text("No image is of this kind, status and review.")).to_be_visible()


async def test_keys_review_in_the_viewer_and_go_on_and_can_be_switched_off(page: Page, studio: Studio) -> None:
    character, ids = await _three(studio)
    await settled(page, character)
    await page.locator(f"#card-{ids[0]} .frame").click()
    viewer = page.get_by_role("dialog")
    await expect(viewer.get_by_text("Keys:")).to_be_visible()
    for key, at in (("p", 1), ("x", 2)):
        await page.keyboard.press(key)
        await expect(viewer.locator("form.review")).to_have_attribute("data-image", str(ids[at]))
    await _until(studio, character, ["pick", "reject", None], page)
    await page.keyboard.press("ArrowLeft")
    await expect(viewer.locator("form.review")).to_have_attribute("data-image", str(ids[1]))
    await page.keyboard.press("u")
    await expect(viewer.locator("form.review")).to_have_attribute("data-image", str(ids[2]))
    await _until(studio, character, ["pick", None, None], page)
    await viewer.get_by_role("textbox", name="Note").press_sequentially("pux")
    await viewer.get_by_role("checkbox", name="Keys").uncheck()
    await page.keyboard.press("p")
    await page.keyboard.press("Escape")
    await expect(page.locator(f"#card-{ids[2]}").get_by_role("textbox", name="Note")).to_have_value("pux")
    assert [review.get("verdict") for review in await _reviews(studio, character)] == ["pick", None, None]
    await expect(page.locator(f"#card-{ids[0]}").get_by_role("button", name="Pick")).to_have_attribute(
        "aria-pressed", "true"
    )


async def test_two_editors_at_once_are_told(page: Page, studio: Studio) -> None:
    character, ids = await _three(studio)
    await settled(page, character)
    async with studio.world.api() as api:
        route = character.url(f"images/{ids[0]}/review")
        (await api.patch(route, json={"verdict": "pick", "note": "mine"})).raise_for_status()
    card = page.locator(f"#card-{ids[0]}")
    await card.get_by_role("button", name="Reject").click()
    await expect(card.get_by_role("alert")).to_contain_text("Somebody else reviewed this image meanwhile (pick, mine)")
    assert (await _reviews(studio, character))[0]["verdict"] == "pick"


async def test_the_turntable_reviews_the_frame_that_it_shows(page: Page, studio: Studio) -> None:
    character = await character_with_all(studio, 3)
    await settled(page, character)
    await page.get_by_role("button", name="Turntable").click()
    dialog = page.get_by_role("dialog")
    slider = dialog.get_by_role("slider", name="Angle")
    await slider.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("x")
    await expect(dialog.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("ArrowRight")
    await expect(dialog.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "false")
    await dialog.get_by_role("button", name="Pick").click()
    await expect(dialog.get_by_role("button", name="Pick")).to_have_attribute("aria-pressed", "true")
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    rejected = page.locator('.card:has([value="reject"][aria-pressed="true"])')
    await expect(rejected).to_have_count(1)
    assert await violations(page) == []
