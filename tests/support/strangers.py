"""A client that sends and does not read."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Self

LARGE = b"GET /schema/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"


MANY = 60


class Stranger:
    """A connection of somebody who has not signed in, whose system takes next to nothing on its own."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._address = host, int(port)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.setblocking(False)

    async def __aenter__(self) -> Self:
        await asyncio.get_running_loop().sock_connect(self._socket, self._address)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()

    async def say(self, words: bytes) -> None:
        """Send all of it, if it is taken."""
        with suppress(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(self._socket, words)

    async def ask(self, request: bytes = LARGE, times: int = MANY) -> None:
        """Ask for answers one after the other, without reading any."""
        for _ in range(times):
            await self.say(request)
            await asyncio.sleep(0.02)

    async def read(self, size: int) -> bytes:
        """What has come, at most so much; nothing at the end."""
        return await asyncio.get_running_loop().sock_recv(self._socket, size)

    async def read_all(self) -> bytes:
        """What comes until the end."""
        got = bytearray()
        while piece := await self.read(1 << 20):
            got += piece
        return bytes(got)

    async def until_broken_off(self, *, saying: bytes = b"", reading: int = 0) -> None:
        """Wait until the other side ends it, while saying and reading that much ten times a second."""
        while not self._is_reset():
            if saying:
                await self.say(saying)
            if reading and not await self.read(reading):
                return
            await asyncio.sleep(0.1)

    def _is_reset(self) -> bool:
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
