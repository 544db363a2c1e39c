"""One world for all crashes, calm at the start of each."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from tests.support.faulty_world import FaultyWorld, faulty_world
from tests.support.world import EDITOR, signed_in


@pytest.fixture(scope="session")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    """The servers, started once. The product among them is the one that lives on."""
    with faulty_world(tmp_path_factory.mktemp("crashing")) as opened:
        yield opened


@pytest.fixture
def world(request: pytest.FixtureRequest, crashing: FaultyWorld) -> FaultyWorld:
    """The same with nothing wrong in it yet, and for a long test with a new session: one lasts two hours."""
    crashing.calm()
    if request.node.get_closest_marker("long") is None:
        return crashing
    return msgspec.structs.replace(crashing, editor=signed_in(crashing.payload_url, EDITOR))
