"""Every integration test runs in two worlds: a Payload with integer ids, and one with uuids."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.world import World
from tests.integration.world import world as open_world


@pytest.fixture(scope="session", params=["number", "uuid"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The servers, started once for each kind of id."""
    with open_world(tmp_path_factory.mktemp(f"world-{request.param}"), request.param) as opened:
        yield opened
