"""Every test of the client runs against a real Payload: on SQLite with integer ids and with uuids, or on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from payload_client import Jwt, Payload
from payload_client.testing import Served, payload_fixture
from tests.support.postgres import Cluster

PACKAGES = Path(__file__).parents[2] / "scripts/local_stack/payload/node_modules"
CONFIG = Path(__file__).parent / "site/payload.config.ts"
EDITOR = {"email": "ada@film.example", "password": "correct horse"}


def _address(request: pytest.FixtureRequest) -> dict[str, str]:
    cluster: Cluster = request.getfixturevalue("postgres")
    return {"DATABASE_URL": cluster.url("payload_client")}


integers = payload_fixture(CONFIG, packages=PACKAGES)
uuids = payload_fixture(CONFIG, packages=PACKAGES, ids="uuid")
on_postgres = payload_fixture(CONFIG, packages=PACKAGES, database="config", environment=_address)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On which Payloads a test runs."""
    if "served" in metafunc.fixturenames:
        postgres = metafunc.config.getoption("--database") == "postgres"
        metafunc.parametrize("served", ["on_postgres"] if postgres else ["integers", "uuids"], indirect=True)


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Served:
    """A Payload without documents."""
    found: Served = request.getfixturevalue(request.param)
    return found


class Site(msgspec.Struct, frozen=True):
    """A Payload with one user. `payload`: asks for that user; `token`: theirs."""

    served: Served
    payload: Payload
    token: str


@pytest.fixture
async def site(served: Served) -> AsyncIterator[Site]:
    """An empty Payload whose first user is signed in."""
    async with Payload(served.url, timeout=30) as nobody:
        session = await nobody.auth_collection().first_register(**EDITOR)
        token = session.token or ""
        yield Site(served, nobody.as_user(Jwt(token)), token)


@pytest.fixture
def cms(site: Site) -> Payload:
    """The same, for its user."""
    return site.payload


@pytest.fixture
def nobody(cms: Payload) -> Payload:
    """The same, for somebody who has not signed in."""
    return cms.as_user(None)
