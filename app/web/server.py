"""Bounds that uvicorn does not have: header size and time, connections, pipelining, readers that stall."""

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
from weakref import WeakSet

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
"""Checks of progress in the time that an answer may stall."""

_BYTES_ACKED = 120
"""Where `struct tcp_info` of <linux/tcp.h> has `tcpi_bytes_acked`, 64 bits wide (since Linux 4.1)."""

_PROXIES = "FORWARDED_ALLOW_IPS"
_FILES_EACH = 4
"""Open files for each connection: its own socket, and those to Payload, the library and hosts of images."""

_SO_ATTACH_FILTER = 26
# A classic BPF program: load the flags of the TCP header; if SYN is among them take nothing of the packet, else all.
_NO_SYN = b"".join(
    struct.pack("HBBI", *step)
    for step in ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 2**32 - 1))
)


def proxies(environment: Mapping[str, str]) -> list[str]:
    """Read the addresses and networks of FORWARDED_ALLOW_IPS. Raises `SettingsError` for anything else.

    uvicorn itself ignores malformed entries, and with `*` trusts what the client wrote, not what the last proxy added.
    """
    entries = [entry.strip() for entry in environment.get(_PROXIES, "").split(",")]
    try:
        return [str(ip_network(entry) if "/" in entry else ip_address(entry)) for entry in entries if entry]
    except ValueError as error:
        raise SettingsError([f"{_PROXIES}: {error}; expected addresses or networks, separated by commas"]) from error


def allow_files(connections: int) -> None:
    """Raise the soft limit of open files to what so many connections may need, as far as the hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(_FILES_EACH * connections, hard)), hard))


def drop_new_connections(listener: socket.socket) -> None:
    """Drop new connections (SYN) so that those already accepted are served before the socket closes. Linux only.

    Closing a socket resets connections in its backlog, and a balancer cannot tell whether their requests were started.
    """
    steps = ctypes.create_string_buffer(_NO_SYN)
    program = struct.pack("HP", len(_NO_SYN) // 8, ctypes.addressof(steps))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def header_too_large() -> bytes:
    """Write the response to a request whose header is out of bounds: a problem document with our headers."""
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
    """Make the protocol class with these limits: uvicorn takes a class, and constructs it itself."""
    return type("LimitedProtocol", (PunctualProtocol,), {"limits": limits})


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with bounds on slow headers, large headers and stalled readers."""

    limits: ClassVar[Limits] = Limits()
    _late: asyncio.TimerHandle | None = None
    _refused = _is_too_large = _is_new_header = False
    _unread = _header_bytes = 0

    @property
    def is_answering(self) -> bool:
        """Whether a response, or the rest of one, is still to be sent."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and (not cycle.response_complete or self.transport.get_write_buffer_size() > 0)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the time for the first header."""
        super().connection_made(transport)
        self._delivered: deque[int] = deque(maxlen=LOOKS + 1)
        self._cycles = WeakSet[RequestResponseCycle]()
        if len(self.connections) > self.limits.connections:
            log.warning("a connection beyond the limit of %d was closed", self.limits.connections)
            transport.abort()
            return
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Parse data, unless a header is out of bounds before it is complete."""
        if self._refused:
            return
        self._is_new_header = False
        idle = self.timeout_keep_alive_task
        super().data_received(data)
        if idle and not self._is_new_header and not self.transport.is_closing():
            # Data that starts no request, such as an empty line or the rest of a body, does not keep it open.
            self.timeout_keep_alive_task = self.loop.call_at(idle.when(), self.timeout_keep_alive_handler)
        if self._late and not self._is_new_header:
            self._unread += len(data)
            if self._unread > TARGET_BYTES + HEADER_BYTES and not self._refused:
                self.refuse_header()

    def on_message_begin(self) -> None:
        """Start the time for a header, which may be a later one of the same connection."""
        super().on_message_begin()
        self._is_new_header, self._unread, self._header_bytes = True, 0, 0
        self._expect_header()

    def on_url(self, url: bytes) -> None:
        """Check the length of the address so far."""
        super().on_url(url)
        self._check(len(self.url) <= TARGET_BYTES)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Check the size of the header so far."""
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)
        self._check(len(self.headers) <= HEADER_FIELDS and self._header_bytes <= HEADER_BYTES)

    def on_headers_complete(self) -> None:
        """Stop the time for the header, and check how many requests wait."""
        self._stop_waiting()
        self._check(len(self.pipeline) < self.limits.pipelined)
        super().on_headers_complete()
        self._cycles.add(self.cycle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time for a header, and let no response go on.

        uvicorn (0.54) tells only the request that came last, so that one before it would write to a closed transport.
        """
        self._stop_waiting()
        for cycle in self._cycles:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def check_progress(self) -> None:
        """Abort a response whose reader takes too little. To be called `LOOKS` times in `answer_stalled_seconds`.

        Counts the bytes that the client's system acknowledged (Linux only), while something waits to be sent: the time
        between two events is free.
        """
        if sys.platform != "linux" or not self.transport.get_write_buffer_size():
            self._delivered.clear()
            return
        info = self.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        self._delivered.extend(struct.unpack_from("Q", info, _BYTES_ACKED))
        enough = self.limits.slowest_reader * self.limits.answer_stalled_seconds
        if len(self._delivered) > LOOKS and self._delivered[-1] - self._delivered[0] < enough:
            log.warning("a response that its client does not read was aborted")
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, or a header out of bounds."""
        if self._is_too_large:
            self.refuse_header()
        else:
            super().send_400_response(msg)

    def refuse_header(self) -> None:
        """Answer 431 and close; where an earlier request of the connection is unanswered, answer that and close."""
        self._refused = True
        self._stop_waiting()
        if self.cycle and not self.cycle.response_complete:  # type: ignore[truthy-bool]  # None before the first
            self.cycle.keep_alive = False
            return
        self.transport.write(header_too_large())
        self.transport.close()

    def _check(self, is_within: bool) -> None:
        """Stop the parser at what is out of bounds: it reports any exception as a malformed request."""
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
