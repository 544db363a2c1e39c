"""An archive of however many and however large files is sent in pieces, and takes the memory of two."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib
from typing import Any, cast
from zipfile import ZipFile

import pytest

from app.cms.caller import Caller
from app.cms.image import Image, ImageFile, unreadable
from app.errors import ImageDownloadFailed
from app.export.stored_files import Files
from app.limits import Limits
from app.services import Services
from app.use_cases.archive import archive
from payload_client import Jwt
from tests.support.raw_server import Script, answer, raw_server

CALLER = Caller(1, "editor@example.com", Jwt("head.body.sign"))
PIECE = bytes(range(256)) * 256
LARGE, MANY = 4 * 1024 * 1024, 64


def image(number: int, origin: str, **more: Any) -> Image:
    file = ImageFile(number, f"{origin}/{number}.png", None, None, "image/png", None, None, None)
    fields = {name: getattr(unreadable(number), name) for name in Image.__struct_fields__}
    metrics = {"setId": "s", "index": number, "angle": str(number)}
    return Image(**{**fields, "kind": "portfolioItem", "metrics": metrics, "media": file, **more})


def services(*origins: str) -> Services:
    """What an archive takes of a services: files from these origins."""
    nobody, limits = "http://127.0.0.1:9", Limits(second_try_seconds=(0, 0))
    files = Files(nobody, nobody, "media", origins, max_bytes=LARGE, seconds=20, limits=limits)
    nothing = cast("Any", None)
    return Services(nothing, nothing, nothing, nothing, files, nothing, nothing, 8, 1, 1)


def large() -> Script:
    """An answer of so many bytes that none of them is there twice in memory."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\nConnection: close\r\n\r\n".encode()
    return [head, *[PIECE] * (LARGE // len(PIECE))]


async def test_many_large_files_take_the_memory_of_two() -> None:
    sent = 0
    async with raw_server(large()) as server:
        ready = services(server.url)
        images = [image(number, server.url) for number in range(MANY)]
        tracemalloc.start()
        try:
            async for piece in archive(ready, CALLER, "Mara Quill", images):
                sent += len(piece)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert sent > MANY * LARGE
    assert peak < 2 * LARGE, f"{peak:,} bytes"


async def test_the_first_file_is_sent_before_the_third_is_asked_for() -> None:
    async with raw_server(large()) as server:
        ready = services(server.url)
        pieces = archive(ready, CALLER, "Mara Quill", [image(number, server.url) for number in range(5)])
        sent = 0
        while sent < LARGE // 2:
            sent += len(await anext(pieces))
        await asyncio.sleep(0.3)
        assert server.connections == 2
        await pieces.aclose()
        await asyncio.sleep(0.1)
        assert server.connections == 2


async def test_a_file_that_breaks_off_spoils_nothing(tmp_path: Any) -> None:
    async with (
        raw_server(answer(200, b"cut", length=1000)) as broken,
        raw_server(answer(200, b"whole")) as server,
    ):
        ready = services(server.url, broken.url)
        images = [image(0, server.url), image(1, broken.url), image(2, server.url, media=None), image(3, server.url)]
        content = b"".join([piece async for piece in archive(ready, CALLER, "Mara Quill", images)])
    assert broken.connections == 2
    (tmp_path / "a.zip").write_bytes(content)
    with ZipFile(tmp_path / "a.zip") as zipped:
        *names, told = zipped.namelist()
        assert names[::2] == ["Mara Quill - portfolio 01 - 0°.png", "Mara Quill - portfolio 04 - 3°.png"]
        assert [zipped.getinfo(name).CRC for name in names[::2]] == [zlib.crc32(b"whole")] * 2
        assert names[1::2] == ["Mara Quill - portfolio 01 - 0°.xmp", "Mara Quill - portfolio 04 - 3°.xmp"]
        assert zipped.testzip() is None
        words = zipped.read(told).decode()
    assert "Mara Quill - portfolio 02 - 1°.png" in words
    assert words.count("not in this archive") == 2
    assert "It has no file any more." in words


@pytest.mark.parametrize(
    ("count", "words"), [(1, r"^Its file is not there"), (3, r"^None of these 3 images .*not there")]
)
async def test_an_archive_of_nothing_that_can_be_had_is_an_error_before_it_begins(count: int, words: str) -> None:
    async with raw_server(answer(404)) as server:
        pieces = archive(services(server.url), CALLER, "", [image(number, server.url) for number in range(count)])
        with pytest.raises(ImageDownloadFailed, match=words):
            await anext(pieces)
