"""How ordinary editors fare while others do their worst.

Records, a library, readers and strangers that mean harm, and people who look at pages and have pictures drawn beside
them: no page takes longer than two seconds, each picture that was drawn is in Payload once, and afterwards the product
holds what it held before.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from scripts.local_stack import stack
from tests.bench.attacks import HANGING_MS, Attacks
from tests.bench.load import missed, percentile, reached, timed
from tests.bench.product import MIB, Held, Processors, Product, a_product, settle, tidy
from tests.bench.soak import GENERATING
from tests.support.world import PASSWORD, Character, Person, World, people, plain

_EDITORS = 4
_VISITS = 30
"""To one character; then another takes its place, so that a page stays what one of a few dozen pictures is."""
_THINKING = (0.3, 1.5)
_DRAWING_SECONDS = 200.0
_PAGE_MS = 2000
_MOST_GROWTH = 32 * MIB
_MEMORY_EVERY = 1.0
_QUIET_SECONDS = 120
_BUSY = 0.3
"""Processors that others may keep busy without the figures being about them."""


class Editor:
    """Somebody at work: what their pages took in milliseconds, and the ids of what they were told was drawn."""

    def __init__(self, here: World, person: Person, seed: int) -> None:
        self.here = here
        self.person = person
        self.random = random.Random(seed)  # noqa: S311 - who does what
        self.pages: dict[str, list[float]] = {}
        self.drawings: list[float] = []
        self.drawn: list[tuple[Character, list[Any]]] = []
        self.odd: Counter[str] = Counter()

    async def work(self, over: asyncio.Event) -> None:
        """Look, have something drawn, look again, until it is over."""
        async with self.here.browser() as browser:
            browser.timeout = httpx.Timeout(_DRAWING_SECONDS)
            await self._sign_in(browser)
            while not over.is_set():
                character = await self.here.character(settings={"pictureSize": [96, 128]})
                self.drawn.append((character, []))
                await self._draw(browser, "generate-initial-image")
                for visit in range(_VISITS):
                    if over.is_set():
                        break
                    await self._visit(browser, visit)
                    await asyncio.sleep(self.random.uniform(*_THINKING))

    async def _visit(self, browser: httpx.AsyncClient, visit: int) -> None:
        character, ids = self.drawn[-1]
        home = f"/screenplay/characters/{character.id}/images"
        if visit % 10 == 9:
            await self._draw(browser, self.random.choice(["generate-360-set", "generate-scene-image"]))
        elif visit % 10 == 8:
            await self._sign_in(browser)
        pages = {
            "characters": "/screenplay/characters",
            "workspace": home,
            "image": f"{home}/{ids[-1]}" if ids else home,
        }
        what = self.random.choice(list(pages))
        await self._look(browser, what, pages[what])

    async def _look(self, browser: httpx.AsyncClient, what: str, address: str) -> None:
        answer, took = await timed(browser.get(address))
        self.pages.setdefault(what, []).append(took)
        if answer.status_code != 200:
            self.odd[f"{what}: {answer.status_code}"] += 1

    async def _sign_in(self, browser: httpx.AsyncClient) -> None:
        form = {"email": self.person.email, "password": PASSWORD}
        answer, took = await timed(browser.post("/login", data=form))
        self.pages.setdefault("sign in", []).append(took)
        if answer.status_code != 303:
            self.odd[f"sign in: {answer.status_code}"] += 1

    async def _draw(self, browser: httpx.AsyncClient, route: str) -> None:
        character, ids = self.drawn[-1]
        answer, took = await timed(browser.post(character.url(route), json=GENERATING[route]))
        self.drawings.append(took)
        if answer.status_code == 201:
            made = answer.json()
            ids += [image["id"] for image in made.get("images") or [made["image"]]]
        else:
            self.odd[f"{route}: {answer.status_code} {answer.text[:200]}"] += 1

    async def lost(self) -> list[str]:
        """Return what is wrong with the records and files of what was drawn."""
        wrong = []
        async with plain(headers=self.person.headers, timeout=30) as anybody:
            for character, ids in self.drawn:
                records = await self.here.records(character)
                drawing = [call for call in await self.here.calls(character, "POST") if call["status"] == 200]
                sets = sum(call["route"] == "generate-360-set" for call in drawing)
                if sorted(record["id"] for record in records) != sorted(ids) or len(ids) != len(drawing) + sets:
                    wrong.append(f"{character.id}: {len(drawing)} drawings, told of {len(ids)}, {len(records)} records")
                for record in records:
                    file = await anybody.get(f"{self.here.payload_url}{record['media']['url']}")
                    if record["status"] != "succeeded" or len(file.content) != record["media"]["filesize"]:
                        wrong.append(f"{character.id}: record {record['id']} lacks its file")
        return wrong


async def measure(here: World, product: Product, seconds: float, seed: int) -> bool:
    """Whether all goals are met; prints what was measured."""
    editors = [Editor(here, await here.newcomer(), seed + number) for number in range(_EDITORS)]
    attacks = Attacks(here, seed)
    await attacks.prepare()
    async with here.api() as api:
        await _work(editors, attacks.over, _VISITS)  # what a process opens at the first time is open then
        await tidy(here, api)
        begun, memory = await settle(product, _QUIET_SECONDS), product.memory
        for editor in editors:
            editor.pages.clear()
            editor.drawings.clear()
        processors, most = Processors(), [memory]
        attacks.over.clear()
        attacking, watching = asyncio.create_task(attacks.run()), asyncio.create_task(_watch(product, most))
        await _work(editors, attacks.over, seconds)
        others = processors.others()
        await attacking
        await tidy(here, api)
    ended = await settle(product, HANGING_MS // 1000 + _QUIET_SECONDS, begun)
    watching.cancel()
    return all(
        [
            _withstood(attacks, others),
            _answered(editors),
            _kept(editors, [await editor.lost() for editor in editors]),
            _has_ended(product, begun, ended),
            _has_shrunk(memory, max(most), product.memory),
        ]
    )


async def _work(editors: list[Editor], over: asyncio.Event, seconds: float) -> None:
    asyncio.get_running_loop().call_later(seconds, over.set)
    await asyncio.gather(*(editor.work(over) for editor in editors))


async def _watch(product: Product, sizes: list[int]) -> None:
    while True:
        sizes.append(product.memory)
        await asyncio.sleep(_MEMORY_EVERY)


def _withstood(attacks: Attacks, others: float) -> bool:
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(attacks.answers.items()))
    print(f"{sum(attacks.answers.values())} hostile requests were answered: {answers}")
    print(f"others kept {others:.2f} processors busy")
    if others > _BUSY:
        print(f"WARNING: the machine was not quiet ({_BUSY} processors at most), so the times are also about others")
    return not attacks.answers[500]


def _answered(editors: list[Editor]) -> bool:
    drawings = [took for editor in editors for took in editor.drawings]
    print(f"{len(drawings)} drawings, the slowest {max(drawings) / 1000:.1f} s")
    met, odd = [], sum((editor.odd for editor in editors), Counter[str]())
    for what in sorted({what for editor in editors for what in editor.pages}):
        times = [took for editor in editors for took in editor.pages.get(what, [])]
        middle = f"{percentile(times, 50):.0f}, p99 {percentile(times, 99):.0f}"
        met.append(reached(f"{len(times)} times {what}: median {middle}, the slowest", max(times), _PAGE_MS))
    return all([*met, not odd or missed(f"not answered as they should be: {dict(odd)}")])


def _kept(editors: list[Editor], wrong: list[list[str]]) -> bool:
    drawn = sum(len(ids) for editor in editors for _, ids in editor.drawn)
    lost = [one for each in wrong for one in each]
    print(f"{drawn} pictures of {sum(len(editor.drawn) for editor in editors)} characters were drawn")
    return bool(drawn) and (not lost or missed("not once in Payload: " + "; ".join(lost)))


def _has_ended(product: Product, begun: Held, ended: Held) -> bool:
    for what, before, after in zip(Held._fields, begun, ended, strict=True):
        print(f"{what} {before} and then {after}; ", end="")
    print(f"{product.traces} traces in the log")
    return ended.is_within(begun) and not product.traces


def _has_shrunk(before: int, most: int, after: int) -> bool:
    told = ", ".join(
        f"{size / MIB:.0f} MiB {when}" for size, when in ((before, "before"), (most, "at most"), (after, "after"))
    )
    print(f"memory {told}: {(after - before) / MIB:+.0f}, at most {_MOST_GROWTH / MIB:.0f}")
    return after - before <= _MOST_GROWTH


@contextmanager
def a_world(folder: Path) -> Iterator[tuple[World, Product]]:
    """The product between a real Payload and the stand-in library."""
    with stack.payload(folder / "payload") as payload, stack.character_library(folder) as library:
        editor, viewer = people(payload.url)
        settings = {
            "PAYLOAD_URL": payload.url,
            "CHARACTER_LIBRARY_API_URL": library.url,
            "FORWARDED_ALLOW_IPS": "127.0.0.1",
        }
        with a_product(folder, settings) as product:
            url = product.server.url
            yield World("number", payload.url, library.url, url, payload.log, editor, viewer), product


def main() -> int:
    """Run it; 1 on a miss."""
    parser = argparse.ArgumentParser(prog="scripts/bench hostile", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, a_world(Path(folder)) as (here, product):
        begun = time.monotonic()
        met = asyncio.run(measure(here, product, options.seconds, options.seed))
        print(f"{time.monotonic() - begun:.0f} s in all")
        return int(not met)


if __name__ == "__main__":
    sys.exit(main())
