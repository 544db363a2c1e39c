"""Who signs in, and with which cookie or token: each as some Payload has it."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest

from payload_client import Bearer, SessionCookie
from tests.support.payloads import journey, payload_with, signed_in
from tests.support.world import PASSWORD, plain

HOME = "/screenplay/characters"


CHANGES = {
    "username or email": "get('users').auth.loginWithUsername = "
    "{ allowEmailLogin: true, requireEmail: false, requireUsername: false }",
    "username only": "get('users').auth.loginWithUsername = "
    "{ allowEmailLogin: false, requireEmail: false, requireUsername: true }",
    "no token in answers": "get('users').auth.removeTokenFromResponses = true",
    "no sessions": "get('users').auth.useSessions = false",
    "Bearer and cookie": "base.auth = { jwtOrder: ['Bearer', 'cookie'] }",
    "Bearer": "base.auth = { jwtOrder: ['Bearer'] }",
    "cookie": "base.auth = { jwtOrder: ['cookie'] }; base.csrf = ['https://film.example']",
    "ids of people": "let count = 0; get('users').fields.unshift({ name: 'id', type: 'text', required: true, "
    "defaultValue: () => `person-${(count += 1)}` })",
    "cookie of a domain": "get('users').auth.cookies = { domain: '127.0.0.1' }",
    "strict cookie": "get('users').auth.cookies = { sameSite: 'Strict', secure: true }",
    "cookie of another name": "base.cookiePrefix = 'film'",
}
"""What each owner has changed in their config, for reasons of their own."""


@pytest.mark.parametrize(
    ("change", "person"),
    [
        ("username or email", {"email": "ada@film.example"}),
        ("username or email", {"username": "ada"}),
        ("username or email", {"username": "ada", "email": "ada@film.example"}),
        ("username or email", {"username": "ada", "email": ""}),
        ("username only", {"username": "ada.lune"}),
        ("no token in answers", {"email": "ada@film.example"}),
        ("no sessions", {"email": "ada@film.example"}),
        ("Bearer and cookie", {"email": "ada@film.example"}),
        ("Bearer", {"email": "ada@film.example"}),
        ("cookie", {"email": "ada@film.example"}),
        ("ids of people", {"email": "ada@film.example"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
async def test_people_sign_in_are_shown_work_and_sign_out(change: str, person: dict[str, str], tmp_path: Path) -> None:
    auth = SessionCookie if change == "cookie" else Bearer
    with payload_with(tmp_path, CHANGES[change], person=person, auth=auth) as world:
        character = await world.character()
        async with signed_in(world) as client:
            page = await client.get(HOME)
            assert (page.status_code, f'title="{person.get("email") or person["username"]}"' in page.text) == (
                200,
                True,
            )
            await journey(world, client, character)
            assert (await client.post("/logout")).status_code == 303
            assert (await client.get(HOME)).status_code == 303
            assert session_cookies(client) == []


async def test_a_user_name_and_an_address_both_sign_in(tmp_path: Path) -> None:
    with payload_with(
        tmp_path, CHANGES["username or email"], person={"username": "ada", "email": "ada@film.example"}
    ) as world:
        for name in ("ada", "ADA", "ada@film.example", " Ada@Film.example "):
            async with signed_in(world, email=name) as client:
                assert (await client.get(HOME)).status_code == 200


@pytest.mark.parametrize(
    ("change", "attributes"),
    [
        ("cookie of a domain", {"domain": "127.0.0.1", "samesite": "Lax"}),
        ("strict cookie", {"domain": "", "samesite": "Strict"}),
    ],
)
async def test_the_session_cookie_is_payloads_own(change: str, attributes: dict[str, str], tmp_path: Path) -> None:
    with payload_with(tmp_path, CHANGES[change]) as world:
        async with plain(base_url=world.app_url, headers={"Sec-Fetch-Site": "same-origin"}) as client:
            form = {"email": world.editor.email, "password": PASSWORD}
            ours = set_cookies(await client.post("/login", data=form))[-1]
            theirs = set_cookies(await client.post(f"{world.payload_url}/api/users/login", json=form))[-1]
            for cookie in (ours, theirs):
                assert {name: cookie[name] for name in attributes} == attributes
                assert (bool(cookie["httponly"]), cookie["path"]) == (True, "/")
            assert all(ours[name] == theirs[name] for name in ("secure", "domain", "samesite"))
            token = {"Cookie": f"payload-token={ours.value}"}
            left = await client.post("/logout", headers=token)
            assert [cookie["domain"] for cookie in set_cookies(left) if not cookie.value][-1] == attributes["domain"]
            assert (await client.get(HOME, headers=token)).status_code == 303


async def test_a_session_cookie_of_another_name_is_named(tmp_path: Path) -> None:
    with payload_with(tmp_path, CHANGES["cookie of another name"]) as world:
        async with plain(base_url=world.app_url, headers={"Sec-Fetch-Site": "same-origin"}) as client:
            answer = await client.post("/login", data={"email": world.editor.email, "password": PASSWORD})
        assert answer.status_code == 503
        assert "PAYLOAD_COOKIE_PREFIX" in answer.text
    with payload_with(
        tmp_path / "set", CHANGES["cookie of another name"], settings={"PAYLOAD_COOKIE_PREFIX": "film"}
    ) as world:
        async with signed_in(world) as client:
            assert (await client.get(HOME)).status_code == 200


async def test_of_two_session_cookies_none_counts_and_the_page_says_what_to_do(tmp_path: Path) -> None:
    with payload_with(tmp_path, CHANGES["cookie of a domain"]) as world:
        token = world.editor.auth.headers["Authorization"].removeprefix("Bearer ")
        two = {"Cookie": f"payload-token={token}; payload-token=old.of.another", "Sec-Fetch-Site": "same-origin"}
        async with plain(base_url=world.app_url, headers=two) as client:
            api = await client.get("/v1/characters/1/images")
            assert (api.status_code, "several session cookies" in api.json()["detail"]) == (401, True)
            page = await client.get((await client.get(HOME)).headers["Location"])
            assert "more than one session cookie named payload-token" in page.text
            form = {"email": world.editor.email, "password": PASSWORD}
            *gone, new = set_cookies(await client.post("/login", data=form))
            assert {cookie["domain"] for cookie in gone if cookie.key == "payload-token"} >= {"", "127.0.0.1"}
            assert all(not cookie.value for cookie in gone if cookie.key == "payload-token")
            assert (new.key, new["domain"], bool(new.value)) == ("payload-token", "127.0.0.1", True)


def set_cookies(answer: httpx.Response) -> list[Any]:
    """The cookies that an answer sets, those of sessions last."""
    morsels: list[Any] = []
    for line in answer.headers.get_list("Set-Cookie"):
        morsels += SimpleCookie(line).values()
    return sorted(morsels, key=lambda morsel: morsel.key.endswith("-token"))


def session_cookies(client: httpx.AsyncClient) -> list[str]:
    """The names of session cookies that a browser holds."""
    return [cookie.name for cookie in client.cookies.jar if cookie.name.endswith("-token")]
