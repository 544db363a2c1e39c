"""A real browser before a whole world, with a model behind its suggestions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect

from scripts.local_stack import stack
from tests.browser.chromium import chromium
from tests.support.world import Character, Person, World, outside
from tests.support.world import world as open_world

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SCREENSHOTS = stack.ROOT / ".local" / "screenshots"
_PATIENCE_MS = 20_000
expect.set_options(timeout=_PATIENCE_MS)
_WIDTHS = {"phone": (360, 780), "desk": (1440, 1000)}


class Studio(msgspec.Struct, frozen=True):
    """The world, and the model's address."""

    world: World
    model_url: str

    async def model_says(self, **answer: Any) -> None:
        """What the model answers from now on (`scripts.local_stack.prompt_model.Answer`)."""
        async with httpx.AsyncClient(base_url=self.model_url, trust_env=False) as control:
            (await control.post("/_control/always", json=answer)).raise_for_status()

    async def model_asked(self) -> int:
        """How often the model was asked so far."""
        async with httpx.AsyncClient(base_url=self.model_url, trust_env=False) as control:
            return len((await control.get("/_control/log")).json())


@pytest.fixture(scope="session")
def studio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The servers, started once."""
    if site := request.config.getoption("--site"):
        yield Studio(outside(site, request.config.getoption("--library")), "")
        return
    folder = tmp_path_factory.mktemp("browser")
    with stack.prompt_model(folder) as model:
        settings = {"PROMPT_MODEL_URL": f"{model.url}/v1", "PROMPT_MODEL": "m", "PROMPT_MODEL_TIMEOUT": "5"}
        with open_world(folder, "number", more=settings) as world:
            yield Studio(world, model.url)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, started once."""
    path = chromium()
    assert path, "the browser tests need Chromium; scripts/test installs one"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield started
        await started.close()


@pytest.fixture(scope="session")
async def context_for(browser: Browser, studio: Studio) -> AsyncIterator[Callable[[str], Awaitable[BrowserContext]]]:
    """Contexts by width, with or without JavaScript, shared since each new one costs a second of work.

    A page of each stays open: with its last one the browser ends processes that the next would start again.
    """
    opened: dict[str, BrowserContext] = {}

    async def give(kind: str) -> BrowserContext:
        if kind not in opened:
            width, _, without = kind.partition(" ")
            opened[kind] = await new_context(browser, studio, width, java_script_enabled=not without)
            await opened[kind].new_page()
        return opened[kind]

    yield give
    for context in opened.values():
        await context.close()


@pytest.fixture(params=list(_WIDTHS))
async def page(
    request: pytest.FixtureRequest, context_for: Callable[[str], Awaitable[BrowserContext]], studio: Studio
) -> AsyncIterator[Page]:
    """A page of an editor who is signed in, on a telephone and on a desk. An error of its script fails the test."""
    async with page_in(await context_for(request.param), studio) as opened:
        yield opened


@pytest.fixture(params=[f"{width}{without}" for width in _WIDTHS for without in ("", " without JavaScript")])
async def any_page(
    request: pytest.FixtureRequest, context_for: Callable[[str], Awaitable[BrowserContext]], studio: Studio
) -> AsyncIterator[Page]:
    """The same, also in a browser that runs no script."""
    async with page_in(await context_for(request.param), studio) as opened:
        yield opened


@asynccontextmanager
async def opened_page(browser: Browser, studio: Studio, at: str = "desk", **options: Any) -> AsyncIterator[Page]:
    """A page of an editor in a context of its own, with Playwright's `options`."""
    context = await new_context(browser, studio, at, **options)
    async with page_in(context, studio) as opened:
        yield opened
    await context.close()


async def new_context(browser: Browser, studio: Studio, at: str, **options: Any) -> BrowserContext:
    """A context of that width, with Playwright's `options`."""
    width, height = _WIDTHS[at]
    size: ViewportSize = {"width": width, "height": height}
    return await browser.new_context(**{"viewport": size, "base_url": studio.world.app_url} | options)


@asynccontextmanager
async def page_in(context: BrowserContext, studio: Studio) -> AsyncIterator[Page]:
    """A page of an editor in a context of which the site remembers nothing."""
    others, opened, wrong = context.pages, await context.new_page(), list[str]()
    debugger = await context.new_cdp_session(opened)
    await debugger.send("Storage.clearDataForOrigin", {"origin": studio.world.app_url, "storageTypes": "all"})
    await sign_in(context, studio.world.editor, studio.world.app_url)
    opened.set_default_timeout(_PATIENCE_MS)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    for one in context.pages:
        if one not in others:
            await one.close()
    assert wrong == []


async def sign_in(context: Any, person: Person, url: str) -> None:
    """Give a browser somebody's session."""
    token = person.auth.header.removeprefix("JWT ")
    await context.add_cookies([{"name": "payload-token", "value": token, "url": url, "httpOnly": True}])


async def workspace(page: Page, character: Character) -> None:
    """Open a character's workspace."""
    await page.goto(f"/screenplay/characters/{character.id}/images")
