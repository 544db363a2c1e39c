"""C: deleting a picture; what stays, and what is told of it."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from payload_client import field
from tests.faults.matrix import cell
from tests.support.between import ALWAYS, Between, Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.raw_server import HANG, Reset, answer, json_answer
from tests.support.steps import a_reference
from tests.support.storing import (
    A_FILE,
    A_RECORD,
    Lock,
    another_payload,
    ends,
    exists,
    replica,
    shows,
    somebody,
    sweep,
    told,
    until,
)
from tests.support.world import Character, Doc, Person, plain

BUSY = json_answer(500, {"errors": [{"message": "Something went wrong."}]})
FORBIDDEN = json_answer(403, {"errors": [{"message": "You are not allowed to perform this action."}]})


class Case(msgspec.Struct, frozen=True):
    """A reference that is stored, is the library's master, and is to be deleted by that person."""

    world: FaultyWorld
    character: Character
    image: Doc
    person: Person

    @property
    def media(self) -> Any:
        """The id of its file."""
        return self.image["media"]["id"]

    @property
    def route(self) -> str:
        """Where it is deleted."""
        return self.character.url(f"images/{self.image['id']}")

    def api(self, app_url: str | None = None) -> httpx.AsyncClient:
        """A program of the person's."""
        url = app_url or self.world.app_url
        return plain(base_url=url, headers=self.person.headers, timeout=30)

    async def delete(self, app_url: str | None = None) -> httpx.Response:
        """Ask for it."""
        async with self.api(app_url) as api:
            return await api.delete(self.route)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, the library's DELETEs, and whether record and file are there in the end."""

    status: int = 200
    code: str | None = None
    says: str = ""
    file: str = "deleted"
    remote: bool = True
    deletes: int = 1
    record_stays: bool = False
    file_stays: bool = False


DONE = Outcome()
FAR_FAILED = Outcome(remote=False)
LEFT_FOR_SWEEP = Outcome(file="left_for_sweep", file_stays=True)
IN_USE = Outcome(file="kept_in_use", file_stays=True)
COPY_GONE = "The Character Library has deleted its copy"


def refused(status: int, code: str, says: str = COPY_GONE, *, deletes: int = 1, record_stays: bool = True) -> Outcome:
    """Nothing is deleted here; unless `deletes` is 0 the library's copy is."""
    return Outcome(status=status, code=code, says=says, deletes=deletes, record_stays=record_stays, file_stays=True)


NO_PATH = json_answer(400, {"errors": [{"name": "QueryError", "message": "The following path cannot be queried: x"}]})
Step = Callable[[Case], Awaitable[object]]
Upset = Callable[[Case], Awaitable[None]]


def at(method: str, path: str, step: Step | None = None, **what: Any) -> Upset:
    """A fault at such a request to Payload."""

    async def order(case: Case) -> None:
        before = partial(step, case) if step else None
        case.world.payload.order(Fault(method=method, path=path, before=before, **what))

    return order


reading = partial(at, "GET", A_RECORD)
of_record, of_file = partial(at, "DELETE", A_RECORD), partial(at, "DELETE", A_FILE)


def far(**fault: Any) -> Upset:
    """A fault of the library's when it is to delete its copy."""

    async def order(case: Case) -> None:
        await case.world.fault(case.character, "reference-image", method="DELETE", **fault)

    return order


async def signs_out(case: Case) -> None:
    async with case.world.cms(case.person) as payload:
        await payload.auth_collection().logout()


async def is_demoted(case: Case) -> None:
    async with case.world.cms() as payload:
        await payload.collection("users").update(case.person.id, {"role": "viewer"})


async def loses_record(case: Case) -> None:
    async with case.world.cms() as payload:
        await payload.collection("character-image-metadata").delete(case.image["id"])


async def loses_file(case: Case) -> None:
    async with case.world.cms() as payload:
        await payload.collection("media").delete(case.media)


async def opens(case: Case, slug: str, id: Any) -> None:
    async with case.world.cms(case.world.viewer) as payload:
        held = {"relationTo": slug, "value": id}
        lock = {"document": held, "user": {"relationTo": "users", "value": case.world.viewer.id}}
        await payload.collection("payload-locked-documents").create(lock)


async def opens_record(case: Case) -> None:
    await opens(case, "character-image-metadata", case.image["id"])


async def opens_file(case: Case) -> None:
    await opens(case, "media", case.media)


async def shares_file(case: Case) -> None:
    other = await case.world.character()
    async with case.world.cms() as payload:
        again = {"characterReference": other.id, "media": case.media, "kind": "scene", "status": "succeeded"}
        await payload.collection("character-image-metadata").create(again)


def is_shown(how: str) -> Step:
    async def step(case: Case) -> None:
        await shows(case.world, case.media, how)

    return step


async def loses_bytes(case: Case) -> None:
    stored(case).unlink()


async def has_a_folder_in_its_place(case: Case) -> None:
    stored(case).unlink()
    stored(case).mkdir()


def stored(case: Case) -> Path:
    """The file on Payload's disk."""
    return case.world.log.parent / "media" / str(case.image["media"]["url"]).rpartition("/")[2]


@pytest.fixture
async def case(world: FaultyWorld) -> Case:
    """A reference of the editor's, and nothing wrong yet."""
    return await a_case(world)


async def a_case(world: FaultyWorld, person: Person | None = None) -> Case:
    character = await world.character()
    image: Any = await a_reference(world, character)
    world.payload.calm()
    return Case(world, character, image, person or world.editor)


@pytest.mark.parametrize(
    ("role", "upsets", "outcome"),
    [
        cell(
            "C-01",
            None,
            [reading(loses_record)],
            refused(404, "image_not_found", "no such image", deletes=0, record_stays=False),
            real=True,
        ),
        cell(
            "C-02 no session",
            "editor",
            [at("GET", "/api/users/me", signs_out)],
            refused(401, "unauthenticated", "", deletes=0),
            real=True,
        ),
        cell("C-02 403", None, [reading(instead=FORBIDDEN)], refused(403, "forbidden", "", deletes=0)),
        cell("C-02 500", None, [reading(instead=BUSY)], refused(503, "payload_unavailable", "", deletes=0)),
        cell("C-02 timeout", None, [reading(instead=[HANG])], refused(503, "payload_unavailable", "", deletes=0)),
        cell(
            "C-02 503",
            None,
            [reading(instead=answer(503), times=ALWAYS)],
            refused(503, "payload_unavailable", "", deletes=0),
        ),
        cell("C-03 neither", "viewer", [], refused(403, "forbidden", "Nothing was changed", deletes=0), real=True),
        cell("C-03 file", "cataloguer", [], refused(403, "forbidden", "Nothing was changed", deletes=0), real=True),
        cell(
            "C-03 record",
            None,
            [at("POST", "/api/character-image-metadata/access/", instead=json_answer(200, {"delete": False}))],
            refused(403, "forbidden", "Nothing was changed", deletes=0),
        ),
        cell("C-04 timeout", None, [far(action="hang")], FAR_FAILED),
        cell("C-04 reset", None, [far(action="reset-before")], FAR_FAILED),
        cell("C-04 500", None, [far(status=500, body={"error": "busy"})], FAR_FAILED),
        cell("C-04 html", None, [far(action="html")], FAR_FAILED),
        cell("C-05 404", None, [far(status=404, body={"error": "Character not found"})], FAR_FAILED),
        cell("C-05 410", None, [far(status=410, body={"error": "Gone"})], FAR_FAILED),
        cell("C-06 401", None, [far(status=401, body={"error": "Unauthorized"})], FAR_FAILED),
        cell("C-06 403", None, [far(status=403, body={"error": "Forbidden"})], FAR_FAILED),
        cell("C-07", None, [far(status=200, body={"success": False, "error": "no"})], FAR_FAILED),
        cell("C-08", None, [far(action="redirect")], FAR_FAILED),
        cell("C-08 no group in characters", None, [at("GET", "/api/character-references", instead=NO_PATH)], DONE),
        cell("C-09", None, [of_record(loses_record)], DONE, real=True),
        cell("C-10", "editor", [of_record(is_demoted)], refused(403, "forbidden"), real=True),
        cell("C-11", None, [of_record(opens_record)], refused(502, "payload_rejected"), real=True),
        cell("C-12 500, still there", None, [of_record(instead=BUSY)], refused(503, "payload_unavailable")),
        cell("C-12 500, gone", None, [of_record(lost=BUSY)], DONE),
        cell("C-12 reset, still there", None, [of_record(instead=[Reset()])], refused(503, "payload_unavailable")),
        cell("C-12 timeout, still there", None, [of_record(instead=[HANG])], refused(503, "payload_unavailable")),
        cell("C-12 timeout, gone", None, [of_record(lost=[HANG])], DONE),
        cell("C-13 another record", None, [shares_file], IN_USE, real=True),
        cell("C-13 an article", None, [is_shown("published")], IN_USE, real=True),
        cell("C-13 a draft", None, [is_shown("draft")], IN_USE, real=True),
        cell("C-13 in the trash", None, [is_shown("trash")], IN_USE, real=True),
        cell("C-14", None, [of_file(loses_file)], DONE, real=True),
        cell("C-14 bytes", None, [loses_bytes], DONE, real=True),
        cell("C-15 500", None, [of_file(instead=BUSY)], LEFT_FOR_SWEEP),
        cell("C-15 timeout", None, [of_file(instead=[HANG])], LEFT_FOR_SWEEP),
        cell("C-15 locked", None, [of_file(opens_file)], LEFT_FOR_SWEEP, real=True),
        cell(
            "C-24 before",
            "editor",
            [at("POST", "/access/", signs_out)],
            refused(401, "unauthenticated", "before anything", deletes=0),
            real=True,
        ),
        cell("C-24 record", "editor", [of_record(signs_out)], refused(401, "unauthenticated"), real=True),
        cell("C-24 file", "editor", [of_file(signs_out)], LEFT_FOR_SWEEP, real=True),
    ],
)
async def test_what_is_deleted_is_told(
    world: FaultyWorld, role: str | None, upsets: list[Upset], outcome: Outcome
) -> None:
    case = await a_case(world, await somebody(world, role) if role else None)
    for upset in upsets:
        await upset(case)
    await check(case, await case.delete(), outcome)
    async with world.cms() as payload:  # a lock would be in the way of later sweeps
        locks = payload.collection("payload-locked-documents")
        for lock in (await locks.find()).docs:
            await locks.delete(lock["id"])


async def check(case: Case, answered: httpx.Response, outcome: Outcome) -> None:
    """The answer, the library's DELETEs, and what is left."""
    world = case.world
    assert answered.status_code == outcome.status, answered.text
    if outcome.code:
        told(answered, outcome.code, outcome.says)
    else:
        assert answered.json()["media"] == outcome.file
        remote = answered.json()["remote"]
        assert (remote["attempted"], remote["deleted"]) == (True, outcome.remote)
        if not outcome.remote:
            assert re.fullmatch(r"[A-Z][^{}<>]{10,300}", remote["error"])
    assert len(await world.calls(case.character, "DELETE")) == outcome.deletes
    left = [record["id"] for record in await world.records(case.character)]
    assert left == ([case.image["id"]] if outcome.record_stays else [])
    assert await exists(world, case.media) == outcome.file_stays
    only_single_deletes(world.payload)


def only_single_deletes(payload: Between) -> None:
    """Every DELETE named one document, and was sent once."""
    asked = [seen.target for seen in payload.asked("DELETE", "")]
    assert all(re.fullmatch(r"/api/[\w-]+/[\w-]+\?depth=0", target) for target in asked), asked
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("count", [cell("C-17", 3)])
async def test_many_deletes_are_single_ones(world: FaultyWorld, count: int) -> None:
    cases = [await a_case(world) for _ in range(count)]
    assert [(await case.delete()).status_code for case in cases] == [200] * count
    assert len(world.payload.asked("DELETE", "")) == 2 * count
    only_single_deletes(world.payload)


@pytest.mark.parametrize("upset", [cell("C-12 busy", of_record, real=True), cell("C-15 busy", of_file, real=True)])
async def test_a_payload_whose_database_is_busy(case: Case, tmp_path: Path, upset: Callable[[Step], Upset]) -> None:
    lock = Lock(case.world, "IMMEDIATE")

    async def take(_: Case) -> None:
        await lock.take()

    with another_payload(case.world, tmp_path, BUSY_TIMEOUT="50") as other:
        await upset(take)(case)
        with case.world.payload.through(other.url):
            answered = await case.delete()
        lock.let_go()
    await check(case, answered, LEFT_FOR_SWEEP if upset is of_file else refused(503, "payload_unavailable"))


@pytest.mark.parametrize("upset", [cell("C-16", has_a_folder_in_its_place, real=True)])
async def test_a_file_that_cannot_be_removed_is_left(case: Case, upset: Step) -> None:
    await upset(case)
    try:
        await check(case, await case.delete(), LEFT_FOR_SWEEP)
    finally:
        stored(case).rmdir()
    assert (await sweep(case.world, "--older-than", "0", "--delete")).returncode == 0
    assert not await exists(case.world, case.media)


@pytest.mark.parametrize("replicas", [cell("C-18 double click", 1), cell("C-18 two replicas", 2)])
async def test_two_deletes_at_once_delete_once(case: Case, tmp_path: Path, replicas: int) -> None:
    with replica(case.world, tmp_path) as app:
        urls = [case.world.app_url, app.url if replicas > 1 else case.world.app_url]
        answers = await asyncio.gather(*map(case.delete, urls))
    statuses = sorted(answered.status_code for answered in answers)
    assert statuses[0] == 200
    assert statuses[1] in (200, 404)
    assert 1 <= len(await case.world.calls(case.character, "DELETE")) <= 2
    assert await case.world.records(case.character) == []
    assert not await exists(case.world, case.media)


@pytest.mark.parametrize("kind", [cell("C-19", "scene")])
async def test_a_delete_and_a_new_picture_do_not_touch_each_other(case: Case, kind: str) -> None:
    async with case.api() as api:

        async def draws() -> Doc:
            route = case.character.url(f"generate-{kind}-image")
            image: Doc = (await api.post(route, json={"sceneContext": "on a roof"})).json()["image"]
            return image

        old = await draws()
        await case.world.fault(case.character, "generate-scene-image", delayMs=500)
        drawing = asyncio.create_task(draws())
        await case.world.until_asked(case.character, times=3)
        assert (await api.delete(case.character.url(f"images/{old['id']}"))).status_code == 200
        new = await drawing
    assert [record["id"] for record in await case.world.records(case.character)] == [new["id"], case.image["id"]]
    async with case.world.cms() as payload:  # told apart by their names, since SQLite gives ids a second time
        names = [image["media"]["url"].rpartition("/")[2] for image in (old, new)]
        counts = [await payload.collection("media").count(field("filename") == name) for name in names]
    assert counts == [0, 1]


@pytest.mark.parametrize("path", [cell("C-20", A_RECORD)])
async def test_who_asked_may_go_away(case: Case, path: str) -> None:
    asking: list[asyncio.Task[httpx.Response]] = []
    here = asyncio.get_running_loop()

    async def hangs_up(_: Case) -> None:
        here.call_soon_threadsafe(asking[0].cancel)
        await asyncio.sleep(0.2)

    await at("DELETE", path, hangs_up)(case)
    asking.append(asyncio.create_task(case.delete()))
    with suppress(asyncio.CancelledError):
        await asking[0]

    async def is_there() -> bool:
        return await exists(case.world, case.media)

    await until(is_there, wanted=False)
    assert await case.world.records(case.character) == []


@pytest.mark.parametrize(
    ("sent", "path", "record_stays", "file_stays"),
    [
        cell("C-21", signal.SIGTERM, A_RECORD, False, False),
        cell("C-22", signal.SIGKILL, A_RECORD, True, True),
        cell("C-23", signal.SIGKILL, A_FILE, False, True),
    ],
)
async def test_a_server_that_ends_while_it_deletes(
    case: Case, tmp_path: Path, sent: signal.Signals, path: str, record_stays: bool, file_stays: bool
) -> None:
    with replica(case.world, tmp_path) as app:
        end = ends(app.process, sent)

        async def step(_: Case) -> None:
            await end(case)  # type: ignore[arg-type] # it looks at nothing

        instead = [Reset()] if sent == signal.SIGKILL else None
        await at("DELETE", path, step, instead=instead)(case)
        if sent == signal.SIGTERM:
            assert (await case.delete(app.url)).status_code == 200
        else:
            with pytest.raises(httpx.TransportError):
                await case.delete(app.url)
        await asyncio.to_thread(app.process.wait, 20)
    left = await case.world.records(case.character)
    assert (bool(left), await exists(case.world, case.media)) == (record_stays, file_stays)
    again = await case.delete()
    assert again.status_code == (200 if record_stays else 404)
    assert len(await case.world.calls(case.character, "DELETE")) == 1
    assert (await sweep(case.world, "--older-than", "0", "--delete")).returncode == 0
    assert not await exists(case.world, case.media)


@pytest.mark.parametrize("path", [cell("C-25", A_FILE)])
async def test_no_record_points_at_a_file_that_is_being_deleted(case: Case, path: str) -> None:
    seen: list[int] = []

    async def look(_: Case) -> None:
        async with case.world.cms() as payload:
            where = field("media") == case.media
            seen.append(await payload.collection("character-image-metadata").count(where))

    await at("DELETE", path, look)(case)
    assert (await case.delete()).status_code == 200
    assert seen == [0]
