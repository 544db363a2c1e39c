"""What a first visit loads, as it goes over the wire, and from where."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlsplit

from playwright.async_api import Browser, Request

from tests.bench.page.figures import Figure
from tests.bench.page.visitor import visitor
from tests.support.world import World

_MOST = {"script": ("scripts", 20), "stylesheet": ("CSS", 12), "document": ("HTML of 48 cards", 12)}
_KB = 1000


async def weigh(chrome: Browser, here: World, address: str) -> list[Figure]:
    """Bytes by kind, and how many hosts are neither ours nor the media's."""
    requests: list[Request] = []
    async with visitor(chrome, here, throttled=False) as page:
        page.on("requestfinished", lambda request: requests.append(request))
        await page.goto(address, wait_until="networkidle")
        bytes_of: dict[str, int] = defaultdict(int)
        for request in requests:
            bytes_of[request.resource_type] += (await request.sizes())["responseBodySize"]
    ours = {urlsplit(url).netloc for url in (here.app_url, here.payload_url)}
    strangers = {urlsplit(request.url).netloc for request in requests} - ours
    assert bytes_of["document"], "nothing was loaded"
    return [
        *(Figure(f"{name}, on the wire", bytes_of[kind] / _KB, "kB", most) for kind, (name, most) in _MOST.items()),
        Figure("pictures of a first look, on the wire", bytes_of["image"] / _KB, "kB"),
        Figure(" ".join(["hosts that are not ours", *sorted(strangers)]), len(strangers), most=0),
    ]
