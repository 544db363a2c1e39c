"""What uvicorn leaves to others: who may get in, and how long they may take to say what they want."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import resource
import socket
import struct
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import ClassVar

import msgspec
from ulid import ULID
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.errors import HeaderTooLarge, failure_of
from app.limits import HEADER_BYTES, HEADER_FIELDS, TARGET_BYTES, Limits
from app.settings import SettingsError
from app.web.problem import PROBLEM_JSON, problem_for
from app.web.security_headers import ALWAYS

log = logging.getLogger(__name__)

LOOKS = 10
"""How often progress is looked at in the time that an answer may stall."""

_BYTES_ACKED = 120
"""Where `struct tcp_info` of <linux/tcp.h> has `tcpi_bytes_acked`, 64 bits wide (since Linux 4.1)."""

_PROXIES = "FORWARDED_ALLOW_IPS"
_FILES_EACH = 4
"""Files that may be open for each connection: what is behind it takes some, too."""

_SO_ATTACH_FILTER = 26
# A classic BPF program: load the flags of the TCP header; if SYN is among them take nothing of the packet, else all.
_NO_SYN = b"".join(
    struct.pack("HBBI", *step)
    for step in ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 2**32 - 1))
)


def proxies(known: Mapping[str, str]) -> list[str]:
    """Read the addresses and networks that a variable of uvicorn's names. Raises `SettingsError` for anything else.

    uvicorn passes over what it does not understand, and with `*` believes what the caller says, not the last proxy.
    """
    named = [one.strip() for one in known.get(_PROXIES, "").split(",") if one.strip()]
    try:
        return [str(ip_network(one)) if "/" in one else str(ip_address(one)) for one in named]
    except ValueError as error:
        raise SettingsError([f"{_PROXIES}: {error}; expected addresses or networks, separated by commas"]) from error


def allow_files(connections: int) -> None:
    """Ask for the open files that so many connections may need: many systems allow 1024, and more to who asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(_FILES_EACH * connections, hard)), hard))


def shut(listener: socket.socket) -> None:
    """Let nobody else in, as if nobody was there, where the system is Linux.

    A socket that is closed resets whoever has got in and was not yet received; a balancer cannot know then whether its
    request was begun. This way all of those can be received first, and only then is the socket closed.
    """
    steps = ctypes.create_string_buffer(_NO_SYN)
    program = struct.pack("HP", len(_NO_SYN) // 8, ctypes.addressof(steps))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def header_too_large() -> bytes:
    """Return the answer to a request whose header is out of bounds: a problem document, with our headers."""
    request_id, failure = str(ULID()), failure_of(HeaderTooLarge(""))
    status = HTTPStatus(failure.answer.status)
    log.info("a header is too large", extra={"requestId": request_id, "status": status.value})
    body = msgspec.json.encode(problem_for(failure, request_id))
    headers = {
        **ALWAYS,
        **failure.headers,
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "X-Request-Id": request_id,
        "Content-Type": PROBLEM_JSON,
        "Content-Length": str(len(body)),
    }
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def protocol(limits: Limits) -> type[PunctualProtocol]:
    """Return the protocol with these limits: uvicorn takes a class, to which it passes arguments of its own."""
    return type("LimitedProtocol", (PunctualProtocol,), {"limits": limits})


class PunctualProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, for clients whose header is whole in time, and who read what they asked for."""

    limits: ClassVar[Limits] = Limits()
    _late: asyncio.TimerHandle | None = None
    _refused = _is_too_large = _is_new_header = False
    _unread = _header_bytes = 0

    @property
    def is_answering(self) -> bool:
        """Whether somebody waits for an answer, or for the rest of one."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and (not cycle.response_complete or self.transport.get_write_buffer_size() > 0)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """The first header is due."""
        super().connection_made(transport)
        self._delivered: deque[int] = deque(maxlen=LOOKS + 1)
        if len(self.connections) > self.limits.connections:
            log.warning("a connection more than the %d that are taken was closed", self.limits.connections)
            transport.abort()
            return
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Read on, unless the header that is due grows beyond its bounds before it is whole."""
        if self._refused:
            return
        self._is_new_header = False
        idle = self.timeout_keep_alive_task
        super().data_received(data)
        if idle and not self._is_new_header and not self.transport.is_closing():
            # What begins no request, such as an empty line or the rest of a body, keeps no connection open.
            self.timeout_keep_alive_task = self.loop.call_at(idle.when(), self.timeout_keep_alive_handler)
        if self._late and not self._is_new_header:
            self._unread += len(data)
            if self._unread > TARGET_BYTES + HEADER_BYTES and not self._refused:
                self.refuse_header()

    def on_message_begin(self) -> None:
        """A header has begun; it may be a later one of the same connection."""
        super().on_message_begin()
        self._is_new_header, self._unread, self._header_bytes = True, 0, 0
        self._expect_header()

    def on_url(self, url: bytes) -> None:
        """Read a part of the address."""
        super().on_url(url)
        self._check(len(self.url) <= TARGET_BYTES)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a field of the header."""
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)
        self._check(len(self.headers) <= HEADER_FIELDS and self._header_bytes <= HEADER_BYTES)

    def on_headers_complete(self) -> None:
        """The header is whole; a handler takes over."""
        self._stop_waiting()
        self._check(len(self.pipeline) < self.limits.pipelined)
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def check_progress(self) -> None:
        """Break off an answer of which its reader takes too little. To be called `LOOKS` times in the time it has.

        What the other side's system has acknowledged counts (Linux only). Time in which nothing waits to be sent, as
        between two events, does not.
        """
        if sys.platform != "linux" or not self.transport.get_write_buffer_size():
            self._delivered.clear()
            return
        info = self.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        self._delivered.extend(struct.unpack_from("Q", info, _BYTES_ACKED))
        enough = self.limits.slowest_reader * self.limits.answer_stalled_seconds
        if len(self._delivered) > LOOKS and self._delivered[-1] - self._delivered[0] < enough:
            log.warning("an answer that nobody reads was broken off")
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, or not within its bounds."""
        if self._is_too_large:
            self.refuse_header()
        else:
            super().send_400_response(msg)

    def refuse_header(self) -> None:
        """Answer 431 and close; an earlier request of the connection is answered instead, and then it closes."""
        self._refused = True
        self._stop_waiting()
        if self.cycle and not self.cycle.response_complete:  # type: ignore[truthy-bool]  # None before the first
            self.cycle.keep_alive = False
            return
        self.transport.write(header_too_large())
        self.transport.close()

    def _check(self, is_within: bool) -> None:
        """Stop the parser at what is out of bounds: it reports any exception as a request that is malformed."""
        if not is_within:
            self._is_too_large = True
            raise ValueError

    def _expect_header(self) -> None:
        self._stop_waiting()
        self._late = self.loop.call_later(self.limits.header_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None
