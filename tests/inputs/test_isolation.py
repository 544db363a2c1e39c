"""Many callers at once in one process: every answer is the caller's own, and nobody's session is kept for another."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import msgspec
import pytest

from tests.inputs.conftest import Watched
from tests.inputs.sending import neighbour
from tests.support.world import EDITOR, PASSWORD, VIEWER, Character, World, plain

AT_ONCE, LOGINS = 4, 40
KEYS = "robot@example.com"
_EVERYBODY = {EDITOR, VIEWER, KEYS}


class Somebody(msgspec.Struct, frozen=True):
    """A caller and what is due to them. `rights`: the answer to a set from a reference that is not there."""

    email: str | None
    client: httpx.AsyncClient
    rights: int


@pytest.mark.parametrize("times", [120, pytest.param(1_000, marks=[pytest.mark.long, pytest.mark.timeout(300)])])
async def test_many_rounds_of_callers_and_no_answer_is_anothers(watched: Watched, times: int) -> None:
    world = watched.world
    character = await world.character(projectCharacterName="Mara Quill")
    async with people(world) as callers:
        await asyncio.gather(*(rounds(callers, character, range(one, times, AT_ONCE)) for one in range(AT_ONCE)))
    assert await world.calls(character, "POST") == []


async def test_who_signs_in_gets_their_own_session_and_leaves_none_behind(watched: Watched) -> None:
    world = watched.world
    emails = [f"newcomer-{number}@example.com" for number in range(LOGINS // 4)]
    async with plain(base_url=f"{world.payload_url}/api") as cms:
        for email in emails:
            body = {"email": email, "password": PASSWORD, "role": "viewer"}
            (await cms.post("/users", json=body, headers=world.editor.headers)).raise_for_status()
    for _ in range(4):
        await asyncio.gather(*(sign_in(world, email) for email in emails))


async def rounds(callers: list[Somebody], character: Character, numbers: range) -> None:
    """In each, the editor and the viewer ask for the same at once; in every fifth, so do the program and nobody."""
    kinds = [the_workspace, *[rights] * 3, *[a_suggestion] * 4, *[a_list] * 6, *[a_page] * 8]
    for number in numbers:
        ask, present = kinds[number % len(kinds)], callers if number % 5 == 0 else callers[:2]
        await asyncio.gather(*(ask(one, character) for one in present))


async def a_list(one: Somebody, character: Character) -> None:
    answer = await one.client.get(character.url("images"))
    assert answer.status_code == (200 if one.email else 401)
    check_own(one, answer)


async def a_page(one: Somebody, _: Character) -> None:
    answer = await one.client.get("/screenplay/characters")
    assert answer.status_code == (200 if one.email else 303)
    assert (one.email or "/login") in answer.text + answer.headers.get("location", "")
    check_own(one, answer)


async def a_suggestion(one: Somebody, character: Character) -> None:
    answer = await one.client.get(character.url("initial-image-prompt"))
    assert answer.status_code == (200 if one.email else 401)
    check_own(one, answer)


async def rights(one: Somebody, character: Character) -> None:
    answer = await one.client.post(character.url("generate-360-set"), json={"referenceImageId": 999_999})
    assert answer.status_code == one.rights
    check_own(one, answer)


async def the_workspace(one: Somebody, character: Character) -> None:
    answer = await one.client.get(f"/screenplay/characters/{character.id}/images")
    assert answer.status_code == (200 if one.email else 303)
    assert (one.email or "/login") in answer.text + answer.headers.get("location", "")
    check_own(one, answer)


def check_own(one: Somebody, answer: httpx.Response) -> None:
    """It names nobody else, is kept by no cache, and hands out no session."""
    assert not [email for email in _EVERYBODY - {one.email} if email in answer.text]
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


async def sign_in(world: World, email: str) -> None:
    """Sign in with the form, and look who nobody is meanwhile."""
    transport = httpx.AsyncHTTPTransport(local_address=neighbour())
    headers = {"Origin": world.app_url}
    async with plain(base_url=world.app_url, transport=transport, headers=headers) as browser:
        signed_in = await browser.post("/login", data={"email": email, "password": PASSWORD})
        token = browser.cookies["payload-token"]
        page = await browser.get("/screenplay/characters")
        browser.cookies.clear()
        nobody = await browser.get("/screenplay/characters")
    assert signed_in.status_code == 303
    claims = token.split(".")[1]
    assert json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["email"] == email
    assert email in page.text
    assert (nobody.status_code, "set-cookie" in nobody.headers) == (303, False)


@asynccontextmanager
async def people(world: World) -> AsyncIterator[list[Somebody]]:
    """An editor and a viewer with cookies, a program with a key, and nobody."""
    key = "k" * 36
    async with plain(base_url=f"{world.payload_url}/api") as cms:
        body = {"email": KEYS, "password": PASSWORD, "role": "editor", "enableAPIKey": True, "apiKey": key}
        (await cms.post("/users", json=body, headers=world.editor.headers)).raise_for_status()
    told = [
        (EDITOR, {"Cookie": f"payload-token={world.editor.auth.header.removeprefix('JWT ')}"}, 404),
        (VIEWER, {"Cookie": f"payload-token={world.viewer.auth.header.removeprefix('JWT ')}"}, 403),
        (KEYS, {"Authorization": f"users API-Key {key}"}, 404),
        (None, {}, 401),
    ]
    async with AsyncExitStack() as clients:
        yield [
            Somebody(
                email,
                await clients.enter_async_context(
                    httpx.AsyncClient(base_url=world.app_url, headers=headers, trust_env=False, timeout=60)
                ),
                status,
            )
            for email, headers, status in told
        ]
