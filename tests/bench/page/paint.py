"""When a slow telephone sees something, when it sees all, and whether anything moves meanwhile."""

from __future__ import annotations

import statistics
from typing import Any

from playwright.async_api import Browser, Page

from tests.bench.page.figures import Figure
from tests.bench.page.visitor import visitor
from tests.support.world import World

_ROUNDS = 5
_FIRST_S = 0.9
_LARGEST_S = 1.8
_SETTLED_MS = 500
_STEP = 800


async def paint(chrome: Browser, here: World, address: str) -> list[Figure]:
    """Medians of several first visits, and the worst of their layout shifts."""
    visits = [await _visit(chrome, here, address) for _ in range(_ROUNDS)]
    first, largest = (statistics.median(visit[name] for visit in visits) / 1000 for name in ("fcp", "lcp"))
    worst = max(visits, key=lambda visit: float(visit["shift"]))
    moved = ", ".join(dict.fromkeys(filter(None, worst["shifted"])))
    return [
        Figure(f"first contentful paint, median of {_ROUNDS}", first, "s", _FIRST_S),
        Figure(f"largest contentful paint, median of {_ROUNDS}", largest, "s", _LARGEST_S),
        Figure(f"layout shift, scrolled to the end {moved}".rstrip(), worst["shift"], most=0),
    ]


async def _visit(chrome: Browser, here: World, address: str) -> dict[str, Any]:
    async with visitor(chrome, here) as page:
        await page.goto(address, wait_until="networkidle")
        await page.wait_for_function("seen.fcp && seen.lcp")
        await page.wait_for_timeout(_SETTLED_MS)
        seen = await page.evaluate("seen")
        await _scroll_to_the_end(page)
        after: dict[str, Any] = await page.evaluate("seen")
        return {**after, "fcp": seen["fcp"], "lcp": seen["lcp"]}


async def _scroll_to_the_end(page: Page) -> None:
    """As a wheel does, so that pictures load on the way."""
    while await page.evaluate("scrollY + innerHeight < document.documentElement.scrollHeight - 1"):
        await page.mouse.wheel(0, _STEP)
        await page.wait_for_timeout(_SETTLED_MS / 5)
    await page.wait_for_load_state("networkidle")
    await page.wait_for_timeout(_SETTLED_MS)
