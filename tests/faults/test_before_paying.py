"""A1: Payload is asked who is calling and what they may do, before anything is paid for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from payload_client import Jwt
from scripts.local_stack import stack
from tests.faults.matrix import cell
from tests.support import problems
from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import SETTINGS, FaultyWorld
from tests.support.raw_server import Reset, Script, answer, json_answer
from tests.support.sessions import ACCESS, AWAY, CHARACTER, ME, MEDIA, NO, RECORDS, TRIES, YES, memory
from tests.support.world import Character, Person, people, plain

QUESTIONS = {"me": ME, "access": ACCESS, "character": CHARACTER}
ROUTES: dict[str, dict[str, Any]] = {
    "generate-initial-image": {"prompt": "my own words"},
    "generate-360-set": {},
    "generate-scene-image": {"sceneContext": "Mara waits."},
    "recover-images": {},
}

ASKED = [
    cell(f"{name} {question}", question, script, passing)
    for name, (script, passing) in AWAY.items()
    for question in QUESTIONS
    if (name, question) != ("A1-07 shape", "access")  # nothing is granted there: see A1-03
]


async def nothing_came_of_it(world: FaultyWorld, character: Character) -> bool:
    """Whether the library was never asked, and Payload never written to."""
    return (
        await world.calls(character) == []
        and world.library.seen == []
        and await world.records(character) == []
        and [seen.line for seen in world.payload.seen if not seen.line.startswith("GET ")] == []
    )


@pytest.mark.parametrize(("question", "script", "passing"), ASKED)
async def test_while_payload_is_away_nothing_is_paid_for(
    world: FaultyWorld, question: str, script: Script, passing: bool
) -> None:
    character, before = await world.character(), memory(world)
    world.payload.order(Fault(method="GET", path=QUESTIONS[question], times=ALWAYS, instead=script))
    async with world.api() as api:
        refused = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    problems.problem(refused, 503, "payload_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert len(world.payload.asked("GET", QUESTIONS[question])) == (TRIES if passing else 1)
    assert world.payload.asked("GET", "elsewhere") == []
    assert memory(world) - before < 64
    assert await nothing_came_of_it(world, character)


@pytest.mark.parametrize(
    ("script", "times"),
    [cell("A1-05 reset once", [Reset()], 1), cell("A1-06 503 twice", answer(503), 2)],
)
async def test_a_moment_of_trouble_costs_nobody_anything(world: FaultyWorld, script: Script, times: int) -> None:
    character = await world.character()
    for question in QUESTIONS.values():
        world.payload.order(Fault(method="GET", path=question, times=times, instead=script))
    async with world.api() as api:
        made = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    assert made.status_code == 201, made.text
    assert len(await world.calls(character, "POST")) == 1
    assert len(await world.records(character)) == 1


@pytest.mark.parametrize("route", [cell(f"A1-04 {route}", route, real=True) for route in ROUTES])
async def test_a_payload_that_stands_still_is_not_waited_for(world: FaultyWorld, route: str) -> None:
    character = await world.character()
    with world.stopped():
        async with world.api() as api:
            refused = await api.post(character.url(route), json=ROUTES[route])
    problems.problem(refused, 503, "payload_unavailable")
    assert await nothing_came_of_it(world, character)


@pytest.mark.parametrize("table", [cell("A1-06 broken", "character_references", real=True)])
async def test_a_payload_that_fails_costs_nothing_and_no_word(world: FaultyWorld, table: str) -> None:
    character = await world.character()
    workspace = f"/screenplay/characters/{character.id}/images"
    scene = {"scene": "Mara\r\nwaits.", "mood": "calm"}
    with world.without_table(table):
        async with world.api() as api, world.browser(world.editor) as browser:
            refused = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
            drawn = await browser.post(f"{workspace}/reference", data={"prompt": "<my> own words"})
            waits = await browser.post(f"{workspace}/scene", data=scene)
    problems.problem(refused, 503, "payload_unavailable")
    for form, texts in ((drawn, ["&lt;my&gt; own words"]), (waits, ["Mara\nwaits.", "calm"])):
        assert "Payload could not be reached or failed." in problems.page(form, 503)
        assert form.headers["retry-after"]
        assert [text for text in texts if f"{text}</textarea>" not in form.text] == []
    assert f'<form class="fields" id="kept" method="post" action="{workspace}">' in drawn.text
    assert await nothing_came_of_it(world, character)


@pytest.mark.parametrize("route", [cell(f"A1-01 {route}", route) for route in ROUTES])
async def test_whom_payload_does_not_name_is_nobody(world: FaultyWorld, route: str) -> None:
    character = await world.character()
    world.payload.order(Fault(method="GET", path=ME, instead=json_answer(200, {"user": None, "message": "Account"})))
    async with world.api() as api:
        refused = await api.post(character.url(route), json=ROUTES[route])
    problems.problem(refused, 401, "unauthenticated")
    assert await nothing_came_of_it(world, character)


async def revoke(world: FaultyWorld, person: Person) -> None:
    """End their session elsewhere."""
    async with world.cms(person) as payload:
        await payload.auth_collection().logout()


async def remove(world: FaultyWorld, person: Person) -> None:
    """Delete their account."""
    async with world.cms() as payload:
        await payload.collection("users").delete(person.id)


@pytest.mark.parametrize("ended", [cell("A1-01 revoked", revoke, real=True), cell("A1-02 removed", remove, real=True)])
async def test_a_session_that_ended_elsewhere_pays_for_nothing(world: FaultyWorld, ended: Any) -> None:
    character, person = await world.character(), await world.newcomer()
    async with world.api(person) as api:
        before = await api.get(character.url("images"))
        await ended(world, person)
        answers = [await api.post(character.url(route), json=body) for route, body in ROUTES.items()]
    assert before.status_code == 200
    for refused in answers:
        problems.problem(refused, 401, "unauthenticated")
    assert await nothing_came_of_it(world, character)


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        cell("A1-02 401 me", ME, 401, "unauthenticated"),
        cell("A1-02 403 me", ME, 403, "unauthenticated"),
        cell("A1-02 401 access", ACCESS, 401, "unauthenticated"),
        cell("A1-02 403 access", ACCESS, 403, "forbidden"),
        cell("A1-02 401 character", CHARACTER, 401, "unauthenticated"),
        cell("A1-02 403 character", CHARACTER, 403, "forbidden"),
    ],
)
async def test_what_payload_refuses_is_refused(world: FaultyWorld, question: str, status: int, code: str) -> None:
    character = await world.character()
    script = json_answer(status, {"errors": [{"message": "You are not allowed to perform this action."}]})
    world.payload.order(Fault(method="GET", path=question, instead=script))
    async with world.api() as api:
        refused = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    problems.problem(refused, {"unauthenticated": 401, "forbidden": 403}[code], code)
    assert len(world.payload.asked("GET", question)) == 1
    assert await nothing_came_of_it(world, character)


@pytest.mark.parametrize("route", [cell(f"A1-03 {route}", route, real=True) for route in ROUTES])
async def test_who_may_not_store_pictures_learns_it_before_one_is_paid_for(world: FaultyWorld, route: str) -> None:
    character = await world.character()
    async with world.api(world.viewer) as api:
        refused = await api.post(character.url(route), json=ROUTES[route])
    problems.problem(refused, 403, "forbidden")
    assert await nothing_came_of_it(world, character)


@pytest.mark.parametrize(
    "collections",
    [
        cell("A1-03 no media", {MEDIA: NO, RECORDS: YES}),
        cell("A1-03 no records", {MEDIA: YES, RECORDS: NO}),
        cell("A1-03 unknown", {MEDIA: YES}),
        cell("A1-03 nearly", {MEDIA: YES, RECORDS: {"create": {"permission": "true"}}}),
        cell("A1-03 nothing", 5),
    ],
)
async def test_only_a_plain_yes_to_both_collections_is_a_right(world: FaultyWorld, collections: Any) -> None:
    character = await world.character()
    world.payload.order(Fault(method="GET", path=ACCESS, instead=json_answer(200, {"collections": collections})))
    async with world.api() as api:
        refused = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    problems.problem(refused, 403, "forbidden")
    assert await nothing_came_of_it(world, character)


@contextmanager
def mortal(folder: Path) -> Iterator[tuple[stack.Server, stack.Server, Person]]:
    """A Payload that may be killed, the product on it, and its editor."""
    with stack.payload(folder / "payload") as payload:
        editor, _ = people(payload.url)
        settings = {**SETTINGS, "PAYLOAD_URL": payload.url, "CHARACTER_LIBRARY_API_URL": "http://127.0.0.1:1"}
        with stack.app(folder, settings, module="tests.support.hurried") as app:
            yield payload, app, editor


@pytest.mark.parametrize("route", [cell("A1-05 killed", "generate-initial-image", real=True)])
async def test_a_payload_that_was_killed_is_told_and_found_again(tmp_path: Path, route: str) -> None:
    with mortal(tmp_path) as (payload, app, editor):
        async with plain(base_url=app.url, headers=editor.headers) as api:
            async with plain(base_url=payload.url, headers=editor.headers) as cms:
                made = (await cms.post("/api/character-references", json={"name": "Mara"})).json()["doc"]
            assert (await api.get(f"/v1/characters/{made['id']}/images")).status_code == 200
            payload.process.kill()
            payload.process.wait()
            refused = await api.post(f"/v1/characters/{made['id']}/{route}", json={})
            ready, live = await api.get("/health/ready"), await api.get("/health/live")
            browser = {"Cookie": f"payload-token={_token(editor)}", "Sec-Fetch-Site": "same-origin"}
            out = await api.post("/logout", headers=browser)
            with stack.payload(tmp_path / "payload", port=int(payload.url.rpartition(":")[2])):
                again = await api.get(f"/v1/characters/{made['id']}/images")
    problems.problem(refused, 503, "payload_unavailable")
    assert (ready.status_code, live.status_code) == (503, 200)
    assert (out.status_code, out.headers["location"]) == (303, "/login?session_left=true")
    assert again.status_code == 200


def _token(person: Person) -> str:
    assert isinstance(person.auth, Jwt)
    return person.auth.token
