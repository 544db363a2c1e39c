"""Worlds around Payloads that other people have: each test has one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.changed_payload import changed_world
from tests.support.postgres import NewDatabase
from tests.support.world import World

NewWorld = Callable[..., World]


@pytest.fixture
def world_of(tmp_path: Path, new_database: NewDatabase) -> Iterator[NewWorld]:
    """Starts the servers around a Payload with a change, see `changed_world`; they end with the test."""
    with ExitStack() as running:

        def start(change: str, **options: Any) -> World:
            database = new_database(f"changed_{uuid4().hex}")
            return running.enter_context(changed_world(tmp_path, change, **{"database": database} | options))

        yield start
