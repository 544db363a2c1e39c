"""WCAG 2.2 AA as far as axe can see it, in each state of each page: on a telephone and on a desk, light and dark.

With --long each state is left as a picture in .local/screenshots.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import SCHEMES, violations
from tests.browser.conftest import SCREENSHOTS, Studio, workspace
from tests.support.steps import a_reference
from tests.support.world import Character

_HELD_MS = 8000

State = Callable[[Page, Studio, Character], Awaitable[object]]
STATES: list[State] = []


def state(bring: State) -> State:
    """A state to look at: the function brings a page into it; the character has a picture of each kind."""
    STATES.append(bring)
    return bring


@pytest.fixture(scope="session")
async def drawn(studio: Studio) -> Character:
    """A character with a reference, a set of three and a scene."""
    character = await studio.world.character(
        characterRole="Lead", generationMetadata={"bamlData": {"eyeColor": "grey", "age": 41}}
    )
    await a_reference(studio.world, character)
    async with studio.world.api() as api:
        (await api.post(character.url("generate-360-set"), json={"imageCount": 3})).raise_for_status()
        scene = {"sceneContext": "Rain on the pier.", "sceneType": "action"}
        (await api.post(character.url("generate-scene-image"), json=scene)).raise_for_status()
    return character


@state
async def sign_in_form(page: Page, studio: Studio, drawn: Character) -> None:
    await page.goto("/login")


@state
async def error(page: Page, studio: Studio, drawn: Character) -> None:
    answer = await page.goto("/screenplay/characters/987654321/images")
    assert answer
    assert answer.status == 404


@state
async def characters(page: Page, studio: Studio, drawn: Character) -> None:
    await page.goto("/screenplay/characters")
    await expect(page.get_by_role("link", name="Images", exact=True).first).to_be_visible()


@state
async def character(page: Page, studio: Studio, drawn: Character) -> None:
    await page.goto(f"/screenplay/characters/{drawn.id}")
    await expect(page.get_by_role("link", name="Images", exact=True)).to_be_visible()


@state
async def empty(page: Page, studio: Studio, drawn: Character) -> None:
    await workspace(page, await studio.world.character())
    await expect(page.get_by_role("main").get_by_role("img")).to_have_count(0)


@state
async def filled(page: Page, studio: Studio, drawn: Character) -> None:
    await workspace(page, drawn)
    assert await page.get_by_role("main").get_by_role("img").count() >= 5


@state
async def generating(page: Page, studio: Studio, drawn: Character) -> None:
    waiting = await studio.world.character()
    await studio.world.fault(waiting, "generate-initial-image", delayMs=_HELD_MS)
    await workspace(page, waiting)
    await page.get_by_role("button", name="Generate Reference").click()
    await expect(page.get_by_text("waiting for the Character Library").first).to_be_visible()


@state
async def failed(page: Page, studio: Studio, drawn: Character) -> None:
    unlucky = await studio.world.character()
    wrong = {"status": 500, "body": {"error": "no paint"}, "delayMs": 700}
    await studio.world.fault(unlucky, "generate-initial-image", **wrong)
    await workspace(page, unlucky)
    await page.get_by_role("button", name="Generate Reference").click()
    await expect(page.get_by_role("alert")).to_contain_text("no paint", timeout=15_000)


@state
async def partial(page: Page, studio: Studio, drawn: Character) -> None:
    incomplete = await studio.world.character()
    await a_reference(studio.world, incomplete)
    await studio.world.fault(incomplete, "file", skip=1, status=401)
    await workspace(page, incomplete)
    await page.get_by_role("spinbutton", name="Images").fill("3")
    await page.get_by_role("button", name="Start Portfolio").click()
    await expect(page.get_by_role("alert")).to_contain_text("2 of 3", timeout=15_000)


@state
async def bible(page: Page, studio: Studio, drawn: Character) -> None:
    await page.goto(f"/screenplay/characters/{drawn.id}/images/bible")
    await expect(page.get_by_role("heading", name="Turnaround")).to_be_visible()


@state
async def image(page: Page, studio: Studio, drawn: Character) -> None:
    newest = (await studio.world.records(drawn))[0]
    await page.goto(f"/screenplay/characters/{drawn.id}/images/{newest['id']}")
    await expect(page.get_by_role("main").get_by_role("img").first).to_be_visible()


async def keep_pictures(page: Page, name: str) -> None:
    """For a person to look at."""
    assert page.viewport_size
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=SCREENSHOTS / f"page-{name}-{page.viewport_size['width']}-{scheme}.png")


async def settled(page: Page, drawn: Character) -> None:
    """The workspace once its scripts run."""
    await workspace(page, drawn)
    await page.locator("time[title]").first.wait_for()


@state
async def viewing(page: Page, studio: Studio, drawn: Character) -> None:
    await settled(page, drawn)
    await page.locator(".card .frame").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()


@state
async def turning(page: Page, studio: Studio, drawn: Character) -> None:
    await settled(page, drawn)
    await page.get_by_role("button", name="Turntable").click()
    await expect(page.get_by_role("dialog").get_by_role("slider")).to_be_visible()


@state
async def selecting(page: Page, studio: Studio, drawn: Character) -> None:
    await settled(page, drawn)
    await page.locator(".pick").first.check()
    await expect(page.get_by_role("button", name="Delete selected")).to_be_visible()


@state
async def deleting(page: Page, studio: Studio, drawn: Character) -> None:
    await settled(page, drawn)
    await page.locator(".card").last.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("dialog", name="Delete this image?")).to_be_visible()


@state
async def side_by_side(page: Page, studio: Studio, drawn: Character) -> None:
    await workspace(page, drawn)
    await page.get_by_role("link", name="Contact sheet").click()
    await expect(page.locator(".sheet")).to_be_visible()


@pytest.mark.parametrize("bring", STATES, ids=lambda bring: str(bring.__name__))
async def test_axe_finds_nothing(
    page: Page, studio: Studio, drawn: Character, bring: State, request: pytest.FixtureRequest
) -> None:
    await bring(page, studio, drawn)
    if request.config.getoption("--long"):
        await keep_pictures(page, bring.__name__)
    assert await violations(page) == []


async def test_axe_would_find_a_flaw_of_each_scheme(page: Page, studio: Studio) -> None:
    await page.goto("/login")
    await page.evaluate(
        """() => {
          const hint = document.querySelector('main').appendChild(document.createElement('p'))
          hint.textContent = 'You will not read this.'
          hint.style.color = '#777'
          hint.style.backgroundColor = '#888'
          document.querySelector('main').appendChild(document.createElement('img')).src = '/static/favicon.svg'
        }"""
    )
    found = {line.partition(" at ")[0] for line in await violations(page)}
    assert found == {f"{scheme}: {rule}" for scheme in ("light", "dark") for rule in ("color-contrast", "image-alt")}
