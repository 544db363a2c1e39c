"""Measure interactions: from the event to the next frame, as Interaction to Next Paint defines it.

Also, without a limit, the time until the requested content is shown, network included.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from playwright.async_api import Browser, Page

from tests.bench.page.figures import Figure
from tests.bench.page.visitor import visitor
from tests.support.world import World

_TIMES = 10
_P95 = 0.95
_ANSWER_MS = 100
_WAIT_MS = 20_000
_FRAME_MS = 16
"""Browsers tell of no event that was answered within a frame."""

_TIMED = """
const now = () => performance.timeOrigin + performance.now()
new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (one.interactionId) answered(one.duration) }))
  .observe({ type: 'event', durationThreshold: 16 })
for (const type of ['pointerdown', 'keydown']) {
  addEventListener(type, (event) => sessionStorage.touched ||= performance.timeOrigin + event.timeStamp, true)
}
const look = () => {
  if (sessionStorage.touched && document.querySelector(sessionStorage.wanted)?.checkVisibility()) {
    shown(now() - sessionStorage.touched)
    delete sessionStorage.touched
    delete sessionStorage.wanted
  }
  requestAnimationFrame(look)
}
requestAnimationFrame(look)
"""


class Interaction(NamedTuple):
    """One thing that a hand does. `touch` acts on the page; `wanted`: CSS of what is there only afterwards."""

    name: str
    touch: Callable[[Page], Awaitable[object]]
    wanted: str


async def turn(page: Page) -> None:
    """One step of the turntable."""
    await page.get_by_role("button", name="Turntable").first.click()
    await page.locator("dialog[open] .spin").wait_for()
    await page.get_by_role("slider").focus()
    await page.evaluate("delete sessionStorage.touched")
    await page.keyboard.press("ArrowRight")


INTERACTIONS = [
    Interaction("opening an image", lambda page: page.locator(".grid .frame").first.click(), "dialog[open] .stage img"),
    Interaction(
        "selecting an image", lambda page: page.locator(".pick").first.click(), ".card:first-child .pick:checked"
    ),
    Interaction(
        "opening a turntable",
        lambda page: page.get_by_role("button", name="Turntable").first.click(),
        "dialog[open] .spin",
    ),
    Interaction("turning a set", turn, ".view:nth-child(2):not([inert])"),
    Interaction(
        "changing the filter",
        lambda page: page.get_by_role("navigation", name="Filter by kind").get_by_role("link", name="Scene").click(),
        "a[aria-current][href*='kind=scene']",
    ),
    Interaction(
        "choosing a reference", lambda page: page.locator(".choice").nth(1).click(), ".choice:nth-child(2) :checked"
    ),
]


async def interact(chrome: Browser, here: World, address: str) -> list[Figure]:
    """The 95th percentile of each interaction, and what it takes until the eye has what the hand wanted."""
    figures = list[Figure]()
    for interaction in INTERACTIONS:
        answered, shown = await _timed(chrome, here, address, interaction)
        p95 = sorted(answered)[round(_P95 * (len(answered) - 1))]
        figures += [
            Figure(f"{interaction.name}: the page answers, p95 of {_TIMES}", p95, "ms", _ANSWER_MS),
            Figure(f"{interaction.name}: it is shown, median", statistics.median(shown), "ms"),
        ]
    return figures


async def _timed(
    chrome: Browser, here: World, address: str, interaction: Interaction
) -> tuple[list[float], list[float]]:
    answered, shown, told = list[float](), list[float](), list[float]()
    async with visitor(chrome, here) as page:
        await page.expose_function("answered", lambda took: told.append(took))
        await page.expose_function("shown", lambda took: shown.append(took))
        await page.add_init_script(_TIMED)
        for count in range(1, _TIMES + 1):
            await page.goto(address, wait_until="networkidle")
            await page.evaluate("(wanted) => { sessionStorage.wanted = wanted }", interaction.wanted)
            told.clear()
            await interaction.touch(page)
            await _until(page, shown, count, interaction.name)
            answered.append(max(told, default=_FRAME_MS))
    return answered, shown


async def _until(page: Page, shown: list[float], count: int, name: str) -> None:
    for _ in range(_WAIT_MS // 100):
        await page.wait_for_timeout(100)
        if len(shown) == count:
            return
    raise AssertionError(f"{name}: what is wanted was not shown")
