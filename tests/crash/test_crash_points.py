"""Killed at any await, the product leaves nothing that a sweep and a recovery do not put right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest

from payload_client import field
from scripts.local_stack.stack import NO_TLS
from tests.crash.operations import OPERATIONS, Doc, Operation
from tests.crash.points import all_points
from tests.crash.replica import Orders, Replica, command, replica
from tests.crash.world import is_whole
from tests.support.faulty_world import SETTINGS, FaultyWorld
from tests.support.world import Character

NOT_ON_THE_WAY = {
    "app/__main__.py:": "the server's own clock and the sweep's command",
    "app/web/access_log.py:": "around all the rest",
    "app/web/security_headers.py:": "around all the rest",
    "app/web/parsed.py:": "around all the rest",
    "app/main.py:": "starting and ending",
    "app/observability/tracing.py:": "around all the rest",
    "app/pages/": "pages begin what the API's routes begin, and wait for nothing",
    "app/prompts/": "words for a prompt, before a generation",
    "app/decoding/": "changes nothing outside; where it is killed meanwhile, so is the download around it",
    "app/capacity/shares.py:": "waits for a turn",
    "app/export/stored_files.py:": "only reads",
    "app/use_cases/archive.py:": "only reads",
    "app/use_cases/contact_sheet.py:": "only reads",
    "app/use_cases/listing.py:": "only reads",
    "app/use_cases/suggest.py:": "only reads",
    "app/use_cases/cast.py:": "only reads",
    "app/use_cases/original.py:": "only reads",
    "app/use_cases/review.py:": "changes the metrics of one record by one PATCH",
    "app/api/routes.py:review_image": "changes the metrics of one record by one PATCH",
    "app/use_cases/doctor.py:": "a command; killed, it leaves a file that the sweep finds, or its trial with a record",
    "app/character_library/transport.py:reach_library": "only reads, for the doctor",
    "app/cms/gateway.py:Cms.writing_for": "only reads, and only where fields of the site are copied",
    "app/services.py:of_character": "only reads, before Payload has shown its kind of ids",
    "app/use_cases/watch.py:": "only reads",
    "app/use_cases/readiness.py:": "only reads",
    "app/use_cases/sweep.py:": "mends what a crash left; killed itself, it is run again",
    **dict.fromkeys(
        (
            "app/api/routes.py:generate_initial_image: await generate.",
            "app/api/routes.py:generate_360_set: await generate.",
            "app/api/routes.py:generate_scene_image: await generate.",
            "app/api/routes.py:recover_images: await recover.",
            "app/services.py:Services.prepare_generation",
            "app/generation/context.py:GenerationContext.renew_session",
            "app/services.py:find_character",
            "app/use_cases/generate.py:start_reference: ",
            "app/use_cases/generate.py:_generate_reference: await context.renew_session",
            "app/use_cases/generate.py:start_scene: ",
            "app/use_cases/generate.py:_generate_scene: await context.renew_session",
            "app/use_cases/generate.py:start_set: ",
            "app/use_cases/generate.py:_generate_set: await context.renew_session",
            "app/use_cases/recover.py:start: ",
            "payload_client/client.py:Payload.access",
        ),
        "before the library is asked",
    ),
    "app/api/routes.py:list_": "only reads",
    "app/api/events.py:events_of_all": "only reads",
    "app/api/events.py:_is_signed_in": "only reads",
    "app/api/events.py:while_signed_in: await _is_signed_in": "only reads",
    "app/api/routes.py:suggest_prompt": "only reads",
    "app/api/routes.py:ready": "only reads",
    "app/use_cases/recover.py:library_images": "only reads",
    "app/cms/gateway.py:Cms.shares_library_id: await self._is_linked(library_id, character_id, *_L... #2": (
        "only reads, and nothing where characters have the group"
    ),
    "app/use_cases/sign_in.py:sign_": "signing in and out",
    "app/web/login_throttle.py:": "signing in and out",
    "payload_client/auth.py:": "signing in and out",
    "payload_client/auth_collection.py:": "signing in and out",
    "payload_client/reading.py:Reading.count": "only reads",
    "payload_client/reading.py:Reading.find_each": "only reads",
    "payload_client/client.py:Payload.__aexit__": "ending",
    **dict.fromkeys(
        (
            "payload_client/bulk.py:",
            "payload_client/client.py:Payload.request: await self._auth.",
            "payload_client/client.py:Payload.request: await self._send(method, path, pairs, body, token",
            "payload_client/client.py:Payload.request: await self._send(method, path, pairs, body, renewed",
            "payload_client/client.py:Payload.send_elsewhere",
            "payload_client/collection.py:",
            "payload_client/direct_uploads.py:",
            "payload_client/documents.py:Documents._check_exact: ",
            "payload_client/global_document.py:",
            "payload_client/multipart.py:Plain.",
            "payload_client/multipart.py:_pieces: async for source",
            "payload_client/multipart.py:_pieces: async for _read(file)",
            "payload_client/multipart.py:_pieces: await asyncio.to_thread(source.open",
            "payload_client/preferences.py:",
            "payload_client/reading.py:Reading._pages_by_number",
            "payload_client/reading.py:Reading.find_by_id_or_none",
            "payload_client/uploads.py:Uploading.replace_file",
            "payload_client/versions.py:",
            "payload_client/writing.py:Writing._is_used_in",
            "payload_client/writing.py:Writing.create: await self._payload.call('GET'",
            "payload_client/writing.py:Writing.delete: await self._is_used_in",
            "payload_client/writing.py:Writing.duplicate",
        ),
        "not used by the product",
    ),
    **dict.fromkeys(
        (
            "app/api/routes.py:restore_image",
            "app/use_cases/delete.py:_patch_trash",
            "app/use_cases/delete.py:_put_file_into_trash",
            "app/use_cases/delete.py:_put_into_trash",
            "app/use_cases/delete.py:image: await _put_into_trash",
            "app/use_cases/delete.py:_delete_file: await cms.media.trash",
            "app/use_cases/delete.py:restore",
            "payload_client/writing.py:Writing.restore",
            "payload_client/writing.py:Writing.trash",
            "payload_client/writing.py:Writing.update",
        ),
        "the Payload of these tests keeps no trash; a record in one keeps its file, wherever that is",
    ),
    **dict.fromkeys(
        (
            "app/cms/gateway.py:Cms.find_files",
            "app/cms/gateway.py:Cms.with_files: await self.",
            "app/generation/master.py:_record_of: await find_newest_reference",
            "app/use_cases/delete.py:_with_character: await cms.characters.find_by_id",
        ),
        "only reads, and nothing where Payload fills in what records point at",
    ),
    "app/ingest/egress.py:GuardedNetwork.sleep": "never used: no retries",
    "app/ingest/pipeline.py:Ingest._fetch: await asyncio.sleep": "waits for a picture that is not there yet",
    "app/ingest/response_head.py:ForgivingStream.read: await self._stream.read(max_bytes, timeout) #2": (
        "a picture as small as these comes together with its head"
    ),
    "app/ingest/response_head.py:ForgivingStream.start_tls": "the pictures of the operations come over plain HTTP",
    "app/use_cases/delete.py:_check_rights: await cms.knows_caller()": "nothing is deleted",
    "app/generation/runs.py:Runs.drain": "ending",
    "app/generation/runs.py:Runs.follow": "only reads",
}
"""The beginnings of the points that are not between the library's answer and the last write, with the reason."""


SENDING = (
    "app/character_library/transport.py:_send: await http.send(request, stream=True)",
    "payload_client/transport.py:Transport._exchange: await self.http.send(request, stream=True)",
)
"""Where the world outside changes: an operation is killed there each time, before and after."""


class Place(msgspec.Struct, frozen=True):
    """Where an operation is killed: the n-th time that it is at that moment of that point."""

    operation: str
    n: int
    moment: str
    point: str

    def __str__(self) -> str:
        return f"{self.n} {self.moment} {self.point}"


def on_the_way(point: str) -> bool:
    return not point.startswith(tuple(NOT_ON_THE_WAY))


@pytest.fixture(scope="session")
async def places(crashing: FaultyWorld, tmp_path_factory: pytest.TempPathFactory) -> list[Place]:
    """Where each operation can be killed, found by running each once to its end."""
    folder = tmp_path_factory.mktemp("traces")
    return [
        place for name in OPERATIONS for place in places_of(name, await traced(crashing, folder / f"{name}.txt", name))
    ]


def places_of(operation: str, told: list[str]) -> Iterator[Place]:
    """All that come after the library's first answer; of a deletion all."""
    answered = (index for index, line in enumerate(told) if line == f"after {SENDING[0]}")
    first = 0 if OPERATIONS[operation].deletes else next(answered)
    counts: Counter[str] = Counter()
    for index, line in enumerate(told):
        counts[line] += 1
        moment, _, point = line.partition(" ")
        if index >= first and on_the_way(point):
            yield Place(operation, counts[line], moment, point)


async def traced(world: FaultyWorld, file: Path, name: str) -> list[str]:
    """Every point that an operation was at, in order."""
    operation = OPERATIONS[name]
    world.calm()
    character = await a_character(world, operation)
    prepared = await operation.prepare(world, character)
    drawn = await times_drawn(world, character)
    with served(world, file.with_suffix(".log"), Orders(trace=file)) as server:
        await operation.spoil(world, character)
        answer = await asked(server, world, operation, character, prepared)
        assert answer
        assert answer.status_code == operation.status, (name, answer.text)
    assert await times_drawn(world, character) - drawn == operation.draws, name
    return (await asyncio.to_thread(file.read_text)).splitlines()


async def test_every_await_is_on_the_way_of_an_operation_or_it_is_told_why_not(places: list[Place]) -> None:
    known, reached = set(all_points()), {place.point for place in places}
    assert {point for point in known if on_the_way(point)} - reached == set()
    assert [start for start in NOT_ON_THE_WAY if not any(point.startswith(start) for point in known)] == []


def test_a_point_has_a_name_of_its_own() -> None:
    known = all_points()
    assert len(known) == len(set(known))


@pytest.mark.parametrize("point", [pytest.param(point, id=point) for point in all_points() if on_the_way(point)])
async def test_a_crash_at_a_point(world: FaultyWorld, places: list[Place], tmp_path: Path, point: str) -> None:
    place = next(place for place in places if place.point == point)
    assert await crashed(world, tmp_path, place), f"never came to {place}"


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_crash_at_every_place(world: FaultyWorld, places: list[Place], tmp_path: Path, operation: str) -> None:
    mine = [place for place in places if place.operation == operation]
    first = {place.point: place for place in reversed(mine)}
    wanted = [place for place in mine if place.point in SENDING or first[place.point] is place]
    died = [await crashed(world, tmp_path, place) for place in wanted]
    missed = [str(place) for place, once in zip(wanted, died, strict=True) if not once]
    assert len(missed) <= len(wanted) / 20, missed


async def crashed(world: FaultyWorld, folder: Path, place: Place) -> bool:
    """Kill the product there and see that everything can be put right. Whether it came to that place at all."""
    operation = OPERATIONS[place.operation]
    character = await a_character(world, operation)
    prepared = await operation.prepare(world, character)
    drawn, listed = await times_drawn(world, character), await held(world, character)
    with served(world, folder / "app.log", Orders(crash_at=str(place))) as server:
        await operation.spoil(world, character)
        answer = await asked(server, world, operation, character, prepared)
        died = answer is None and await asyncio.to_thread(lambda: server.killed)
    await settled(world, character)
    orphans, dangling = await left_behind(world, character)
    assert dangling == [], place
    assert len(orphans) <= operation.pictures, place
    assert await times_drawn(world, character) - drawn <= operation.draws, place
    if orphans:
        await swept(world, folder / "sweep.log")
        assert await left_behind(world, character) == ([], [])
    await is_put_right(world, operation, character, prepared)
    kept = [record["externalId"] for record in await world.records(character)]
    assert len(kept) == len(set(kept))
    if not operation.deletes:
        now = await held(world, character)
        assert all(now.values())
        assert {*listed, *now} <= set(kept)
    await forgotten(world, character)
    return died


async def is_put_right(world: FaultyWorld, operation: Operation, character: Character, prepared: Doc) -> None:
    """The deletion once more, or a recovery; neither leaves anything over."""
    async with world.api() as api:
        if operation.deletes:
            again = await operation.act(api, character, prepared)
            assert again.status_code in (200, 404), again.text
            assert prepared["id"] not in [record["id"] for record in await world.records(character)]
        else:
            recovered = (await api.post(character.url("recover-images"))).json()
            assert recovered["success"], recovered
    assert await left_behind(world, character) == ([], [])


async def held(world: FaultyWorld, character: Character) -> dict[str, bool]:
    """What the library lists, by id, and whether it is known."""
    async with world.api() as api:
        listed = (await api.get(character.url("library-images"))).json()["images"]
    return {one["externalId"]: one["known"] for one in listed}


def served(world: FaultyWorld, log: Path, orders: Orders) -> AbstractContextManager[Replica]:
    upstreams = {"PAYLOAD_URL": world.payload.url, "CHARACTER_LIBRARY_API_URL": world.library.url}
    return replica(log, {**SETTINGS, **upstreams}, orders)


async def asked(
    server: Replica, world: FaultyWorld, operation: Operation, character: Character, prepared: Doc
) -> httpx.Response | None:
    """The answer; None where the connection broke."""
    client = httpx.AsyncClient(base_url=server.url, headers=world.editor.headers, verify=NO_TLS, timeout=20)
    with suppress(httpx.TransportError):
        async with client as api:
            return await operation.act(api, character, prepared)
    return None


async def a_character(world: FaultyWorld, operation: Operation) -> Character:
    """One whose name nobody else has, so that files can be told apart by it."""
    world.calm()
    name = f"Mara {uuid4().hex}"
    return await world.character(settings={"pictureSize": [24, 32], **operation.manner}, projectCharacterName=name)


async def settled(world: FaultyWorld, character: Character) -> None:
    """Wait until nobody works on for the process that is gone, and let nothing more go wrong."""
    for _ in range(4000):
        if not (world.payload.busy or world.library.busy or await under_way(world, character)):
            break
        await asyncio.sleep(0.005)
    else:
        raise AssertionError("what was asked for did not end")
    world.calm()
    await world.control("DELETE", "faults", params={"characterId": str(character.library_id)})


async def under_way(world: FaultyWorld, character: Character) -> bool:
    async with httpx.AsyncClient(base_url=world.library_url, verify=NO_TLS) as library:
        jobs = (await library.get("/api/v1/jobs", params={"characterId": str(character.library_id)})).json()["jobs"]
    return any(job["status"] in ("pending", "processing") for job in jobs)


async def times_drawn(world: FaultyWorld, character: Character) -> int:
    """How often the library was asked to draw and did not refuse."""
    return len([call for call in await world.calls(character, "POST") if call["status"] != 400])


async def left_behind(world: FaultyWorld, character: Character) -> tuple[list[str], list[Doc]]:
    """Files without a record, by name, and records without a file."""
    records = await world.records(character)
    async with world.cms() as payload:
        media = (await payload.collection("media").find(field("alt").contains(character.name), limit=100)).docs
    used = [record["media"]["id"] for record in records if isinstance(record["media"], dict)]
    dangling = [record for record in records if not is_whole(world, record)]
    return [file["filename"] for file in media if file["id"] not in used], dangling


async def swept(world: FaultyWorld, log: Path) -> str:
    """What the sweep said."""
    settings = {"PAYLOAD_URL": world.payload_url, "PAYLOAD_TOKEN": world.editor.auth.header.removeprefix("JWT ")}
    arguments = ["sweep", "--older-than", "0", "--delete"]
    code, told = await asyncio.to_thread(command, arguments, settings, log)
    assert code == 0, told
    assert "dangling" not in told
    return told


async def forgotten(world: FaultyWorld, character: Character) -> None:
    """Delete all of a character's, so that the next sweep has as little to look at as this one."""
    async with world.cms() as payload:
        for record in await world.records(character):
            await payload.collection("character-image-metadata").delete(record["id"])
            await payload.collection("media").delete(record["media"]["id"])
