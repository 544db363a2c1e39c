"""Stored files are read from Payload as the caller, from listed origins as nobody, and from nowhere else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import aclosing

import pytest

from app.errors import ImageDownloadFailed, ImageError, ImageTooLarge, ImageUrlRefused
from app.export.stored_files import File, Files
from app.limits import Limits
from payload_client import Jwt
from tests.support.raw_server import HANG, Script, answer, raw_server

CALLER = Jwt("head.body.sign")
PUBLIC = "https://film.example"
MOST = 100_000
AT_ONCE = Limits(second_try_seconds=(0, 0))


def files(payload: str, *origins: str, public: str = PUBLIC, slug: str = "media", seconds: float = 10) -> Files:
    return Files(payload, public, slug, origins, max_bytes=MOST, seconds=seconds, limits=AT_ONCE)


async def read(opened: Files, address: str | None) -> bytes:
    with await opened.read(address, CALLER) as file:
        return file.read()


@pytest.mark.parametrize("base", ["", "/cms"])
async def test_a_file_of_payload_is_asked_for_inside_as_the_caller(base: str) -> None:
    async with (
        raw_server(answer(200, b"bytes")) as inside,
    ):
        opened = files(f"{inside.url}{base}", public=PUBLIC + base)
        assert await read(opened, f"{PUBLIC}{base}/api/media/file/a%20b.png?prefix=x") == b"bytes"
        assert await read(opened, f"{PUBLIC}/api/media/file/c.png") == b"bytes"
    assert [seen.target for seen in inside.requests] == [
        f"{base}/api/media/file/a%20b.png?prefix=x",
        f"{base}/api/media/file/c.png",
    ]
    assert [seen.header("Authorization") for seen in inside.requests] == [CALLER.header] * 2
    assert [seen.header("Cookie") for seen in inside.requests] == [None] * 2


async def test_a_file_at_a_listed_origin_is_asked_for_as_nobody() -> None:
    async with (
        raw_server(answer(200, b"bytes", "Set-Cookie: a=1")) as cdn,
        raw_server(answer(500)) as inside,
    ):
        opened = files(inside.url, f"{cdn.url}/")
        for _ in range(2):
            assert await read(opened, f"{cdn.url}/deep/a.png?x=1") == b"bytes"
    assert [(seen.target, seen.header("Authorization")) for seen in cdn.requests] == [("/deep/a.png?x=1", None)] * 2
    assert [seen.header("Cookie") for seen in cdn.requests] == [None] * 2
    assert inside.requests == []


async def test_nothing_else_is_asked_at_all() -> None:
    async with raw_server(answer(200, b"secret")) as trap, raw_server(answer(200, b"secret")) as inside:
        odd = [
            f"{trap.url}/a.png",
            f"{trap.url}/api/media/file/a.png",
            f"{inside.url}/a.png",
            f"{inside.url}/api/media/file/a.png",  # Payload's inner address is none that a browser knows
            f"http://film.example@127.0.0.1:{trap.port}/api/media/file/a.png",
            f"{PUBLIC}.evil.example/api/media/file/a.png",
            f"{PUBLIC}:444/api/media/file/a.png",
            "http://film.example/api/media/file/a.png",
            f"{PUBLIC}/a.png",
            f"{PUBLIC}/api/users/me",
            f"{PUBLIC}/api/media/1",
            f"{PUBLIC}/api/media/file/",
            f"{PUBLIC}/api/media/file/a/b.png",
            f"{PUBLIC}/api/media/file/..",
            f"{PUBLIC}/api/media/file/%2e%2E",
            f"{PUBLIC}/api/media/file/../../users/me",
            f"{PUBLIC}/api/media/file/%2e%2e/%2e%2e/users/me",
            f"{PUBLIC}/api/media/file/..\\..\\users",
            f"{PUBLIC}/api/medias/file/a.png",
            "file:///etc/passwd",
            "//127.0.0.1/a.png",
            "https://1.1.1.1/a.png",
            "data:image/png;base64,AAAA",
            "http://[::1",
            "https://xn--/a.png",
            "/api/media/file/a.png",
            "a.png",
            "x" * 70_000,
        ]
        opened = files(inside.url)
        for address in odd:
            with pytest.raises(ImageUrlRefused) as refused:
                await read(opened, address)
            assert "127.0.0.1" not in str(refused.value)
            # Payload under another name than the setting has, or somebody who knows what its routes are called.
            named = "PAYLOAD_PUBLIC_URL" if address.endswith("/api/media/file/a.png") else "MEDIA_ORIGINS|not one"
            assert re.search(named, str(refused.value)), address
    assert (trap.connections, inside.connections) == (0, 0)


async def test_a_redirect_of_a_storage_is_followed_to_a_listed_origin_as_nobody() -> None:
    async with raw_server(answer(200, b"bytes")) as bucket:
        moved = answer(302, b"", f"Location: {bucket.url}/a.png?X-Amz-Signature=x", "Set-Cookie: a=1")
        async with raw_server(moved) as inside:
            opened = files(inside.url, bucket.url)
            assert await read(opened, f"{PUBLIC}/api/media/file/a.png") == b"bytes"
    assert [seen.header("Authorization") for seen in inside.requests] == [CALLER.header]
    asked = [(seen.target, seen.header("Authorization"), seen.header("Cookie")) for seen in bucket.requests]
    assert asked == [("/a.png?X-Amz-Signature=x", None, None)]


async def test_a_redirect_to_an_origin_that_is_not_listed_is_refused_and_names_the_setting() -> None:
    async with (
        raw_server(answer(200, b"secret")) as trap,
        raw_server(answer(307, b"", f"Location: {trap.url}/a.png")) as inside,
    ):
        with pytest.raises(ImageUrlRefused, match="MEDIA_ORIGINS") as refused:
            await read(files(inside.url), f"{PUBLIC}/api/media/file/a.png")
    assert trap.connections == 0
    assert "127.0.0.1" not in str(refused.value)


async def test_no_redirect_leads_into_payload() -> None:
    async with (
        raw_server(answer(200, b"secret")) as inside,
        raw_server(answer(302, b"", f"Location: {inside.url}/api/users")) as bucket,
    ):
        with pytest.raises(ImageUrlRefused):
            await read(files(inside.url, bucket.url), f"{bucket.url}/a.png")
    assert inside.connections == 0


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (answer(404), ImageDownloadFailed, "not there any more"),
        (answer(403), ImageDownloadFailed, "may be gone"),
        (answer(500), ImageDownloadFailed, "could not be read"),
        (answer(200, b"", length=MOST + 1), ImageTooLarge, "larger"),
        (answer(200, b"cut", length=10), ImageDownloadFailed, "could not be read"),
        ([HANG], ImageDownloadFailed, "could not be read"),
    ],
    ids=["gone", "forbidden", "failing", "too large", "cut off", "silent"],
)
async def test_what_cannot_be_read_is_told_without_naming_a_host(
    script: Script, kind: type[ImageError], words: str
) -> None:
    async with raw_server(script) as inside:
        opened = files(inside.url, seconds=0.5)
        with pytest.raises(kind, match=words) as failed:
            await read(opened, f"{PUBLIC}/api/media/file/a.png")
    assert "127.0.0.1" not in str(failed.value)


async def test_a_picture_without_a_file_has_none() -> None:
    opened = files("http://127.0.0.1:9")
    with pytest.raises(ImageDownloadFailed, match="no file"):
        await read(opened, None)


def addresses(names: Iterable[str]) -> list[str]:
    return [f"{PUBLIC}/api/media/file/{name}" for name in names]


async def test_many_come_in_order_with_one_failing_and_only_one_ahead() -> None:
    scripts = [answer(200, b"x"), answer(404), *[answer(200, b"x")] * 4]
    async with raw_server(*scripts) as inside:
        opened = files(inside.url)
        got, ahead = list[File](), list[int]()
        async with aclosing(opened.read_all(addresses("abcdef"), CALLER)) as found:
            async for file in found:
                await asyncio.sleep(0.05)  # whatever is on its way has the time to arrive
                ahead.append(inside.connections - len(got) - 1)
                got.append(file)
                assert isinstance(file, ImageError) or not file.closed
    assert [isinstance(file, ImageError) for file in got].count(True) == 1
    assert max(ahead) == 1
    assert all(isinstance(file, ImageError) or file.closed for file in got)
    assert sorted(seen.target[-1] for seen in inside.requests) == list("abcdef")


async def test_who_goes_away_leaves_nothing_open() -> None:
    async with (
        raw_server(answer(200, b"x")) as cdn,
        raw_server([HANG]) as inside,
    ):
        opened = files(inside.url, cdn.url)
        found = opened.read_all([f"{cdn.url}/a", *addresses("bc")], CALLER)
        first = await anext(found)
        await until(lambda: len(inside.requests) == 1)
        before = len(asyncio.all_tasks())
        await found.aclose()
        await until(lambda: len(asyncio.all_tasks()) < before)
        assert not isinstance(first, ImageError)
        assert first.closed
        await asyncio.sleep(0.05)
    assert len(inside.requests) == 1


async def test_few_are_read_at_once_however_many_ask() -> None:
    async with raw_server([HANG]) as inside:
        opened = files(inside.url, seconds=1)
        reading = [asyncio.create_task(opened.read(one, CALLER)) for one in addresses("abcdefghij")]
        await asyncio.sleep(0.3)
        assert inside.connections == 4
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


async def until(happened: object) -> None:
    assert callable(happened)
    for _ in range(200):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")
