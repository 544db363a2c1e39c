"""A7: the record of a file that is stored."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.faults.matrix import cell
from tests.support.between import ALWAYS
from tests.support.faulty_world import FaultyWorld
from tests.support.raw_server import HANG, Reset, answer, json_answer
from tests.support.storing import (
    KEPT,
    RECORD,
    Left,
    Lock,
    Upset,
    another_payload,
    at,
    check,
    delete_file,
    draws,
    ends,
    is_demoted,
    loses_character,
    record,
    replica,
    scene_of,
    signs_out,
    somebody,
    sweep,
    until,
)

INVALID = {"errors": [{"data": {"errors": [{"path": "kind", "message": "invalid"}]}, "message": "Invalid: kind"}]}
TAKEN = {"errors": [{"path": "media", "message": "Value must be unique"}]}
UNIQUE = {"errors": [{"data": TAKEN, "message": "Invalid: media"}]}
FORBIDDEN = json_answer(403, {"errors": [{"message": "You are not allowed to perform this action."}]})
BUSY = json_answer(500, {"errors": [{"message": "Something went wrong."}]})
HTML = answer(200, b"<html>hello</html>", "Content-Type: text/html")
MADE_UP = json_answer(201, {"doc": {"id": 987_654, "media": 1}, "message": "created"})

REJECTED = Left(status=502, code="payload_rejected", says="Nothing was kept of it", asked=1)
UNAVAILABLE = Left(status=503, code="payload_unavailable", says="ask the library what it has", asked=1)
LEFT_FOR_SWEEP = replace(UNAVAILABLE, media=1)


@pytest.mark.parametrize(
    ("upsets", "left"),
    [
        cell("A7-01", [record(instead=json_answer(400, INVALID))], replace(REJECTED, says="(kind)")),
        cell(
            "A7-02",
            [record(is_demoted)],
            Left(status=403, code="forbidden", says="left in Payload's Media", asked=1, media=1),
            real=True,
        ),
        cell(
            "A7-02 compensated",
            [record(instead=FORBIDDEN)],
            Left(status=403, code="forbidden", says="Nothing was kept of it", asked=1),
        ),
        cell(
            "A7-03",
            [record(signs_out)],
            Left(status=401, code="unauthenticated", says="Sign in again", asked=1, media=1),
            real=True,
        ),
        cell("A7-04 unique", [record(lost=json_answer(400, UNIQUE))], KEPT),
        cell("A7-04 conflict", [record(lost=json_answer(409, UNIQUE))], KEPT),
        cell("A7-04 another's", [record(instead=json_answer(400, UNIQUE))], replace(REJECTED, says="(media)")),
        cell("A7-05", [record(instead=answer(413))], replace(REJECTED, says="413")),
        cell("A7-06 written", [record(lost=BUSY)], KEPT),
        cell("A7-06 not written", [record(instead=BUSY)], UNAVAILABLE),
        cell(
            "A7-06 nobody can look",
            [record(lost=BUSY), at("GET", RECORD, instead=BUSY, times=ALWAYS)],
            replace(UNAVAILABLE, media=1, records=1),
        ),
        cell("A7-06 required relation", [record(loses_character)], UNAVAILABLE, real=True),
        cell("A7-07 reset, written", [record(lost=[Reset()])], KEPT),
        cell("A7-07 reset, not written", [record(instead=[Reset()])], LEFT_FOR_SWEEP),
        cell("A7-07 no answer, written", [record(lost=[HANG])], KEPT),
        cell("A7-07 no answer, not written", [record(instead=[HANG])], LEFT_FOR_SWEEP),
        cell("A7-08", [record(lost=HTML)], KEPT),
        cell("A7-08 not written", [record(instead=HTML)], LEFT_FOR_SWEEP),
        cell(
            "A7-09",
            [record(instead=json_answer(400, INVALID)), delete_file(instead=BUSY)],
            replace(REJECTED, says="left in Payload's Media for the sweep", media=1),
        ),
        cell("A7-13", [record(instead=MADE_UP)], replace(LEFT_FOR_SWEEP, says="does not have its record")),
    ],
)
async def test_a_record_ends_as_both_or_neither(world: FaultyWorld, upsets: list[Upset], left: Left) -> None:
    person = await somebody(world) if left.status in (401, 403) else None
    scene, before = await scene_of(world, *upsets, person=person), await world.media_count()
    await check(scene, await draws(scene), left, before)
    if left.media > left.records:
        assert "the sweep finds" in world.app.log.read_text()


@pytest.mark.parametrize(
    ("how", "left"),
    [
        cell("A7-06 busy", "IMMEDIATE", LEFT_FOR_SWEEP, real=True),
        cell("A7-07 busy for a moment", "EXCLUSIVE", KEPT, real=True),
    ],
)
async def test_a_payload_whose_database_is_busy(world: FaultyWorld, tmp_path: Path, how: str, left: Left) -> None:
    lock, moment = Lock(world, how), how == "EXCLUSIVE"
    with another_payload(world, tmp_path, BUSY_TIMEOUT="1500" if moment else "50") as other:
        scene = await scene_of(world, record(lock.take_for_a_moment if moment else lock.take))
        before = await world.media_count()
        with world.payload.through(other.url):
            drawn = await draws(scene)
        lock.let_go()
    await check(scene, drawn, left, before)


@pytest.mark.parametrize("sent", [cell("A7-10", signal.SIGSTOP, real=True)])
async def test_a_record_that_arrives_after_we_gave_up_has_its_file(
    world: FaultyWorld, tmp_path: Path, sent: signal.Signals
) -> None:
    with another_payload(world, tmp_path) as other:
        scene, before = await scene_of(world, record(ends(other.process, sent))), await world.media_count()
        with world.payload.through(other.url):
            drawn = await draws(scene)
            other.process.send_signal(signal.SIGCONT)

            async def records() -> int:
                return len(await world.records(scene.character))

            await until(records, 1)
    await check(scene, drawn, replace(LEFT_FOR_SWEEP, records=1), before)
    assert (await sweep(world, "--older-than", "0", "--delete")).returncode == 0
    [late] = await world.records(scene.character)
    assert late["media"]["filesize"] > 0


@pytest.mark.parametrize(
    ("sent", "written", "records"),
    [
        cell("A7-11", signal.SIGTERM, False, 1),
        cell("A7-12 not written", signal.SIGKILL, False, 0),
        cell("A7-12 written", signal.SIGKILL, True, 1),
    ],
)
async def test_a_server_that_ends_while_it_writes_the_record(
    world: FaultyWorld, tmp_path: Path, sent: signal.Signals, written: bool, records: int
) -> None:
    with replica(world, tmp_path) as app:
        end = ends(app.process, sent)

        def ended(raw: bytes) -> bytes:
            app.process.send_signal(sent)
            return raw

        if written:
            upset = record(changed=ended)
        elif sent == signal.SIGKILL:
            upset = record(end, instead=[Reset()])
        else:
            upset = record(end)
        scene, before = await scene_of(world, upset), await world.media_count()
        if sent == signal.SIGTERM:
            await check(scene, await draws(scene, app.url), KEPT, before)
        else:
            with pytest.raises(httpx.TransportError):
                await draws(scene, app.url)
        await asyncio.to_thread(app.process.wait, 20)
    assert len(world.payload.asked("POST", RECORD)) == 1
    assert (len(await world.records(scene.character)), await world.media_count()) == (records, before + 1)
    assert (await sweep(world, "--older-than", "0", "--delete")).returncode == 0
    assert await world.media_count() <= before + records
