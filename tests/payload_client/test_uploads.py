"""Files: from memory, disk or a stream, in constant memory, under names of their own, with addresses that work."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from payload_client import (
    Forbidden,
    Id,
    InvalidCall,
    NotFound,
    Payload,
    Refused,
    StoredDifferently,
    TooLarge,
    ValidationFailed,
    unique_filename,
)
from tests.payload_client.conftest import Site
from tests.support.raw_server import json_answer, raw_server

TEXT = b"Once upon a time.\n" * 80_000


class File(msgspec.Struct, frozen=True, rename="camel"):
    """A file's document as these tests read it."""

    id: Id
    filename: str
    filesize: int
    mime_type: str
    url: str
    note: str | None = None


def png(width: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, 48), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()


async def streamed(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 50_000):
        await asyncio.sleep(0)
        yield content[at : at + 50_000]


async def test_a_file_comes_from_anywhere(cms: Payload, tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_bytes(TEXT)
    files = cms.collection("files", File)
    for source in (TEXT, path, path.open("rb"), io.BytesIO(TEXT), streamed(TEXT)):
        made = await files.upload(source, filename="story.txt", content_type="text/plain", data={"note": "ü"})
        assert (made.filesize, made.mime_type, made.note) == (len(TEXT), "text/plain", "ü")
        assert await files.file(made.filename) == TEXT
        if isinstance(source, io.BufferedReader):
            source.close()
    with pytest.raises(Refused):
        await files.file("../users")


async def test_a_file_without_a_name_gets_one_of_its_own(cms: Payload, tmp_path: Path) -> None:
    path = tmp_path / "Ada ü.txt"
    path.write_bytes(b"x")
    files = cms.collection("files", File)
    made = await asyncio.gather(*(files.upload(path) for _ in range(4)))
    assert len({file.filename for file in made}) == 4
    assert all(file.filename.startswith("Ada ü-") and file.filename.endswith(".txt") for file in made)
    from_memory = await files.upload(b"%PDF-1.4\n%%EOF", content_type="application/pdf")
    assert from_memory.filename.endswith(".pdf")
    assert unique_filename("a.png") != unique_filename("a.png")


async def test_uploads_at_once_have_each_their_own_bytes(cms: Payload) -> None:
    files = cms.collection("files", File)
    contents = [f"file {number}".encode() for number in range(8)]
    made = await asyncio.gather(*(files.upload(content, content_type="text/plain") for content in contents))
    assert [await files.file(file.filename) for file in made] == contents


async def test_progress_is_told(cms: Payload) -> None:
    told: list[tuple[int, int | None]] = []
    for source, total in ((TEXT, len(TEXT)), (streamed(TEXT), None)):
        told.clear()
        await cms.collection("files").upload(source, filename="a.txt", progress=lambda *now: told.append(now))
        assert [sent for sent, _ in told] == sorted(sent for sent, _ in told)
        assert told[-1] == (len(TEXT), total)
        assert len(told) > 1


async def test_an_image_has_its_sizes_and_absolute_addresses(cms: Payload) -> None:
    media = cms.collection("media")
    made = await media.upload(png(), filename="a b#ü.png", data={"alt": "Ada"})
    assert (made["width"], made["height"], made["alt"], made["mimeType"]) == (64, 48, "Ada", "image/png")
    small = made["sizes"]["thumbnail"]
    assert small["width"] == 32
    assert made["sizes"]["huge"]["url"] is None
    for address in (made["url"], made["thumbnailURL"], small["url"]):
        url = cms.absolute_url(address) or ""
        assert url.startswith(f"{cms.url}/api/media/file/")
        assert not set(url) & set(" ü#")
        assert await cms.call("GET", url.partition("/api")[2], answer=bytes)
    assert cms.absolute_url(None) is None
    assert cms.absolute_url("https://pub.r2.dev/r2/m ü%20.png") == "https://pub.r2.dev/r2/m%20%C3%BC%20.png"


async def test_an_address_comes_with_what_it_is_made_of(cms: Payload) -> None:
    made = await cms.collection("files").upload(b"x", filename="a.txt")
    image = await cms.collection("media").upload(png(), filename="a.png")
    await cms.collection("files").update(made["id"], {"cover": image["id"]})
    [doc] = (await cms.collection("files").find(select={"url": True})).docs
    assert doc["url"] == made["url"]
    [doc] = (await cms.collection("files").find(depth=1, populate={"media": {"url": True, "sizes": True}})).docs
    assert doc["cover"]["url"] == image["url"]
    assert doc["cover"]["sizes"]["thumbnail"]["url"] == image["sizes"]["thumbnail"]["url"]


async def test_a_file_is_replaced(cms: Payload) -> None:
    files = cms.collection("files", File)
    made = await files.upload(b"one", filename="a.txt", data={"note": "n"})
    changed = await files.replace_file(made.id, b"three", filename="b.txt")
    assert (changed.id, changed.filename, changed.filesize, changed.note) == (made.id, "b.txt", 5, "n")
    assert await files.file("b.txt") == b"three"
    with pytest.raises(NotFound):
        await files.replace_file(f"{made.id}abc", b"x")


async def test_what_is_too_large_is_refused_here_or_there(site: Site) -> None:
    files, before = site.payload.collection("files"), len(site.served.requests())
    with pytest.raises(InvalidCall):
        await files.upload(TEXT, max_bytes=len(TEXT) - 1)
    assert len(site.served.requests()) == before
    with pytest.raises(InvalidCall):
        await files.upload(streamed(TEXT), filename="a.txt", max_bytes=100_000)
    with pytest.raises(TooLarge):
        await files.upload(streamed(bytes(21 * 1024 * 1024)), filename="a.txt")
    await asyncio.sleep(0.2)
    assert await files.count() == 0


async def test_an_image_of_another_type_than_its_name_is_not_sent(site: Site) -> None:
    media, before = site.payload.collection("media"), len(site.served.requests())
    for source in (png(), io.BytesIO(png())):
        with pytest.raises(InvalidCall, match="image/png"):
            await media.upload(source, filename="a.jpg")
    with pytest.raises(InvalidCall):
        await media.upload(png(), content_type="image/png\r\nX: y")
    assert len(site.served.requests()) == before
    with pytest.raises(ValidationFailed):
        await media.upload(b"no image at all", filename="a.txt")


async def test_a_file_that_was_stored_with_another_size_is_told() -> None:
    doc: dict[str, Any] = {"id": 7, "filesize": 3, "mimeType": "text/plain"}
    image = {**doc, "mimeType": "image/gif"}
    answers = (json_answer(201, {"doc": doc}), json_answer(201, {"doc": image}))
    async with raw_server(*answers) as server, Payload(server.url) as payload:
        files = payload.collection("files")
        with pytest.raises(StoredDifferently) as caught:
            await files.upload(b"four", filename="a.txt")
        assert (caught.value.sent, caught.value.stored, caught.value.id) == (4, 3, 7)
        assert (await files.upload(b"four", filename="a.gif"))["id"] == 7  # may have been encoded anew
        with pytest.raises(StoredDifferently):
            await files.upload(b"four", filename="a.gif", exact=True)


async def test_who_may_not_upload_is_told(nobody: Payload) -> None:
    with pytest.raises(Forbidden):
        await nobody.collection("files").upload(TEXT, filename="a.txt")


@pytest.mark.parametrize("name", ['a"b.txt', "a\r\nX-Evil: 1.txt", "ü ☃.txt"])
async def test_a_name_cannot_break_out_of_its_header(name: str) -> None:
    async with raw_server(json_answer(201, {"doc": {"id": 1}})) as server, Payload(server.url) as payload:
        await payload.collection("files").upload(b"x", filename=name)
        [request] = server.requests
    head = request.body.partition(b'name="file"')[2].partition(b"\r\n\r\n")[0]
    assert head.count(b"\r\n") == 1
    assert head.count(b'"') == 2
