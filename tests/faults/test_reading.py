"""B: what there is, as the JSON list and the workspace show it while Payload fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from tests.faults.matrix import cell
from tests.support import problems
from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.raw_server import Script, answer, json_answer
from tests.support.sessions import AWAY, ME, TRIES, drawn, memory
from tests.support.world import Character

LIST = r"/api/character-image-metadata\?"
NONE: dict[str, Any] = {"docs": [], "totalDocs": 0}


def workspace(character: Character) -> str:
    """The page that has the list in it."""
    return f"/screenplay/characters/{character.id}/images"


async def both(world: FaultyWorld, character: Character) -> tuple[httpx.Response, httpx.Response]:
    """The list for programs, and the page for people."""
    async with world.api() as api, world.browser(world.editor) as browser:
        return await api.get(character.url("images")), await browser.get(workspace(character))


def both_tell_of_it(listed: httpx.Response, page: httpx.Response, character: Character) -> None:
    """Each in its own form, and when to come back."""
    problems.problem(listed, 503, "payload_unavailable")
    assert problems.page(page, 503).startswith("Payload could not be reached or failed.")
    assert f'href="{workspace(character)}"' in page.text
    for one in (listed, page):
        assert int(one.headers["retry-after"]) > 0


# The same that Payload may say before anything is paid for, under the numbers that it has here.
_CELLS = {"A1-04": "B-01", "A1-05": "B-01", "A1-06": "B-01", "A1-07": "B-03", "A1-08": "B-03", "A1-09": "B-07"}
FAILING = [
    cell(f"{_CELLS[place]} {kind or 'redirect'}", script, passing)
    for name, (script, passing) in AWAY.items()
    for place, _, kind in [name.partition(" ")]
]
SHAPES: list[Any] = [
    cell("B-03 no documents", json_answer(200, {"totalDocs": 0}), False),
    cell("B-03 no list", json_answer(200, {"docs": {"id": 1}}), False),
    cell("B-03 no number", json_answer(200, {"docs": [], "totalDocs": "many"}), False),
]


@pytest.mark.parametrize(("script", "passing"), FAILING + SHAPES)
async def test_a_list_that_cannot_be_had_is_told_and_found_again(
    world: FaultyWorld, script: Script, passing: bool
) -> None:
    character, before = await world.character(), memory(world)
    world.payload.order(Fault(method="GET", path=LIST, times=ALWAYS, instead=script))
    listed, page = await both(world, character)
    both_tell_of_it(listed, page, character)
    tries = TRIES if passing else 1
    # The list; the page's own, and its references. What the page of another test left behind is not counted.
    own = re.compile(rf'"characterReference":{{"equals":"?{re.escape(str(character.id))}\b')
    asked = [one for one in world.payload.asked("GET", LIST) if own.search(unquote(one.target))]
    assert tries < len(asked) <= 3 * tries
    assert memory(world) - before < 96
    world.calm()
    assert [one.status_code for one in await both(world, character)] == [200, 200]


@pytest.mark.parametrize("times", [cell("B-01 a moment", 1)])
async def test_a_moment_of_trouble_is_not_seen(world: FaultyWorld, times: int) -> None:
    character = await world.character()
    for path in (ME, LIST, r"/api/character-references/"):
        world.payload.order(Fault(method="GET", path=path, times=times, instead=answer(502)))
    listed, page = await both(world, character)
    assert (listed.status_code, page.status_code) == (200, 200)


@pytest.mark.parametrize("place", [cell("B-01 refused", "")])
async def test_with_nobody_listening_it_is_told(world: FaultyWorld, place: str) -> None:
    character = await world.character()
    with world.payload.away():
        listed, page = await both(world, character)
    both_tell_of_it(listed, page, character)


@pytest.mark.parametrize("place", [cell("B-01 stopped", "", real=True)])
async def test_with_payload_stopped_it_is_told(world: FaultyWorld, place: str) -> None:
    character = await world.character()
    with world.stopped():
        listed, page = await both(world, character)
    both_tell_of_it(listed, page, character)
    assert [one.status_code for one in await both(world, character)] == [200, 200]


@pytest.mark.parametrize(
    "table", [cell(f"B-01 no {table}", table, real=True) for table in ("media", "character_references")]
)
async def test_with_payload_failing_it_is_told(world: FaultyWorld, table: str) -> None:
    character = await world.character()
    await drawn(world, character, 1)
    with world.without_table(table):
        listed, page = await both(world, character)
    both_tell_of_it(listed, page, character)


@pytest.mark.parametrize(
    ("path", "script", "status"),
    [
        cell("B-02 nobody", ME, json_answer(200, {"user": None}), 401),
        cell("B-02 401", LIST, json_answer(401, {"errors": [{"message": "Unauthorized"}]}), 401),
        cell("B-02 403", LIST, json_answer(403, {"errors": [{"message": "Forbidden"}]}), 403),
    ],
)
async def test_a_list_is_no_proof_of_a_session(world: FaultyWorld, path: str, script: Script, status: int) -> None:
    character = await world.character()
    world.payload.order(Fault(method="GET", path=path, times=ALWAYS, instead=script))
    if path == ME:  # as where anybody may read
        world.payload.order(Fault(method="GET", path=LIST, times=ALWAYS, instead=json_answer(200, NONE)))
    listed, page = await both(world, character)
    problems.problem(listed, status, {401: "unauthenticated", 403: "forbidden"}[status])
    if status == 401:
        assert (page.status_code, page.headers["location"]) == (303, f"/login?next={workspace(character)}")
    else:
        problems.page(page, 403)


@pytest.mark.parametrize("route", [cell("B-02 revoked", "images", real=True)])
async def test_a_session_that_ended_reads_nothing(world: FaultyWorld, route: str) -> None:
    character, person = await world.character(), await world.newcomer()
    async with world.cms(person) as payload:
        await payload.auth_collection().logout()
    async with world.api(person) as api, world.browser(person) as browser:
        listed, page = await api.get(character.url(route)), await browser.get(workspace(character))
    problems.problem(listed, 401, "unauthenticated")
    assert (page.status_code, page.headers["location"]) == (303, f"/login?next={workspace(character)}")


@contextmanager
def odd_record(world: FaultyWorld, id: int, column: str, value: object) -> Iterator[None]:
    """A record as Payload's API would never write it; it is gone afterwards, since the sweep would stop at it."""
    world.sql(f"UPDATE character_image_metadata SET {column} = ? WHERE id = ?", value, id)  # noqa: S608 - as above
    try:
        yield
    finally:
        world.sql("DELETE FROM character_image_metadata WHERE id = ?", id)


@pytest.mark.parametrize(
    ("column", "value", "member"),
    [
        cell("B-04 prompt", "prompt", b"\xff", "prompt", real=True),
        cell("B-04 date", "created_at", "+010000-01-01T00:00:00.000Z", "createdAt", real=True),
        cell("B-04 address", "source_url", b"\x00", "sourceUrl", real=True),
    ],
)
async def test_a_record_with_an_odd_value_is_shown_without_it(
    world: FaultyWorld, column: str, value: object, member: str
) -> None:
    character = await world.character()
    records = await drawn(world, character, 3)
    odd = records[1]["id"]
    with odd_record(world, odd, column, value):
        listed, page = await both(world, character)
    assert listed.status_code == page.status_code == 200
    images = listed.json()["images"]
    assert [image["id"] for image in images if image[member] is None] == [odd]
    assert (listed.json()["count"], len(images)) == (3, 3)
    assert [(image["status"], image["error"]) for image in images] == [("succeeded", None)] * 3
    assert all(image["media"]["url"] for image in images)
    assert page.text.count('type="radio"') == 3


@pytest.mark.parametrize("id", [cell("B-05", 999_999, real=True)])
async def test_an_image_whose_file_is_gone_says_so(world: FaultyWorld, id: int) -> None:
    character = await world.character()
    records = await drawn(world, character, 2)
    world.sql("DELETE FROM media WHERE id = ?", records[0]["media"]["id"])
    with odd_record(world, records[0]["id"], "media_id", id):
        listed, page = await both(world, character)
        async with world.browser(world.editor) as browser:
            alone = await browser.get(f"{workspace(character)}/{records[0]['id']}")
    assert [image["media"] is None for image in listed.json()["images"]] == [True, False]
    assert "The file is missing" in page.text
    assert (alone.status_code, "The file is missing" in alone.text) == (200, True)


@pytest.mark.parametrize("number", [cell(f"B-06 {number}", number) for number in (2, 1_000_000)])
async def test_beyond_the_last_page_there_is_nothing(world: FaultyWorld, number: int) -> None:
    character = await world.character()
    await drawn(world, character, 1)
    async with world.api() as api, world.browser(world.editor) as browser:
        listed = await api.get(character.url("images"), params={"page": number})
        page = await browser.get(workspace(character), params={"page": min(number, 100)})
        cast = await browser.get("/screenplay/characters", params={"page": 1_000_000})
    assert (listed.status_code, listed.json()["images"], listed.json()["count"]) == (200, [], 1)
    assert (page.status_code, page.text.count('class="card"'), 'rel="next"' in page.text) == (200, 1, False)
    assert (cast.status_code, "Nothing is left on this page." in cast.text) == (200, True)


ASKS = ["images?limit=500", "images?limit=1&page=3", "library-images", "initial-image-prompt", "runs"]


@pytest.mark.parametrize("route", [cell(f"B-08 {route}", route) for route in [*ASKS, "page", "recover-images"]])
async def test_payload_is_never_asked_for_everything(world: FaultyWorld, route: str) -> None:
    character = await world.character()
    await drawn(world, character, 1)
    world.payload.calm()
    async with world.api() as api, world.browser(world.editor) as browser:
        if route == "page":
            await browser.get(workspace(character), params={"sort": "x", "depth": 9, "where[id]": 1, "select": "x"})
            await browser.get("/screenplay/characters")
        elif route == "recover-images":
            assert (await api.post(character.url(route), json={})).status_code == 200
        else:
            assert (await api.get(character.url(route))).status_code == 200
    lists = [seen for seen in world.payload.seen if seen.line.startswith("GET ") and "limit=" in seen.target]
    listings = [seen for seen in world.payload.seen if urlsplit(seen.target).path.count("/") == 2]
    assert [seen.target for seen in listings if "/api/access" not in seen.target and seen not in lists] == []
    assert lists or route in ("initial-image-prompt", "runs")
    for seen in lists:
        query = parse_qs(urlsplit(seen.target).query)
        few_fields = any(name.startswith("select[") for name in query)  # the cast counts records, three fields of each
        assert 1 <= int(query["limit"][0]) <= (5_000 if few_fields else 500)
        assert int(query["page"][0]) >= 1
        assert query["depth"][0] in ("0", "1")
        assert query["sort"][0] != "x"
        assert not [name for name in query if name.startswith("where[")]
