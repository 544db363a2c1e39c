"""Every bad input is told so, in the shape that is promised, and changes nothing anywhere."""

from __future__ import annotations

import re
from typing import Any

import httpx
import msgspec
import pytest

from app.web.problem import Problem
from app.web.security_headers import ALWAYS
from tests.inputs.catalogue import INPUTS, NOT_HTTP, Headers, Input, Told
from tests.inputs.conftest import Watched
from tests.inputs.sending import Answer, request, send
from tests.support.world import Character, World

_HIDDEN = re.compile(r"Traceback|Error\b.*\bline \d|0x[0-9a-f]{8}|127\.0\.0\.1:\d+/api|/app/|site-packages")


class Aim(msgspec.Struct, frozen=True):
    """A character that could be drawn at once, what the document promises, and what there was before."""

    character: Character
    document: dict[str, Any]
    files: int
    users: int


@pytest.fixture(scope="module")
async def aim(watched: Watched) -> Aim:
    """What every input is aimed at; none may hit."""
    return await aim_at(watched.world)


@pytest.fixture(scope="module")
async def aim_with_uuids(watched_with_uuids: Watched) -> Aim:
    """The same where ids are texts."""
    return await aim_at(watched_with_uuids.world)


async def aim_at(world: World) -> Aim:
    """A character of that world, never drawn."""
    async with httpx.AsyncClient(base_url=world.app_url, trust_env=False) as client:
        document = (await client.get("/schema/openapi.json")).json()
    return Aim(await world.character(), document, await world.media_count(), await users(world))


async def users(world: World) -> int:
    async with world.cms() as payload:
        return await payload.collection("users").count()


@pytest.mark.parametrize("bad", INPUTS, ids=lambda bad: bad.name)
async def test_a_bad_input_is_told_so(watched: Watched, aim: Aim, bad: Input) -> None:
    await check(watched, aim, bad)


@pytest.mark.parametrize(
    "bad",
    [bad for bad in INPUTS if bad.name.startswith(("id ", "body reference ", "form portfolio reference"))],
    ids=lambda bad: bad.name,
)
async def test_an_odd_id_is_told_so_where_ids_are_texts(
    watched_with_uuids: Watched, aim_with_uuids: Aim, bad: Input
) -> None:
    await check(watched_with_uuids, aim_with_uuids, bad)


async def test_after_all_that_nothing_has_changed(watched: Watched, aim: Aim) -> None:
    await check_unchanged(watched.world, aim)


async def test_after_all_that_nothing_has_changed_where_ids_are_texts(
    watched_with_uuids: Watched, aim_with_uuids: Aim
) -> None:
    await check_unchanged(watched_with_uuids.world, aim_with_uuids)


def test_the_catalogue_has_no_name_twice() -> None:
    assert len({bad.name for bad in INPUTS}) == len(INPUTS)


async def check(watched: Watched, aim: Aim, bad: Input) -> None:
    """One input: its status, its shape, its headers; nothing is drawn and nothing goes wrong behind it."""
    world, log = watched.world, watched.app_log
    written, asked = log.stat().st_size, await times_asked(world, aim, bad)
    answer = await send(world.app_url, filled(bad, world, aim.character))
    told = next((one for one in bad.told if one.status == answer.status), None)
    assert told, f"{answer.status} {answer.body[:500]!r}"
    if told is NOT_HTTP:
        assert answer.header("content-type") == "text/plain; charset=utf-8"
        assert answer.header("connection") == "close"
        return
    check_headers(answer)
    check_body(answer, told)
    if told.status not in (404, 405):
        check_declared(answer, bad, aim.document)
    new = log.read_bytes()[written:].decode()
    assert "a defect" not in new
    assert "Traceback" not in new
    assert await times_asked(world, aim, bad) == asked


async def times_asked(world: World, aim: Aim, bad: Input) -> int:
    """How often the library was asked to draw, where the input is one that might."""
    if bad.method != "POST" and bad.raw is None:
        return 0
    log = await send(world.library_url, request("GET", f"/_control/log?characterId={aim.character.library_id}", []))
    return sum(call["method"] == "POST" for call in log.json()["requests"])


async def check_unchanged(world: World, aim: Aim) -> None:
    """The library drew nothing, Payload has what it had, and the product is well."""
    assert await world.calls(aim.character) == []
    assert await world.records(aim.character) == []
    assert await world.media_count() == aim.files
    assert await users(world) == aim.users
    async with world.api() as api:
        assert (await api.get(aim.character.url("runs"))).json()["runs"] == []
        assert (await api.get("/health/ready")).status_code == 200


def filled(bad: Input, world: World, character: Character) -> bytes:
    """The bytes of an input, aimed at a character."""
    token = world.editor.auth.header.removeprefix("JWT ")
    values = {":id": str(character.id), ":token": token, ":site": world.app_url}
    if bad.raw is not None:
        return _replaced(bad.raw.decode("latin-1"), values).encode("latin-1")
    who: dict[str, Headers] = {
        "program": [("Authorization", f"JWT {token}")],
        "browser": [("Cookie", f"payload-token={token}")],
        "nobody": [],
    }
    headers = [(name, _replaced(value, values)) for name, value in [*who[bad.who], *bad.headers]]
    return request(bad.method, _replaced(bad.target, values), headers, bad.body)


def check_headers(answer: Answer) -> None:
    """The security headers, each once, and nothing that came from the input."""
    for name, value in ALWAYS.items():
        assert [found for key, found in answer.headers if key == name.lower()] == [value]
    assert "default-src 'none'" in (answer.header("content-security-policy") or "")
    assert answer.header("cache-control") == "no-store"
    assert answer.header("x-evil") is None
    assert answer.header("set-cookie") is None
    location = answer.header("location")
    assert location is None or re.match(r"/[^/\\]", location)


def check_body(answer: Answer, told: Told) -> None:
    """A problem for programs, a page for people; neither tells of our insides."""
    assert told.shows in (answer.text or answer.header("location") or ""), answer.text
    assert not _HIDDEN.search(answer.text)
    if told.code is None:
        assert answer.status == 303 or (answer.header("content-type") or "").startswith("text/html")
    elif told.code:
        assert answer.header("content-type") == "application/problem+json"
        problem = msgspec.json.decode(answer.body, type=Problem)
        assert (problem.code, problem.status, problem.success) == (told.code, answer.status, False), answer.text
        assert problem.error == problem.detail
        assert 10 < len(problem.error) < 500
        assert "\n" not in problem.error
        assert problem.request_id == answer.header("x-request-id")


def check_declared(answer: Answer, bad: Input, document: dict[str, Any]) -> None:
    """The document tells of this status, where it tells of the address at all."""
    path = bad.target.partition("?")[0]
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and bad.method.lower() in operations:
            assert str(answer.status) in operations[bad.method.lower()]["responses"]


def _replaced(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
