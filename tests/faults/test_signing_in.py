"""D: signing in and out, sessions, and pages that fail."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from jinja2 import DictLoader

from app.main import create_app
from app.pages import environment
from app.settings import Settings
from payload_client import Jwt
from scripts.local_stack import stack
from tests.faults.matrix import cell
from tests.support import problems
from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.hurried import FOR_PAYLOAD
from tests.support.raw_server import HANG, Reset, Script, answer, json_answer
from tests.support.sessions import drawn, upstreams
from tests.support.world import PASSWORD, Person, plain

LOGIN, LOGOUT = "/api/users/login", "/api/users/logout"
HOME = "/screenplay/characters"
ROUNDS = int(os.environ.get("ISOLATION_ROUNDS", "25"))


async def sign_in(world: FaultyWorld, email: str, password: str = PASSWORD, next: str = HOME) -> httpx.Response:
    """What the form answers."""
    async with world.browser() as browser:
        return await browser.post("/login", data={"email": email, "password": password, "next": next})


async def lock(world: FaultyWorld, person: Person) -> None:
    """Have Payload lock the account, which it does after five wrong passwords."""
    async with plain(base_url=world.payload_url) as payload:
        for _ in range(5):
            await payload.post(LOGIN, json={"email": person.email, "password": "wrong"})
        locked = await payload.post(LOGIN, json={"email": person.email, "password": PASSWORD})
    assert "locked" in locked.text


UNVERIFIED = json_answer(403, {"errors": [{"message": "Please verify your email before logging in."}]})


async def unverify(world: FaultyWorld, person: Person) -> None:
    """As where Payload wants an e-mail confirmed first."""
    world.payload.order(Fault(method="POST", path=LOGIN, instead=UNVERIFIED))


async def nothing(world: FaultyWorld, person: Person) -> None:
    """The account is as it should be."""


@pytest.mark.parametrize(
    ("arrange", "password"),
    [
        cell("D-01 wrong", nothing, "wrong", real=True),
        cell("D-01 locked", lock, PASSWORD, real=True),
        cell("D-01 unverified", unverify, PASSWORD),
    ],
)
async def test_wrong_locked_and_unverified_read_the_same(world: FaultyWorld, arrange: Any, password: str) -> None:
    person = await world.newcomer()
    unknown = await sign_in(world, nobody := f"{uuid4().hex}@film.example")
    await arrange(world, person)
    refused = await sign_in(world, person.email, password)
    assert problems.page(refused, 401).startswith(
        "The e-mail or password is not right, or the account cannot sign in now."
    )
    assert refused.text.replace(person.email, "") == unknown.text.replace(nobody, "")
    assert "set-cookie" not in refused.headers


SESSION: dict[str, Any] = {"user": {"id": 1, "email": "a@b.c"}, "token": "a.b.c", "exp": 4_000_000_000}


@pytest.mark.parametrize(
    "script",
    [
        cell("D-02 silent", [HANG]),
        cell("D-02 reset", [Reset()]),
        cell("D-02 500", json_answer(500, {"errors": [{"message": "Something went wrong."}]})),
        cell("D-02 503", answer(503)),
        cell("D-03 no token", json_answer(200, {**SESSION, "token": None})),
        cell("D-03 no end", json_answer(200, {**SESSION, "exp": None})),
        cell("D-03 html", answer(200, b"<!doctype html>", "Content-Type: text/html")),
        cell("D-03 redirect", json_answer(302, SESSION, "Location: /api/users/me", "Set-Cookie: payload-token=a.b.c")),
    ],
)
async def test_a_sign_in_that_payload_cannot_do_is_not_the_users_fault(world: FaultyWorld, script: Script) -> None:
    world.payload.order(Fault(method="POST", path=LOGIN, times=ALWAYS, instead=script))
    refused = await sign_in(world, email := f"{uuid4().hex}@film.example", next=f"{HOME}?page=2")
    not_the_users_fault(refused, email)
    assert len(world.payload.asked("POST", LOGIN)) == 1


@pytest.mark.parametrize("place", [cell("D-02 stopped", "", real=True)])
async def test_a_payload_that_stands_still_signs_nobody_in(world: FaultyWorld, place: str) -> None:
    with world.stopped():
        refused = await sign_in(world, email := f"{uuid4().hex}@film.example", next=f"{HOME}?page=2")
    not_the_users_fault(refused, email)


def not_the_users_fault(refused: httpx.Response, email: str) -> None:
    """The form is there again, with the e-mail and the way on, and no session has begun."""
    assert problems.page(refused, 503).startswith("Payload could not be reached or failed.")
    assert f'value="{email}"' in refused.text
    assert f'value="{HOME}?page=2"' in refused.text
    assert refused.headers["retry-after"]
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("rounds", [cell("D-04", ROUNDS)])
async def test_two_people_at_once_are_never_mixed_up(world: FaultyWorld, rounds: int) -> None:
    people = [await world.newcomer(), await world.newcomer()]

    async def visit(person: Person, other: Person) -> None:
        async with world.browser(person) as browser:
            for _ in range(rounds):
                page = await browser.get(HOME)
                assert page.status_code == 200
                assert person.email in page.text
                assert other.email not in page.text
                assert "set-cookie" not in page.headers

    await asyncio.gather(*(visit(*pair) for pair in [people, people[::-1]] for _ in range(2)))


@pytest.mark.parametrize(
    ("script", "ended"),
    [
        cell("D-05 silent", [HANG], False),
        cell("D-05 reset", [Reset()], False),
        cell("D-05 500", answer(500), False),
        cell("D-05 html", answer(200, b"<!doctype html>"), False),
        cell("D-05 none to end", json_answer(400, {"errors": [{"message": "No User"}]}), True),
    ],
)
async def test_signing_out_ends_the_session_here_whatever_payload_says(
    world: FaultyWorld, script: Script, ended: bool
) -> None:
    person = await world.newcomer()
    world.payload.order(Fault(method="POST", path=LOGOUT, times=ALWAYS, instead=script))
    await signs_out(world, person, ended=ended)
    assert len(world.payload.asked("POST", LOGOUT)) == 1


@pytest.mark.parametrize("place", [cell("D-05 stopped", "", real=True)])
async def test_signing_out_ends_the_session_here_though_payload_stands_still(world: FaultyWorld, place: str) -> None:
    person = await world.newcomer()
    with world.stopped():
        await signs_out(world, person, ended=False)


async def signs_out(world: FaultyWorld, person: Person, *, ended: bool) -> None:
    """The cookie goes; what may live on is told."""
    async with world.browser(person) as browser:
        out = await browser.post("/logout")
        door = await browser.get(out.headers["location"])
    assert out.status_code == 303
    assert re.match(r'payload-token=(""|);.*Max-Age=0', out.headers["set-cookie"])
    assert ("the session there goes on until it ends by itself" in door.text) is not ended


def signed(world: FaultyWorld, person: Person, **claims: object) -> Person:
    """The same person with a token that says something else, signed as Payload signs."""
    assert isinstance(person.auth, Jwt)
    head, body, _ = person.auth.token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    text = json.dumps({**said, **claims}).encode()
    signing = f"{head}.{base64.urlsafe_b64encode(text).rstrip(b'=').decode()}"
    secret = hashlib.sha256(b"local-development-only").hexdigest()[:32].encode()
    signature = base64.urlsafe_b64encode(hmac.digest(secret, signing.encode(), "sha256")).rstrip(b"=").decode()
    return Person(person.id, person.email, Jwt(f"{signing}.{signature}"))


@pytest.mark.parametrize("seconds", [cell("D-06", -1, real=True)])
async def test_who_stayed_too_long_signs_in_again_and_goes_on(world: FaultyWorld, seconds: int) -> None:
    person, where = await world.newcomer(), f"{HOME}?page=1&x=%2F%2Fevil.example"
    async with world.browser(signed(world, person, exp=int(time.time()) + 600)) as browser:
        assert (await browser.get(where)).status_code == 200
    async with world.browser(signed(world, person, exp=int(time.time()) + seconds)) as browser:
        led = await browser.get(where)
        door = await browser.get(led.headers["location"])
    assert led.status_code == 303
    assert led.headers["location"].startswith("/login?next=/screenplay/characters%3Fpage%3D1")
    assert f'value="{where.replace("&", "&amp;")}"' in door.text
    assert (await sign_in(world, person.email, next=where)).headers["location"] == where


@pytest.mark.parametrize("hours", [cell("D-07 ahead", 3), cell("D-07 behind", -3)])
async def test_a_wrong_clock_keeps_nobody_out(world: FaultyWorld, tmp_path: Path, hours: int) -> None:
    settings = upstreams(world) | {"CLOCK_SKEW": str(hours * 3600)}
    person, character = await world.newcomer(), await world.character()
    with stack.app(tmp_path, settings, module="tests.support.hurried") as app:
        async with plain(base_url=app.url, headers={"Origin": app.url}) as browser:
            signed_in = await browser.post("/login", data={"email": person.email, "password": PASSWORD})
            page = await browser.get(HOME)
            made = await browser.post(character.url("generate-initial-image"), json={"prompt": "x"})
    assert (signed_in.status_code, page.status_code, made.status_code) == (303, 200, 201)
    assert person.email in page.text


BROKEN = "{{ nothing_of_that_name }}"


@pytest.mark.parametrize(
    ("templates", "words"),
    [
        cell("D-08 page", {"sign_in/login.html": BROKEN}, '<header class="bar">'),
        cell("D-08 layout", {"base.html": BROKEN}, "<h1>Internal Server Error</h1>"),
        cell(
            "D-08 all", {"base.html": "{% if %}", "errors/error.html": "{{ 1 / 0 }}"}, "<h1>Internal Server Error</h1>"
        ),
    ],
)
async def test_a_template_that_fails_is_a_plain_page(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, templates: dict[str, str], words: str
) -> None:
    loader, names = environment.loader, environment.list_templates()
    assert loader
    sources = {name: loader.get_source(environment, name)[0] for name in names}
    # A broken template has to stand in the place of a sound one, and those of the product are files of the checkout.
    monkeypatch.setattr(environment, "loader", DictLoader(sources | templates))
    monkeypatch.setattr(environment, "cache", {})
    nowhere = "http://127.0.0.1:1"
    app = create_app(Settings(site_url="http://film.test", payload_url=nowhere, character_library_api_url=nowhere))
    transport = httpx.ASGITransport(app.asgi)  # type: ignore[arg-type]  # Litestar's types of the same things
    async with httpx.AsyncClient(transport=transport, base_url="http://film.test") as browser:
        failed = await browser.get("/login")
    assert failed.status_code == 500
    assert failed.headers["content-type"].startswith("text/html")
    assert words in failed.text
    assert "Something went wrong on our side." in failed.text
    assert failed.headers["x-request-id"] in failed.text
    assert "nosniff" in failed.headers["x-content-type-options"]
    assert not [word for word in ("Traceback", "nothing_of_that_name", "jinja", "division") if word in failed.text]
    assert failed.headers["x-request-id"] in caplog.text


SLOW = 4.9 * FOR_PAYLOAD


@pytest.mark.parametrize(
    ("path", "seconds"),
    [cell("D-09 one answer", r"/api/character-image-metadata", SLOW), cell("D-09 every answer", "", 2 * SLOW)],
)
async def test_a_slow_payload_slows_its_own_pages_only(world: FaultyWorld, path: str, seconds: float) -> None:
    character = await world.character()
    await drawn(world, character, 1)
    world.payload.order(Fault(method="GET", path=path, times=ALWAYS, before=lambda: asyncio.sleep(SLOW)))

    async def timed(address: str) -> float:
        started = time.monotonic()
        assert (await browser.get(address)).status_code == 200
        return time.monotonic() - started

    async with world.browser(world.editor) as browser:
        pages = [asyncio.create_task(timed(f"{HOME}/{character.id}/images")) for _ in range(2)]
        lives = []
        while not all(page.done() for page in pages):
            lives.append(await timed("/health/live"))
            await asyncio.sleep(0.02)
        took = [await page for page in pages]
    assert max(took) < seconds + 1.8 * SLOW
    assert len(lives) > 5
    assert sorted(lives)[len(lives) // 2] < SLOW / 5
    assert max(lives) < SLOW
