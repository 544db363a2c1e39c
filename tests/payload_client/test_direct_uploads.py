"""A file that goes to the bucket itself, by an address that the storage plugin signs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from payload_client import InvalidCall, Jwt, Payload, RouteNotFound
from payload_client.testing import serve
from scripts.local_stack import stack
from tests.payload_client.conftest import CONFIG, EDITOR, PACKAGES


async def streamed() -> AsyncIterator[bytes]:
    yield b"x"


async def test_a_file_goes_to_the_bucket_and_its_document_to_payload(tmp_path: Path) -> None:
    path = tmp_path / "Ada ü.txt"
    path.write_bytes(b"Once upon a time.\n" * 10_000)
    with stack.object_store(tmp_path / "store") as store:
        async with httpx.AsyncClient(trust_env=False) as s3:
            (await s3.put(f"{store.url}/files")).raise_for_status()
        environment = {"S3_ENDPOINT": store.url}
        with serve(CONFIG, tmp_path / "data", packages=PACKAGES, environment=environment) as served:
            async with Payload(served.url, timeout=60) as nobody:
                session = await nobody.auth_collection().first_register(**EDITOR)
                files = nobody.as_user(Jwt(session.token or "")).collection("files")
                told: list[int] = []
                made = await files.upload_to_bucket(
                    path, data={"note": "ü"}, progress=lambda sent, _: told.append(sent)
                )
                assert (made["filesize"], made["mimeType"], made["note"]) == (180_000, "text/plain", "ü")
                assert told[-1] == 180_000
                assert await files.file(made["filename"]) == path.read_bytes()
                with pytest.raises(InvalidCall):
                    await files.upload_to_bucket(streamed(), filename="a.txt")
            asked = [line.partition("?")[0] for line in served.requests()]
    assert asked[1:3] == ["POST /api/storage-s3-generate-signed-url", "POST /api/files"]


async def test_a_site_without_the_plugin_says_so(cms: Payload) -> None:
    with pytest.raises(RouteNotFound):
        await cms.collection("files").upload_to_bucket(b"x", filename="a.txt")
