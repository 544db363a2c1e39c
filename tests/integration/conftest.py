"""The worlds of the integration tests: Payloads with integer ids, and with uuids for tests to which that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.bucket import NewBucket
from tests.support.postgres import NewDatabase
from tests.support.world import World, outside
from tests.support.world import world as open_world


@pytest.fixture(scope="session")
def world_with(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: NewDatabase,
    new_bucket: NewBucket,
) -> Iterator[Callable[[str], World]]:
    """The servers for a kind of id, started when that is first asked for."""
    opened: dict[str, World] = {}
    with ExitStack() as running:

        def give(ids: str) -> World:
            if ids not in opened:
                folder = tmp_path_factory.mktemp(f"world-{ids}")
                world = open_world(folder, ids, database=new_database(ids), bucket=new_bucket(ids))
                opened[ids] = running.enter_context(world)
            return opened[ids]

        if site := request.config.getoption("--site"):
            opened["number"] = outside(site, request.config.getoption("--library"))
        yield give


@pytest.fixture
def world(request: pytest.FixtureRequest, world_with: Callable[[str], World]) -> World:
    """The one with integers, unless the test is parametrized with another kind of id (`both_kinds_of_id`)."""
    return world_with(getattr(request, "param", "number"))
