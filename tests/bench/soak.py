"""Run every action for ten minutes while one request in twenty fails.

Limits: memory does not grow once it is warm, open files and tasks return to their number at the start, no answer is a
500, and after one sweep every file has its record.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from scripts.local_stack import stack
from tests.bench.product import MIB, Held, Product, a_product, settle, tidy
from tests.support.between import Between, Fault, between
from tests.support.raw_server import Reset, Seen, json_answer
from tests.support.steps import sweep
from tests.support.world import Character, World, people

_SPOILT = 0.05
_PEOPLE = 6
_PICTURES = 6
"""Of one character; then they are deleted before more are drawn."""
_VISITS = 60
"""To one character; then another takes its place, so that neither Payload nor the library fills up."""
_WARM_RUNS = 1500
"""Before the time begins: the product remembers its latest 500 runs, and its router the latest 1024 addresses."""
_SAMPLE_SECONDS = 1.0
_QUIET_SECONDS = 40
_MOST_GROWTH = 1.0

_ERROR = {"success": False, "error": "Out of paint.", "errors": [{"message": "Something is wrong."}]}
_WEATHER = [
    Fault(method="", path="", instead=[Reset()]),
    Fault(method="", path="", lost=[Reset()]),
    Fault(method="", path="", instead=json_answer(500, _ERROR)),
    Fault(method="", path="", lost=json_answer(503, _ERROR)),
    Fault(method="", path="", changed=lambda answer: answer[: len(answer) // 2]),
]

GENERATING = {
    "generate-initial-image": {"prompt": "A wiry woman in a green coat"},
    "generate-scene-image": {"sceneContext": "Rain on the pier.", "sceneType": "action"},
    "generate-360-set": {"imageCount": 2},
}
_WORDS = ["generate-initial-image", "generate-scene-image", "generate-360-set", "page", "list", "delete", "recover"]
_OFTEN = [4, 4, 2, 3, 3, 4, 1]


class Weather:
    """Spoils requests at random, as long as it is `bad`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - which request goes wrong
        self.bad = False
        self.spoilt = 0

    def __call__(self, _: Seen) -> Fault | None:
        if not self.bad or self._random.random() > _SPOILT:
            return None
        self.spoilt += 1
        return self._random.choice(_WEATHER)


class Soak:
    """People who do everything, for so many seconds."""

    def __init__(self, here: World, product: Product, weather: Weather, seconds: float, seed: int) -> None:
        self.here = here
        self.product = product
        self.weather = weather
        self.seconds = seconds
        self.random = random.Random(seed)  # noqa: S311 - who does what
        self.answers: Counter[int] = Counter()
        self.runs = 0
        self.warm = asyncio.Event()
        self.over = False
        self.memory: list[tuple[float, int]] = []

    async def run(self) -> bool:
        """Whether all goals are met; prints what was measured."""
        async with self.here.api() as api:
            await self._everything_once(api)
            await tidy(self.here, api)
            start = await settle(self.product, _QUIET_SECONDS)
            self.weather.bad = True
            working = [asyncio.create_task(self._person(api)) for _ in range(_PEOPLE)]
            await self._sample()
            self.over = True
            await asyncio.gather(*working)
            self.weather.bad = False
            await tidy(self.here, api)
        end = await settle(self.product, _QUIET_SECONDS, start)
        print(
            f"{sum(self.answers.values())} requests of users, {self.runs} runs, {self.weather.spoilt} requests spoilt"
        )
        print("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(self.answers.items())))
        return all([self._grew_little(), self._is_back(start, end), self._nothing_broke(), await self._swept()])

    async def _person(self, api: httpx.AsyncClient) -> None:
        while not self.over:
            character = await self.here.character(settings={"pictureSize": [96, 128]})
            for _ in range(_VISITS):
                if not self.over:
                    await self._visit(api, character)
            await self._forget(character)

    async def _visit(self, api: httpx.AsyncClient, character: Character) -> None:
        """One thing that somebody does."""
        what = self.random.choices(_WORDS, _OFTEN)[0]
        if what == "page":
            answer = await api.get(f"/screenplay/characters/{character.id}/images")
        elif what == "list":
            answer = await api.get(character.url("images"))
        elif what == "recover":
            answer = await api.post(character.url("recover-images"))
        elif what == "delete" or len(await self.here.records(character)) >= _PICTURES:
            answer = await self._delete(api, character)
        else:
            answer = await api.post(character.url(what), json=GENERATING[what])
        self.runs += what not in ("page", "list", "delete")
        self.answers[answer.status_code] += 1
        if self.runs >= _WARM_RUNS:
            self.warm.set()

    async def _delete(self, api: httpx.AsyncClient, character: Character) -> httpx.Response:
        records = await self.here.records(character)
        chosen = self.random.choice(records)["id"] if records else "0"
        return await api.delete(character.url(f"images/{chosen}"))

    async def _forget(self, character: Character) -> None:
        """Take a character's pictures away behind the product's back, record first."""
        async with self.here.cms() as payload:
            for record in await self.here.records(character):
                await payload.collection("character-image-metadata").delete(record["id"])
                await payload.collection("media").delete(record["media"]["id"])
        await self.here.control("POST", "reset", json={"characterId": character.library_id})

    async def _everything_once(self, api: httpx.AsyncClient) -> None:
        """What a process opens at the first time is open then."""
        character = await self.here.character(settings={"pictureSize": [96, 128]})
        await asyncio.gather(*(api.get(character.url("images")) for _ in range(_PEOPLE)))
        for route, body in GENERATING.items():
            (await api.post(character.url(route), json=body)).raise_for_status()
        await self._forget(character)

    async def _sample(self) -> None:
        """Look at the memory for the time that was asked for, once the product is warm."""
        begun = time.monotonic()
        await self.warm.wait()
        print(f"warm after {time.monotonic() - begun:.0f} s", flush=True)
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            self.memory.append((time.monotonic(), self.product.memory))
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _grew_little(self) -> bool:
        times, sizes = zip(*self.memory, strict=True)
        growth = statistics.linear_regression(times, sizes).slope * 600 / MIB
        minutes = [sizes[at : at + 60] for at in range(0, len(sizes), 60)]
        print("MiB by the minute: " + " ".join(f"{statistics.median(minute) / MIB:.1f}" for minute in minutes))
        print(f"memory {sizes[0] / MIB:.1f} MiB when warm, {sizes[-1] / MIB:.1f} MiB in the end, ", end="")
        print(f"{growth:+.2f} MiB in ten minutes, at most {_MOST_GROWTH}")
        return growth < _MOST_GROWTH

    def _is_back(self, start: Held, end: Held) -> bool:
        print(f"files {start.files} and then {end.files}, tasks {start.tasks} and then {end.tasks}")
        return end.files <= start.files and end.tasks <= start.tasks

    def _nothing_broke(self) -> bool:
        traces = self.product.traces
        print(f"{self.answers[500]} answers of 500, {traces} traces in the log")
        return not self.answers[500] and not traces

    async def _swept(self) -> bool:
        before = await self._orphans()
        done = await asyncio.to_thread(sweep, self.here, "--older-than", "0", "--delete")
        after = await self._orphans()
        dangling = done.stdout.count("dangling")
        print(f"{before} files without a record, {after} after the sweep, {dangling} records without a file")
        return done.returncode == 0 and after == 0 and not dangling

    async def _orphans(self) -> int:
        async with self.here.cms() as payload:
            files = [file["id"] async for file in payload.collection("media").iterate()]
            records = [record async for record in payload.collection("character-image-metadata").iterate()]
        return len(set(files) - {record["media"] for record in records})


@contextmanager
def a_world(folder: Path, weather: Weather) -> Iterator[tuple[World, Product]]:
    """The product between two proxies in that weather."""
    with (
        stack.payload(folder / "payload") as payload,
        stack.character_library(folder) as library,
        between(payload.url) as before_payload,
        between(library.url) as before_library,
    ):
        editor, viewer = people(payload.url)
        _expose([before_payload, before_library], weather)
        settings = {"PAYLOAD_URL": before_payload.url, "CHARACTER_LIBRARY_API_URL": before_library.url}
        with a_product(folder, settings) as product:
            url = product.server.url
            yield World("number", payload.url, library.url, url, payload.log, editor, viewer), product


def _expose(proxies: list[Between], weather: Weather) -> None:
    for proxy in proxies:
        proxy.weather = weather


def main() -> int:
    """Run it; 1 on a miss."""
    parser = argparse.ArgumentParser(prog="scripts/bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    weather = Weather(options.seed)
    with tempfile.TemporaryDirectory() as folder, a_world(Path(folder), weather) as (here, product):
        return int(not asyncio.run(Soak(here, product, weather, options.minutes * 60, options.seed).run()))


if __name__ == "__main__":
    sys.exit(main())
