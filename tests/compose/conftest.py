"""The stack as the balancer shows it, and its services to kill."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from tests.compose import docker
from tests.support.world import Character, World, outside, plain


class Site(msgspec.Struct, frozen=True):
    """The world behind the balancer, and each replica's own address."""

    world: World
    replicas: dict[str, str]

    async def home(self, character: Character) -> str:
        """The service in which something is under way for a character."""
        for service, url in self.replicas.items():
            async with plain(base_url=url, headers=self.world.editor.headers) as direct:
                if (await direct.get(character.url("runs"))).json()["runs"]:
                    return service
        raise AssertionError("nothing is under way")


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Site:
    """Where it is."""
    library = request.config.getoption("--library")
    network = library.removeprefix("http://").rpartition(".")[0]
    return Site(
        outside(request.config.getoption("--site"), library),
        {f"app{n}": f"http://{network}.1{n}:8000" for n in (1, 2, 3)},
    )


@pytest.fixture(autouse=True)
def all_is_well() -> Iterator[None]:
    """Whatever a test has killed is healthy again for the next one."""
    yield
    docker.up()
