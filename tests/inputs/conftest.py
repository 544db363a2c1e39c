"""The servers for bad inputs, with either kind of id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.world import World
from tests.support.world import world as open_world


class Watched(msgspec.Struct, frozen=True):
    """A world, and what the product writes into its log."""

    world: World
    app_log: Path


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A world whose ids are integers, where Payload makes more of odd ones."""
    folder = tmp_path_factory.mktemp("inputs")
    with open_world(folder, "number") as opened:
        yield Watched(opened, folder / "app.log")


@pytest.fixture(scope="session")
def watched_with_uuids(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A world whose ids are texts."""
    folder = tmp_path_factory.mktemp("inputs-uuid")
    with open_world(folder, "uuid") as opened:
        yield Watched(opened, folder / "app.log")
