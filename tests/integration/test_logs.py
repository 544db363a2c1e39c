"""What a process logs: lines that a program reads, by which a request and all that came of it are found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.local_stack import stack
from tests.support.serving import settings_of
from tests.support.world import PASSWORD, World, both_kinds_of_id, plain

Line = dict[str, Any]
HIDDEN = "canary-pasted"


@contextmanager
def logging(world: World, folder: Path, **more: str) -> Iterator[stack.Server]:
    with stack.app(folder, settings_of(world) | {"LOG_LEVEL": "debug"} | more) as server:
        yield server


def lines_of(server: stack.Server) -> list[Line]:
    """Each line of a log; every one is a JSON object."""
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def about(lines: list[Line], **fields: object) -> list[Line]:
    return [line for line in lines if fields.items() <= line.items()]


async def test_a_run_is_found_by_the_request_that_began_it(world: World, tmp_path: Path) -> None:
    character = await world.character()
    with logging(world, tmp_path) as server:
        async with plain(base_url=server.url, headers=world.editor.headers, timeout=30) as api:
            failed = await api.post(character.url("generate-360-set"), json={"imageCount": 2})
            assert failed.status_code == 502, failed.text
            made = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
            assert made.status_code == 201, made.text
    lines = about(lines_of(server), requestId=made.headers["x-request-id"])
    assert {line["characterId"] for line in lines} == {str(character.id)}
    assert {line["route"] for line in lines} == {"/v1/characters/{character_id}/generate-initial-image"}
    [begun, *_, ended] = about(lines, logger="app.generation.runs")
    assert begun["runId"] == ended["runId"]
    assert (ended["kind"], ended["outcome"], ended["level"]) == ("reference", "succeeded", "INFO")
    assert ended["durationMs"] > 0
    [drawn] = about(lines, upstream="library", method="POST")
    [stored] = about(lines, upstream="payload", method="POST", path="/api/media")
    [fetched] = about(lines, logger="app.ingest.download")
    assert (drawn["level"], stored["level"]) == ("INFO", "DEBUG")
    assert (drawn["status"], stored["status"], fetched["status"]) == (200, 201, 200)
    assert drawn["path"] == f"/api/v1/characters/{character.library_id}/generate-initial-image"
    assert {line["runId"] for line in (drawn, stored, fetched)} == {begun["runId"]}
    [answered] = about(lines, logger="app.web.access_log")
    assert (answered["method"], answered["status"]) == ("POST", 201)
    assert answered["durationMs"] >= ended["durationMs"] >= drawn["durationMs"]
    assert "runId" not in answered
    [lost] = about(lines_of(server), outcome="failed")
    assert (lost["requestId"], lost["kind"], lost["level"]) == (failed.headers["x-request-id"], "set", "WARNING")


async def test_every_line_is_json_with_a_time_a_level_and_a_logger(world: World, tmp_path: Path) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=1)
    with logging(world, tmp_path) as server:
        async with plain(base_url=server.url) as nobody:
            await nobody.get('/%0A{"level":"FORGED"}?prompt=hidden')
            await nobody.head("/login?next=hidden")
    lines = lines_of(server)
    for line in lines:
        at = datetime.fromisoformat(line["time"])
        assert at.utcoffset() == timedelta(0)
        assert begun < at < datetime.now(UTC)
        assert line["level"] in ("DEBUG", "INFO")
        assert line["logger"]
        assert line["message"]
    assert "uvicorn.error" in {line["logger"] for line in lines}
    assert "hidden" not in server.log.read_text()
    assert "FORGED" not in server.log.read_text()
    [unknown] = about(lines, status=404)
    assert (unknown["path"], unknown["message"]) == ("/…", "GET /…: 404")
    assert "route" not in unknown
    assert [line["route"] for line in about(lines, method="HEAD")] == ["/login"]


@both_kinds_of_id
async def test_an_address_is_told_by_its_route_and_its_ids_whatever_was_pasted_into_it(
    world: World, tmp_path: Path
) -> None:
    character, session = await world.character(), f"{HIDDEN * 9}.payload.signature"
    page, images = f"/screenplay/characters/{character.id}/images", character.url("images")
    addresses = [f"{first}/{session}" for first in ("", "/login", "/static", "/schema", "/v1", "/health", page)]
    addresses += [f"/v1/characters/{session}/images", f"/screenplay/characters/{session}/images/{session}"]
    with logging(world, tmp_path) as server:
        async with plain(base_url=server.url, headers=world.editor.headers) as api:
            statuses = [(await api.get(address)).status_code for address in addresses]
            assert (await api.get(f"{images}/{session}")).status_code == 405
            assert (await api.delete(f"{images}/7")).status_code == 404
    assert statuses == [404] * len(addresses)
    assert HIDDEN not in server.log.read_text()
    [asked] = about(lines_of(server), method="DELETE", logger="app.web.access_log")
    assert asked["path"] == asked["route"] == "/v1/characters/{character_id}/images/{image_id}"
    assert (asked["characterId"], asked["imageId"]) == (str(character.id), "7")
    assert about(lines_of(server), path="/static/{file_path}")


async def test_two_requests_at_once_do_not_mix(world: World, tmp_path: Path) -> None:
    characters = [await world.character(settings={"delayMs": 300}) for _ in range(2)]
    with logging(world, tmp_path) as server:
        async with plain(base_url=server.url, headers=world.editor.headers, timeout=30) as api:
            page = {"Sec-Fetch-Site": "same-origin"}
            for character in characters:
                home = f"/screenplay/characters/{character.id}/images/reference"
                await api.post(home, data={"prompt": "x"}, headers=page)
            for character in characters:
                await world.until_asked(character)
    lines = lines_of(server)
    runs = {line["runId"]: line["characterId"] for line in lines if "runId" in line}
    assert sorted(runs.values()) == sorted(str(character.id) for character in characters)
    for line in (line for line in lines if "runId" in line):
        assert line["characterId"] == runs[line["runId"]]
    assert len({line["requestId"] for line in lines if "runId" in line}) == 2
    ended = about(lines, outcome="succeeded")
    assert len(ended) == 2


@pytest.mark.parametrize(("layout", "is_json"), [("text", False), ("json", True)])
async def test_a_defect_keeps_its_traceback_with_the_request(
    world: World, tmp_path: Path, layout: str, is_json: bool
) -> None:
    character = await world.character()
    with stack.app(tmp_path, settings_of(world) | {"LOG_FORMAT": layout}, module="tests.support.defective") as server:
        async with plain(base_url=server.url, headers=world.editor.headers) as api:
            answer = await api.get(character.url("images"))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    log, request_id = server.log.read_text(), answer.headers["x-request-id"]
    if is_json:
        [failed] = about(lines_of(server), level="ERROR")
        assert failed["requestId"] == request_id
        assert failed["traceback"].splitlines()[-1] == "ZeroDivisionError: a defect"
    else:
        [line] = [line for line in log.splitlines() if " ERROR " in line]
        assert f"requestId='{request_id}'" in line
        assert "\nZeroDivisionError: a defect\n" in log
        assert not log.startswith("{")


async def test_each_change_refusal_run_and_sign_in_says_who_it_was(world: World, tmp_path: Path) -> None:
    character, person, viewer = await world.character(), await world.newcomer(), await world.newcomer("viewer")
    page, ours = f"/screenplay/characters/{character.id}/images", {"Sec-Fetch-Site": "same-origin"}
    form = {"email": person.email, "password": PASSWORD}
    with logging(world, tmp_path, LOG_LEVEL="info") as server:
        async with plain(base_url=server.url, headers=ours, timeout=30) as browser:
            wrong = await browser.post("/login", data=form | {"password": "wrong"})
            await browser.post("/login", data=form)
            made = [await browser.post(character.url("generate-initial-image"), json={"prompt": "x"}) for _ in range(2)]
            ids = [str(one.json()["image"]["id"]) for one in made]
            await browser.post(f"{page}/delete", data={"image": [*ids, "999999"]})
            await browser.post("/logout")
        async with plain(base_url=server.url, headers=viewer.headers) as api:
            refused = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
        async with plain(base_url=server.url, headers={"Authorization": "JWT a.b.c"}) as api:
            await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    lines, me = lines_of(server), str(person.id)
    assert refused.status_code == 403
    assert [line["userId"] for line in about(lines, status=403)] == [str(viewer.id)]
    assert {line["userId"] for line in about(lines, logger="app.generation.runs")} == {me}
    assert [
        line["userId"] for line in about(lines, logger="app.web.access_log", characterId=str(character.id), status=201)
    ] == [me] * 2
    deleted = about(lines, logger="app.use_cases.delete", level="INFO")
    assert [(line["imageId"], line["userId"], line["media"]) for line in deleted] == [
        (one, me, "deleted") for one in ids
    ]
    [left] = about(lines, logger="app.pages.images.deleting")
    assert (left["imageId"], left["code"], left["userId"]) == ("999999", "image_not_found", me)
    failed, began = about(lines, logger="app.pages.sign_in")
    assert (failed["address"], failed["code"], failed["requestId"]) == (
        "127.0.0.1",
        "unauthenticated",
        wrong.headers["x-request-id"],
    )
    assert "userId" not in failed
    assert (began["userId"], began["address"]) == (me, "127.0.0.1")
    assert [line["userId"] for line in about(lines, message="a session has ended")] == [me]
    assert [line for line in about(lines, status=401, path=made[0].request.url.path) if "userId" in line] == []
    assert person.email not in server.log.read_text()
