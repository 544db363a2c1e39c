"""A3: the one call that costs money. It is sent once, what may have been paid for is told, and nothing half is kept."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from payload_client import Jwt
from tests.faults.matrix import cell
from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.pictures import zeros
from tests.support.raw_server import HANG, Drip, Reset, Script, answer, clogged, json_answer, raw_server
from tests.support.replica import asking, lean, replica
from tests.support.tls import Tls
from tests.support.world import EDITOR, PASSWORD, Character, Doc, Person, plain

ROUTES: dict[str, Doc] = {
    "generate-initial-image": {"prompt": "A wiry woman"},
    "generate-scene-image": {"sceneContext": "At sea"},
    "generate-360-set": {"imageCount": 3},
}
REFERENCE, SCENE, SET = ROUTES
LINE = b"HTTP/1.1 200 OK\r\n"


class Told(msgspec.Struct, frozen=True):
    """What a person and a program are told. `words`: a regular expression for a part of the sentence."""

    status: int
    code: str
    charged: str
    words: str


def refused(words: str, charged: str = "no") -> Told:
    return Told(502, "character_library_error", charged, words)


def nonsense(words: str) -> Told:
    return Told(502, "character_library_bad_response", "unknown", rf"The Character Library answered .*{words}")


SLOW = Told(504, "character_library_timeout", "unknown", r"did not answer within \d s.*recover images")
UNREACHABLE = Told(502, "character_library_unreachable", "no", "could not be reached: nothing was generated")
BROKEN = Told(502, "character_library_outcome_unknown", "unknown", r"broke before it answered.*recover images")
NO_JSON, TOO_MUCH = "with something that is not JSON", "with more than can be read"
NOTHING = "without (the address of a|a single) picture"


def generated(character: Character) -> str:
    """The requests to the library that draw something for a character, as a path."""
    return rf"/{character.library_id}/generate-"


async def nothing_kept(world: FaultyWorld, character: Character, media: int) -> None:
    """No record, no file, and the character is free for the next try."""
    await world.until_idle(character)
    assert await world.records(character) == []
    assert await world.media_count() == media


def held_to(told: Told, given: httpx.Response) -> None:
    """The answer is that one, in a sentence that helps and gives nothing away."""
    problem = given.json()
    assert (given.status_code, problem["code"]) == (told.status, told.code), given.text
    assert problem["upstream"]["charged"] == told.charged, given.text
    assert told.charged != "no" or "prompt" not in problem
    assert re.search(told.words, problem["error"]), given.text
    assert not re.search(r"Traceback|127\.0\.0\.1|eyJ|Error\(", given.text), given.text


# The connection


@asynccontextmanager
async def nobody(world: FaultyWorld, *_: Any) -> AsyncIterator[str]:
    with world.library.away():
        yield world.app_url


@asynccontextmanager
async def silence(world: FaultyWorld, *_: Any) -> AsyncIterator[str]:
    with world.library.away(), clogged(world.library.port):
        yield world.app_url


@asynccontextmanager
async def no_such_name(world: FaultyWorld, folder: Path, _: Tls) -> AsyncIterator[str]:
    with replica(world, folder, CHARACTER_LIBRARY_API_URL="http://library.invalid") as app:
        yield app.url


@asynccontextmanager
async def a_stranger(world: FaultyWorld, folder: Path, tls: Tls) -> AsyncIterator[str]:
    handshakes = []
    tls.server.sni_callback = lambda *_: handshakes.append(1)
    async with raw_server(answer(200), tls=tls.server) as server:
        with replica(world, folder, CHARACTER_LIBRARY_API_URL=server.url) as app:
            yield app.url
    assert (len(handshakes), server.requests) == (1, [])


@pytest.mark.parametrize(
    "away",
    [
        cell("A3-01 nobody listens", nobody),
        cell("A3-01 no such name", no_such_name),
        cell("A3-01 a certificate of a stranger's", a_stranger),
        cell("A3-02", silence),
    ],
)
async def test_without_a_connection_nothing_was_paid_for(
    world: FaultyWorld, tmp_path: Path, tls: Tls, away: Callable[..., AbstractAsyncContextManager[str]]
) -> None:
    character, media = await world.character(), await world.media_count()
    async with away(world, tmp_path, tls) as url, world.api() as api:
        held_to(UNREACHABLE, await api.post(f"{url}{character.url(REFERENCE)}", json=ROUTES[REFERENCE]))
    await nothing_kept(world, character, media)
    assert await world.calls(character, "POST") == []


# The answer

DRAGS_ON = [
    cell("A3-03", [HANG], [REFERENCE, SCENE, SET]),
    cell("A3-04 header", [Drip(LINE + b"X: y\r\n" * 1000, 0.05)], [REFERENCE]),
    cell("A3-04 body", [*answer(200, b"", length=1000), Drip(b"{" * 1000, 0.05)], [REFERENCE]),
    cell("A3-04 endless 1xx", [Drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 0.02)], [SCENE]),
]

SAYS = [
    cell("A3-05 closed", [b""], BROKEN),
    cell("A3-05 reset", [Reset()], BROKEN),
    cell("A3-05 not HTTP", [b"SSH-2.0-OpenSSH_9.2\r\n"], BROKEN),
    cell("A3-06 reset", [*answer(200, b'{"success": true', length=500), Reset()], BROKEN),
    cell("A3-06 closed", answer(200, b'{"success": true', length=500), BROKEN),
    cell("A3-06 chunks", [LINE + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{"], BROKEN),
    cell("A3-16 HTML", answer(200, b"<h1>Welcome to nginx!</h1>", "Content-Type: text/html"), nonsense(NO_JSON)),
    cell("A3-16 empty", answer(200), nonsense(NO_JSON)),
    cell("A3-16 nothing to say", answer(204), nonsense(NO_JSON)),
    cell("A3-16 cut JSON", answer(200, b'{"success": true, "data": {"publicUrl": "htt'), nonsense(NO_JSON)),
    cell("A3-16 no UTF-8", answer(200, b'{"publicUrl": "\xff\xfe"}'), nonsense(NO_JSON)),
    cell("A3-16 null", json_answer(200, None), nonsense(NO_JSON)),
    cell("A3-16 a text", json_answer(200, "https://cdn.test/a.png"), nonsense(NOTHING)),
    cell("A3-16 a list", json_answer(200, [{"publicUrl": "https://cdn.test/a.png"}]), nonsense(NOTHING)),
    cell("A3-16 wrong types", json_answer(200, {"publicUrl": 5, "images": {"a": 1}, "data": [[]]}), nonsense(NOTHING)),
    cell("A3-16 no address", json_answer(201, {"success": True, "data": {"imageId": 7}}), nonsense(NOTHING)),
    cell("A3-17 too long", answer(200, b'{"a": "' + b"x" * 8 * 1024 * 1024 + b'"}'), nonsense(TOO_MUCH)),
    cell(
        "A3-17 without an end",
        [LINE + b"Connection: close\r\n\r\n", b'{"a": "' + b"x" * 9 * 1024 * 1024, HANG],
        nonsense(TOO_MUCH),
    ),
    cell("A3-17 nested", answer(200, b'{"images": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), nonsense(NO_JSON)),
    cell("A3-17 bomb", answer(200, zeros(200, gzipped=True), "Content-Encoding: gzip"), nonsense("in an encoding")),
    cell("A3-18", json_answer(200, {"success": True, "data": {"images": []}, "images": []}), nonsense(NOTHING)),
    *(
        cell(f"A3-21 {status}", answer(status, b"", "Location: /somewhere/else"), nonsense(f"{status}, a redirect"))
        for status in (301, 302, 303, 307, 308)
    ),
]

TOO_LONG = "Prompt is too long"
REFUSES = [
    cell("A3-07 400", 400, {"error": TOO_LONG}, refused(f"answered 400: {TOO_LONG}")),
    cell("A3-07 422", 422, {"success": False, "error": TOO_LONG}, refused(f"answered 422: {TOO_LONG}")),
    cell("A3-07 odd words", 400, {"error": TOO_LONG * 100}, refused(TOO_LONG)),
    cell("A3-08 401", 401, {"errors": [{"message": TOO_LONG}]}, refused(f"answered 401: {TOO_LONG}")),
    cell("A3-08 403", 403, {"message": TOO_LONG}, refused(f"answered 403: {TOO_LONG}")),
    cell("A3-09", 404, {"error": TOO_LONG}, refused(f"answered 404: {TOO_LONG}")),
    cell(
        "A3-09 in a 500",
        500,
        {"success": False, "error": TOO_LONG, "details": "Not Found"},
        refused(rf"does not know this character.*Sync.*answered 500: {TOO_LONG}: Not Found"),
    ),
    cell("A3-10", 409, {"error": TOO_LONG}, refused(f"answered 409: {TOO_LONG}")),
    cell("A3-11", 413, {"error": TOO_LONG}, refused(f"answered 413: {TOO_LONG}")),
    cell("A3-12", 429, {"error": TOO_LONG}, refused(f"answered 429: {TOO_LONG}")),
    cell("A3-13 500", 500, {"error": TOO_LONG, "details": TOO_LONG}, refused(f"500: {TOO_LONG}", "unknown")),
    *(
        cell(f"A3-13 {status}", status, {"error": TOO_LONG}, refused(rf"{status}: {TOO_LONG}.*recover", "unknown"))
        for status in (502, 503, 504)
    ),
    cell("A3-14", 200, {"success": False, "error": TOO_LONG}, refused(f"answered 200: {TOO_LONG}", "unknown")),
    cell("A3-14 failed", 201, {"status": "failed", "error": TOO_LONG}, refused(f"201: {TOO_LONG}", "unknown")),
]


async def ask_each(
    world: FaultyWorld, script: Script, told: Told, routes: Iterable[str] = tuple(ROUTES)
) -> list[httpx.Response]:
    """A reference, a scene and a set, each of another character, all of them met by the same script."""
    characters, media = {route: await world.character() for route in routes}, await world.media_count()
    world.library.order(Fault(method="POST", path="/generate-", times=ALWAYS, instead=script))
    async with world.api() as api:
        asked = (api.post(character.url(route), json=ROUTES[route]) for route, character in characters.items())
        given = await asyncio.gather(*asked)
    for character, one in zip(characters.values(), given, strict=True):
        held_to(told, one)
        assert len(world.library.asked("POST", generated(character))) == 1
        await nothing_kept(world, character, media)
    return given


@pytest.mark.parametrize(("script", "routes"), DRAGS_ON)
async def test_an_answer_that_drags_on_is_given_up_and_not_asked_for_again(
    world: FaultyWorld, script: Script, routes: list[str]
) -> None:
    await ask_each(world, script, SLOW, routes)


@pytest.mark.parametrize(("script", "told"), SAYS)
async def test_an_answer_that_is_none_is_told_and_not_asked_for_again(
    world: FaultyWorld, script: Script, told: Told
) -> None:
    with lean(world.app):
        await ask_each(world, script, told)
    assert not [seen.target for seen in world.library.seen if "/somewhere" in seen.target]


@pytest.mark.parametrize(("status", "body", "told"), REFUSES)
async def test_a_refusal_is_told_in_the_librarys_own_words_and_not_tried_again(
    world: FaultyWorld, status: int, body: Doc, told: Told
) -> None:
    for given in await ask_each(world, json_answer(status, body, "Retry-After: 0"), told):
        problem = given.json()
        assert problem["upstream"]["status"] == status
        assert problem["upstream"]["error"].startswith(TOO_LONG)
        assert len(problem["upstream"]["error"]) <= 300
        if body.get("error") != TOO_LONG * 100:
            assert problem["error"].count(TOO_LONG) == 1


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        cell("A3-03 drawn", [HANG], SLOW),
        cell("A3-05 drawn", [Reset()], BROKEN),
        cell("A3-06 drawn", [*answer(200, b"{", length=100), Reset()], BROKEN),
        cell("A3-13 drawn", json_answer(504, {"error": "Gateway Time-out"}), refused("recover images", "unknown")),
        cell("A3-16 drawn", answer(200, b"<h1>OK</h1>"), nonsense(NO_JSON)),
        cell("A3-21 drawn", answer(307, b"", "Location: /somewhere/else"), nonsense("redirect")),
    ],
)
async def test_what_was_drawn_behind_a_lost_answer_is_recovered_without_drawing_again(
    world: FaultyWorld, lost: Script, told: Told
) -> None:
    character = await world.character()
    world.library.order(Fault(method="POST", path=generated(character), lost=lost))
    async with world.api() as api:
        held_to(told, await api.post(character.url(REFERENCE), json=ROUTES[REFERENCE]))
        recovered = (await api.post(character.url("recover-images"))).json()
    assert (recovered["success"], recovered["count"]) == (True, 1)
    assert len(await world.records(character)) == 1
    assert len(await world.calls(character, "POST")) == len(world.library.asked("POST", generated(character))) == 1


# Sets


@pytest.mark.parametrize("shots", [cell("A3-15", 4)])
async def test_a_job_is_followed_and_not_asked_for_again(world: FaultyWorld, shots: int) -> None:
    character = await world.character(settings={"dialect": "job", "shots": shots, "jobStepMs": 100})
    async with world.api() as api:
        await api.post(character.url(REFERENCE), json=ROUTES[REFERENCE])
        world.library.order(Fault(method="GET", path="/api/v1/jobs/", instead=[Reset()]))
        given = await api.post(character.url(SET), json={})
    assert given.status_code == 201, given.text
    assert given.json()["count"] == shots
    assert len(world.library.asked("GET", "/api/v1/jobs/")) >= 2
    assert len(await world.calls(character, "POST")) == 2
    assert len(await world.records(character)) == 1 + shots


@pytest.mark.parametrize(
    ("addresses", "kept"),
    [
        cell("A3-19 more than were asked for", range(5), 5),
        cell("A3-19 more than are kept", range(70), 64),
        cell("A3-20", [0, 1, 0, 1, 1, 0], 2),
    ],
)
async def test_each_address_of_a_set_is_fetched_once_up_to_64(
    world: FaultyWorld, addresses: list[int], kept: int
) -> None:
    character, media = await world.character(), await world.media_count()
    async with world.api() as api:
        drawn = (await api.post(character.url(REFERENCE), json=ROUTES[REFERENCE])).json()["image"]["sourceUrl"]
        images = [{"publicUrl": f"{drawn}?{number}", "imageId": f"m{number}"} for number in addresses]
        made = json_answer(200, {"success": True, "images": images})
        world.library.order(Fault(method="POST", path=SET, instead=made))
        given = (await api.post(character.url(SET), json=ROUTES[SET])).json()
    assert (given["success"], given["count"], given["failures"]) == (True, kept, [])
    fetched = [seen.target.partition("?")[2] for seen in world.library.asked("GET", r"\.jpg\?")]
    assert sorted(fetched, key=int) == [str(number) for number in range(kept)]
    assert len(world.library.asked("POST", SET)) == 1
    assert len(await world.records(character)) == min(1 + kept, 100)
    assert await world.media_count() == media + 1 + kept


# What happens meanwhile


@pytest.mark.parametrize("route", [cell("A3-22", REFERENCE)])
async def test_a_connection_is_never_used_twice(world: FaultyWorld, route: str) -> None:
    character = await world.character()
    kept_open: Script = [LINE.replace(b"200 OK", b"400 No") + b"Content-Length: 2\r\n\r\n{}", HANG]
    world.library.order(Fault(method="POST", path=generated(character), instead=kept_open))
    async with world.api() as api:
        held_to(refused("answered 400"), await api.post(character.url(route), json={}))
        given = await api.post(character.url(route), json={})
    assert given.status_code == 201, given.text
    assert len(world.library.asked("POST", generated(character))) == 2


async def signed_in_anew(world: FaultyWorld) -> Person:
    async with plain(base_url=f"{world.payload_url}/api/users") as users:
        session = (await users.post("/login", json={"email": EDITOR, "password": PASSWORD})).json()
    return Person(world.editor.id, EDITOR, Jwt(session["token"]))


@pytest.mark.parametrize("route", [cell("A3-23", REFERENCE, real=True)])
async def test_what_lands_after_the_session_has_ended_is_recovered_in_the_next_one(
    world: FaultyWorld, route: str
) -> None:
    character, media, person = await world.character(), await world.media_count(), await signed_in_anew(world)
    await world.fault(character, route, delayMs=500)
    async with world.api(person) as api:
        asked = asyncio.create_task(api.post(character.url(route), json={}))
        await world.until_asked(character)
        async with plain(base_url=world.payload_url, headers=person.headers) as users:
            assert (await users.post("/api/users/logout")).status_code == 200
        given = await asked
    problem = given.json()
    assert (given.status_code, problem["upstream"]["charged"]) == (401, "yes"), given.text
    assert problem["error"].startswith("The image was drawn, but could not be kept.")
    await nothing_kept(world, character, media)
    async with world.api() as api:
        assert (await api.post(character.url("recover-images"))).json()["count"] == 1
    assert len(await world.calls(character, "POST")) == 1


@pytest.mark.parametrize("route", [cell(f"A3-24 {route}", route) for route in (REFERENCE, SET)])
async def test_a_caller_who_goes_away_changes_nothing(world: FaultyWorld, route: str) -> None:
    character = await world.character()
    async with world.api() as api:
        if route == SET:
            await api.post(character.url(REFERENCE), json={})
        drawn = len(await world.calls(character, "POST"))
        await world.fault(character, route, delayMs=500)
        asked = asyncio.create_task(api.post(character.url(route), json=ROUTES[route]))
        await world.until_asked(character, times=drawn + 1)
        asked.cancel()
    await world.until_idle(character)
    assert len(await world.calls(character, "POST")) == drawn + 1
    kinds = [record["kind"] for record in await world.records(character)]
    assert kinds == (["portfolioItem"] * 3 if route == SET else []) + ["reference"]


@pytest.mark.parametrize(
    ("first", "second"),
    [cell("A3-25", REFERENCE, REFERENCE), cell("A3-25 a set meanwhile", REFERENCE, SET)],
)
async def test_a_second_click_starts_nothing(world: FaultyWorld, first: str, second: str) -> None:
    character = await world.character()
    await world.fault(character, first, delayMs=500)
    async with world.api() as api:
        asked = asyncio.create_task(api.post(character.url(first), json={}))
        await world.until_asked(character)
        again = await asyncio.gather(*(api.post(character.url(second), json={}) for _ in range(5)))
        assert (await asked).status_code == 201
    told = {(one.status_code, one.json()["code"], one.json()["success"]) for one in again}
    assert told == {(409, "generation_in_progress", False)}
    assert len(await world.calls(character, "POST")) == len(await world.records(character)) == 1


@pytest.mark.parametrize("route", [cell("A3-26", SCENE)])
async def test_two_processes_draw_at_most_once_each_and_both_are_kept(
    world: FaultyWorld, tmp_path: Path, route: str
) -> None:
    character = await world.character()
    async with world.api() as api:
        await api.post(character.url(REFERENCE), json={})
    await world.fault(character, route, times=2, delayMs=300)
    with replica(world, tmp_path) as other:
        async with world.api() as here, asking(world, other) as there:
            clicks = [client.post(character.url(route), json=ROUTES[route]) for client in (here, there, here, there)]
            given = await asyncio.gather(*clicks)
    assert sorted(one.status_code for one in given) == [201, 201, 409, 409]
    assert [call["route"] for call in await world.calls(character, "POST")] == [REFERENCE, route, route]
    assert len({record["media"]["id"] for record in await world.records(character)}) == 3


@pytest.mark.parametrize("route", [cell(f"A3-27 {route}", route) for route in (REFERENCE, SET)])
async def test_asked_to_end_it_waits_for_the_library_and_for_what_that_drew(
    world: FaultyWorld, tmp_path: Path, route: str
) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 3, "jobStepMs": 50})
    async with world.api() as api:
        if route == SET:
            await api.post(character.url(REFERENCE), json={})
    drawn = len(await world.calls(character, "POST"))
    await world.fault(character, route, delayMs=500)
    with replica(world, tmp_path) as app:
        async with asking(world, app) as api:
            asked = asyncio.create_task(api.post(character.url(route), json={}))
            await world.until_asked(character, times=drawn + 1)
            app.process.send_signal(signal.SIGTERM)
            given = await asked
        await asyncio.to_thread(app.process.wait, 10)
    assert given.status_code == 201, given.text
    assert len(await world.calls(character, "POST")) == drawn + 1
    assert len(await world.records(character)) == 1 + (3 if route == SET else 0)


@pytest.mark.parametrize("form", [cell("A3-27 from a page", "reference")])
async def test_asked_to_end_it_finishes_what_nobody_waits_for(world: FaultyWorld, tmp_path: Path, form: str) -> None:
    character = await world.character(settings={"delayMs": 500})
    with replica(world, tmp_path) as app:
        async with asking(world, app) as page:
            page.headers["Sec-Fetch-Site"] = "same-origin"
            route = f"/screenplay/characters/{character.id}/images/{form}"
            assert (await page.post(route, data={"prompt": "x"})).status_code == 303
        await world.until_asked(character)
        app.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(app.process.wait, 10)
    assert len(await world.calls(character, "POST")) == len(await world.records(character)) == 1


@pytest.mark.parametrize("route", [cell("A3-28", REFERENCE)])
async def test_killed_meanwhile_it_leaves_nothing_and_what_was_drawn_is_recovered(
    world: FaultyWorld, tmp_path: Path, route: str
) -> None:
    character, media = await world.character(), await world.media_count()
    await world.fault(character, route, delayMs=500)
    with replica(world, tmp_path) as app:
        async with asking(world, app) as api:
            asked = asyncio.create_task(api.post(character.url(route), json={}))
            await world.until_asked(character)
            app.process.kill()
            with pytest.raises(httpx.TransportError):
                await asked
    await nothing_kept(world, character, media)
    async with world.api() as api:
        await until_held(api, character)
        assert (await api.post(character.url("recover-images"))).json()["count"] == 1
    assert len(await world.calls(character, "POST")) == len(await world.records(character)) == 1


async def until_held(api: httpx.AsyncClient, character: Character) -> None:
    """Wait until the library has drawn what it was asked for."""
    for _ in range(1000):
        if (await api.get(character.url("library-images"))).json()["images"]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the library drew nothing")


@pytest.mark.parametrize("jumps", [cell("A3-29", [signal.SIGUSR1, signal.SIGUSR2])])
async def test_a_clock_that_jumps_by_an_hour_changes_no_deadline(
    world: FaultyWorld, tmp_path: Path, jumps: list[signal.Signals]
) -> None:
    with replica(world, tmp_path, module="tests.support.jumping") as app:
        async with asking(world, app) as api:
            for jump in jumps:
                landing, hanging = await world.character(), await world.character()
                await world.fault(landing, REFERENCE, delayMs=500)
                await world.fault(hanging, REFERENCE, action="hang")
                started = time.monotonic()
                asked = [asyncio.create_task(api.post(one.url(REFERENCE), json={})) for one in (landing, hanging)]
                await asyncio.gather(world.until_asked(landing), world.until_asked(hanging))
                app.process.send_signal(jump)
                landed, hung = await asyncio.gather(*asked)
                assert landed.status_code == 201, landed.text
                assert 0 <= landed.json()["image"]["metrics"]["durationMs"] < 10_000
                held_to(SLOW, hung)
                assert 2 <= time.monotonic() - started < 6
                assert len(await world.calls(landing, "POST")) == len(await world.records(landing)) == 1
