"""People at work while replicas are exchanged: each request is remembered with its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec

from payload_client import field
from tests.support.steps import a_reference
from tests.support.world import Character, World

SCENE = "generate-scene-image"
_THINKING = 0.05


class Work(msgspec.Struct):
    """What one of them did with a character of their own.

    `answers`: statuses, in order; `lost`: connections that broke; `drawn`, `deleted`: the scenes, by their words.
    """

    world: World
    character: Character
    answers: list[tuple[str, int]] = []
    lost: list[str] = []
    drawn: list[str] = []
    deleted: list[str] = []
    over: bool = False

    async def go_on(self) -> None:
        """Draw, look, open a page, delete; until told that it is over."""
        page = f"/screenplay/characters/{self.character.id}/images"
        async with self.world.api() as api, self.world.browser(self.world.editor) as browser:
            while not self.over:
                words = f"scene {len(self.drawn)}"
                self.drawn.append(words)
                made = await self._ask(api, "POST", self.character.url(SCENE), json={"sceneContext": words})
                await self._ask(api, "GET", self.character.url("images"))
                await self._ask(browser, "GET", page)
                if made and len(self.drawn) % 2 == 0:
                    image = made.json()["image"]["id"]
                    self.deleted.append(words)
                    await self._ask(api, "DELETE", self.character.url(f"images/{image}"))
                await asyncio.sleep(_THINKING)

    async def _ask(self, api: httpx.AsyncClient, method: str, path: str, **options: object) -> httpx.Response | None:
        route = f"{method} {path.rpartition('/')[2]}"
        try:
            answer = await api.request(method, path, **options)  # type: ignore[arg-type]  # passed on as they are
        except httpx.HTTPError as error:
            self.lost.append(f"{route}: {error!r}")
            return None
        self.answers.append((route, answer.status_code))
        if not answer.is_success:
            self.lost.append(f"{route}: {answer.status_code} {answer.text[:300]}")
            return None
        return answer

    async def asked_of_the_library(self) -> list[str]:
        """The scenes that the library was asked to draw."""
        calls = await self.world.calls(self.character, "POST")
        return [call["body"]["sceneContext"] for call in calls if call["path"].endswith(SCENE)]

    async def kept(self) -> list[str]:
        """The scenes that have a record with its file."""
        where = field("characterReference") == self.character.id
        async with self.world.cms() as payload:
            images = payload.collection("character-image-metadata")
            records = [record async for record in images.iterate(where, depth=1)]
        assert all(isinstance(record["media"], dict) for record in records)
        return [record["prompt"] for record in records if record["kind"] == "scene"]


@asynccontextmanager
async def at_work(world: World, characters: list[Character]) -> AsyncIterator[list[Work]]:
    """Somebody works with each of the characters until the block ends, and finishes what they were at."""
    works = [Work(world, character) for character in characters]
    for character in characters:
        await a_reference(world, character)
    tasks = [asyncio.create_task(work.go_on()) for work in works]
    try:
        yield works
    finally:
        for work in works:
            work.over = True
        await asyncio.gather(*tasks)
