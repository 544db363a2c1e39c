"""What bringing in a 360° set costs beyond what Payload itself needs for its files.

A set of 8, without the library's own time, against its 8 uploads alone, four at a time, plus one download; in turn,
several rounds, in one run on one machine.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from payload_client import Payload
from tests.support.world import Character, World, world

_PICTURES = 8
_AT_ONCE = 4
_ROUNDS = 15
_MOST = 1.5


async def measure(here: World) -> float:
    """The median of the rounds' ratios, printed with what it came from."""
    character = await here.character(settings={"pictureSize": [768, 1024]})
    async with here.api() as api, here.cms() as payload, httpx.AsyncClient(trust_env=False) as anybody:
        await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman in a green coat"})
        await _a_set(api, character)  # warms all three up
        rounds = [await _round(api, payload, anybody, character) for _ in range(_ROUNDS)]
    ratios = [ours / alone for ours, alone in rounds]
    ours, alone = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"a set of {_PICTURES}, library excluded   {ours:7.0f} ms (median of {_ROUNDS})")
    print(f"its uploads alone + 1 download {alone:7.0f} ms")
    print(f"ratio   {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f}), at most {_MOST}")
    return statistics.median(ratios)


async def _round(
    api: httpx.AsyncClient, payload: Payload, anybody: httpx.AsyncClient, character: Character
) -> tuple[float, float]:
    images, ours = await _a_set(api, character)
    files = [(await anybody.get(image["sourceUrl"])).content for image in images]
    return ours, await _uploads(payload, anybody, files, images[0]["sourceUrl"])


async def _a_set(api: httpx.AsyncClient, character: Character) -> tuple[list[dict[str, Any]], float]:
    """The images of a new set, and the milliseconds it took beyond the library's own."""
    started = time.perf_counter()
    answer = await api.post(character.url("generate-360-set"), json={"imageCount": _PICTURES})
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 201, answer.text
    images: list[dict[str, Any]] = answer.json()["images"]
    return images, took - images[0]["metrics"]["generateMs"]


async def _uploads(payload: Payload, anybody: httpx.AsyncClient, files: list[bytes], address: str) -> float:
    media, at_once = payload.collection("media"), asyncio.Semaphore(_AT_ONCE)

    async def upload(index: int, file: bytes) -> None:
        async with at_once:
            name = f"alone-{time.time_ns()}-{index}.jpg"
            await media.upload(file, filename=name, content_type="image/jpeg", data={"alt": "x"})

    started = time.perf_counter()
    await anybody.get(address)
    await asyncio.gather(*(upload(index, file) for index, file in enumerate(files)))
    return (time.perf_counter() - started) * 1000


def main() -> int:
    """Run it; 1 on a miss."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), "number") as here:
        return int(asyncio.run(measure(here)) > _MOST)


if __name__ == "__main__":
    sys.exit(main())
