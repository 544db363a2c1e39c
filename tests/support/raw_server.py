"""A server that says exactly the bytes of its script over a real socket, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any

import msgspec


class Pause(msgspec.Struct, frozen=True):
    """Say nothing for so many seconds."""

    seconds: float


class Reset(msgspec.Struct, frozen=True):
    """Break the connection off with a RST. `unread`: before even reading the request."""

    unread: bool = False


class Drip(msgspec.Struct, frozen=True):
    """Say these bytes one by one, each after so many seconds."""

    content: bytes
    seconds: float


class Beneath(msgspec.Struct, frozen=True):
    """Say these bytes to the socket itself, past the encryption."""

    content: bytes


Step = bytes | Pause | Reset | Drip | Beneath
Script = list[Step]
HANG = Pause(3600)
NO_RECORD = b"\x17\x03\x03\x00\x20" + bytes(32)
"""For `Beneath`: what looks like TLS and cannot be decrypted."""


class Seen(msgspec.Struct, frozen=True):
    """One request as it came in."""

    head: str
    body: bytes

    @property
    def line(self) -> str:
        """Method, target and version."""
        return self.head.partition("\r\n")[0]

    @property
    def target(self) -> str:
        """Path and query."""
        return self.line.split(" ")[1]

    def header(self, name: str) -> str | None:
        """The value of a header; None where it was not sent."""
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for key, _, value in lines if key.lower() == name.lower()), None)


class RawServer:
    """Plays one script for each connection, in order, and the last one again for any further connection."""

    def __init__(self, scripts: Iterable[Script], scheme: str = "http") -> None:
        self._scheme = scheme
        self._scripts = list(scripts)
        self._visits: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.requests: list[Seen] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Its origin."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection."""
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        task = asyncio.create_task(self._play(script, reader, writer))
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)
        task.add_done_callback(lambda _: writer.close())  # one that is cancelled before it begins closes nothing itself

    async def leave(self) -> None:
        """End what is still being said."""
        for task in list(self._visits):
            task.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def _play(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if script[:1] != [Reset(unread=True)]:
                self.requests.append(await read_request(reader))
            for step in script:
                await say(step, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went away, as some tests want it to
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def raw_server(*scripts: Script, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """A server on that port of 127.0.0.1, or a free one, that plays these scripts."""
    server = RawServer(scripts, "https" if tls else "http")
    listening = await asyncio.start_server(server.visit, "127.0.0.1", port, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await server.leave()
        await listening.wait_closed()


@contextmanager
def clogged(port: int = 0) -> Iterator[int]:
    """A port that takes a connection and never says so: its queue is full, as behind a firewall that drops packets."""
    with socket.socket() as listening, ExitStack() as waiting:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@asynccontextmanager
async def nobody_listening() -> AsyncIterator[str]:
    """The origin of a port that refuses connections: it is bound, so nobody else takes it, but does not listen."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def answer(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> Script:
    """A whole answer that ends its connection. `length`: what it claims to have, if that is not true."""
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(body) if length is None else length}", *headers]
    return ["\r\n".join([*lines, "Connection: close", "", ""]).encode() + body]


def json_answer(status: int, body: Any, *headers: str) -> Script:
    """An answer in JSON."""
    return answer(status, json.dumps(body).encode(), "Content-Type: application/json", *headers)


async def read_request(reader: asyncio.StreamReader) -> Seen:
    """One request, its body included."""
    return await read_body(await read_head(reader), reader)


async def read_head(reader: asyncio.StreamReader) -> Seen:
    """One request as far as its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    return Seen(head.rstrip("\r\n"), b"")


async def read_body(seen: Seen, reader: asyncio.StreamReader) -> Seen:
    """The same request with its body."""
    return Seen(seen.head, await reader.readexactly(int(seen.header("Content-Length") or 0)))


async def say(step: Step, writer: asyncio.StreamWriter) -> None:
    """Do one step of a script."""
    match step:
        case bytes():
            writer.write(step)
            await writer.drain()
        case Pause(seconds):
            await asyncio.sleep(seconds)
        case Drip(content, seconds):
            for byte in content:
                await asyncio.sleep(seconds)
                writer.write(bytes([byte]))
                await writer.drain()
        case Beneath(content):
            with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as connection:
                connection.send(content)
        case Reset():
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
