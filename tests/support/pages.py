"""Pages as a browser without JavaScript uses them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx

from tests.support.world import Character, Person, World

REFRESH = '<meta http-equiv="refresh"'


@asynccontextmanager
async def browser(world: World, person: Person | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is signed in and whose browser follows where it is led."""
    async with world.browser(person or world.editor) as client:
        client.follow_redirects = True
        yield client


def workspace(character: Character) -> str:
    return f"/screenplay/characters/{character.id}/images"


async def settled(client: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    """The page that the refreshing page ends in."""
    for _ in range(1000):
        if REFRESH not in page.text:
            return page
        await asyncio.sleep(0.05)
        found = re.search(r'http-equiv="refresh" content="\d+; url=([^"]+)"', page.text)
        assert found
        assert unescape(found[1]).partition("#")[0] != page.url.raw_path.decode()
        page = await client.get(unescape(found[1]))
    raise AssertionError("the page never stopped refreshing itself")


def prompt_in(page: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*name=\"prompt\"[^>]*>\n?(.*?)</textarea>", page.text, re.DOTALL)
    assert found
    return unescape(found[1])
