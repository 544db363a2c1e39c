"""`payload_client.testing` itself: a real Payload that is empty for each test and counts what it is asked."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from payload_client import Payload
from payload_client.testing import Served, read_schema, serve
from tests.payload_client.conftest import CONFIG, EDITOR, PACKAGES, Site


@pytest.mark.parametrize("turn", [1, 2])
async def test_a_test_starts_with_an_empty_payload(served: Served, turn: int) -> None:
    assert served.requests() == []
    async with Payload(served.url, timeout=30) as payload:
        assert not await payload.auth_collection().initialised(), turn
        assert await payload.collection("authors").count() == 0
        await payload.auth_collection().first_register(**EDITOR)
    asked = [line.partition("?")[0] for line in served.requests()]
    assert asked == ["GET /api/users/init", "GET /api/authors/count", "POST /api/users/first-register"]


async def test_documents_versions_and_files_are_gone_after_emptying(site: Site) -> None:
    made = await site.payload.collection("files").upload(b"x", filename="a.txt")
    await site.payload.collection("notes").create({"text": "a"})
    files = site.served.folder / "files"
    assert [path.name for path in files.rglob("*.txt")] == ["a.txt"]
    site.served.empty()
    assert not files.exists()
    async with Payload(site.served.url, timeout=30) as payload:
        assert (await payload.auth_collection().first_register(**EDITOR)).token
        assert await payload.collection("files").count() == 0
    assert made


def test_a_schema_is_read_without_a_database() -> None:
    schema = read_schema(CONFIG, packages=PACKAGES)
    assert {"posts", "media", "settings"} <= set(schema["definitions"])


def test_a_config_that_cannot_be_served_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "payload.config.ts"
    broken.write_text("export default Promise.reject(new Error('no such thing'))")
    with pytest.raises(RuntimeError, match="no such thing"), serve(broken, tmp_path / "data", packages=PACKAGES):
        pass
    with pytest.raises(RuntimeError, match="no such thing"):
        read_schema(broken, packages=PACKAGES)
    with pytest.raises(FileNotFoundError, match="not installed"), serve(broken, tmp_path / "data"):
        pass
    with pytest.raises(FileNotFoundError, match=r"nothing\.ts"), serve(tmp_path / "nothing.ts", tmp_path / "data"):
        pass


def test_the_server_ends_with_its_block(tmp_path: Path) -> None:
    with serve(CONFIG, tmp_path / "data", packages=PACKAGES) as served:
        assert httpx.get(f"{served.url}/api/access", trust_env=False, timeout=30).status_code == 200
        assert (served.folder / "payload.db").exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{served.url}/api/access", trust_env=False)
