"""One call of Payload over a real connection: what is sent, what is tried again, and what an answer may be."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

import payload_client as cms
from payload_client import ApiKey, Jwt, Payload, Session, User, field, open_pool
from tests.support.raw_server import (
    HANG,
    NO_RECORD,
    Beneath,
    Drip,
    Pause,
    Reset,
    Script,
    Seen,
    answer,
    json_answer,
    nobody_listening,
    raw_server,
)
from tests.support.tls import Tls

DOC = {"id": 7, "alt": "Ada"}
FOUND = {"docs": [DOC], "totalDocs": 1, "hasNextPage": False}

Ask = Callable[[Payload], Awaitable[Any]]
READS: dict[str, Ask] = {
    "find": lambda payload: payload.collection("media").find(),
    "find_by_id": lambda payload: payload.collection("media").find_by_id(7),
    "count": lambda payload: payload.collection("media").count(),
    "me": lambda payload: payload.auth_collection().me(),
    "access": lambda payload: payload.access(),
    "initialised": lambda payload: payload.auth_collection().initialised(),
}
WRITES: dict[str, Ask] = {
    "create": lambda payload: payload.collection("media").create({"alt": "Ada"}),
    "update": lambda payload: payload.collection("media").update(7, {"alt": "Ada"}),
    "delete": lambda payload: payload.collection("media").delete(7),
    "upload": lambda payload: payload.collection("media").upload(
        b"bytes", filename="a.png", content_type="image/png", data={"alt": "Ada"}
    ),
    "login": lambda payload: payload.auth_collection().login("ada@film.example", "secret"),
    "may": lambda payload: payload.collection("media").may("delete", 7),
}


@asynccontextmanager
async def payload_at(url: str, *, seconds: float = 20) -> AsyncIterator[Payload]:
    async with Payload(url, auth=Jwt("a.b.c"), timeout=seconds) as payload:
        yield payload


def asking(*cases: dict[str, Ask]) -> pytest.MarkDecorator:
    known = {name: ask for case in cases for name, ask in case.items()}
    return pytest.mark.parametrize("ask", known.values(), ids=known)


def query_of(request: Seen) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.line.split()[1]).query, keep_blank_values=True)


def path_of(request: Seen) -> str:
    method, target, _ = request.line.split()
    return f"{method} {urlsplit(target).path}"


PASSING: dict[str, Script] = {
    "502": answer(502, b"<html>"),
    "503": json_answer(503, {"errors": [{"message": "starting"}]}),
    "504": answer(504),
    "reset before the request is read": [Reset(unread=True)],
    "reset": [Reset()],
    "closed without an answer": [b""],
    "cut": answer(200, b'{"docs": [', length=100),
}
WHATEVER = {**FOUND, **DOC, "doc": DOC, "user": None, "initialized": True}
ANSWER = json_answer(200, WHATEVER)


@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING)
async def test_a_read_is_tried_again_after_what_may_pass(script: Script) -> None:
    async with raw_server(script, script, ANSWER) as server, payload_at(server.url) as payload:
        assert (await payload.collection("media").find()).docs == [DOC]
        assert server.connections == 3


@asking(READS)
async def test_any_read_is_tried_again(ask: Ask) -> None:
    async with raw_server(PASSING["503"], ANSWER) as server, payload_at(server.url) as payload:
        await ask(payload)
        assert server.connections == 2


@pytest.mark.parametrize(
    ("script", "kind"), [(PASSING["503"], cms.ServerError), (PASSING["reset"], cms.Disconnected)], ids=["503", "reset"]
)
async def test_a_read_is_tried_three_times_and_then_the_last_failure_is_told(
    script: Script, kind: type[cms.PayloadError]
) -> None:
    async with raw_server(script) as server, payload_at(server.url) as payload:
        with pytest.raises(kind, match=r"^GET /api/media: "):
            await payload.collection("media").find()
        assert server.connections == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 423, 500])
@asking(READS)
async def test_a_read_that_is_refused_is_not_tried_again(ask: Ask, status: int) -> None:
    async with raw_server(json_answer(status, {"errors": [{"message": "No"}]})) as server:
        async with payload_at(server.url) as payload:
            with pytest.raises(cms.Refused) as caught:
                await ask(payload)
        assert server.connections == 1
    assert (caught.value.status, caught.value.reason) == (status, "No")


@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING)
@asking(WRITES)
async def test_a_write_is_never_tried_again(ask: Ask, script: Script) -> None:
    async with raw_server(script, ANSWER) as server, payload_at(server.url) as payload:
        with pytest.raises((cms.ServerError, cms.Disconnected)) as caught:
            await ask(payload)
        assert server.connections == 1
    assert caught.value.maybe_written


async def test_a_connection_that_breaks_beneath_its_encryption_is_a_broken_connection(tls: Tls) -> None:
    script: Script = [*answer(200, b"{", length=100), Beneath(NO_RECORD)]
    async with raw_server(script, tls=tls.server) as server, httpx.AsyncClient(verify=tls.client) as pool:
        with pytest.raises(cms.Disconnected) as caught:
            await WRITES["create"](Payload(server.url, auth=Jwt("a.b.c"), http=pool))
    assert caught.value.maybe_written
    assert len(server.requests) == 1


@asking(READS, WRITES)
async def test_where_nobody_listens_nothing_was_written(ask: Ask) -> None:
    async with nobody_listening() as url, payload_at(url) as payload:
        with pytest.raises(cms.Unreachable) as caught:
            await ask(payload)
    assert not caught.value.maybe_written


SLOW: dict[str, Script] = {
    "says nothing": [HANG],
    "drips its header": [Drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, 0.02)],
    "drips its body": [*answer(200, b"", length=1000), Drip(b" " * 1000, 0.02)],
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("ask", [READS["find"], WRITES["create"]], ids=["find", "create"])
async def test_a_slow_answer_is_given_up_at_the_deadline_and_not_asked_for_again(ask: Ask, script: Script) -> None:
    started = time.monotonic()
    async with raw_server(script) as server, payload_at(server.url, seconds=0.2) as payload:
        with pytest.raises(cms.TimedOut) as caught:
            await ask(payload)
        assert server.connections == 1
    assert caught.value.maybe_written
    assert time.monotonic() - started < 5


async def test_the_deadline_holds_for_all_tries_together() -> None:
    slow: Script = [Pause(0.2), Reset()]
    started = time.monotonic()
    async with raw_server(slow) as server, payload_at(server.url, seconds=0.35) as payload:
        with pytest.raises(cms.TimedOut):
            await payload.collection("media").find()
        assert server.connections < 3
    assert time.monotonic() - started < 5


ODD: dict[str, Script] = {
    "a page": answer(200, b"<!doctype html>", "Content-Type: text/html"),
    "nothing": answer(200),
    "half of it": answer(200, b'{"docs": ['),
    "not in UTF-8": answer(200, b'{"docs": "\xff", "doc": "\xff", "user": {"id": "\xff"}}'),
    "nested without end": answer(200, b'{"docs": ' + b"[" * 200_000),
    "an encoding": json_answer(200, WHATEVER, "Content-Encoding: gzip"),
    "a redirect": json_answer(307, WHATEVER, "Location: /login"),
    "a redirect elsewhere": json_answer(301, WHATEVER, "Location: https://evil.invalid/"),
    "not modified": answer(304, b""),
    "a list": json_answer(200, []),
    "null": json_answer(200, None),
}


@pytest.mark.parametrize("script", ODD.values(), ids=ODD)
@asking({"find": READS["find"], "me": READS["me"], "create": WRITES["create"]})
async def test_an_answer_that_is_not_payloads_is_told_as_such_and_not_asked_for_again(ask: Ask, script: Script) -> None:
    async with raw_server(script) as server, payload_at(server.url) as payload:
        with pytest.raises(cms.BadAnswer) as caught:
            await ask(payload)
        assert server.connections == 1
    assert caught.value.maybe_written


async def test_an_answer_that_lacks_what_is_promised_is_not_payloads() -> None:
    async with raw_server(json_answer(200, {"totalDocs": "many"})) as server, payload_at(server.url) as payload:
        with pytest.raises(cms.BadAnswer):
            await payload.collection("media").count()


@pytest.mark.parametrize(("length", "fits"), [(16 * 1024 * 1024, True), (16 * 1024 * 1024 + 1, False)])
async def test_an_answer_of_more_than_16_mib_is_not_read(length: int, fits: bool) -> None:
    body = json.dumps(FOUND).encode().ljust(length)
    async with raw_server(answer(200, body)) as server, payload_at(server.url) as payload:
        if fits:
            assert (await payload.collection("media").find()).docs == [DOC]
        else:
            with pytest.raises(cms.BadAnswer, match="more than"):
                await payload.collection("media").find()


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    endless: Script = [b"HTTP/1.1 200 OK\r\n\r\n", *([b" " * 1024 * 1024] * 17), HANG]
    async with raw_server(endless) as server, payload_at(server.url) as payload:
        with pytest.raises(cms.BadAnswer, match="more than"):
            await payload.collection("media").find()


async def test_a_cookie_is_never_sent_back() -> None:
    session = json_answer(200, {"user": None}, "Set-Cookie: payload-token=secret; Path=/; HttpOnly")
    async with raw_server(session) as server, payload_at(server.url) as payload:
        await payload.auth_collection().login("ada@film.example", "secret")
        await payload.auth_collection().me()
        await payload.as_user(None).auth_collection().me()
        assert [request.header("Cookie") for request in server.requests] == [None, None, None]


@pytest.mark.parametrize(
    ("auth", "header"),
    [(Jwt("a.b.c"), "JWT a.b.c"), (ApiKey("users", "k-1"), "users API-Key k-1"), (None, None)],
)
async def test_the_caller_is_told_in_the_form_that_payload_takes(auth: cms.Auth | None, header: str | None) -> None:
    async with raw_server(ANSWER) as server, payload_at(server.url) as payload:
        await payload.as_user(auth).auth_collection().me()
        await payload.auth_collection().me()
        first, second = server.requests
    assert first.header("Authorization") == header
    assert second.header("Authorization") == "JWT a.b.c"


async def test_two_callers_at_once_are_never_mixed_up() -> None:
    async with raw_server([Pause(0.02), *ANSWER]) as server, payload_at(server.url) as payload:
        callers = [payload.as_user(Jwt(f"token-{index}")) for index in range(20)]
        paths = [f"doc-{index}" for index in range(20)]

        async def ask(caller: Payload, path: str) -> None:
            await caller.call("GET", f"/{path}", answer=object)

        await asyncio.gather(*map(ask, callers, paths))
        seen = {(path_of(request), request.header("Authorization")) for request in server.requests}
    assert seen == {(f"GET /api/doc-{index}", f"JWT token-{index}") for index in range(20)}


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (Jwt("S3CRET"), "Jwt(…)"),
        (ApiKey("users", "S3CRET"), "ApiKey('users', …)"),
        (Session(user=User(1), token="S3CRET", exp=5, refreshed_token="S3CRET"), None),  # noqa: S106 - none
    ],
)
def test_a_secret_does_not_show(secret: object, shown: str | None) -> None:
    for text in (repr(secret), str(secret), f"{secret}", repr([secret])):
        assert "S3CRET" not in text
    assert shown in (None, repr(secret))


async def test_a_find_asks_for_what_it_is_told() -> None:
    async with raw_server(json_answer(200, FOUND)) as server, payload_at(f"{server.url}/") as payload:
        where = (field("kind") == "scene") & (field("media") == 7)
        page = await payload.collection("media").find(
            where, sort="-createdAt,-id", limit=2, page=3, select={"alt": True}
        )
        [request] = server.requests
    assert (page.docs, page.total_docs) == ([DOC], 1)
    assert path_of(request) == "GET /api/media"
    query = query_of(request)
    assert json.loads(query.pop("where")[0]) == where.query
    assert query == {"sort": ["-createdAt,-id"], "limit": ["2"], "page": ["3"], "depth": ["0"], "select[alt]": ["true"]}
    assert request.header("Accept-Encoding") == "identity"
    assert request.body == b""


async def test_pages_are_read_one_after_another() -> None:
    pages = [json_answer(200, {"docs": [{"id": index}], "hasNextPage": index < 3}) for index in (1, 2, 3)]
    async with raw_server(*pages) as server, payload_at(server.url) as payload:
        assert [doc["id"] async for doc in payload.collection("media").iterate(sort="alt")] == [1, 2, 3]
        assert [query_of(request)["page"] for request in server.requests] == [["1"], ["2"], ["3"]]


@pytest.mark.parametrize(("asked", "came"), [("7abc", 7), (7, 8), ("07", 7), (7, "x")])
async def test_a_document_of_another_id_is_not_the_one_that_was_asked_for(asked: int | str, came: int | str) -> None:
    async with raw_server(json_answer(200, {"id": came})) as server, payload_at(server.url) as payload:
        with pytest.raises(cms.NotFound) as caught:
            await payload.collection("media").find_by_id(asked)
    assert caught.value.status == 404


@pytest.mark.parametrize("same", [7, "7", "66f1a2", "a/b c?#ü"])
async def test_a_document_is_asked_for_by_its_id_whatever_that_is(same: int | str) -> None:
    async with raw_server(json_answer(200, {"id": same})) as server, payload_at(server.url) as payload:
        assert (await payload.collection("media").find_by_id(same))["id"] == same
        assert server.requests[0].line.startswith("GET /api/media/")
        assert urlsplit(server.requests[0].line.split()[1]).path.count("/") == 3


@pytest.mark.parametrize("id", ["", " ", ".", "..", "/", True])
async def test_an_id_that_can_only_be_a_mistake_is_never_sent(id: str) -> None:
    async with raw_server(ANSWER) as server, payload_at(server.url) as payload:
        media = payload.collection("media")
        for call in (media.delete(id), media.update(id, {}), media.find_by_id(id), media.may("read", id)):
            with pytest.raises(cms.InvalidCall):
                await call
        assert server.connections == 0


class New(msgspec.Struct, rename="camel"):
    """Something to be written."""

    source_url: str
    prompt: str | None = None


async def test_a_document_is_written_as_json() -> None:
    async with (
        raw_server(json_answer(201, {"doc": DOC, "message": "Created"})) as server,
        payload_at(server.url) as payload,
    ):
        assert await payload.collection("media").create(New("https://cdn.test/ü")) == DOC
        [request] = server.requests
    assert (path_of(request), query_of(request)) == ("POST /api/media", {"depth": ["0"]})
    assert request.header("Content-Type") == "application/json"
    assert json.loads(request.body) == {"sourceUrl": "https://cdn.test/ü", "prompt": None}


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n", io.BytesIO(b"\x89PNG\r\n\x1a\n")], ids=["bytes", "a file"])
async def test_a_file_goes_out_with_its_fields_in_one_part(content: Any) -> None:
    async with raw_server(json_answer(201, {"doc": DOC})) as server, payload_at(server.url) as payload:
        media = payload.collection("media")
        await media.upload(content, filename="ci-1.png", content_type="image/png", data={"alt": "Ada ü"})
        [request] = server.requests
    kind = request.header("Content-Type") or ""
    assert kind.startswith("multipart/form-data; boundary=")
    parts = request.body.split(b"--" + kind.partition("=")[2].encode())
    [fields] = [part for part in parts if b'name="_payload"' in part]
    [file] = [part for part in parts if b'name="file"; filename="ci-1.png"' in part]
    assert json.loads(fields.partition(b"\r\n\r\n")[2]) == {"alt": "Ada ü"}
    assert file.partition(b"\r\n\r\n")[2] == b"\x89PNG\r\n\x1a\n\r\n"
    assert b"Content-Type: image/png" in file


async def test_what_cannot_be_json_is_never_sent() -> None:
    async with raw_server(ANSWER) as server, payload_at(server.url) as payload:
        with pytest.raises(cms.InvalidCall):
            await payload.collection("media").create({"alt": object()})
        assert server.connections == 0


NO_NUMBERS = [float("nan"), float("inf"), -float("inf"), 2**53, -(2**53), 10**40]


@pytest.mark.parametrize("number", NO_NUMBERS)
@pytest.mark.parametrize("within", [lambda it: it, lambda it: [1, {"n": it}], lambda it: New(it)])
async def test_a_number_that_payload_cannot_keep_is_never_sent(number: float, within: Callable[[Any], Any]) -> None:
    async with raw_server(ANSWER) as server, payload_at(server.url) as payload:
        media = payload.collection("media")
        for call in (
            media.create({"n": within(number)}),
            media.update(7, {"n": within(number)}),
            media.upload(b"x", filename="x.png", content_type="image/png", data={"n": within(number)}),
            media.find(field("n") == number),
        ):
            with pytest.raises(cms.InvalidCall):
                await call
        assert server.connections == 0


@pytest.mark.parametrize("number", [0, -1, 1.5, 1e300, 2**53 - 1, -(2**53) + 1, True])
async def test_a_number_that_payload_can_keep_is_sent_as_it_is(number: float) -> None:
    async with raw_server(json_answer(201, {"doc": DOC})) as server, payload_at(server.url) as payload:
        await payload.collection("media").create({"n": number})
        assert json.loads(server.requests[0].body) == {"n": number}


class Sized(msgspec.Struct):
    """A document with a field of a certain type."""

    id: int
    width: int = 0


async def test_a_document_of_another_shape_costs_only_itself_where_that_is_asked_for() -> None:
    docs: list[Any] = [{"id": 1, "width": 5}, {"id": 2, "width": "wide"}, {"width": 5}, "nonsense", {"id": 3}]
    async with raw_server(json_answer(200, {"docs": docs, "totalDocs": 5, "hasNextPage": True})) as server:
        async with payload_at(server.url) as payload:
            media = payload.collection("media", Sized)
            found = await media.find_each(field("width") > 1, sort="id", limit=5)
            with pytest.raises(cms.BadAnswer):
                await media.find(field("width") > 1, sort="id", limit=5)
        first, second = server.requests
    assert found.docs == [Sized(1, 5), cms.Unreadable(2), cms.Unreadable(), cms.Unreadable(), Sized(3)]
    assert (found.total_docs, found.has_next_page) == (5, True)
    assert first.line == second.line


@pytest.mark.parametrize(
    ("granted", "may"),
    [
        ({"delete": True}, True),
        ({"delete": {"permission": True}}, True),
        ({"delete": False}, False),
        ({}, False),
        ({"delete": {"permission": "yes"}}, False),
        ({"delete": "true"}, False),
        ({"read": True}, False),
    ],
)
async def test_what_a_caller_may_do_is_what_payload_says_in_so_many_words(granted: Any, may: bool) -> None:
    async with raw_server(json_answer(200, granted)) as server, payload_at(server.url) as payload:
        assert await payload.collection("media").may("delete", 7) is may
        assert path_of(server.requests[0]) == "POST /api/media/access/7"
    tree = json_answer(200, {"canAccessAdmin": True, "collections": {"media": granted}})
    async with raw_server(tree) as server, payload_at(server.url) as payload:
        found = await payload.access()
    assert found.may("delete", "media") is may
    assert not found.may("delete", "users")


async def test_no_more_requests_are_under_way_than_there_are_slots() -> None:
    open_now, most = 0, 0

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        await reader.readuntil(b"\r\n\r\n")
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.03)
        open_now -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(visit, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with Payload(url, concurrency=3, timeout=20) as payload:
        callers = [payload.as_user(Jwt(str(index))) for index in range(12)]
        await asyncio.gather(*(caller.call("GET", "/x", answer=object) for caller in callers))
    listening.close()
    await listening.wait_closed()
    assert most == 3


async def test_waiting_for_a_slot_is_part_of_the_deadline_and_nothing_was_sent() -> None:
    async with raw_server([HANG]) as server, Payload(server.url, concurrency=1, timeout=20) as payload:
        first = asyncio.create_task(payload.call("GET", "/x", answer=object))
        await asyncio.sleep(0)  # it takes the slot
        with pytest.raises(cms.Unreachable) as caught:
            await payload.call("POST", "/y", answer=object, json={}, timeout=0.1)
        assert server.connections <= 1
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert not caught.value.maybe_written


async def test_a_pool_that_was_borrowed_is_not_closed() -> None:
    async with raw_server(ANSWER) as server, open_pool() as pool:
        async with Payload(server.url, http=pool) as payload:
            await payload.auth_collection().me()
        assert not pool.is_closed
        async with Payload(server.url, http=pool) as payload:
            await payload.auth_collection().me()


async def test_a_connection_that_payload_has_closed_meanwhile_costs_a_read_nothing() -> None:
    body = json.dumps(FOUND).encode()
    kept: Script = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)]
    async with raw_server(kept) as server, payload_at(server.url) as payload:
        for _ in range(3):
            assert (await payload.collection("media").find()).docs == [DOC]
