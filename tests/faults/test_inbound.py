"""A0: the request itself. Nothing is asked of the library, and nothing is stored."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from scripts.local_stack import stack
from tests.faults.matrix import cell
from tests.support import problems
from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import SETTINGS, FaultyWorld, until
from tests.support.replica import replica
from tests.support.sessions import upstreams
from tests.support.world import PASSWORD, Character, plain

DRAWS = r"/generate-"
GENERATE = "generate-initial-image"


@asynccontextmanager
async def wire(world: FaultyWorld) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection to the product."""
    host, port = world.app_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


def head(world: FaultyWorld, character: Character, length: int) -> bytes:
    """The header of a generation that announces a body."""
    lines = [
        f"POST {character.url(GENERATE)} HTTP/1.1",
        f"Host: {world.app_url.removeprefix('http://')}",
        f"Authorization: {world.editor.auth.header}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def dribble(writer: asyncio.StreamWriter, byte: bytes) -> None:
    """Say one byte after the other until nobody listens."""
    try:
        while True:
            writer.write(byte)
            await writer.drain()
            await asyncio.sleep(0.1)
    except ConnectionError:
        pass


async def untouched(world: FaultyWorld, character: Character) -> bool:
    """Whether neither library nor Payload has anything of it."""
    return await world.calls(character) == [] and await world.records(character) == []


@pytest.mark.parametrize(
    "said",
    [
        cell("A0-01 nothing", b""),
        cell("A0-01 first", b"GET /health/live HTTP/1.1\r\nX: "),
        cell("A0-01 later", b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\nX: "),
    ],
)
async def test_a_header_that_dribbles_is_not_waited_for(world: FaultyWorld, said: bytes) -> None:
    started = time.monotonic()
    async with wire(world) as (reader, writer):
        writer.write(said)
        dribbling = asyncio.create_task(dribble(writer, b"y" if said else b""))
        answered = await asyncio.wait_for(reader.read(), 10)
        dribbling.cancel()
    assert 0.5 < time.monotonic() - started < 5
    assert answered.count(b"HTTP/1.1 ") == said.count(b"\r\n\r\n")


async def test_a_header_out_of_bounds_leaves_the_answer_before_it_whole(world: FaultyWorld) -> None:
    many = b"".join(b"X-%d: x\r\n" % n for n in range(200))
    async with wire(world) as (reader, writer):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\n" + many + b"\r\n")
        answered = await asyncio.wait_for(reader.read(), 10)
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert answered.endswith(b'{"status":"ok"}')
    assert answered.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("route", [cell("A0-02", GENERATE)])
async def test_a_body_that_dribbles_is_not_waited_for(world: FaultyWorld, route: str) -> None:
    character, started = await world.character(), time.monotonic()
    async with wire(world) as (reader, writer):
        writer.write(head(world, character, 1000) + b'{"prompt": "')
        dribbling = asyncio.create_task(dribble(writer, b"y"))
        answered = await asyncio.wait_for(reader.read(), 10)
        dribbling.cancel()
    assert 1 < time.monotonic() - started < 5
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"request_timeout"' in answered
    assert b"connection: close" in answered.lower()
    assert await untouched(world, character)


LARGE = 256 * 1024 + 1


@pytest.mark.parametrize("chunked", [cell("A0-03 announced", False), cell("A0-03 chunked", True)])
async def test_a_body_that_is_too_large_is_refused(world: FaultyWorld, chunked: bool) -> None:
    character, body = await world.character(), b'{"prompt": "' + b"x" * LARGE

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 60_000):
            yield body[start : start + 60_000]

    async with world.api(headers={"Content-Type": "application/json"}) as api:
        answer = await api.post(character.url(GENERATE), content=pieces() if chunked else body)
    problems.problem(answer, 413, "request_too_large")
    assert await untouched(world, character)


@pytest.mark.parametrize("times", [cell("A0-04", 5)])
async def test_a_client_that_goes_away_within_its_body_leaves_no_trace(world: FaultyWorld, times: int) -> None:
    character, before = await world.character(), world.app.log.read_text()
    for _ in range(times):
        async with wire(world) as (_, writer):
            writer.write(head(world, character, 1000) + b'{"prompt": "half')
            await writer.drain()
            async with world.api() as api:  # the product has taken what came before this
                await api.get("/health/live")
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
    async with world.api() as api:
        for _ in range(5):
            assert (await api.get("/health/live")).status_code == 200
    logged = world.app.log.read_text().removeprefix(before)
    assert "ERROR" not in logged
    assert "Traceback" not in logged
    assert await untouched(world, character)


@pytest.mark.parametrize("revoked", [cell("A0-05 none", False), cell("A0-05 revoked", True, real=True)])
async def test_without_a_session_programs_are_told_and_people_led_to_the_form(
    world: FaultyWorld, revoked: bool
) -> None:
    character, person = await world.character(), await world.newcomer()
    async with world.cms(person) as payload:
        await payload.auth_collection().logout()
    async with world.browser(person if revoked else None) as browser:
        answer = await browser.post(character.url(GENERATE), json={"prompt": "x"})
        shown = await browser.get(f"/screenplay/characters/{character.id}/images")
        sent = await browser.post(f"/screenplay/characters/{character.id}/images/recover")
    problems.problem(answer, 401, "unauthenticated")
    leads = f"/login?next=/screenplay/characters/{character.id}/images"
    assert [(one.status_code, one.headers["location"]) for one in (shown, sent)] == [(303, leads)] * 2
    assert await untouched(world, character)


FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]


@pytest.mark.parametrize(
    "headers", [cell(f"A0-06 {next(iter(one.values()))}", one) for one in FOREIGN] + [cell("A0-06 form", {})]
)
async def test_a_change_that_another_site_asks_for_is_refused(world: FaultyWorld, headers: dict[str, str]) -> None:
    character = await world.character()
    workspace = f"/screenplay/characters/{character.id}/images"
    async with world.browser(world.editor) as browser:
        del browser.headers["Sec-Fetch-Site"]
        form = await browser.post(f"{workspace}/reference", data={"prompt": "x"}, headers=headers)
        door = await browser.post("/login", data={"email": "a@b.c", "password": PASSWORD}, headers=headers)
        answers = [await browser.post(character.url(GENERATE), json={}, headers=headers)] if headers else []
    for answer in answers:
        problems.problem(answer, 403, "cross_site_request")
    for answer in (form, door):
        assert "did not come from" in problems.page(answer, 403)
        assert "set-cookie" not in answer.headers
    assert await untouched(world, character)


@pytest.mark.parametrize("slots", [cell("A0-07", int(SETTINGS["GENERATION_SLOTS"]))])
async def test_with_all_slots_taken_the_next_is_told_at_once(world: FaultyWorld, tmp_path: Path, slots: int) -> None:
    characters = [await world.character() for _ in range(slots + 1)]
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def held() -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(release.wait(), loop))

    world.library.order(Fault(method="POST", path=DRAWS, times=ALWAYS, before=held))
    people = [await world.newcomer() for _ in range(slots // 2)]
    with replica(world, tmp_path, CHARACTER_LIBRARY_TIMEOUT="60") as app:
        here = msgspec.structs.replace(world, app_url=app.url)
        async with here.api() as api:
            *taken, other = characters
            drawing = [
                asyncio.create_task(
                    api.post(one.url(GENERATE), json={"prompt": "x"}, headers=people[place // 2].headers)
                )
                for place, one in enumerate(taken)
            ]

            async def all_taken() -> bool:
                return len(world.library.asked("POST", DRAWS)) == slots

            await until(all_taken)
            refused = await api.post(other.url(GENERATE), json={"prompt": "x"})
            async with here.browser(world.editor) as browser:
                workspace = f"/screenplay/characters/{other.id}/images"
                form = await browser.post(f"{workspace}/reference", data={"prompt": "my own words"})
            release.set()
            assert not any(task.done() for task in drawing)
            assert {answer.status_code for answer in await asyncio.gather(*drawing)} == {201}
    problems.problem(refused, 503, "busy")
    assert "nothing was started" in problems.page(form, 503)
    assert "my own words</textarea>" in form.text
    assert refused.headers["retry-after"] == form.headers["retry-after"] == "10"
    assert await untouched(world, other)


@pytest.mark.parametrize(("tries", "same"), [cell("A0-08 account", 5, "account"), cell("A0-08 address", 10, "address")])
async def test_signing_in_too_often_is_refused_before_payload_is_asked(
    world: FaultyWorld, tries: int, same: str
) -> None:
    person, others = await world.newcomer(), [f"{n}-{time.monotonic_ns()}@example.com" for n in range(tries)]
    async with world.browser() as browser:
        for other in others:
            email = person.email if same == "account" else other
            address = "192.0.2.1" if same == "address" else f"198.51.100.{len(email) + others.index(other)}"
            form = {"email": f" {email.upper()}", "password": "wrong"}
            tried = await browser.post("/login", data=form, headers={"X-Forwarded-For": address})
            assert tried.status_code == 401
        world.payload.calm()
        here = {"X-Forwarded-For": "192.0.2.1"}
        form = {"email": person.email, "password": PASSWORD, "next": "/screenplay/characters?page=2"}
        refused = await browser.post("/login", data=form, headers=here)
        form["email"] = (await world.newcomer()).email if same == "account" else form["email"]
        elsewhere = await browser.post("/login", data=form, headers={"X-Forwarded-For": "203.0.113.9"})
        still = await browser.get("/health/live", headers=here)
    assert problems.page(refused, 429).startswith("Signing in failed too often. Wait ")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert f'value="{person.email}"' in refused.text
    assert 'value="/screenplay/characters?page=2"' in refused.text
    assert "set-cookie" not in refused.headers
    assert (elsewhere.status_code, still.status_code) == (303, 200)
    assert len(world.payload.asked("POST", "/login")) == 1


async def test_nobody_is_believed_about_their_address_unless_the_settings_say_so(
    world: FaultyWorld, tmp_path: Path
) -> None:
    with stack.app(tmp_path, upstreams(world)) as app:
        async with plain(base_url=app.url, headers={"Origin": app.url}) as browser:
            statuses = [
                (
                    await browser.post(
                        "/login",
                        data={"email": f"{n}@example.com", "password": "x"},
                        headers={"X-Forwarded-For": f"192.0.2.{n}"},
                    )
                ).status_code
                for n in range(11)
            ]
    assert statuses == [401] * 10 + [429]


async def test_what_a_caller_says_about_itself_before_the_proxy_does_changes_nothing(world: FaultyWorld) -> None:
    async with world.browser() as browser:
        statuses = [
            (
                await browser.post(
                    "/login",
                    data={"email": f"forged-{n}@example.com", "password": "x"},
                    headers={"X-Forwarded-For": f"192.0.2.{n}, 127.0.0.1, 198.51.100.77"},
                )
            ).status_code
            for n in range(11)
        ]
    assert statuses == [401] * 10 + [429]


@pytest.mark.parametrize("signalled", [cell("A0-09", signal.SIGTERM)])
async def test_who_comes_while_it_shuts_down_is_sent_elsewhere(
    world: FaultyWorld, tmp_path: Path, signalled: signal.Signals
) -> None:
    character, other = await world.character(settings={"delayMs": 1200}), await world.character()
    with stack.app(tmp_path, upstreams(world), module="tests.support.hurried") as app:
        headers = {**world.editor.headers, "Sec-Fetch-Site": "same-origin"}
        async with plain(base_url=app.url, headers=headers, timeout=30) as api:
            drawing = asyncio.create_task(api.post(character.url(GENERATE), json={"prompt": "x"}))
            await world.until_asked(character)
            app.process.send_signal(signalled)

            async def draining() -> bool:
                return (await api.get("/health/ready")).status_code == 503

            await until(draining)
            refused = await api.post(other.url(GENERATE), json={"prompt": "x"})
            page = f"/screenplay/characters/{other.id}/images/reference"
            form = await api.post(page, data={"prompt": "my own words"})
            assert (await drawing).status_code == 201
        await asyncio.to_thread(app.process.wait, 20)
    problems.problem(refused, 503, "draining")
    assert "nothing was started" in problems.page(form, 503)
    assert "my own words</textarea>" in form.text
    for answer in (refused, form):
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["connection"] == "close"
    assert await untouched(world, other)
    assert len(await world.records(character)) == 1
