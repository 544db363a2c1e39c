"""The prompt panel: a suggestion never takes the place of what somebody wrote, and says where it comes from."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from app.prompts import FRAMING
from tests.browser.conftest import Studio, workspace
from tests.support.world import Character

DATA = {
    "bamlData": {
        "physicalDescription": {"description": "A wiry woman", "hairColor": "auburn", "eyeColor": "grey"},
        "role": "Protagonist",
    }
}
PARTS = '["with", "hair", "and", "eyes"]'
_SEQUENCES = 6
BY_MODEL = (
    "Master reference image of Mara Quill with auburn hair and grey eyes. Role: Protagonist. Appearance: A wiry woman. "
    f"Framing: {FRAMING}"
)


class Panel:
    """The reference panel, as somebody who looks for names finds its parts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.get_by_role("textbox", name="Prompt")
        self.ask = page.get_by_role("button", name="AI Suggest Prompt")
        self.use = page.get_by_role("button", name="Use it")
        self.dismiss = page.get_by_role("button", name="Dismiss")
        self.undo = page.get_by_role("button", name="Undo")
        self.redo = page.get_by_role("button", name="Redo")
        self.told = page.locator("[data-told]")

    async def answered(self) -> None:
        """Wait until nothing is being asked for."""
        await expect(self.ask).not_to_have_attribute("aria-busy", "true")


async def opened(page: Page, studio: Studio, **model: Any) -> tuple[Panel, Character]:
    await studio.model_says(**model)
    character = await studio.world.character(generationMetadata=DATA)
    await workspace(page, character)
    return Panel(page), character


async def test_the_model_takes_over_from_an_untouched_suggestion_and_undo_gives_it_back(
    page: Page, studio: Studio
) -> None:
    panel, _ = await opened(page, studio, content=PARTS)
    assembled = await panel.box.input_value()
    assert "auburn" in assembled
    await expect(panel.undo).to_be_hidden()
    await expect(panel.redo).to_be_hidden()
    await panel.ask.click()
    await expect(panel.box).to_have_value(BY_MODEL)
    await panel.undo.click()
    await expect(panel.box).to_have_value(assembled)
    await panel.redo.click()
    await expect(panel.box).to_have_value(BY_MODEL)


async def test_what_was_typed_stays_and_the_suggestion_waits_beside_it(page: Page, studio: Studio) -> None:
    panel, _ = await opened(page, studio, content=PARTS)
    await panel.box.fill("mine alone")
    await panel.ask.click()
    await expect(page.locator(".suggestion")).to_have_attribute("data-prompt", BY_MODEL)
    await expect(panel.box).to_have_value("mine alone")
    await expect(panel.told).to_have_text("Your text is as it was; a suggestion is beside it.")
    await panel.use.click()
    await expect(panel.box).to_have_value(BY_MODEL)
    await panel.undo.click()
    await expect(panel.box).to_have_value("mine alone")


async def test_words_typed_while_a_slow_model_thinks_are_kept(page: Page, studio: Studio) -> None:
    panel, _ = await opened(page, studio, content=PARTS, delay=1)
    assembled = await panel.box.input_value()
    await panel.ask.click()
    await expect(panel.told).to_contain_text("A model is arranging another")
    await panel.box.press("Control+End")
    await panel.box.press_sequentially(" More.")
    await panel.answered()
    await expect(panel.box).to_have_value(f"{assembled} More.")
    await expect(page.locator(".suggestion")).to_have_attribute("data-prompt", BY_MODEL)
    await panel.dismiss.click()
    await expect(page.locator(".suggestion")).to_have_count(0)
    await expect(panel.box).to_have_value(f"{assembled} More.")


async def test_a_broken_model_costs_nothing_and_an_unchanged_suggestion_says_so(page: Page, studio: Studio) -> None:
    panel, _ = await opened(page, studio, status=500, raw="broken")
    assembled = await panel.box.input_value()
    await panel.ask.click()
    await expect(panel.told).to_have_text("The suggestion is unchanged: it is what stands in the box.", timeout=15_000)
    await expect(panel.box).to_have_value(assembled)


async def test_the_second_click_wins(page: Page, studio: Studio) -> None:
    panel, _ = await opened(page, studio, content='["hair"]', delay=1)
    before = await studio.model_asked()
    await panel.ask.click()
    while await studio.model_asked() == before:
        await page.wait_for_timeout(20)
    await studio.model_says(content=PARTS)
    await panel.ask.click()
    await expect(panel.box).to_have_value(BY_MODEL)
    await page.wait_for_timeout(1500)  # by now the first answer would have come
    await expect(panel.box).to_have_value(BY_MODEL)
    await expect(page.locator(".suggestion")).to_have_count(0)


async def test_an_expired_session_loses_no_text(page: Page, studio: Studio) -> None:
    panel, _ = await opened(page, studio, content=PARTS)
    await panel.box.fill("mine alone")
    await page.context.clear_cookies()
    await panel.ask.click()
    await expect(panel.told).to_contain_text("Sign in again")
    await expect(panel.box).to_have_value("mine alone")


async def origin_of(phrase: Locator) -> str:
    """What a phrase says of itself once it is pointed at or focused."""
    tip = phrase.locator(".origin")
    await expect(tip).to_be_visible()
    assert await phrase.get_attribute("aria-describedby") == await tip.get_attribute("id")
    return await tip.inner_text()


async def test_each_phrase_tells_its_field_on_hover_and_on_focus(page: Page, studio: Studio) -> None:
    panel, _ = await opened(page, studio, content=PARTS)
    await page.get_by_text("Where the suggestion comes from").click()
    sources = page.locator(".sources")
    phrases = sources.locator(".phrase")
    appearance = phrases.filter(has_text="wiry woman")
    await appearance.hover()
    assert await origin_of(appearance) == "from appearance"
    hair = phrases.filter(has_text="auburn")
    await hair.focus()
    assert await origin_of(hair) == "from hair color"
    await page.keyboard.press("Escape")
    await expect(hair.locator(".origin")).to_be_hidden()
    await expect(sources).to_contain_text("Put together from this character")
    await panel.ask.click()
    await expect(sources).to_contain_text("Arranged by a model")
    await hair.hover()
    assert await origin_of(hair) == "from hair color"
    await panel.box.fill("mine alone")
    await panel.ask.click()
    await panel.answered()
    await expect(page.locator(".suggestion")).to_be_visible()
    ids = await page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


STEPS = ["type", "ask", "ask in a hurry", "use", "dismiss", "undo", "redo"]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 16))])
async def test_no_sequence_of_steps_loses_a_typed_word(page: Page, studio: Studio, seed: int) -> None:
    panel, character = await opened(page, studio, content=PARTS, delay=0.05)
    random = Random(seed)  # noqa: S311 - no secret
    for _ in range(_SEQUENCES):
        steps = random.choices(STEPS, k=random.randint(2, 12))
        await workspace(page, character)
        assert await _lost_in(panel, steps) == [], steps


async def _lost_in(panel: Panel, steps: list[str]) -> list[str]:
    """The typed words that cannot be had back after these steps."""
    words = list[str]()
    for place, step in enumerate(steps):
        match step:
            case "type":
                words.append(f" word{place}")
                await panel.box.press("Control+End")
                await panel.page.keyboard.insert_text(words[-1])
            case "ask" | "ask in a hurry":
                await panel.ask.click()
                if step == "ask":
                    await panel.answered()
            case _:
                # At once: between a look and a click an answer may take the button away.
                await getattr(panel, step).evaluate_all("all => all.forEach((one) => one.hidden || one.click())")
    await panel.answered()
    texts = [await panel.box.input_value()]
    for button in (panel.undo, panel.redo):
        while await button.is_visible():
            await button.click()
            texts.append(await panel.box.input_value())
    return [word for word in words if not any(word in text for text in texts)]
