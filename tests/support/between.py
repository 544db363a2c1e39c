"""A proxy between the product and one of its upstreams, which lets a chosen request go wrong over a real socket.

What it is not told to spoil it passes on and back unchanged, so the real server does the rest.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import msgspec
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.support.raw_server import Script, Seen, read_body, read_head, say

ALWAYS = 1_000_000
"""As `times`: every such request, until `calm`."""


class Fault(msgspec.Struct, kw_only=True):
    """What happens to requests of a method whose path (query included) matches a regular expression.

    `before`: awaited (a callable) before it is passed on; `instead`: played, and the upstream never sees the request;
    `early`: the same, with the request's body unread;
    `lost`: played after the upstream has answered, in place of its answer; `changed`: makes another of the answer's
    raw bytes, head included. The first `skip` such requests are spared, then `times` are spoilt.
    """

    method: str
    path: str
    skip: int = 0
    times: int = 1
    before: Callable[[], Awaitable[object]] | None = None
    instead: Script | None = None
    early: Script | None = None
    lost: Script | None = None
    changed: Callable[[bytes], bytes] | None = None

    def takes(self, seen: Seen) -> bool:
        """Whether it is this request's turn; counts it."""
        if self.times < 1 or not seen.line.startswith(f"{self.method} ") or not re.search(self.path, seen.target):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Between:
    """The proxy. It runs in a thread of its own; `order` and the lists may be used from any other.

    `weather`: what goes wrong with a request for which nothing was ordered.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname, parts.port)
        self._faults: list[Fault] = []
        self._listening: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()
        self.portal: BlockingPortal | None = None
        self.seen: list[Seen] = []
        self.weather: Callable[[Seen], Fault | None] = lambda _: None
        self.port = 0

    @property
    def url(self) -> str:
        """Its origin, to be given to the product in place of the upstream's."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def busy(self) -> bool:
        """Whether somebody is being served; the upstream may go on with what a client that is gone has asked for."""
        return bool(self._visits)

    @property
    def waiting(self) -> list[Fault]:
        """What is still to go wrong."""
        return [fault for fault in self._faults if fault.times > 0]

    def order(self, fault: Fault) -> None:
        """Spoil the next request that it is meant for."""
        self._faults.append(msgspec.structs.replace(fault))

    def calm(self) -> None:
        """Forget all orders and everything seen."""
        self._faults, self.seen = [], []

    def asked(self, method: str, path: str) -> list[Seen]:
        """The requests so far of that method whose path (query included) matches."""
        return [seen for seen in self.seen if seen.line.startswith(f"{method} ") and re.search(path, seen.target)]

    @contextmanager
    def away(self) -> Iterator[None]:
        """Refuse every connection for as long as the block lasts."""
        assert self.portal
        self.portal.call(self.leave)
        try:
            yield
        finally:
            self.portal.call(self.listen)

    @contextmanager
    def through(self, upstream: str) -> Iterator[None]:
        """Lead to another upstream for as long as the block lasts."""
        usual, parts = self._upstream, urlsplit(upstream)
        self._upstream = (parts.hostname, parts.port)
        try:
            yield
        finally:
            self._upstream = usual

    async def listen(self) -> None:
        """Open the port, the same one as before where there was one."""
        self._listening = await asyncio.start_server(self._visit, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Close the port and whatever is being said."""
        if self._listening:
            self._listening.close()
        for task in list(self._visits):
            task.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._take(reader, writer))
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer, and the connection is closed."""
        try:
            head = await read_head(reader)
            fault = next((fault for fault in self._faults if fault.takes(head)), None) or self.weather(head)
            if fault and fault.early:
                self.seen.append(head)
                await self._say(fault.early, writer)
            else:
                await self._serve(await read_body(head, reader), fault, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # one of the two ends went away, as some tests want it to
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(self, seen: Seen, fault: Fault | None, writer: asyncio.StreamWriter) -> None:
        self.seen.append(seen)
        if fault and fault.before:
            await fault.before()
        script = fault.instead if fault else None
        if script is None:
            answer = await self._passed_on(seen)
            script = [answer]
            if fault and fault.lost is not None:
                script = fault.lost
            elif fault and fault.changed:
                script = [fault.changed(answer)]
        await self._say(script, writer)

    async def _say(self, script: Script, writer: asyncio.StreamWriter) -> None:
        for step in script:
            await say(step, writer)

    async def _passed_on(self, seen: Seen) -> bytes:
        """The upstream's whole answer."""
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            lines = [line for line in seen.head.split("\r\n") if not line.lower().startswith("connection:")]
            writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + seen.body)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


@contextmanager
def between(upstream: str) -> Iterator[Between]:
    """A proxy before that origin, for as long as the block lasts."""
    proxy = Between(upstream)
    with start_blocking_portal() as portal:
        portal.call(proxy.listen)
        proxy.portal = portal
        try:
            yield proxy
        finally:
            portal.call(proxy.leave)
