"""Three replicas behind the balancer, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.replicas.site import Site, open_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The servers."""
    with open_site(tmp_path_factory.mktemp("replicas")) as opened:
        yield opened
