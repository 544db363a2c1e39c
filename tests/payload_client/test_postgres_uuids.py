"""What differs where PostgreSQL has uuids: ids are no texts to it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from payload_client import Jwt, NotFound, Payload, ServerError, field
from payload_client.testing import Served, serve
from tests.payload_client.conftest import CONFIG, EDITOR, PACKAGES
from tests.support.postgres import Cluster

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Payload on PostgreSQL, with uuids."""
    environment = {"DATABASE_URL": postgres.url("payload_client_uuids"), "ID_TYPE": "uuid"}
    folder = tmp_path_factory.mktemp("uuids")
    with serve(CONFIG, folder, database="config", packages=PACKAGES, environment=environment) as served:
        yield served


async def test_documents_are_gone_through_changed_and_deleted_by_uuid(server: Served) -> None:
    server.empty()
    async with Payload(server.url, timeout=30) as nobody:
        session = await nobody.auth_collection().first_register(**EDITOR)
        authors = nobody.as_user(Jwt(session.token or "")).collection("authors")
        ids = [(await authors.create({"name": f"Author {number}"}))["id"] for number in range(7)]
        assert all(UUID(one) for one in ids)
        for sort in ("id", "-id"):
            found = [doc["id"] async for doc in authors.iterate(field("name").exists(), sort=sort, limit=3)]
            assert found == sorted(ids, reverse=sort == "-id")
        for wrong in (f"{ids[0]}x", ids[0][:-1], "7abc"):
            for call in (authors.find_by_id(wrong), authors.update(wrong, {"name": "x"}), authors.delete(wrong)):
                with pytest.raises((NotFound, ServerError)):
                    await call
        assert len((await authors.update_many(ids[:2], {"name": "Dora"})).docs) == 2
        assert len((await authors.delete_many(ids[2:])).docs) == 5
        assert {doc["name"] for doc in (await authors.find()).docs} == {"Dora"}
