"""The head of an answer, made strict: what browsers forgive in its lines, h11 would end the connection for."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore

_LONGEST = 64 * 1024
"""Bytes of a head that are made strict; h11 refuses a longer one."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([01])[ \t]+(\d{3})(?!\d)", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\r\v\f]")
_FOLDED = (b" ", b"\t")


class ForgivingStream(httpcore.AsyncNetworkStream):
    """A connection whose answers have strict heads. What is encrypted is made so above its encryption."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._head: bytes | None = b""  # what of it is here; None once it is over

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Read some of the answer; the whole head, however large, once that is there."""
        while self._head is not None:
            piece = await self._stream.read(max_bytes, timeout)
            read, self._head = self._head + piece, None
            if piece and len(read) <= _LONGEST:
                strict, self._head = _strict(read)
                if self._head is not None and not strict:
                    continue
                return strict
            return read
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        """Write as it is."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Encrypt it from here on."""
        return ForgivingStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """What is known of the connection."""
        return self._stream.get_extra_info(info)


def _strict(read: bytes) -> tuple[bytes, bytes | None]:
    """The heads that are whole, made strict, with what follows the last; and a head's beginning, None if it is over."""
    strict = b""
    while end := _HEAD_END.search(read):
        head, read = read[: end.start()], read[end.end() :]
        status = _STATUS.match(head)
        if not status:
            return strict + head + end[0] + read, None
        lines = [b"HTTP/1.%b %b " % status.groups(), *_fields(head.splitlines()[1:])]
        strict += b"\r\n".join([*lines, b"", b""])
        if not status[2].startswith(b"1"):
            return strict + read, None
    return strict, read


def _fields(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that are fields; a line that names none is left out, as browsers do."""
    for line in _unfolded(lines):
        name, colon, value = line.partition(b":")
        name, value = name.strip(), _CONTROLS.sub(b" ", value).strip()
        if not colon or not _TOKEN.fullmatch(name):
            continue
        if name.lower() == b"transfer-encoding":
            # Browsers know one coding of a transfer and pass over the others.
            if b"chunked" not in re.split(rb"[\s,]+", value.lower()):
                continue
            value = b"chunked"
        yield name + b": " + value


def _unfolded(lines: Iterable[bytes]) -> Iterator[bytes]:
    whole = b""
    for line in lines:
        if line.startswith(_FOLDED) and whole:
            whole += b" " + line.strip()
            continue
        if whole:
            yield whole
        whole = line
    if whole:
        yield whole
