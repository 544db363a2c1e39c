"""Sending exactly these bytes to the product, which no proper client would do."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import msgspec

_SECONDS = 20
_HOUSE_NUMBERS = count(1)


class Answer(msgspec.Struct, frozen=True):
    """What came back. Names of headers are in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header; None where there is none."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()

    def json(self) -> Any:
        """The body."""
        return msgspec.json.decode(self.body)


def request(method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> bytes:
    """A request, with a Content-Length unless it says how long its body is itself."""
    names = {name.lower() for name, _ in headers}
    implied = [("Host", "127.0.0.1")] if "host" not in names else []
    if body and not names & {"content-length", "transfer-encoding"}:
        implied.append(("Content-Length", str(len(body))))
    lines = [f"{name}: {value}" for name, value in [*implied, *headers]]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode("latin-1") + body


def neighbour() -> str:
    """A loopback address that nobody has called from yet, so that what is counted by address starts afresh."""
    number = next(_HOUSE_NUMBERS)
    return f"127.7.{number // 250}.{number % 250 + 1}"


async def send(url: str, content: bytes) -> Answer:
    """Say that on a connection of its own, and hear the one answer out."""
    parts = urlsplit(url)
    async with asyncio.timeout(_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, local_addr=(neighbour(), 0))
        try:
            writer.write(content)
            head = _answer(await reader.readuntil(b"\r\n\r\n"))
            return msgspec.structs.replace(head, body=await reader.readexactly(int(head.header("content-length") or 0)))
        finally:
            writer.close()


def _answer(head: bytes) -> Answer:
    line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (one.partition(":") for one in lines)]
    return Answer(int(line.split(" ")[1]), headers, b"")
