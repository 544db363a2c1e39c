"""`python -m app sweep` on what a crash leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from scripts.local_stack.stack import ROOT
from tests.support.steps import a_reference, sweep, uploaded
from tests.support.world import World, both_kinds_of_id


async def test_an_orphan_of_ours_is_found_told_and_deleted_only_when_asked(world: World) -> None:
    orphan = await uploaded(world, f"ci-{ULID()}.png")
    found = await asyncio.to_thread(sweep, world, "--older-than", "0")
    deleted = await asyncio.to_thread(sweep, world, "--older-than", "0", "--delete")
    again = await asyncio.to_thread(sweep, world, "--older-than", "0", "--delete")
    assert [done.returncode for done in (found, deleted, again)] == [0, 0, 0], found.stderr
    line = f"orphan media {orphan['id']}: {orphan['filename']}"
    assert line in found.stdout.splitlines()
    assert f"{line}; deleted" in deleted.stdout.splitlines()
    assert line not in again.stdout
    async with world.cms() as payload:
        assert await payload.collection("media").count({"id": {"equals": orphan["id"]}}) == 0


async def test_for_programs_each_finding_and_what_went_wrong_is_a_json_object_a_line(world: World) -> None:
    orphan = await uploaded(world, f"ci-{ULID()}.png")
    refused = await asyncio.to_thread(sweep, world, "--older-than", "0", "--delete", person=world.viewer, layout="json")
    deleted = await asyncio.to_thread(sweep, world, "--older-than", "0", "--delete", layout="json")
    assert (refused.returncode, refused.stdout, deleted.returncode, deleted.stdout) == (1, "", 0, "")
    [complaint] = [json.loads(line) for line in refused.stderr.splitlines()]
    assert (complaint["level"], complaint["logger"]) == ("ERROR", "app.sweep")
    assert "does not allow" in complaint["message"]
    lines = [json.loads(line) for line in deleted.stderr.splitlines()]
    [told] = [line for line in lines if line["id"] == orphan["id"]]
    assert (told["found"], told["file"], told["deleted"]) == ("orphan media", orphan["filename"], True)
    assert told["message"] == f"orphan media {orphan['id']}: {orphan['filename']}; deleted"
    assert told["level"] == "INFO"
    assert {"time", "logger"} <= told.keys()


@both_kinds_of_id
async def test_what_is_young_foreign_renamed_or_in_use_is_left_alone(world: World) -> None:
    character = await world.character()
    image: Any = await a_reference(world, character)
    old = ULID.from_datetime(datetime.now(UTC) - timedelta(hours=2))
    kept = [
        await uploaded(world, "holiday.png"),
        await uploaded(world, "ci-not-a-ulid.png"),
        await uploaded(world, f"ci-{old}.png"),  # somebody uploaded a downloaded picture again
    ]
    young = await uploaded(world, f"ci-{ULID()}.png")
    by_default = await asyncio.to_thread(sweep, world, "--delete")
    assert by_default.stdout == ""
    everything = await asyncio.to_thread(sweep, world, "--older-than", "0", "--delete")
    assert str(young["filename"]) in everything.stdout
    async with world.cms() as payload:
        for media in [*kept, image["media"]]:
            assert await payload.collection("media").count({"id": {"equals": media["id"]}}) == 1


async def test_a_sweep_that_payload_refuses_ends_with_1(world: World) -> None:
    orphan = await uploaded(world, f"ci-{ULID()}.png")
    refused = await asyncio.to_thread(sweep, world, "--older-than", "0", "--delete", person=world.viewer)
    assert refused.returncode == 1
    assert "does not allow" in refused.stderr
    assert "Traceback" not in refused.stderr
    await asyncio.to_thread(sweep, world, "--older-than", "0", "--delete")
    async with world.cms() as payload:
        assert await payload.collection("media").count({"id": {"equals": orphan["id"]}}) == 0


async def test_a_sweep_without_a_session_deletes_nothing(world: World) -> None:
    orphan = await uploaded(world, f"ci-{ULID()}.png")
    environment = os.environ | {"PAYLOAD_URL": world.payload_url, "PAYLOAD_TOKEN": "a.b.c"}
    command = [sys.executable, "-m", "app", "sweep", "--older-than", "0", "--delete"]
    done = await asyncio.to_thread(
        lambda: subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    )
    assert done.returncode == 1
    async with world.cms() as payload:
        assert await payload.collection("media").count({"id": {"equals": orphan["id"]}}) == 1


async def test_a_sweep_that_cannot_see_the_records_takes_no_file_for_an_orphan(world: World) -> None:
    orphan = await uploaded(world, f"ci-{ULID()}.png")
    token = world.editor.auth.header.removeprefix("JWT ")
    environment = os.environ | {"PAYLOAD_URL": world.payload_url, "PAYLOAD_TOKEN": token}
    environment |= {"PAYLOAD_CHARACTER_IMAGE_METADATA_SLUG": "not-in-this-payload"}
    command = [sys.executable, "-m", "app", "sweep", "--older-than", "0", "--delete"]
    done = await asyncio.to_thread(
        lambda: subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "may not read" in done.stderr
    assert "nothing was deleted" in done.stderr
    async with world.cms() as payload:
        assert await payload.collection("media").count({"id": {"equals": orphan["id"]}}) == 1


async def test_bad_arguments_end_with_2(world: World) -> None:
    for odd in ("soon", "-1", "nan", "inf", "1e3", "9" * 12):
        refused = await asyncio.to_thread(sweep, world, "--older-than", odd, "--delete")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "Traceback" not in refused.stderr
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAYLOAD_")}
    command = [sys.executable, "-m", "app", "sweep"]
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            command, cwd="/", env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
        )
    )
    assert done.returncode == 2
    assert done.stderr.startswith("PAYLOAD_URL: missing")
