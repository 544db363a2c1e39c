"""Every integration test runs in two worlds: a Payload with integer ids, and one with uuids."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bucket import NewBucket
from tests.integration.world import World, outside
from tests.integration.world import world as open_world
from tests.postgres import NewDatabase


@pytest.fixture(scope="session", params=["number", "uuid"])
def world(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: NewDatabase,
    new_bucket: NewBucket,
) -> Iterator[World]:
    """The servers, started once for each kind of id."""
    if site := request.config.getoption("--site"):
        yield outside(site, request.config.getoption("--library"))
        return
    ids, folder = request.param, tmp_path_factory.mktemp(f"world-{request.param}")
    with open_world(folder, ids, database=new_database(ids), bucket=new_bucket(ids)) as opened:
        yield opened
