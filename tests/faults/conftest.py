"""One faulty world for all tests of faults, calm at the start of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.faulty_world import FaultyWorld
from tests.support.faulty_world import faulty_world as open_world


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    """The servers, started once."""
    with open_world(tmp_path_factory.mktemp("faulty")) as opened:
        yield opened


@pytest.fixture
def world(faulty: FaultyWorld) -> FaultyWorld:
    """The faulty world with nothing wrong in it yet."""
    faulty.calm()
    return faulty
