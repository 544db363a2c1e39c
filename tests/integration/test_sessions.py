"""Who may do what: Payload's sessions, carried as cookie or header, and nothing asked for from elsewhere."""

from __future__ import annotations

import asyncio
import re
import time

import httpx
import pytest

from app.limits import Limits
from tests.support.world import PASSWORD, World, plain

READS = ["images", "initial-image-prompt", "library-images", "runs"]
WRITES = ["generate-initial-image", "generate-360-set", "generate-scene-image", "recover-images"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "JWT nonsense"},
        {"Authorization": "JWT eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "users API-Key wrong"},
        {"Cookie": "payload-token=abc"},
        {"Cookie": "payload-token=eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl"},
    ],
)
async def test_without_a_session_everything_is_401_and_nothing_is_called(world: World, headers: dict[str, str]) -> None:
    character = await world.character()
    async with plain(base_url=world.app_url, headers=headers) as api:
        answers = [await api.get(character.url(route)) for route in READS]
        answers += [
            await api.post(character.url(route), json={"sceneContext": "x"} if "scene" in route else {})
            for route in WRITES
        ]
        answers.append(await api.delete(character.url("images/1")))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "unauthenticated")}
    assert await world.calls(character) == []


@pytest.mark.inside
async def test_no_credentials_cost_payload_no_request(world: World) -> None:
    character = await world.character()
    async with plain(base_url=world.app_url) as api:
        with world.payload_requests() as asked:
            await api.post(character.url("generate-initial-image"), json={})
    assert asked == []


async def test_a_session_comes_as_jwt_bearer_api_key_or_cookie(world: World) -> None:
    character = await world.character()
    async with world.cms() as payload:
        await payload.collection("users").update(world.editor.id, {"enableAPIKey": True, "apiKey": "k" * 36})
    token = world.editor.auth.header.removeprefix("JWT ")
    ways = [
        {"Authorization": f"JWT {token}"},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"users API-Key {'k' * 36}"},
        {"Cookie": f"payload-token={token}"},
    ]
    async with plain(base_url=world.app_url) as api:
        answers = [await api.get(character.url("images"), headers=way) for way in ways]
    assert [answer.status_code for answer in answers] == [200] * 4


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 404),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "SITE"}, 403),
        ({"Origin": "SITE"}, 404),
        ({}, 404),
    ],
)
async def test_a_change_by_cookie_must_come_from_our_own_pages(
    world: World, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.replace("SITE", world.app_url) for name, value in headers.items()}
    sent["Cookie"] = f"payload-token={world.editor.auth.header.removeprefix('JWT ')}"
    async with plain(base_url=world.app_url, headers=sent) as api:
        answers = [
            await api.delete("/v1/characters/999999/images/1"),
            await api.post("/v1/characters/999999/recover-images"),
        ]
    assert [answer.status_code for answer in answers] == [status] * 2


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""]
)
async def test_a_json_route_takes_json_only(world: World, kind: str) -> None:
    character = await world.character()
    async with world.api(headers={"Content-Type": kind} if kind else {}) as api:
        answer = await api.post(character.url("generate-initial-image"), content=b'{"prompt": "x"}')
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert await world.calls(character) == []


@pytest.mark.parametrize(
    "body",
    [b"{", b'"x"', b"[]", b"null", b'{"prompt": "\xff"}', b"[" * 100_000, b'{"prompt": 5}', b'{"promt": "x"}', b"NaN"],
)
async def test_a_malformed_body_is_told_and_generates_nothing(world: World, body: bytes) -> None:
    character = await world.character()
    async with world.api(headers={"Content-Type": "application/json"}) as api:
        answer = await api.post(character.url("generate-initial-image"), content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), answer.text
    assert await world.calls(character) == []


async def test_a_prompt_has_at_most_ten_thousand_characters(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        longest = await api.post(character.url("generate-initial-image"), json={"prompt": "é" * 10_000})
        too_long = await api.post(character.url("generate-initial-image"), json={"prompt": "é" * 10_001})
        too_large = await api.post(character.url("generate-initial-image"), json={"prompt": "x" * 300_000})
    assert longest.status_code == 201, longest.text
    assert (too_long.status_code, too_long.json()["code"]) == (400, "invalid_request")
    assert (too_large.status_code, too_large.json()["code"]) == (413, "request_too_large")
    assert (await world.records(character))[0]["prompt"] == "é" * 10_000


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/v1/nothing", 404, "not_found"), ("PUT", "/v1/characters/1/images", 405, "method_not_allowed")],
)
async def test_framework_errors_have_the_same_shape(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    async with world.api() as api:
        answer = await api.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["success"]) == (status, code, False)
    assert problem["detail"] == problem["error"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert problem["requestId"] == answer.headers["x-request-id"]


async def test_signing_in_and_out_with_the_form(world: World) -> None:
    person = await world.newcomer("viewer")
    async with world.browser() as browser:
        form = {"email": person.email, "password": PASSWORD, "next": "/screenplay/characters?page=1"}
        signed_in = await browser.post("/login", data=form)
        page = await browser.get("/screenplay/characters")
        signed_out = await browser.post("/logout")
        after = await browser.get("/screenplay/characters")
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/screenplay/characters?page=1")
    cookie = signed_in.headers["set-cookie"]
    assert cookie.startswith("payload-token=")
    assert all(part in cookie for part in ("HttpOnly", "Path=/", "SameSite=Lax"))
    assert page.status_code == 200
    assert (signed_out.status_code, signed_out.headers["location"]) == (303, "/login")
    assert re.match(r'payload-token=(""|);.*Max-Age=0', signed_out.headers["set-cookie"])
    assert (after.status_code, after.headers["location"]) == (303, "/login?next=/screenplay/characters")


@pytest.mark.parametrize(
    "next",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/screenplay/%09/evil", "javascript:x", "/login", ""],
)
@pytest.mark.inside
async def test_signing_in_never_leads_off_this_site(world: World, next: str) -> None:
    person = await world.newcomer("viewer")
    async with world.browser() as browser:
        answer = await browser.post("/login", data={"email": person.email, "password": PASSWORD, "next": next})
    assert (answer.status_code, answer.headers["location"]) == (303, "/screenplay/characters")


@pytest.mark.inside
async def test_a_wrong_password_and_an_unknown_account_read_the_same(world: World) -> None:
    person = await world.newcomer("viewer")
    async with world.browser() as browser:
        wrong = await browser.post("/login", data={"email": person.email, "password": "no"})
        unknown = await browser.post("/login", data={"email": "nobody@example.com", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    assert "set-cookie" not in wrong.headers
    assert "The e-mail or password is not right" in wrong.text
    assert wrong.text.replace(person.email, "") == unknown.text.replace("nobody@example.com", "")


async def test_a_login_form_from_elsewhere_is_refused(world: World) -> None:
    form = {"email": world.viewer.email, "password": PASSWORD}
    async with plain(base_url=world.app_url) as somebody:
        answers = [
            await somebody.post("/login", data=form, headers=headers)
            for headers in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"})
        ]
    assert [answer.status_code for answer in answers] == [403] * 3


@pytest.mark.inside
async def test_signing_out_ends_the_session_at_payload(world: World) -> None:
    person = await world.newcomer("viewer")
    async with world.browser() as browser:
        await browser.post("/login", data={"email": person.email, "password": PASSWORD})
        copied = {"Authorization": f"JWT {browser.cookies['payload-token']}"}
        await browser.post("/logout")
        after = await browser.get("/v1/characters/1/images", headers=copied)
    assert (after.status_code, after.json()["code"]) == (401, "unauthenticated")


async def sign_in(browser: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    """What the form answers."""
    return await browser.post("/login", data={"email": email, "password": password})


@pytest.mark.inside
async def test_twelve_colleagues_of_one_office_sign_in_in_one_minute(world: World) -> None:
    people = [await world.newcomer("viewer") for _ in range(3)]
    async with world.browser() as office:
        answers = [await sign_in(office, person.email) for _ in range(4) for person in people]
    assert [answer.status_code for answer in answers] == [303] * 12


@pytest.mark.inside
async def test_strangers_who_guess_do_not_keep_out_a_browser_that_has_signed_in_before(world: World) -> None:
    person = await world.newcomer("viewer")
    async with world.browser() as own, world.browser() as stranger:
        first = await sign_in(own, person.email)
        await asyncio.gather(*(sign_in(stranger, person.email, "guess") for _ in range(5)))
        async with world.cms() as payload:  # whose own lock our door does not add to
            await payload.call("POST", "/users/unlock", answer=object, json={"email": person.email})
        answers = [await sign_in(browser, person.email) for browser in (stranger, own, stranger)]
    known = [cookie for cookie in first.headers.get_list("set-cookie") if cookie.startswith("character-images-device=")]
    assert [part in known[0] for part in ("HttpOnly", "Path=/login", "SameSite=strict", "Max-Age=2592000")] == [
        True
    ] * 4
    assert [answer.status_code for answer in answers] == [429, 303, 429]


@pytest.mark.inside
async def test_an_account_is_found_as_payload_reads_its_address(world: World) -> None:
    person = await world.newcomer("viewer")
    async with world.browser() as browser:
        answer = await sign_in(browser, f"\ufeff {person.email.upper()}\u3000")
    assert answer.status_code == 303


@pytest.mark.inside
async def test_signing_in_over_a_session_ends_that(world: World) -> None:
    first, second = await world.newcomer("viewer"), await world.newcomer("viewer")
    async with world.browser() as browser:
        tokens = []
        for person, password in ((first, PASSWORD), (first, "wrong"), (second, PASSWORD)):
            await sign_in(browser, person.email, password)
            tokens.append({"Authorization": f"JWT {browser.cookies['payload-token']}"})
            await browser.get("/screenplay/characters")
    async with plain(base_url=world.payload_url) as payload:
        seen = [(await payload.get("/api/users/me", headers=token)).json()["user"] for token in tokens]
    assert tokens[0] == tokens[1] != tokens[2]
    assert [user and user["email"] for user in seen] == [None, None, second.email]


@pytest.mark.inside
async def test_a_refusal_takes_as_long_for_an_unknown_account_as_for_a_known_one(world: World) -> None:
    person, whole = await world.newcomer("viewer"), Limits().sign_in_refused_seconds
    async with world.browser() as browser:
        for email in (person.email, "nobody@example.com"):
            started = time.monotonic()
            assert (await sign_in(browser, email, "wrong")).status_code == 401
            assert time.monotonic() - started > whole
