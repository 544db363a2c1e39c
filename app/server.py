"""What uvicorn leaves to others: who may get in, and how long they may take to say what they want."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
from contextlib import suppress
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.limits import Limits

_SO_ATTACH_FILTER = 26
# A classic BPF program: load the flags of the TCP header; if SYN is among them take nothing of the packet, else all.
_NO_SYN = b"".join(
    struct.pack("HBBI", *step)
    for step in ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 2**32 - 1))
)


def shut(listener: socket.socket) -> None:
    """Let nobody else in, as if nobody was there, where the system is Linux.

    A socket that is closed resets whoever has got in and was not yet received; a balancer cannot know then whether its
    request was begun. This way all of those can be received first, and only then is the socket closed.
    """
    steps = ctypes.create_string_buffer(_NO_SYN)
    program = struct.pack("HP", len(_NO_SYN) // 8, ctypes.addressof(steps))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def protocol(limits: Limits) -> type[PunctualProtocol]:
    """Return the protocol with these limits: uvicorn takes a class, to which it passes arguments of its own."""
    return type("LimitedProtocol", (PunctualProtocol,), {"limits": limits})


class PunctualProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, for clients whose header is whole in time."""

    limits: ClassVar[Limits] = Limits()
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """The first header is due."""
        super().connection_made(transport)
        self._expect_header()

    def on_message_begin(self) -> None:
        """A header has begun; it may be a later one of the same connection."""
        super().on_message_begin()
        self._expect_header()

    def on_headers_complete(self) -> None:
        """The header is whole; a handler takes over."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_header(self) -> None:
        self._stop_waiting()
        self._late = self.loop.call_later(self.limits.header_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None
