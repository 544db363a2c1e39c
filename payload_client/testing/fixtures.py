"""A pytest fixture that has a Payload running for the session, empty for each test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from payload_client.testing.server import Served, serve

if TYPE_CHECKING:
    import pytest


Environment = Mapping[str, str] | Callable[["pytest.FixtureRequest"], Mapping[str, str]]


def payload_fixture(
    config: str | Path, *, environment: Environment | None = None, **options: Any
) -> Callable[[pytest.FixtureRequest], Served]:
    """Make a fixture: the Payload of that config, started for the first test that asks and emptied before each.

    `config`: relative to the file that this is called in. `environment`: variables for the config, or a function of
    pytest's `request` that gives them. `options`: as `serve` takes them. Each worker of pytest-xdist has a server of
    its own.
    """
    import pytest  # `serve` alone does without

    path = Path(inspect.stack()[1].filename).parent / config
    key = pytest.StashKey[Served]()

    @pytest.fixture
    def served(request: pytest.FixtureRequest) -> Served:
        """A Payload without documents."""
        stash = request.session.stash
        if key not in stash:
            folder = request.getfixturevalue("tmp_path_factory").mktemp("payload")
            variables = environment(request) if callable(environment) else environment
            running = serve(path, folder, environment=variables, **options)
            stash[key] = running.__enter__()
            request.session.addfinalizer(lambda: running.__exit__(None, None, None))
        stash[key].empty()
        return stash[key]

    return served
