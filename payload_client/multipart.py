"""A file and its fields as `multipart/form-data`, read piece by piece while it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from os import SEEK_END
from pathlib import Path
from secrets import token_hex
from typing import IO

from payload_client.errors import InvalidCall

Source = bytes | Path | IO[bytes] | AsyncIterable[bytes]
"""A file to upload: in memory, on disk, opened, or as it comes."""
Progress = Callable[[int, int | None], object]
"""Told the bytes sent so far, and how many there will be, where that is known."""

_PIECE = 1024 * 1024
"""Bytes that a thread reads at once; each change of threads takes longer than reading so much."""


class Multipart:
    """The body of an upload: Payload wants the file in a part named `file` and its fields as JSON in `_payload`.

    `size`: of the file, None where it is not known beforehand; `sent`: bytes of it that have been read.
    """

    def __init__(
        self,
        source: Source,
        fields: bytes,
        *,
        filename: str,
        content_type: str,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._source = source
        self._progress = progress
        self._max_bytes = max_bytes
        self.sent = 0
        self.size, self._start = _measure(source)
        boundary = token_hex(16)
        self._before = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="_payload"\r\nContent-Type: application/json\r\n\r\n'
        ).encode() + fields
        self._before += (
            f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_escape(filename)}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n"
        ).encode()
        self._after = f"\r\n--{boundary}--\r\n".encode()
        self.headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        if self.size is not None:
            self._check(self.size)
            self.headers["Content-Length"] = str(len(self._before) + self.size + len(self._after))

    @property
    def repeatable(self) -> bool:
        """Whether the file can be read from its start again: not one that comes as it comes."""
        return self._start is not None

    async def open(self) -> AsyncIterator[bytes]:
        """The whole body. Raises `InvalidCall` for a file larger than allowed, as soon as that is known."""
        self.sent = 0
        yield self._before
        async for piece in _pieces(self._source, self._start):
            self.sent += len(piece)
            self._check(self.sent)
            yield piece
            if self._progress:
                self._progress(self.sent, self.size)
        yield self._after

    def _check(self, size: int) -> None:
        if self._max_bytes is not None and size > self._max_bytes:
            raise InvalidCall("upload", f"the file has more than {self._max_bytes} bytes")


class Plain:
    """A file as the whole body, for a server that is not Payload. Raises `InvalidCall` where its size is not known."""

    def __init__(self, source: Source, headers: dict[str, str], progress: Progress | None = None) -> None:
        size, self._start = _measure(source)
        if size is None:
            raise InvalidCall("upload", "a direct upload needs to know its size: give bytes, a path or a file")
        self.size = size
        self.repeatable = self._start is not None
        self.headers = {**headers, "Content-Length": str(size)}
        self._source, self._progress = source, progress

    async def open(self) -> AsyncIterator[bytes]:
        """The file."""
        sent = 0
        async for piece in _pieces(self._source, self._start):
            sent += len(piece)
            yield piece
            if self._progress:
                self._progress(sent, self.size)


def _measure(source: Source) -> tuple[int | None, int | None]:
    """How many bytes there are, and where they start; None where that is not known."""
    if isinstance(source, bytes):
        return len(source), 0
    if isinstance(source, Path):
        return source.stat().st_size, 0
    if isinstance(source, AsyncIterable) or not source.seekable():
        return None, None
    start = source.tell()
    end = source.seek(0, SEEK_END)
    source.seek(start)
    return end - start, start


async def _pieces(source: Source, start: int | None) -> AsyncIterator[bytes]:
    if isinstance(source, bytes):
        for at in range(0, len(source), _PIECE):
            yield source[at : at + _PIECE]
    elif isinstance(source, AsyncIterable):
        async for piece in source:
            yield piece
    elif isinstance(source, Path):
        with await asyncio.to_thread(source.open, "rb") as file:
            async for piece in _read(file):
                yield piece
    else:
        if start is not None:
            source.seek(start)
        async for piece in _read(source):
            yield piece


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


def _escape(filename: str) -> str:
    """As browsers do it (HTML, "multipart/form-data encoding algorithm"); Payload keeps `%22` as it is."""
    return filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def first_bytes(source: Source) -> bytes:
    """The beginning of a file that can be read again; nothing of one that comes as it comes."""
    if isinstance(source, bytes):
        return source[:16]
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(16)
    if isinstance(source, AsyncIterable) or not source.seekable():
        return b""
    at = source.tell()
    found = source.read(16)
    source.seek(at)
    return found
