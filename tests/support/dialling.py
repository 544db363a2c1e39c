"""What a download dials: remembered, and if a test wants it, led into a trap instead."""

from __future__ import annotations

import ssl
from typing import Any

import httpcore


class Dialling(httpcore.AnyIOBackend):
    """Remembers the hosts that were dialled, in order. `trap`: a port of this machine that all of them lead to."""

    def __init__(self, trap: int | None = None) -> None:
        self._trap = trap
        self.dialled: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, and remember it."""
        self.dialled.append(host)
        if self._trap is None:
            return await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Bare(await super().connect_tcp("127.0.0.1", self._trap, timeout))


class _Bare(httpcore.AsyncNetworkStream):
    """A connection that is never encrypted, whatever was asked for."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
