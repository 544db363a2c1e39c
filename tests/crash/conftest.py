"""One world for all crashes, calm at the start of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.world import FaultyWorld, faulty_world


@pytest.fixture(scope="session")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    """The servers, started once. The product among them is the one that lives on."""
    with faulty_world(tmp_path_factory.mktemp("crashing")) as opened:
        yield opened


@pytest.fixture
def world(crashing: FaultyWorld) -> FaultyWorld:
    """The same with nothing wrong in it yet."""
    crashing.calm()
    return crashing
