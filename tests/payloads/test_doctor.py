"""`python -m app doctor` beside real Payloads: what it says is right, what is wrong and which setting mends it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from scripts.local_stack.stack import ROOT
from tests.payloads.conftest import NewWorld
from tests.support.world import World

CUT = "get('media').upload.imageSizes = [{ name: 'square', width: 300, height: 300, position: 'centre' }]"
REQUIRED = "get('%s').fields.push({ name: 'project', type: 'text', required: true })"
JPEG = "get('media').upload.mimeTypes = ['image/jpeg']"
SMALL = "base.upload = { abortOnLimit: true, limits: { fileSize: 1_000_000 } }"
DOMAIN = "get('users').auth = { ...get('users').auth, cookies: { domain: 'other.example' } }"
FOR_ADMINS = "get('media').access = { ...get('media').access, delete: ({ req }) => req.user?.role === 'admin' }"

CHANGES: dict[str, tuple[str, Mapping[str, str], str]] = {
    "another prefix": ("base.cookiePrefix = 'film'", {}, "PAYLOAD_COOKIE_PREFIX"),
    "a cookie for another domain": (DOMAIN, {}, "auth.cookies.domain"),
    "a required field of files": (REQUIRED % "media", {}, "project"),
    "a required field of records": (REQUIRED % "character-image-metadata", {}, "project"),
    "JPEGs alone": (JPEG, {}, "file"),
    "a small limit": (SMALL, {}, "client_max_body_size"),
    "no right to delete": (FOR_ADMINS, {}, "may not delete in media"),
    "no such users": ("", {"PAYLOAD_USERS_SLUG": "people"}, "PAYLOAD_USERS_SLUG"),
    "no such files": ("", {"PAYLOAD_MEDIA_SLUG": "files"}, "PAYLOAD_MEDIA_SLUG"),
    "nobody": ("", {"PAYLOAD_TOKEN": "a.b.c"}, "PAYLOAD_TOKEN"),
    "no Payload": ("", {"PAYLOAD_URL": "http://127.0.0.1:9"}, "PAYLOAD_URL"),
    "no library": ("", {"CHARACTER_LIBRARY_API_URL": "http://127.0.0.1:9"}, "CHARACTER_LIBRARY_API_URL"),
}


def doctor(world: World, **settings: str) -> subprocess.CompletedProcess[str]:
    """Have everything tried as the editor."""
    environment = os.environ | {
        "SITE_URL": world.payload_url,
        "PAYLOAD_URL": world.payload_url,
        "CHARACTER_LIBRARY_API_URL": world.library_url,
        "PAYLOAD_TOKEN": world.editor.auth.header.removeprefix("JWT "),
        **settings,
    }
    command = [sys.executable, "-m", "app", "doctor"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def wrong(run: subprocess.CompletedProcess[str]) -> list[str]:
    assert run.stderr == ""
    return [line for line in run.stdout.splitlines() if line.startswith("WRONG")]


async def left(world: World) -> tuple[int, int]:
    async with world.cms() as payload:
        return await payload.collection("media").count(), await payload.collection("character-image-metadata").count()


async def test_beside_an_ordinary_payload_all_is_right_and_nothing_is_left(world_of: NewWorld) -> None:
    world = world_of("")
    await world.character()
    run = await asyncio.to_thread(doctor, world)
    assert (run.returncode, wrong(run)) == (0, []), run.stdout
    assert len(run.stdout.splitlines()) == 14
    assert world.editor.auth.header.removeprefix("JWT ") not in run.stdout
    assert await left(world) == (0, 0)


async def test_cut_sizes_are_named_and_no_fault(world_of: NewWorld) -> None:
    world = world_of(CUT)
    await world.character()
    run = await asyncio.to_thread(doctor, world)
    assert (run.returncode, "add one by width alone" in run.stdout) == (0, True), run.stdout


async def test_without_a_character_it_says_so_and_leaves_nothing(world_of: NewWorld) -> None:
    world = world_of("")
    run = await asyncio.to_thread(doctor, world)
    [line] = wrong(run)
    assert (run.returncode, "create one in Payload" in line) == (1, True)
    assert await left(world) == (0, 0)


@pytest.mark.parametrize("kind", CHANGES)
async def test_what_is_wrong_is_said_with_what_mends_it(world_of: NewWorld, kind: str) -> None:
    change, settings, named = CHANGES[kind]
    world = world_of(change)
    await world.character()
    run = await asyncio.to_thread(lambda: doctor(world, **settings))
    assert run.returncode == 1, run.stdout
    assert any(named in line for line in wrong(run)), run.stdout + run.stderr
    if kind != "no right to delete":  # what may not be deleted stays, and is named
        assert await left(world) == (0, 0)
