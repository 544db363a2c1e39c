"""What a call may cost and where it may go: its own settings, waiting when asked to, redirects, compression, bounds."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from payload_client import (
    Answer,
    BadAnswer,
    Jwt,
    Payload,
    ServerError,
    TimedOut,
    TooManyRequests,
    Unreachable,
    field,
    open_pool,
)
from tests.support.raw_server import HANG, Pause, Script, answer, json_answer, raw_server
from tests.support.tls import Tls

FOUND: dict[str, Any] = {"docs": [{"id": 7}], "totalDocs": 1, "doc": {"id": 7}}
OK = json_answer(200, FOUND)
MIB = 1024 * 1024


async def write(payload: Payload) -> None:
    await payload.collection("posts").create({"title": "x"})


async def upload(payload: Payload) -> None:
    await payload.collection("files").upload(b"content", filename="a.txt")


async def read(payload: Payload) -> None:
    await payload.collection("posts").find()


@pytest.mark.parametrize("ask", [read, write, upload])
@pytest.mark.parametrize("status", [429, 503])
async def test_a_call_that_was_turned_away_is_sent_again_when_asked_to(ask: Any, status: int) -> None:
    busy = json_answer(status, {"errors": [{"message": "slow down"}]}, "Retry-After: 0")
    async with raw_server(busy, busy, OK) as server, Payload(server.url) as payload:
        await ask(payload)
        assert server.connections == 3
        assert len({request.body for request in server.requests if ask is not upload}) <= 1


async def test_a_read_too_long_for_an_address_is_tried_again_though_it_is_a_post() -> None:
    where = field("title").is_in(*(f"title {number}" for number in range(1000)))
    async with raw_server(json_answer(503, {}), OK) as server, Payload(server.url) as payload:
        assert (await payload.collection("posts").find(where)).docs == [{"id": 7}]
        first, second = server.requests
    assert first.line == second.line == "POST /api/posts HTTP/1.1"
    assert first.header("Content-Type") == "application/x-www-form-urlencoded"
    assert first.header("X-Payload-HTTP-Method-Override") == "GET"
    assert first.body == second.body


async def test_certificates_are_of_the_users_choosing(tls: Tls) -> None:
    async with raw_server(OK, tls=tls.server) as server, open_pool(verify=tls.client) as pool:
        await read(Payload(server.url, http=pool))
        with pytest.raises(Unreachable):
            await read(Payload(server.url))


async def test_a_wait_is_as_long_as_asked() -> None:
    busy = json_answer(429, {}, "Retry-After: 1")
    started = time.monotonic()
    async with raw_server(busy, OK) as server, Payload(server.url) as payload:
        await write(payload)
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("told", ["3600", "Fri, 31 Dec 2100 00:00:00 GMT", "9"])
async def test_a_wait_beyond_the_deadline_is_not_begun(told: str) -> None:
    busy = json_answer(429, {}, f"Retry-After: {told}")
    async with raw_server(busy) as server, Payload(server.url, timeout=5) as payload:
        with pytest.raises(TooManyRequests) as caught:
            await write(payload)
        assert server.connections == 1
    assert (caught.value.retry_after or 0) >= 9
    assert not caught.value.maybe_written


@pytest.mark.parametrize("told", ["", "soon", "-1", "Fri, 31 Foo", "١"])
async def test_a_503_that_does_not_say_when_to_come_back_ends_a_write(told: str) -> None:
    headers = [f"Retry-After: {told}"] if told.isascii() and told else []
    async with raw_server(json_answer(503, {}, *headers)) as server, Payload(server.url) as payload:
        with pytest.raises(ServerError) as caught:
            await write(payload)
        assert server.connections == 1
    assert caught.value.retry_after is None


async def test_a_stream_is_sent_once() -> None:
    async def once() -> AsyncIterator[bytes]:
        yield b"content"

    busy: Script = [*json_answer(429, {}, "Retry-After: 0"), Pause(0.5)]  # while the rest of the body arrives
    async with raw_server(busy) as server, Payload(server.url) as payload:
        with pytest.raises(TooManyRequests):
            await payload.collection("files").upload(once(), filename="a.txt")
        assert server.connections == 1


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("ask", [read, write, upload])
async def test_a_redirect_within_the_api_is_followed(ask: Any, status: int) -> None:
    async with raw_server(answer(status, b"", "Location: /api/posts/?depth=0"), OK) as server:
        async with Payload(server.url, auth=Jwt("a.b.c")) as payload:
            await ask(payload)
        first, second = server.requests
    assert second.target == "/api/posts/?depth=0"
    assert first.line.split()[0] == second.line.split()[0]
    assert first.header("Authorization") == second.header("Authorization") == "JWT a.b.c"
    if ask is write:
        assert first.body == second.body


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2/api/posts",
        "//evil.invalid/api/posts",
        "https://127.0.0.1/api/posts",
        "/login",
        "/apis/posts",
        "",
        "http://[",
        "/api/../admin",
    ],
)
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    async with raw_server(answer(307, b"", f"Location: {location}")) as server, Payload(server.url) as payload:
        with pytest.raises(BadAnswer):
            await read(payload)
        assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_redirect_that_may_change_the_method_is_not_followed(status: int) -> None:
    async with raw_server(answer(status, b"", "Location: /api/posts/")) as server, Payload(server.url) as payload:
        with pytest.raises(BadAnswer):
            await write(payload)
        assert server.connections == 1


async def test_redirects_in_a_circle_end() -> None:
    around = [answer(308, b"", f"Location: /api/posts{slashes}") for slashes in ("/", "//", "/", "//", "/", "//")]
    async with raw_server(*around) as server, Payload(server.url) as payload:
        with pytest.raises(BadAnswer):
            await read(payload)
        assert server.connections == 4


async def test_a_compressed_answer_is_read_where_it_was_asked_for() -> None:
    packed = answer(200, gzip.compress(json.dumps(FOUND).encode()), "Content-Encoding: gzip")
    async with raw_server(packed) as server, Payload(server.url, gzip=True) as payload:
        assert (await payload.collection("posts").find()).docs == [{"id": 7}]
        assert server.requests[0].header("Accept-Encoding") == "gzip"
        with pytest.raises(BadAnswer):
            await Payload(server.url).collection("posts").find()


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"{}")[:-9]], ids=["not packed", "cut off"])
async def test_a_compressed_answer_that_is_broken_is_an_error(content: bytes) -> None:
    broken = answer(200, content, "Content-Encoding: gzip")
    async with raw_server(broken) as server, Payload(server.url, gzip=True) as payload:
        with pytest.raises(BadAnswer):
            await read(payload)


async def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(64)) + packer.flush()
    packed = answer(200, bomb, "Content-Encoding: gzip")
    async with raw_server(packed) as server, Payload(server.url, gzip=True, max_bytes=MIB) as payload:
        tracemalloc.start()
        with pytest.raises(BadAnswer, match="more than"):
            await read(payload)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8 * MIB


async def test_a_bound_is_of_the_callers_choosing() -> None:
    async with raw_server(json_answer(200, {**FOUND, "x": "x" * 1000})) as server, Payload(server.url) as payload:
        await read(payload)
        with pytest.raises(BadAnswer, match="more than 500 bytes"):
            await read(payload.using(max_bytes=500))


async def test_one_call_has_settings_of_its_own() -> None:
    seen: list[Answer] = []
    async with raw_server(json_answer(200, FOUND, "X-Answer: 1")) as server, Payload(server.url) as payload:
        asked = payload.using(headers={"X-Tenant": "7"}, on_answer=seen.append)
        await read(asked)
        await read(payload)
        first, second = server.requests
    assert (first.header("X-Tenant"), second.header("X-Tenant")) == ("7", None)
    [told] = seen
    assert (told.status, told.headers["x-answer"], json.loads(told.content)) == (200, "1", FOUND)
    async with raw_server([HANG]) as server, Payload(server.url) as payload:
        with pytest.raises(TimedOut):
            await read(payload.using(timeout=0.1))


async def test_a_refusal_is_shown_as_it_came_too() -> None:
    seen: list[Answer] = []
    busy = json_answer(429, {"a": 1}, "Retry-After: 99")
    async with raw_server(busy) as server, Payload(server.url, on_answer=seen.append) as payload:
        with pytest.raises(TooManyRequests):
            await write(payload)
    assert [(told.status, told.content) for told in seen] == [(429, b'{"a": 1}')]


async def test_the_answer_itself_can_be_asked_for() -> None:
    async with raw_server(json_answer(200, {"a": 1}, "X-Answer: 1")) as server, Payload(server.url) as payload:
        found = await payload.request("POST", "/site/own", query={"q": 1}, json={"b": 2})
        [request] = server.requests
    assert (found.call, found.status, found.headers["x-answer"]) == ("POST /api/site/own", 200, "1")
    assert (request.target, request.body) == ("/api/site/own?q=1", b'{"b":2}')


class Counting(httpx.AsyncHTTPTransport):
    """Another transport for httpx, as aiohttp's would be."""

    at_once = most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Count those that wait for their answer."""
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            return await super().handle_async_request(request)
        finally:
            self.at_once -= 1


async def test_all_callers_together_send_so_many_requests_at_once() -> None:
    transport = Counting()
    async with raw_server([Pause(0.02), *OK]) as server, open_pool(transport=transport) as pool:
        payload = Payload(server.url, http=pool, concurrency=3)
        callers = [payload.as_user(Jwt(str(number))) for number in range(12)]
        await asyncio.gather(*(read(caller) for caller in callers))
        assert server.connections == 12
    assert transport.most == 3


async def test_who_is_next_may_be_decided_by_whose_call_it_is() -> None:
    asked = list[str]()

    @asynccontextmanager
    async def turn(caller: str) -> AsyncIterator[None]:
        asked.append(caller)
        yield

    async with raw_server(OK) as server, Payload(server.url, concurrency=turn) as payload:
        await read(payload)
        await read(payload.as_user(Jwt("ada")))
    assert asked == ["", "JWT ada"]


async def test_a_filter_in_brackets_is_for_an_older_payload() -> None:
    async with raw_server(OK) as server, Payload(server.url, where_form="brackets") as payload:
        where = (field("a") == True) & field("b").is_in(1, "x")  # noqa: E712 - builds a filter
        await payload.collection("posts").count(where)
        [request] = server.requests
    told = "where[and][0][a][equals]=true&where[and][1][b][in][0]=1&where[and][1][b][in][1]=x"
    assert httpx.URL(request.target).query.decode().replace("%5B", "[").replace("%5D", "]") == told
