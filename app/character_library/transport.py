"""One request to the Character Library and its answer: sent once and never again, on a connection of its own."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from app.certificates import trusted
from app.character_library.jobs import LATER
from app.character_library.parsing import body_of
from app.errors import LibraryBadResponse, LibraryError, LibraryOutcomeUnknown, LibraryTimeout, LibraryUnreachable
from app.limits import Limits
from app.observability import logs
from app.observability.metrics import LIBRARY_CALLS

log = logging.getLogger(__name__)

_ANSWER_BYTES = 8 * 1024 * 1024
_JSON = {"Content-Type": "application/json"}
_GATEWAY = (502, 503, 504)
_MAY_BE_EMPTY = ("PUT", "PATCH", "DELETE")
_UNREACHABLE = "The Character Library could not be reached: nothing was generated. Try again in a moment."
_AWAY = "The Character Library could not be reached. Try again in a moment."
_UNASKED = "The Character Library did not answer within {:.0f} s. Try again in a moment."
_LOST = "The connection to the Character Library broke before it answered. Try again in a moment."
_SLOW = (
    "The Character Library did not answer within {:.0f} s. If it makes the picture after all, asking it what it has "
    "(recover images) brings it in."
)
_BROKE = (
    "The connection to the Character Library broke before it answered. If it made a picture after all, "
    "asking it what it has (recover images) brings it in."
)


class Transport:
    """The way to the service at `url`. `tls`: whose certificates count."""

    def __init__(self, url: str, limits: Limits, tls: ssl.SSLContext | None = None) -> None:
        self._url = url
        self._limits = limits
        self._tls = tls

    async def call(
        self, method: str, route: str, json: Any = None, *, seconds: float | None = None, judged: bool = True
    ) -> object:
        """One request, once, and the JSON of its answer. Everything else ends here; only a POST can cost money."""
        try:
            with LIBRARY_CALLS.track_inprogress():
                return await self._judged(method, route, json, seconds or self._limits.library_look_up_seconds, judged)
        except LibraryError as error:
            if method != "POST":
                raise error.replace(charged="no") from error
            if error.status in _GATEWAY:  # a proxy spoke, and the library may well be drawing still
                raise error.replace(f"{error}. {LATER}") from error
            raise

    async def _judged(self, method: str, route: str, json: Any, seconds: float, judged: bool) -> object:
        content, draws = None if json is None else msgspec.json.encode(json), method == "POST"
        timeout = httpx.Timeout(None, connect=self._limits.connect_seconds)
        try:
            over = LibraryTimeout((_SLOW if draws else _UNASKED).format(seconds))
            async with deadline(seconds, over), self._connection() as http:
                request = http.build_request(
                    method, f"{self._url}{route}", content=content, headers=_JSON, timeout=timeout
                )
                status, answer = await _send(http, request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise LibraryUnreachable(_UNREACHABLE if draws else _AWAY) from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise LibraryOutcomeUnknown(_BROKE if draws else _LOST) from error
        return body_of(status, answer, may_be_empty=method in _MAY_BE_EMPTY, judged=judged)

    def _connection(self) -> httpx.AsyncClient:
        """For one request: none can turn out stale under what must not be repeated, none is left by what is cancelled.

        Nor is a cookie ever sent back. A pool that lives on may keep a connection forever whose request was cancelled
        (encode/httpcore#1093).
        """
        return httpx.AsyncClient(
            verify=self._tls or trusted(),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )


async def reach_library(url: str, tls: ssl.SSLContext | None = None) -> None:
    """See that a library answers, whatever it says; that costs nothing. Raises `ConnectionError`."""
    try:
        async with httpx.AsyncClient(verify=tls or trusted(), trust_env=False) as http, http.stream("GET", url):
            pass
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectionError(url) from error


async def _send(http: httpx.AsyncClient, request: httpx.Request) -> tuple[int, bytes]:
    level = logging.INFO if request.method == "POST" else logging.DEBUG  # the former cost money
    with logs.exchange(log, level, request.method, request.url.path, upstream="library") as exchange:
        response = await http.send(request, stream=True)
        exchange.status = response.status_code
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise LibraryBadResponse("The Character Library answered in an encoding that was not asked for.")
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > _ANSWER_BYTES:
                    raise LibraryBadResponse("The Character Library answered with more than can be read.")
            return response.status_code, bytes(content)
        finally:
            await response.aclose()


@asynccontextmanager
async def deadline(seconds: float, over: LibraryTimeout) -> AsyncIterator[None]:
    """Total time, start to end: a read timeout would never fire on an answer that drips. `over`: the error then."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise over from error
