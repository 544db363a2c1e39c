"""What every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest

from tests.support.bucket import NewBucket, bucket
from tests.support.postgres import Cluster, NewDatabase, cluster, programs
from tests.support.scheduling import FolderScheduling
from tests.support.tls import tls

__all__ = ["tls"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """What else is run, and on what."""
    parser.addoption("--long", action="store_true", help="run the tests that take minutes, too")
    parser.addoption("--database", choices=["sqlite", "postgres"], default="sqlite", help="what Payload keeps data in")
    parser.addoption("--site", metavar="URL", help="test what is served there, behind its balancer, instead")
    parser.addoption("--library", metavar="URL", help="with --site: the stand-in library of it")
    parser.addoption("--media", choices=["disk", "s3"], default="disk", help="where Payload keeps files")
    parser.addoption("--shuffle", metavar="SEED", type=int, help="run files, and the tests of each, in another order")


def pytest_configure(config: pytest.Config) -> None:
    """Say at once what is missing."""
    if config.getoption("--shuffle") is not None:
        config.option.loadscopereorder = False
    if config.getoption("--database") == "postgres":
        try:
            programs()
        except FileNotFoundError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long ones unless they are asked for, and those of a database, bucket or site that is not there."""
    there = {config.getoption("--database"), config.getoption("--media"), "long" if config.getoption("--long") else ""}
    site = config.getoption("--site")
    left_out = {"long", "postgres", "s3", "inside" if site else "compose"} - there
    deselected = [
        item
        for item in items
        if any(item.get_closest_marker(name) for name in left_out) or (site and _is_about_uuids(item))
    ]
    config.hook.pytest_deselected(items=deselected)
    items[:] = [item for item in items if item not in deselected]
    if (seed := config.getoption("--shuffle")) is not None:
        order = Random(seed)  # noqa: S311 - an order, no secret
        files = sorted({item.path for item in items})
        order.shuffle(files)
        order.shuffle(items)
        items.sort(key=lambda item: files.index(item.path))


def _is_about_uuids(item: pytest.Item) -> bool:
    """Whether a test runs in a world whose ids are uuids; a site that is served elsewhere has integers."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("world") == "uuid"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share files out to workers by folder."""
    return FolderScheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One PostgreSQL for the session."""
    with cluster() as started:
        yield started


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Where a world's Payload keeps its data: on PostgreSQL each world has a database of its own."""
    if request.config.getoption("--database") == "sqlite":
        return lambda _: None
    postgres: Cluster = request.getfixturevalue("postgres")
    return postgres.url


@pytest.fixture(scope="session")
def new_bucket(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewBucket]:
    """Where a world's Payload keeps its files: with `--media s3` in one bucket, each world in a folder of its own."""
    if request.config.getoption("--media") == "disk":
        yield lambda _: None
        return
    with bucket(tmp_path_factory.mktemp("bucket")) as opened:
        # A name with what must be percent-encoded: Payload's own public addresses are not.
        yield lambda name: msgspec.structs.replace(opened, prefix=f"für den Film/{name}")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the product does."""
    return "asyncio"
