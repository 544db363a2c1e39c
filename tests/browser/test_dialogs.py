"""What opens above the page: an image, a turntable, the question before a delete."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Studio, opened_page, workspace
from tests.browser.pictures import character_with_all, picture
from tests.support.world import Character

_SCRUB = """async () => {
  const slider = document.getElementById('angle')
  const seen = []
  for (let at = 0; at <= slider.max; at += 1) {
    slider.value = at
    slider.dispatchEvent(new Event('input'))
    await new Promise(requestAnimationFrame)
    seen.push(document.querySelector('.view:not([inert])').dataset.angle)
  }
  return seen
}"""


@pytest.fixture(scope="module")
async def full(studio: Studio) -> Character:
    """A character with a picture of each kind; tests do not change it."""
    return await character_with_all(studio)


async def settled(page: Page, character: Character) -> None:
    """The workspace once its scripts run."""
    await workspace(page, character)
    await page.locator("time[title]").first.wait_for()


async def focus_on(page: Page, card: str) -> None:
    """Wait until that card has the focus, which a dialog gives back once it is closed."""
    await page.wait_for_function("card => document.activeElement.closest('.card')?.id === card", arg=card)


async def test_an_image_opens_above_the_page_and_the_keys_turn_the_leaves(
    page: Page, studio: Studio, full: Character
) -> None:
    await settled(page, full)
    cards = await page.locator(".card").evaluate_all("cards => cards.map(card => card.id)")
    await page.locator(".card .frame").nth(1).click()
    viewer = page.get_by_role("dialog", name=re.compile("^Portfolio image of Mara Quill"))
    await expect(viewer.get_by_text("The library’s own shot, 0°")).to_be_visible()
    for fact in ("Angle", "Quality", "Made from", "Source", "Pixels"):
        await expect(viewer.get_by_text(fact, exact=True)).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(viewer.get_by_text("The library’s own shot, 90°")).to_be_visible()
    await viewer.get_by_role("button", name="Next").click()
    await expect(viewer.get_by_text("The library’s own shot, 180°")).to_be_visible()
    await page.keyboard.press("ArrowLeft")
    await expect(viewer.get_by_text("The library’s own shot, 90°")).to_be_visible()
    zoom = viewer.get_by_role("button", name="Zoom")
    await zoom.click()
    await expect(zoom).to_have_attribute("aria-pressed", "true")
    width = await viewer.locator(".stage img").evaluate("image => image.width - image.naturalWidth")
    assert width == 0
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await focus_on(page, cards[2])


async def test_an_image_has_an_address_of_its_own(page: Page, studio: Studio, full: Character) -> None:
    await settled(page, full)
    await page.locator(".card .frame").last.click()
    await page.get_by_role("dialog").get_by_role("link", name="Open its page").click()
    await expect(page).to_have_url(re.compile(rf"/{full.id}/images/\w+$"))
    await expect(page.locator("main [data-prompt]")).to_have_text("A wiry woman\nin a green coat")
    original = await page.get_by_role("link", name="Open the original").get_attribute("href")
    assert original == f"{urlsplit(page.url).path}/original"
    assert await page.get_by_role("link", name="Its marks (.xmp)").get_attribute("href") == f"{original}.xmp"


async def test_a_set_is_turned_by_keys_and_by_dragging_and_never_by_itself(
    page: Page, studio: Studio, full: Character
) -> None:
    await settled(page, full)
    await page.get_by_role("button", name="Turntable").click()
    table = page.get_by_role("dialog", name="Set of 4: Mara Quill")
    angle = table.get_by_role("slider", name="Angle")
    await expect(angle).to_have_attribute("aria-valuetext", "0°")
    await angle.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(angle).to_have_attribute("aria-valuetext", "180°")
    await expect(table.locator(".view:not([inert])")).to_have_attribute("data-angle", "180°")
    box = await table.locator(".spin").bounding_box()
    assert box
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * 3 / 4, box["y"] + 40, steps=4)
    await page.mouse.up()
    await expect(angle).to_have_attribute("aria-valuetext", "270°")
    await page.wait_for_timeout(600)
    await expect(angle).to_have_attribute("aria-valuetext", "270°")


async def test_a_missing_angle_says_so(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await picture(studio, character, "generate-initial-image", prompt="x")
    await studio.world.fault(character, "file", skip=2, times=1, status=401)
    async with studio.world.api() as api:
        made = await api.post(character.url("generate-360-set"), json={"imageCount": 4})
    assert made.status_code == 207
    await settled(page, character)
    await expect(page.locator(".set-head")).to_contain_text("3 of 4")
    await page.get_by_role("button", name="Turntable").click()
    missing = made.json()["failures"][0]["index"]
    angle = page.get_by_role("slider", name="Angle")
    await angle.fill(str(missing))
    await expect(page.locator(".view:not([inert])")).to_contain_text(f"picture {missing + 1} is missing")
    await expect(angle).to_have_attribute("aria-valuetext", re.compile("missing"))


async def test_a_delete_says_what_goes_and_the_focus_goes_on(page: Page, studio: Studio) -> None:
    character = await character_with_all(studio, 3)
    await settled(page, character)
    cards = await page.locator(".card").evaluate_all("cards => cards.map(card => card.id)")
    deletes = page.locator(".card").get_by_role("button", name="Delete")
    await deletes.nth(1).click()
    question = page.get_by_role("dialog", name="Delete this image?")
    await expect(question.get_by_role("img")).to_be_visible()
    await expect(question).to_contain_text("the file with its smaller copies, and the record")
    await question.get_by_role("link", name="Keep it").click()
    await focus_on(page, cards[1])
    await deletes.nth(1).click()
    await question.get_by_role("button", name="Delete").click()
    await expect(page.locator("#live-images")).to_contain_text("The image is deleted.")
    await focus_on(page, cards[2])
    await deletes.last.click()
    await expect(question).to_contain_text("the library deletes its copy as well, with everything that it derived")
    await expect(question).to_contain_text("3 images were drawn from it; they stay here.")
    await studio.world.fault(character, "reference-image", method="DELETE", status=500, body={"error": "no"})
    await question.get_by_role("button", name="Delete").click()
    await expect(page.locator("#live-images")).to_contain_text("could not delete its copy and still has it")
    await focus_on(page, cards[3])
    assert len(await studio.world.records(character)) == 3


async def test_several_are_deleted_after_one_question_with_a_result_for_each(page: Page, studio: Studio) -> None:
    character = await character_with_all(studio, 3)
    await settled(page, character)
    for at in (0, 1, 4):
        await page.locator(".pick").nth(at).check()
    await expect(page.locator("[data-chosen]")).to_have_text("3 selected")
    await page.get_by_role("button", name="Delete selected").click()
    question = page.get_by_role("dialog", name="Delete 3 images?")
    await expect(question.get_by_role("img")).to_have_count(3)
    await studio.world.fault(character, "reference-image", method="DELETE", status=500, body={"error": "no"})
    reference = (await studio.world.records(character))[-1]["id"]
    await question.get_by_role("button", name="Delete").click()
    told = page.locator("#live-images")
    await expect(told).to_contain_text("3 images are deleted.")
    await expect(told).to_contain_text(f"Image {reference}: The Character Library could not delete its copy")
    await expect(page.locator(".card")).to_have_count(2)
    await expect(page.locator(".selection")).to_be_hidden()


async def test_one_that_cannot_be_deleted_is_told_and_the_others_go(page: Page, studio: Studio) -> None:
    character = await character_with_all(studio, 2)
    await settled(page, character)
    for at in (0, 1):
        await page.locator(".pick").nth(at).check()
    await page.get_by_role("button", name="Delete selected").click()
    await expect(page.get_by_role("dialog", name="Delete 2 images?")).to_be_visible()
    first = (await studio.world.records(character))[0]["id"]
    async with studio.world.api() as api:
        (await api.delete(character.url(f"images/{first}"))).raise_for_status()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("1 of 2 images is deleted.")
    await expect(told).to_contain_text(f"Image {first}:")
    await expect(page.locator(".card")).to_have_count(2)


async def test_chosen_images_stand_side_by_side_and_can_be_taken_along(
    page: Page, studio: Studio, full: Character
) -> None:
    await settled(page, full)
    for at in (0, 2):
        await page.locator(".pick").nth(at).check()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Download").click()
    assert (await saving.value).suggested_filename.endswith(".zip")
    await page.get_by_role("button", name="Compare").click()
    await expect(page.get_by_role("heading", name="2 images: Mara Quill")).to_be_visible()
    await expect(page.locator(".sheet img")).to_have_count(2)
    await expect(page.locator(".sheet")).to_contain_text("Rain on the pier.")


async def test_the_contact_sheet_is_what_is_printed(page: Page, studio: Studio, full: Character) -> None:
    await workspace(page, full)
    await page.get_by_role("link", name="Contact sheet").click()
    await expect(page.locator(".sheet li")).to_have_count(4)
    await page.emulate_media(media="print")
    for hidden in (".turntable", ".bar", ".toolbar"):
        await expect(page.locator(hidden)).to_be_hidden()
    await expect(page.locator(".sheet")).to_be_visible()
    async with page.expect_download() as saving:
        await page.emulate_media(media="screen")
        await page.get_by_role("link", name="Contact sheet as PNG").click()
    assert (await saving.value).suggested_filename.endswith(".png")


async def test_a_scrub_over_a_large_set_shows_every_frame(browser: Browser, studio: Studio) -> None:
    job = {"dialect": "job", "shots": 27, "jobStepMs": 5, "pictureSize": [480, 640]}
    character = await studio.world.character(settings=job)
    await picture(studio, character, "generate-initial-image", prompt="x")
    made = await picture(studio, character, "generate-360-set")
    async with opened_page(browser, studio) as page:
        await page.goto(f"/screenplay/characters/{character.id}/images/sheet?set={made['setId']}")
        await page.wait_for_load_state("networkidle")
        seen = await page.evaluate(_SCRUB)
        beside = await page.locator(".sheet .beside .kind").all_inner_texts()
    assert seen == [
        "85mm FRONT MCU",
        "85mm TIGHT 15° RIGHT CU",
        "50mm 25° RIGHT MCU",
        "85mm 3Q RIGHT MCU",
        "35mm 45° RIGHT 3Q",
        "85mm PROFILE RIGHT MCU",
        "50mm BACK 3Q",
        "85mm PROFILE LEFT MCU",
        "35mm 45° LEFT 3Q",
        "85mm 3Q LEFT MCU",
        "50mm 25° LEFT MCU",
        "85mm TIGHT 15° LEFT CU",
    ]
    assert len(beside) == 27 - 12
    assert {"HANDS DETAIL", "T-POSE CALIBRATION", "50mm HIGH ANGLE CU", "50mm CONCERNED CU"} < set(beside)


async def test_with_the_last_image_gone_the_focus_goes_to_the_heading(page: Page, studio: Studio) -> None:
    character = await studio.world.character()
    await picture(studio, character, "generate-initial-image", prompt="x")
    await settled(page, character)
    await page.locator(".card").get_by_role("button", name="Delete").click()
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete")
    await delete.evaluate("button => { button.click(); button.click() }")
    await expect(page.locator("#live-images")).to_contain_text("The image is deleted.")
    await expect(page.get_by_role("heading", name="Images")).to_be_focused()
    await expect(page.get_by_text("No images yet.")).to_be_visible()


async def test_a_delete_from_the_viewer_keeps_the_filter(page: Page, studio: Studio) -> None:
    character = await character_with_all(studio, 2)
    await page.goto(f"/screenplay/characters/{character.id}/images?kind=portfolioItem")
    await page.locator("time[title]").first.wait_for()
    await page.locator(".card .frame").first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog", name="Delete this image?").locator("[data-deletes]").get_by_role("button").click()
    await expect(page.locator("#live-images")).to_contain_text("The image is deleted.")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator(".card")).to_have_count(1)
    await expect(page.locator("#live-kinds [aria-current]")).to_contain_text("Portfolio")


async def test_at_the_last_leaf_the_keys_still_work(page: Page, studio: Studio, full: Character) -> None:
    await settled(page, full)
    await page.locator(".card .frame").nth(4).click()
    viewer = page.get_by_role("dialog")
    onward = viewer.get_by_role("button", name="Next")
    await onward.click()
    await expect(viewer.get_by_role("heading", level=1)).to_contain_text("Reference image")
    await expect(onward).to_have_attribute("aria-disabled", "true")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowLeft")
    await expect(viewer.get_by_role("heading", level=1)).to_contain_text("Portfolio image")


async def test_a_prompt_reused_from_the_viewer_is_in_the_box_with_the_focus(
    page: Page, studio: Studio, full: Character
) -> None:
    await settled(page, full)
    await page.locator(".card .frame").last.click()
    await page.get_by_role("dialog").get_by_role("link", name="Reuse prompt").click()
    box = page.get_by_role("textbox", name="Prompt")
    await expect(box).to_have_value("A wiry woman\nin a green coat")
    await expect(box).to_be_focused()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_sheet_is_printed_by_its_button(page: Page, studio: Studio, full: Character) -> None:
    await workspace(page, full)
    await page.get_by_role("link", name="Contact sheet").click()
    await page.locator("time[title]").first.wait_for()
    await page.evaluate("window.print = () => { window.printed = true }")
    await page.get_by_role("button", name="Print").click()
    assert await page.evaluate("window.printed")
