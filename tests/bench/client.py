"""What the Payload client adds to a bare httpx GET: a find of 100 documents, decoded into Structs.

Both ask the same URL of the same Payload over a connection that stays open, in turn, many rounds in one run.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
import msgspec

from payload_client import Answer, Collection, Id, Jwt, Payload, open_pool
from payload_client.testing import serve
from tests.payload_client.conftest import CONFIG, EDITOR, PACKAGES

_DOCUMENTS = 100
_ROUNDS = 60
_MOST = 1.25


class Post(msgspec.Struct, frozen=True):
    """What is read of each document."""

    id: Id
    title: str
    views: int | None = None
    keywords: list[str] = []


async def measure(url: str) -> float:
    """The median of the rounds' ratios, printed with what it came from."""
    async with Payload(url, timeout=60) as nobody, open_pool() as bare:
        token = (await nobody.auth_collection().first_register(**EDITOR)).token or ""
        seen: list[Answer] = []
        payload = nobody.as_user(Jwt(token)).using(on_answer=seen.append)
        posts = payload.collection("posts", Post)
        for number in range(_DOCUMENTS):
            await posts.create({"title": f"Post {number}", "views": number, "keywords": ["a", "b"]})
        address = f"{url}/api/posts?page=1&limit={_DOCUMENTS}&depth=0"
        rounds = [await _round(posts, bare, address, token) for _ in range(_ROUNDS + 5)][5:]
    ratios = [ours / alone for ours, alone in rounds]
    ours, alone = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"find of {_DOCUMENTS}, decoded   {ours:6.2f} ms (median of {_ROUNDS}, {len(seen[-1].content)} bytes)")
    print(f"bare httpx GET         {alone:6.2f} ms")
    ratio = statistics.median(ratios)
    print(f"ratio   {ratio:.2f} (from {min(ratios):.2f} to {max(ratios):.2f}), at most {_MOST}")
    return ratio


async def _round(posts: Collection[Post], bare: httpx.AsyncClient, address: str, token: str) -> tuple[float, float]:
    """Milliseconds of both."""
    started = time.perf_counter()
    page = await posts.find(limit=_DOCUMENTS)
    between = time.perf_counter()
    response = await bare.get(address, headers={"Authorization": f"JWT {token}"}, timeout=60)
    ended = time.perf_counter()
    assert len(page.docs) == _DOCUMENTS
    assert response.status_code == httpx.codes.OK
    return (between - started) * 1000, (ended - between) * 1000


def main() -> int:
    """Run it; 1 on a miss."""
    with tempfile.TemporaryDirectory() as folder, serve(CONFIG, Path(folder), packages=PACKAGES) as served:
        return int(asyncio.run(measure(served.url)) > _MOST)


if __name__ == "__main__":
    sys.exit(main())
