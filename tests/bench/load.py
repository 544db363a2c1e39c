"""Measure response times while one person's share of the generation slots is in use.

Fifty references are requested at once from a slow library. Meanwhile pages and `/health/live` are requested; one more
generation is refused at once; and in the end all fifty are stored.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path

import httpx

from tests.support.world import Character, World, world

_HELD = 50
_HELD_MS = 60_000
_SECONDS = 20.0
_VISITORS = 8
_PICTURES = 12
_PAGE_EVERY = 0.2
_HEALTH_EVERY = 0.05

_PAGE_MS = 750
_HEALTH_MS = 300
_BUSY_MS = 1000


async def measure(here: World) -> bool:
    """Whether all goals are met; prints what was measured."""
    looked_at = await a_workspace(here)
    held = [await here.character(settings={"delayMs": _HELD_MS}) for _ in range(_HELD)]
    next_one = await here.character()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=here.app_url, headers=here.editor.headers, timeout=300, limits=limits, trust_env=False
    ) as api:
        before, _ = await watched(api, looked_at)
        generations = [asyncio.create_task(generate(api, character)) for character in held]
        await until_held(here)
        pages, health = await watched(api, looked_at)
        refused, took = await timed(generate(api, next_one))
        still_held = not any(task.done() for task in generations)
        ended = [answer.status_code for answer in await asyncio.gather(*generations)]
    told = (refused.status_code, refused.json().get("code"), bool(refused.headers.get("Retry-After")))
    print(f"{'pages while nothing is under way, p99':60} {percentile(before, 99):6.0f} ms")
    return all(
        [
            still_held or missed("the generations ended before the measuring did"),
            reached(f"{len(pages)} pages while {_HELD} generations are held, p99", percentile(pages, 99), _PAGE_MS),
            reached(f"{len(health)} times /health/live, p99", percentile(health, 99), _HEALTH_MS),
            reached("the next generation is refused in", took, _BUSY_MS),
            told == (429, "too_many_requests", True) or missed(f"the next generation was answered {told}"),
            await here.calls(next_one, "POST") == [] or missed("the library was asked all the same"),
            ended == [201] * _HELD or missed(f"not all that were held landed: {ended}"),
        ]
    )


async def a_workspace(here: World) -> Character:
    """A character with a page full of pictures."""
    character = await here.character()
    async with here.api() as api:
        (await generate(api, character)).raise_for_status()
        route = character.url("generate-360-set")
        (await api.post(route, json={"imageCount": _PICTURES})).raise_for_status()
    return character


async def generate(api: httpx.AsyncClient, character: Character) -> httpx.Response:
    """Ask for a reference."""
    return await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman in a green coat"})


async def until_held(here: World) -> None:
    """Wait until the library was asked for all of them."""
    for _ in range(600):
        if len(await asked(here)) == _HELD:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the library was not asked for all of them")


async def asked(here: World) -> list[object]:
    """The requests that the library has not answered yet."""
    requests = (await here.control("GET", "log"))["requests"]
    return [visit for visit in requests if visit["route"] == "generate-initial-image" and visit["status"] is None]


async def watched(api: httpx.AsyncClient, character: Character) -> tuple[list[float], list[float]]:
    """Milliseconds of each page and of each answer about health, for as long as is measured."""
    until = time.monotonic() + _SECONDS
    pages: list[float] = []
    health: list[float] = []

    async def visit(route: str, times: list[float], pause: float) -> None:
        while time.monotonic() < until:
            answer, took = await timed(api.get(route))
            answer.raise_for_status()
            times.append(took)
            await asyncio.sleep(pause)

    route = f"/screenplay/characters/{character.id}/images"
    visitors = [visit(route, pages, _PAGE_EVERY) for _ in range(_VISITORS)]
    await asyncio.gather(visit("/health/live", health, _HEALTH_EVERY), *visitors)
    return pages, health


async def timed(answering: Coroutine[object, object, httpx.Response]) -> tuple[httpx.Response, float]:
    """An answer, and the milliseconds that it took."""
    started = time.perf_counter()
    answer = await answering
    return answer, (time.perf_counter() - started) * 1000


def percentile(times: list[float], percent: int) -> float:
    """What so many of a hundred do not exceed."""
    return sorted(times)[len(times) * percent // 100 if percent < 100 else -1]


def reached(what: str, found: float, most: float) -> bool:
    """Print a figure; whether it is good enough."""
    print(f"{what:60} {found:6.0f} ms, at most {most:.0f}")
    return found <= most


def missed(what: str) -> bool:
    """Print what is wrong."""
    print(what)
    return False


def main() -> int:
    """Run it; 1 on a miss."""
    settings = {"GENERATION_SLOTS": str(2 * _HELD), "CHARACTER_LIBRARY_TIMEOUT": "300"}
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), "number", more=settings) as here:
        return int(not asyncio.run(measure(here)))


if __name__ == "__main__":
    sys.exit(main())
