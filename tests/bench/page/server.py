"""What a view costs the servers, with few images and with many."""

from __future__ import annotations

import statistics
import time

import httpx

from tests.bench.page.figures import Figure
from tests.support.world import World

_PAIRS = 40
_REQUESTS = 7
_RATIO = 1.2


async def serve(here: World, few: str, many: str, few_count: int, many_count: int) -> list[Figure]:
    """Payload's requests for a view of each, and how much longer the view of many takes."""
    async with here.browser(here.editor) as client:
        asked = []
        for address in (few, many):
            with here.payload_requests() as requests:
                (await client.get(address)).raise_for_status()
            assert requests
            asked.append(len(requests))
        pairs = [(await _milliseconds(client, few), await _milliseconds(client, many)) for _ in range(_PAIRS)]
    of_few, of_many = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [
        Figure(f"requests to Payload for a view of {few_count} images", asked[0], most=_REQUESTS),
        Figure(f"requests to Payload for a view of {many_count:,} images", asked[1], most=_REQUESTS),
        Figure(f"time of a view of {few_count} images, median of {_PAIRS}", of_few, "ms"),
        Figure(f"time of a view of {many_count:,} images, median of {_PAIRS}", of_many, "ms"),
        Figure("the second by the first, median of the pairs", statistics.median(b / a for a, b in pairs), "", _RATIO),
    ]


async def _milliseconds(client: httpx.AsyncClient, address: str) -> float:
    started = time.perf_counter()
    (await client.get(address)).raise_for_status()
    return (time.perf_counter() - started) * 1000
