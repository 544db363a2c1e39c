"""E: the sweep deletes what a crash left, and nothing else, whatever goes wrong with it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from ulid import ULID

from tests.faults.matrix import cell
from tests.support.between import Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.raw_server import answer, json_answer
from tests.support.steps import a_reference
from tests.support.storing import A_FILE, RECORD, Lock, another_payload, exists, shows, sweep, uploaded
from tests.support.world import Doc

ALL = ("--older-than", "0", "--delete")
BUSY = json_answer(500, {"errors": [{"message": "Something went wrong."}]})
NO_RECORDS = json_answer(200, {"docs": [], "totalDocs": 0, "hasNextPage": False})
DENIED = {"read": {"permission": True, "where": {"kind": {"equals": "scene"}}}}
SOME_RECORDS = json_answer(200, {"collections": {"articles": {"read": True}, "character-image-metadata": DENIED}})
HOURS = timedelta(hours=2)


async def an_orphan(world: FaultyWorld, at: datetime | None = None, **fields: Any) -> Doc:
    """A file that a crash has left, as a name of ours from that time says."""
    made = await uploaded(world, f"ci-{ULID.from_datetime(at or datetime.now(UTC))}.jpg")
    if fields:
        async with world.cms() as payload:
            await payload.collection("media").update(made["id"], fields)
    return made


async def a_record_of(world: FaultyWorld, media: Doc) -> None:
    """It turns out not to be an orphan."""
    character = await world.character()
    async with world.cms() as payload:
        record = {"characterReference": character.id, "media": media["id"], "status": "succeeded"}
        await payload.collection("character-image-metadata").create(record)


@pytest.mark.parametrize(
    ("fault", "settings", "complaint"),
    [
        cell("E-01 fails", Fault(method="GET", path=RECORD, instead=BUSY), {}, "Payload"),
        cell("E-01 partial", Fault(method="GET", path=RECORD, instead=NO_RECORDS), {}, "did not show all"),
        cell("E-01 html", Fault(method="GET", path=RECORD, instead=answer(200, b"<html>")), {}, "Payload"),
        cell("E-02 nothing", None, {"PAYLOAD_TOKEN": "a.b.c"}, "may not read all", real=True),
        cell("E-02 some", Fault(method="GET", path="/access", instead=SOME_RECORDS), {}, "may not read all"),
        cell(
            "E-02 of what shows pictures",
            None,
            {"PAYLOAD_MEDIA_USED_IN": "pages.cover"},
            "may not read all of pages",
            real=True,
        ),
        cell("E-06 no clock", Fault(method="GET", path="/access", changed=lambda raw: undated(raw)), {}, "the time"),
    ],
)
async def test_a_sweep_that_cannot_see_everything_deletes_nothing(
    world: FaultyWorld, fault: Fault | None, settings: dict[str, str], complaint: str
) -> None:
    await a_reference(world, await world.character())
    orphan = await an_orphan(world)
    if fault:
        world.payload.order(fault)
    swept = await sweep(world, *ALL, settings=settings)
    assert (swept.returncode, swept.lines) == (1, []), swept
    assert complaint in swept.complaint
    assert "Traceback" not in swept.complaint
    assert world.payload.asked("DELETE", "") == []
    assert await exists(world, orphan["id"])


@pytest.mark.parametrize("how", [cell("E-01 busy", "EXCLUSIVE", real=True)])
async def test_a_sweep_of_a_busy_database_deletes_nothing(world: FaultyWorld, tmp_path: Path, how: str) -> None:
    orphan, lock = await an_orphan(world), Lock(world, how)
    with another_payload(world, tmp_path, BUSY_TIMEOUT="50") as other, world.payload.through(other.url):
        await lock.take()
        swept = await sweep(world, *ALL)
        lock.let_go()
    assert (swept.returncode, swept.lines) == (1, []), swept
    assert await exists(world, orphan["id"])


def undated(raw: bytes) -> bytes:
    """An answer that does not tell the time."""
    return re.sub(rb"(?i)\r\ndate: [^\r]+", b"", raw)


def dated(shift: timedelta) -> Callable[[bytes], bytes]:
    """An answer of a server whose clock goes wrong by so much."""
    shown = format_datetime(datetime.now(UTC) + shift, usegmt=True).encode()
    return lambda raw: re.sub(rb"(?i)\r\ndate: [^\r]+", b"\r\nDate: " + shown, raw)


@pytest.mark.parametrize(
    ("shift", "arguments", "swept_away"),
    [
        cell("E-06 inside the grace", timedelta(), ["--delete"], False, real=True),
        cell("E-06 Payload is ahead", HOURS, ["--delete"], True),
        cell("E-06 Payload is behind", -HOURS, ["--older-than", "0", "--delete"], False),
    ],
)
async def test_an_age_is_told_by_payloads_clock(
    world: FaultyWorld, shift: timedelta, arguments: list[str], swept_away: bool
) -> None:
    orphan = await an_orphan(world)
    if shift:
        world.payload.order(Fault(method="GET", path="/access", changed=dated(shift)))
    assert (await sweep(world, *arguments)).returncode == 0
    assert await exists(world, orphan["id"]) != swept_away


@pytest.mark.parametrize(
    "how",
    [
        cell("E-04 an article", "published", real=True),
        cell("E-04 a draft", "draft", real=True),
        cell("E-04 in the trash", "trash", real=True),
    ],
)
async def test_what_is_shown_elsewhere_is_kept(world: FaultyWorld, how: str) -> None:
    shown, orphan = await an_orphan(world), await an_orphan(world)
    await shows(world, shown["id"], how)
    swept = await sweep(world, *ALL, settings={"PAYLOAD_MEDIA_USED_IN": "articles.cover"})
    assert (swept.returncode, swept.about(shown), swept.about(orphan)) == (0, [], ["; deleted"])
    assert await exists(world, shown["id"])


@pytest.mark.parametrize(
    "name",
    [
        cell("E-05 another's", "ci-holiday.jpg", real=True),
        cell("E-05 uploaded again", f"ci-{ULID.from_datetime(datetime.now(UTC) - HOURS)}.jpg", real=True),
        cell("E-05 counted up", f"ci-{ULID()}-1.jpg", real=True),
    ],
)
async def test_a_name_alone_is_no_proof(world: FaultyWorld, name: str) -> None:
    media = await uploaded(world, name)
    swept = await sweep(world, *ALL)
    assert (swept.returncode, swept.about(media)) == (0, [])
    assert await exists(world, media["id"])
    async with world.cms() as payload:
        await payload.collection("media").delete(media["id"])


@pytest.mark.parametrize("ago", [cell("E-06 edited a moment ago", HOURS, real=True)])
async def test_what_was_edited_lately_is_not_old(world: FaultyWorld, ago: timedelta) -> None:
    then = datetime.now(UTC) - ago
    orphan = await an_orphan(world, then, createdAt=then.isoformat())
    swept = await sweep(world, "--delete")
    assert (swept.returncode, swept.about(orphan)) == (0, [])
    assert await exists(world, orphan["id"])


@pytest.mark.parametrize("path", [cell("E-07", A_FILE, real=True)])
async def test_a_record_that_comes_meanwhile_saves_its_file(world: FaultyWorld, path: str) -> None:
    orphan = await an_orphan(world)

    async def gets_a_record() -> None:
        await a_record_of(world, orphan)

    world.payload.order(Fault(method="GET", path=f"/api/media/{orphan['id']}", before=gets_a_record))
    swept = await sweep(world, *ALL)
    assert (swept.returncode, swept.about(orphan)) == (0, [""])
    assert all(not re.search(f"/{orphan['id']}[?]", seen.target) for seen in world.payload.asked("DELETE", path))
    assert await exists(world, orphan["id"])


@pytest.mark.parametrize("path", [cell("E-08", A_FILE, real=True)])
async def test_two_sweeps_at_once_do_no_harm(world: FaultyWorld, path: str) -> None:
    orphans, kept = [await an_orphan(world), await an_orphan(world)], await an_orphan(world)
    await a_record_of(world, kept)

    async def the_other_is_faster() -> None:
        async with world.cms() as payload:
            await payload.collection("media").delete(orphans[0]["id"])

    world.payload.order(Fault(method="DELETE", path=f"/api/media/{orphans[0]['id']}", before=the_other_is_faster))
    swept = await sweep(world, *ALL)
    assert (swept.returncode, [swept.about(orphan) for orphan in orphans]) == (0, [["; deleted"]] * 2)
    assert [await exists(world, media["id"]) for media in (*orphans, kept)] == [False, False, True]
    assert len(world.payload.asked("DELETE", path)) >= 2


@pytest.mark.parametrize("sent", [cell("E-09", signal.SIGKILL)])
async def test_a_sweep_that_is_killed_is_run_again(world: FaultyWorld, sent: signal.Signals) -> None:
    orphans, pid = [await an_orphan(world) for _ in range(3)], list[int]()

    async def ends() -> None:
        os.kill(pid[0], sent)

    world.payload.order(Fault(method="DELETE", path=f"/api/media/{orphans[1]['id']}", before=ends, instead=[]))
    assert (await sweep(world, *ALL, pid=pid)).returncode == -sent
    assert [await exists(world, orphan["id"]) for orphan in orphans] == [False, True, True]
    again = await sweep(world, *ALL)
    assert again.returncode == 0
    assert [again.about(orphan) for orphan in orphans] == [[], ["; deleted"], ["; deleted"]]
    assert not any([await exists(world, orphan["id"]) for orphan in orphans])


@pytest.mark.parametrize(("scripted", "said"), [cell("E-10", True, "500"), cell("E-10 real", False, "500", real=True)])
async def test_a_file_that_payload_cannot_delete_is_told_and_stops_no_other(
    world: FaultyWorld, scripted: bool, said: str
) -> None:
    stuck, orphan = await an_orphan(world), await an_orphan(world)
    stored = world.log.parent / "media" / str(stuck["filename"])
    if scripted:
        broken = json_answer(int(said), {"errors": []})
        world.payload.order(Fault(method="DELETE", path=f"/api/media/{stuck['id']}", instead=broken))
    else:
        stored.unlink()
        stored.mkdir()
    swept = await sweep(world, *ALL)
    with suppress(OSError):
        stored.rmdir()
    assert swept.returncode == 1
    assert swept.about(orphan) == ["; deleted"]
    [line] = swept.about(stuck)
    assert line.startswith("; not deleted: Payload refused (")
    assert await exists(world, stuck["id"])
    again = await sweep(world, *ALL)
    assert (again.returncode, again.about(stuck)) == (0, ["; deleted"])
    assert not await exists(world, stuck["id"])
