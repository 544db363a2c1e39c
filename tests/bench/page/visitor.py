"""A browser with the processor and the network of a cheap telephone, which reports what it painted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.browser.chromium import chromium
from tests.browser.conftest import sign_in
from tests.support.world import World

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SCREEN: ViewportSize = {"width": 1440, "height": 1000}
_CPU = 4
_LATENCY_MS = 150
_BYTES_PER_SECOND = 1_600_000 / 8
_WATCH = """
window.seen = { fcp: 0, lcp: 0, shift: 0, shifted: [] }
const watch = (type, see) => {
  new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true })
}
watch('paint', (one) => { if (one.name === 'first-contentful-paint') seen.fcp = one.startTime })
watch('largest-contentful-paint', (one) => { seen.lcp = one.startTime })
watch('layout-shift', (one) => {
  seen.shift += one.value
  for (const { node } of one.sources) seen.shifted.push(node?.id || node?.className || node?.nodeName)
})
"""


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A Chromium."""
    path = chromium()
    assert path, "this needs Chromium; scripts/test installs one"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield started
        await started.close()


@asynccontextmanager
async def visitor(chrome: Browser, here: World, *, throttled: bool = True) -> AsyncIterator[Page]:
    """An editor who was never here before, so that nothing is cached."""
    context = await chrome.new_context(viewport=_SCREEN, base_url=here.app_url)
    await sign_in(context, here.editor, here.app_url)
    page = await context.new_page()
    await page.add_init_script(_WATCH)
    if throttled:
        debugger = await context.new_cdp_session(page)
        await debugger.send("Emulation.setCPUThrottlingRate", {"rate": _CPU})
        await debugger.send("Network.enable")
        network: dict[str, Any] = {
            "offline": False,
            "latency": _LATENCY_MS,
            "downloadThroughput": _BYTES_PER_SECOND,
            "uploadThroughput": _BYTES_PER_SECOND,
        }
        await debugger.send("Network.emulateNetworkConditions", network)
    yield page
    await context.close()
