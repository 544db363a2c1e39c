"""Which library the contract is held against: the stand-in, in both dialects, or the one that a variable names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from scripts.local_stack import stack

OTHER = os.environ.get("CHARACTER_LIBRARY_CONTRACT_URL", "").rstrip("/")
PICTURE_SECONDS = 400.0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Another library has no control API: what needs one is not collected."""
    behind = [item for item in items if OTHER and item.get_closest_marker("control")]
    items[:] = [item for item in items if item not in behind]
    if behind:
        config.hook.pytest_deselected(items=behind)


@pytest.fixture(scope="session", params=["other"] if OTHER else ["sync", "job"])
def library_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the library under test answers."""
    if request.param == "other":
        yield OTHER
        return
    with stack.character_library(tmp_path_factory.mktemp("contract"), dialect=request.param) as server:
        yield server.url


@pytest.fixture(scope="session")
def library(library_url: str) -> Iterator[httpx.Client]:
    """A plain client of the library under test."""
    with httpx.Client(base_url=library_url, timeout=PICTURE_SECONDS, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx.Client]]:
    """A plain client of a stand-in for each dialect, whatever library is under test."""
    with ExitStack() as opened:
        clients = {}
        for dialect in ("sync", "job"):
            server = stack.character_library(tmp_path_factory.mktemp("stand-in"), dialect=dialect)
            client = httpx.Client(base_url=opened.enter_context(server).url, timeout=20, trust_env=False)
            clients[dialect] = opened.enter_context(client)
        yield clients
