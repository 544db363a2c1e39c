"""Readiness: what a load balancer is told, and why, while a real Payload or its database is away."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld, until
from tests.support.raw_server import json_answer
from tests.support.replica import asking, replica
from tests.support.world import plain

QUESTION = r"^/api/users/init$"
KEPT_SECONDS = 1.1


async def told(world: FaultyWorld) -> tuple[int, dict[str, Any]]:
    """What is answered now, once an earlier answer has been forgotten."""
    await asyncio.sleep(KEPT_SECONDS)
    async with plain(base_url=world.app_url) as nobody:
        answer = await nobody.get("/health/ready")
    body: dict[str, Any] = answer.json()
    return answer.status_code, body


def away(world: FaultyWorld) -> AbstractContextManager[None]:
    return world.payload.away()


def without_its_database(world: FaultyWorld) -> AbstractContextManager[None]:
    return world.without_table("users")


def silent(world: FaultyWorld) -> AbstractContextManager[None]:
    return world.stopped()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (away, "Payload cannot be reached (Unreachable)"),
        (without_its_database, "Payload answers, but fails: its database may be away (ServerError)"),
        (silent, "Payload did not answer in time (TimedOut)"),
    ],
)
async def test_it_says_why_it_is_not_ready_and_is_ready_again_by_itself(
    world: FaultyWorld, trouble: Any, reason: str
) -> None:
    with trouble(world):
        assert await told(world) == (503, {"ready": False, "reasons": [reason]})
        async with plain(base_url=world.app_url) as nobody:
            assert (await nobody.get("/health/live")).json() == {"status": "ok"}
    assert await told(world) == (200, {"ready": True, "reasons": []})


async def test_a_database_that_is_away_is_not_seen_by_who_asks_for_rights_alone(world: FaultyWorld) -> None:
    with world.without_table("users"):
        async with plain(base_url=world.payload_url) as nobody:
            assert (await nobody.get("/api/access")).status_code == 200
            assert (await nobody.get("/api/users/init")).status_code == 500


async def test_a_collection_of_users_by_another_name_is_told_as_such(world: FaultyWorld, tmp_path: Path) -> None:
    with replica(world, tmp_path, PAYLOAD_USERS_SLUG="people") as server:
        async with asking(world, server) as api:
            answer = await api.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["Payload has no collection of users by the configured name (RouteNotFound)"]


async def test_many_probes_at_once_ask_payload_once(world: FaultyWorld) -> None:
    await asyncio.sleep(KEPT_SECONDS)
    world.payload.order(Fault(method="GET", path=QUESTION, instead=json_answer(404, {"message": "x"}), times=ALWAYS))
    async with plain(base_url=world.app_url) as nobody:
        answers = await asyncio.gather(*(nobody.get("/health/ready") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {503}
        assert len(world.payload.asked("GET", QUESTION)) == 1
        await asyncio.sleep(KEPT_SECONDS)
        await nobody.get("/health/ready")
    assert len(world.payload.asked("GET", QUESTION)) == 2
    [seen, _] = world.payload.asked("GET", QUESTION)
    assert not seen.header("Authorization")


async def test_who_shuts_down_says_so_beside_what_else_is_wrong(world: FaultyWorld, tmp_path: Path) -> None:
    character = await world.character(settings={"delayMs": 1500})
    with replica(world, tmp_path) as server:
        async with asking(world, server) as api:
            drawing = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "x"}))
            await world.until_asked(character)
            server.process.send_signal(signal.SIGTERM)

            async def draining() -> bool:
                return bool((await api.get("/health/ready")).json()["reasons"] == ["shutting down"])

            await until(draining)
            assert (await drawing).status_code == 201
