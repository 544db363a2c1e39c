"""Every page in every state, on made-up data: accessible, and never wider than a small telephone.

With --long each state is left as a picture in .local/screenshots, narrow and wide, light and dark.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from jinja2 import FunctionLoader
from PIL import Image
from playwright.async_api import Browser, Page

from app.pages.view import environment
from scripts.local_stack import stack
from tests.browser.axe import SCHEMES, violations
from tests.browser.conftest import SCREENSHOTS
from tests.patterns.__main__ import write
from tests.patterns.states import STATES

_TEMPLATES = stack.ROOT / "templates"
_FRAGMENT = "images/suggestion.html"
_WIDTHS = [360, 1440]
_WIDER = """() => [...document.querySelectorAll('body *')].filter((one) => {
  const { right, width, height } = one.getBoundingClientRect()
  return width && height && right > document.documentElement.clientWidth + 1
}).map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
async def patterns(browser: Browser) -> AsyncIterator[Page]:
    """The page with all of them."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(write().as_uri())
    yield page
    await context.close()


def test_every_template_is_in_one_of_the_states() -> None:
    seen = set[str]()

    def load(name: str) -> str:
        seen.add(name)
        return (_TEMPLATES / name).read_text()

    watched = environment.overlay(loader=FunctionLoader(load))
    for view in STATES.values():
        watched.get_template(view.template).render({name: getattr(view, name) for name in view.__struct_fields__})
    assert {str(path.relative_to(_TEMPLATES)) for path in _TEMPLATES.rglob("*.html")} - seen == {_FRAGMENT}


@pytest.mark.parametrize("width", _WIDTHS)
async def test_axe_finds_nothing_in_any_state(patterns: Page, width: int) -> None:
    await patterns.set_viewport_size({"width": width, "height": 900})
    assert len(patterns.frames) == len(STATES) + 1
    assert await violations(patterns) == []


async def test_no_state_is_wider_than_320_pixels(patterns: Page) -> None:
    await patterns.set_viewport_size({"width": 320, "height": 700})
    for name, frame in zip(STATES, patterns.frames[1:], strict=True):
        scrolls = await frame.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not scrolls, (name, await frame.evaluate(_WIDER))


@pytest.mark.long
@pytest.mark.parametrize("width", _WIDTHS)
async def test_each_state_can_be_looked_at(patterns: Page, width: int) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await patterns.set_viewport_size({"width": width, "height": 900})
    for scheme in SCHEMES:
        await patterns.emulate_media(color_scheme=scheme)
        for name, frame in zip(STATES, await patterns.locator("iframe").all(), strict=True):
            path = SCREENSHOTS / f"{re.sub(r'[^a-z0-9]+', '-', name)}-{width}-{scheme}.png"
            with Image.open(BytesIO(await frame.screenshot(path=path))) as picture:
                assert picture.width == width
                assert picture.height > 100
