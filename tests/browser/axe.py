"""What axe says of a page: https://github.com/dequelabs/axe-core, from the lock file beside this one.

The browser's debugger evaluates it, which the page's content security policy does not concern; so that stays as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page

_SCRIPT = (Path(__file__).parent / "node_modules/axe-core/axe.min.js").read_text()
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
_RUN = """async (tags) => {
  const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < Infinity)
  await Promise.allSettled(ending.map((one) => one.finished))
  return (await axe.run(document, { runOnly: tags, resultTypes: ['violations'], iframes: false })).violations
}"""


async def violations(page: Page) -> list[str]:
    """What is wrong with the page and its frames as they stand, light and dark, each with the element concerned."""
    for frame in page.frames:
        await frame.evaluate(_SCRIPT)
    found = list[str]()
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for frame in page.frames:
            found += [line for rule in await frame.evaluate(_RUN, _TAGS) for line in _told(rule, scheme)]
    return found


def _told(rule: dict[str, Any], scheme: str) -> list[str]:
    return [f"{scheme}: {rule['id']} at {node['target']}: {node['failureSummary']}" for node in rule["nodes"]]
