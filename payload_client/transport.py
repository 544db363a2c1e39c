"""One server's connections, shared by all callers: sends a request and reads its answer within bounds."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import msgspec

from payload_client.bodies import Body
from payload_client.errors import BadAnswer, Disconnected, TimedOut, Unreachable
from payload_client.refusals import refusal
from payload_client.retry import retrying

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 5.0
_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])
_REDIRECTS = 3
_FOLLOWED = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)


Turns = Callable[[str], AbstractAsyncContextManager[object]]
"""A block in which a request is under way, given the caller's `Authorization`; entering it may wait."""


class Answer(msgspec.Struct, frozen=True):
    """An answer as it came: status, headers (`headers.get_list("set-cookie")`) and the whole body."""

    call: str
    status: int
    headers: httpx.Headers
    content: bytes

    def __repr__(self) -> str:
        return f"Answer({self.call!r}, {self.status}, {len(self.content)} bytes)"


class Outgoing(msgspec.Struct, frozen=True):
    """A request that can be made anew for each try.

    `call`: its name in errors; `root`: the path that redirects may not leave; `max_bytes`: of the answer.
    """

    call: str
    method: str
    url: httpx.URL
    root: str
    headers: Mapping[str, str]
    body: Body | None
    reads: bool
    max_bytes: int
    on_answer: Callable[[Answer], object] | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it can be sent again."""
        return self.body is None or self.body.repeatable


@cache
def _certifis() -> ssl.SSLContext:
    """One for all pools: each takes 20 ms to make."""
    return httpx.create_ssl_context(trust_env=False)


def open_pool(
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    connections: int = 32,
    verify: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """A connection pool fit for a server: keeps no cookies, follows no redirects, reads no proxy from the environment.

    It forgets an idle connection after 2 seconds, since Node closes one after 5. `transport`: another one for httpx;
    `verify`: whose certificates are trusted, certifi's unless given.
    """
    return httpx.AsyncClient(
        transport=transport,
        verify=verify or _certifis(),
        cookies=CookieJar(_NO_COOKIES),
        follow_redirects=False,
        trust_env=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        limits=httpx.Limits(max_connections=connections, keepalive_expiry=2.0),
    )


class Transport:
    """The connections to one server. `answered_at`: the server's own time at its latest answer."""

    def __init__(self, http: httpx.AsyncClient, concurrency: int | Turns) -> None:
        http.cookies.jar.set_policy(_NO_COOKIES)
        self.http = http
        self.answered_at: datetime | None = None
        self.id_types: dict[str, type[int | str]] = {}
        self._turn = concurrency if callable(concurrency) else _first_come(concurrency)
        self._exchanges: set[asyncio.Task[Answer]] = set()

    async def send(self, request: Outgoing, seconds: float) -> Answer:
        """The answer of status below 400, within so many seconds in all. Raises one of `PayloadError`.

        What has been sent goes on to its end, within its time, when the caller is cancelled.
        """
        until = asyncio.get_running_loop().time() + seconds
        under_way = False
        try:
            async with (
                asyncio.timeout_at(until),
                self._turn(request.headers.get("Authorization") or request.headers.get("Cookie", "")),
            ):
                under_way = True
                return await self._retry(request, until)
        except TimeoutError as error:
            if not under_way:
                raise Unreachable(request.call, "no slot was free in time") from error
            raise TimedOut(request.call, "no whole answer in time") from error

    async def _retry(self, request: Outgoing, until: float) -> Answer:
        async for attempt in retrying(reads=request.reads, repeatable=request.repeatable, until=until):
            with attempt:
                return await self._follow(request, until)
        raise AssertionError  # tenacity raises the last error itself

    async def _follow(self, request: Outgoing, until: float) -> Answer:
        """Follow 307 and 308 within the API (`trailingSlash` in Next.js): nothing has been done before."""
        for _ in range(_REDIRECTS + 1):
            answer = await self._send(request, until)
            if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                return answer
            to = _within_the_api(answer, request)
            if to is None:
                break
            request = msgspec.structs.replace(request, url=to)
        raise BadAnswer(request.call, "a redirect that leads elsewhere")

    async def _send(self, request: Outgoing, until: float) -> Answer:
        """Out of reach of the caller's cancellation: with it, httpcore may never give the connection back.

        A pool would then run dry: https://github.com/encode/httpcore/issues/1093.
        """
        exchange = asyncio.create_task(self._exchange(request, until))
        self._exchanges.add(exchange)  # the loop alone would not keep it
        exchange.add_done_callback(self._over)
        return await asyncio.shield(exchange)

    def _over(self, exchange: asyncio.Task[Answer]) -> None:
        self._exchanges.discard(exchange)
        if not exchange.cancelled():
            exchange.exception()  # where nobody waits for it any more, asyncio would log it as never retrieved

    async def _exchange(self, wanted: Outgoing, until: float) -> Answer:
        begun, status = time.monotonic(), None
        request = self._built(wanted)
        try:
            async with asyncio.timeout_at(until):
                response = await self.http.send(request, stream=True)
                status = response.status_code
                self.answered_at = _date(response)
                try:
                    return await _read(wanted, response)
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreachable(wanted.call, f"no connection ({type(error).__name__})") from error
        except httpx.TimeoutException as error:
            raise TimedOut(wanted.call, type(error).__name__) from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise Disconnected(wanted.call, type(error).__name__) from error
        finally:
            told = {"upstream": "payload", "method": request.method, "path": request.url.path, "status": status}
            taken = round((time.monotonic() - begun) * 1000)
            log.debug("%s: %s", wanted.call, status or "no answer", extra={**told, "durationMs": taken})

    def _built(self, wanted: Outgoing) -> httpx.Request:
        # The deadline of `send` is the limit; httpx's own would fire on a pause, never on a drip.
        timeout = httpx.Timeout(None, connect=_CONNECT_SECONDS, pool=None)
        headers = {**wanted.headers, **(wanted.body.headers if wanted.body else {})}
        content = wanted.body.open() if wanted.body else None
        return self.http.build_request(wanted.method, wanted.url, headers=headers, content=content, timeout=timeout)


def _first_come(concurrency: int) -> Turns:
    slots = asyncio.Semaphore(concurrency)
    return lambda _: slots


def _within_the_api(answer: Answer, request: Outgoing) -> httpx.URL | None:
    """Where an answer redirects to, if that is the same origin and below the root, and the body can be sent there."""
    if answer.status not in _FOLLOWED or not request.repeatable:
        return None
    try:
        to = request.url.join(answer.headers.get("Location", ""))
    except (httpx.InvalidURL, UnicodeError):
        return None
    same = (to.scheme, to.host, to.port) == (request.url.scheme, request.url.host, request.url.port)
    return to if same and to.path.startswith(request.root) and to != request.url else None


async def _read(wanted: Outgoing, response: httpx.Response) -> Answer:
    content = bytearray()
    decoder = _Decoder(wanted, response.headers.get("Content-Encoding", "identity"))
    async for chunk in response.aiter_raw():
        content += decoder.decode(chunk, wanted.max_bytes + 1 - len(content))
        if len(content) > wanted.max_bytes:
            raise BadAnswer(wanted.call, f"an answer of more than {wanted.max_bytes} bytes")
    answer = Answer(wanted.call, response.status_code, response.headers, bytes(content))
    if wanted.on_answer:
        wanted.on_answer(answer)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise refusal(wanted.call, answer.status, answer.content, answer.headers)
    return answer


class _Decoder:
    """Reads the encodings that were asked for, never more bytes than are wanted of them."""

    def __init__(self, wanted: Outgoing, encoding: str) -> None:
        asked = "gzip" in wanted.headers.get("Accept-Encoding", "")
        if encoding != "identity" and not (asked and encoding == "gzip"):
            raise BadAnswer(wanted.call, "an encoding that was not asked for")
        self._call = wanted.call
        self._gzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS) if encoding == "gzip" else None

    def decode(self, chunk: bytes, most: int) -> bytes:
        """At most `most` bytes of what the chunk holds."""
        try:
            return self._gzip.decompress(chunk, most) if self._gzip else chunk
        except zlib.error as error:
            raise BadAnswer(self._call, "an encoding that cannot be read") from error


def _date(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
