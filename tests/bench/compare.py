"""What the product adds to Payload: each view beside the plain query, each set beside its bare uploads.

Both sides of a ratio go to the same Payload, in turn, in one run, so that a busy machine changes both. Of a time alone
the processor time of our process is told; on a machine that is not quiet it is worth more than any clock.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from payload_client import Payload
from scripts.local_stack import stack
from scripts.local_stack.many_images import fill
from tests.bench.drawn import drawn
from tests.bench.page.figures import Figure, Table
from tests.bench.product import MIB, Processors, Product, a_product, processor_seconds
from tests.support.world import Character, World, people

_IMAGES = 100
_AT_ONCE = 16
_UPLOADS = 4
_QUIET = 0.2
"""Processors that others may keep busy while the machine counts as quiet."""
_SETS = {  # images, megabytes, milliseconds of a download: rounds, most
    (8, "0.3", 0): (7, 1.08),
    (8, "0.3", 150): (5, 1.08),
    (27, "0.3", 0): (3, 1.05),
    (27, "0.3", 150): (3, 1.05),
    (8, "2.9", 0): (5, 1.10),
    (8, "2.9", 150): (5, 1.10),
    (27, "2.9", 0): (2, 1.10),
    (27, "2.9", 150): (2, 1.10),
}
_PROCESSOR_MS = {"0.3": 8.0, "2.9": 20.0}
_TYPES = {"0.3": "image/jpeg", "2.9": "image/png", "13": "image/png"}

Timed = Callable[[], Awaitable[float]]


class Bench(msgspec.Struct):
    """The servers, and two clients of them: ours and Payload's own."""

    here: World
    product: Product
    payload: stack.Server
    api: httpx.AsyncClient
    plain: httpx.AsyncClient
    cms: Payload
    table: Table

    async def views(self, rounds: int) -> None:
        """A list and a page of a character with a hundred images."""
        character = await self._character("none")
        await fill(self.cms, character.id, character.name, _IMAGES, created_by=self.here.editor.id)
        query = {
            "where[characterReference][equals]": character.id,
            "sort": "-createdAt",
            "limit": _IMAGES,
            "depth": 1,
        }
        images, page = character.url("images"), f"/screenplay/characters/{character.id}/images"
        ours = self._getting(self.api, images, limit=_IMAGES)
        plain = self._getting(self.plain, "/api/character-image-metadata", **query)
        self._tell("list of 100, by the plain query", await _ratios(ours, plain, rounds), 1.20)
        self.table.tell([Figure("our processor time of a list", await self._processor_ms(ours, rounds), "ms", 4)])
        both = [(await self._rate(ours), await self._rate(plain)) for _ in range(max(3, rounds // 8))]
        rates = [mine / theirs for mine, theirs in both]
        self._tell_least("lists a second at 16 at once, by plain queries", rates, 0.97)
        listing, paging = self._getting(self.api, images, limit=48), self._getting(self.api, page)
        self._tell("page of 48, by its own list", await _ratios(paging, listing, rounds), 1.3)
        before = processor_seconds(self.payload.process.pid)
        told = await self._processor_ms(paging, rounds)
        by_payload = (processor_seconds(self.payload.process.pid) - before) / rounds * 1000
        self.table.tell([Figure("our processor time of a page", told, "ms", 8)])
        self.table.tell([Figure("Payload's processor time of a page", by_payload, "ms")])
        before, count = processor_seconds(self.product.server.process.pid), 4 * _AT_ONCE
        await self._rate(paging, count)
        took = (processor_seconds(self.product.server.process.pid) - before) / count * 1000
        self.table.tell([Figure("our processor time of a page, 16 at once", took, "ms", 10)])

    async def sets(self, share: float) -> None:
        """Sets of each kind, by their uploads, four at once, and one download; `share` of the rounds."""
        await self._set(await self._character("0.3-0"), 8)  # warms all up
        spent: dict[str, list[float]] = {size: [] for size in _PROCESSOR_MS}
        for (count, size, delay), (rounds, most) in _SETS.items():
            character, file, ratios = await self._character(f"{size}-{delay}"), drawn(size), list[float]()
            for _ in range(max(1, round(rounds * share))):
                before = self.product.spent
                ours = await self._set(character, count)
                spent[size].append((self.product.spent - before) / count * 1000)
                ratios.append(ours / await self._bare(file, size, count, delay))
            self._tell(f"set of {count}, {size} MB, download {delay} ms, by its uploads", ratios, most)
        for size, most in _PROCESSOR_MS.items():
            found = statistics.median(spent[size])
            self.table.tell(
                [Figure(f"our processor time of an image of {size} MB, decoders included", found, "ms", most)]
            )

    async def memory(self) -> None:
        """What a set takes of a process that has done nothing else."""
        idle, more = self.product.memory, await self._more("2.9")
        await asyncio.sleep(1)
        after = self.product.memory
        rows = [("idle", idle, 60), ("more in a set of 27, 2.9 MB", more, 24), ("after it", after, 80)]
        rows += [("more in a set of 27, 13 MB", await self._more("13"), 32)]
        self.table.tell([Figure(f"memory: {what}", found / MIB, "MiB", most) for what, found, most in rows])

    async def _more(self, size: str) -> int:
        """Bytes that a set of 27 takes beside what was there."""
        character, before = await self._character(f"{size}-0"), self.product.memory
        self.product.forget_peak()
        await self._set(character, 27)
        return self.product.peak - before

    async def _character(self, library_id: str) -> Character:
        document = {"projectCharacterName": "Mara Quill", "libraryDbId": library_id}
        made = await self.cms.collection("character-references").create(document)
        return Character(made["id"], "Mara Quill", library_id)

    async def _set(self, character: Character, count: int) -> float:
        """The milliseconds of a new set, beyond the library's own."""
        started = time.perf_counter()
        answer = await self.api.post(character.url("generate-360-set"), json={"imageCount": count})
        took = (time.perf_counter() - started) * 1000
        assert answer.status_code == httpx.codes.CREATED, answer.text
        generated: int = answer.json()["images"][0]["metrics"]["generateMs"]
        return took - generated

    async def _bare(self, file: bytes, size: str, count: int, delay: int) -> float:
        """The milliseconds of so many uploads and one download."""
        media, at_once = self.cms.collection("media"), asyncio.Semaphore(_UPLOADS)

        async def upload(index: int) -> None:
            async with at_once:
                name = f"alone-{time.time_ns()}-{index}.{_TYPES[size].rpartition('/')[2]}"
                await media.upload(file, filename=name, content_type=_TYPES[size], data={"alt": "x"})

        started = time.perf_counter()
        (await self.plain.get(f"{self.here.library_url}/images/{size}/{delay}/alone")).raise_for_status()
        await asyncio.gather(*(upload(index) for index in range(count)))
        return (time.perf_counter() - started) * 1000

    def _getting(self, client: httpx.AsyncClient, address: str, **query: Any) -> Timed:
        async def get() -> float:
            started = time.perf_counter()
            (await client.get(address, params=query or None)).raise_for_status()
            return (time.perf_counter() - started) * 1000

        return get

    async def _processor_ms(self, ours: Timed, rounds: int) -> float:
        before = processor_seconds(self.product.server.process.pid)
        for _ in range(rounds):
            await ours()
        return (processor_seconds(self.product.server.process.pid) - before) / rounds * 1000

    async def _rate(self, get: Timed, count: int = 6 * _AT_ONCE) -> float:
        """How many a second, 16 at once."""
        waiting = iter(range(count))

        async def caller() -> None:
            for _ in waiting:
                await get()

        started = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(_AT_ONCE)))
        return count / (time.perf_counter() - started)

    def _tell(self, what: str, ratios: list[float], most: float) -> None:
        self.table.tell([Figure(what, statistics.median(ratios), _spread(ratios), most)])

    def _tell_least(self, what: str, ratios: list[float], least: float) -> None:
        self.table.tell([Figure(what, statistics.median(ratios), _spread(ratios), least=least)])


async def _ratios(ours: Timed, other: Timed, rounds: int) -> list[float]:
    """Of each round ours by the other; who goes first changes."""
    both = list[tuple[float, float]]()
    for number in range(rounds + 5):
        first, second = (ours, other) if number % 2 else (other, ours)
        times = await first(), await second()
        both.append(times if number % 2 else (times[1], times[0]))
    return [mine / theirs for mine, theirs in both[5:]]


def _spread(ratios: list[float]) -> str:
    """The middle half of them."""
    if len(ratios) < 4:
        return f"× ({min(ratios):.2f} to {max(ratios):.2f})"
    low, _, high = statistics.quantiles(ratios, n=4)
    return f"× ({low:.2f} to {high:.2f})"


def _starts(folder: Path, settings: dict[str, str], rounds: int) -> list[float]:
    """Seconds from starting the product to its first answer."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        with stack.app(folder, settings):
            times.append(time.perf_counter() - started)
    return times


@contextmanager
def _servers(folder: Path) -> Iterator[tuple[World, stack.Server, dict[str, str]]]:
    with (
        stack.payload(folder / "payload") as payload,
        stack.listening("tests.bench.drawn", folder / "drawn.log") as library,
    ):
        editor, viewer = people(payload.url)
        settings = {
            "PAYLOAD_URL": payload.url,
            "CHARACTER_LIBRARY_API_URL": library.url,
            "CHARACTER_LIBRARY_SET_TIMEOUT": "300",
            "LOG_LEVEL": "warning",
        }
        yield World("number", payload.url, library.url, "", payload.log, editor, viewer), payload, settings


async def measure(folder: Path, only: str, share: float) -> bool:
    """Whether all goals are met; prints what was measured."""
    table, others = Table(), Processors()
    with _servers(folder) as (here, payload, settings):
        for part in ("start", "memory", "views", "sets"):
            if only not in ("", part):
                continue
            if part == "start":
                times = _starts(folder, settings, 7)
                spread = f"s ({min(times):.2f} to {max(times):.2f})"
                table.tell([Figure("from a cold start to the first answer", statistics.median(times), spread, 0.4)])
                continue
            with a_product(folder / part, settings) as product:
                who = here.editor.headers
                async with (
                    httpx.AsyncClient(base_url=product.server.url, headers=who, timeout=300, trust_env=False) as api,
                    httpx.AsyncClient(base_url=here.payload_url, headers=who, timeout=300, trust_env=False) as plain,
                    here.cms(seconds=300) as cms,
                ):
                    bench = Bench(here, product, payload, api, plain, cms, table)
                    if part == "memory":
                        await bench.memory()
                    elif part == "views":
                        await bench.views(max(8, round(60 * share)))
                    else:
                        await bench.sets(share)
    busy = others.others()
    print(f"others kept {busy:.1f} of {os.cpu_count()} processors busy; load {', '.join(map(str, os.getloadavg()))}")
    if busy > _QUIET:
        print("WARNING: this machine was not quiet, so the ratios are worth less, and times nothing")
    return table.sum_up()


def main() -> int:
    """Run it; 1 on a miss."""
    parser = argparse.ArgumentParser(prog="scripts/bench compare")
    parser.add_argument("--only", choices=["start", "memory", "views", "sets"], default="")
    parser.add_argument("--share", type=float, default=1.0, help="of the rounds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return int(not asyncio.run(measure(Path(folder), options.only, options.share)))


if __name__ == "__main__":
    sys.exit(main())
