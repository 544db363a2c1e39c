"""What goes over the wire is small for who takes it small, and the same for who does not."""

from __future__ import annotations

import gzip

import httpx
import pytest

from tests.support.world import World

MISSING = "/screenplay/characters/987654321/images"
PAGES = ["/login", "/screenplay/characters", "/static/base.css", "/static/live.js", MISSING]
PROGRAMS = [
    "/v1/characters/987654321/runs",
    "/v1/characters/1/initial-image-prompt",
    "/health/live",
    "/metrics",
    "/schema/openapi.json",
]


async def wire(client: httpx.AsyncClient, method: str, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer, and its bytes as they came."""
    async with client.stream(method, path, headers={"Accept-Encoding": "gzip", **headers}) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize("path", PAGES)
async def test_pages_and_their_files_are_gzipped_for_who_accepts_it(world: World, path: str) -> None:
    async with world.browser(world.editor) as client:
        small, packed = await wire(client, "GET", path)
        whole, plain = await wire(client, "GET", path, **{"Accept-Encoding": "identity"})
        head, nothing = await wire(client, "HEAD", path)
    assert small.headers["content-encoding"] == head.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["vary"]
    assert "content-encoding" not in whole.headers
    assert len(packed) < len(plain) * 0.75
    assert nothing == b""
    told = {name: (small.headers.get(name), whole.headers.get(name)) for name in ("content-type", "cache-control")}
    assert all(one == other and one for one, other in told.values()), told
    if path != MISSING:  # each error has an id of its own
        assert gzip.decompress(packed) == plain


async def test_a_list_is_gzipped_for_programs_that_accept_it(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        prompt = "A wiry woman in a green coat, who has come a long way. " * 20
        (await api.post(character.url("generate-initial-image"), json={"prompt": prompt})).raise_for_status()
        small, packed = await wire(api, "GET", character.url("images"))
        whole, plain = await wire(api, "GET", character.url("images"), **{"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["vary"]
    assert int(small.headers["content-length"]) == len(packed) < len(plain) * 0.75
    assert gzip.decompress(packed) == plain
    assert "content-encoding" not in whole.headers


@pytest.mark.parametrize("path", PROGRAMS)
async def test_what_else_programs_ask_for_is_not(world: World, path: str) -> None:
    async with world.browser(world.editor) as client:
        answer, body = await wire(client, "GET", path)
    assert "content-encoding" not in answer.headers
    assert body.decode()


async def test_events_come_as_they_happen(world: World) -> None:
    character = await world.character(settings={"delayMs": 1500})
    async with world.api(headers={"Accept": "text/event-stream", "Accept-Encoding": "gzip"}) as api:
        route = character.url("generate-initial-image")
        async with api.stream("POST", route, json={"prompt": "A wiry woman"}) as answer:
            parts = [part async for part in answer.aiter_raw()]
    assert "content-encoding" not in answer.headers
    assert parts[0].startswith(b"event: stage")
    assert b"event: done" not in parts[0]
