"""One Payload server, as one caller sees it."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self, TypeVar, cast, overload

import httpx
import msgspec

from payload_client.auth import Auth, AuthCollection
from payload_client.collections import Collection
from payload_client.errors import BadAnswer, Disconnected, TimedOut, Unreachable, refusal
from payload_client.permissions import Permissions
from payload_client.query import Query, encode
from payload_client.retry import reads
from payload_client.wire import to_json

log = logging.getLogger(__name__)
T = TypeVar("T")

_CONNECT_SECONDS = 5.0
_ANSWER_BYTES = 16 * 1024 * 1024


def open_pool(*, transport: httpx.AsyncBaseTransport | None = None, connections: int = 32) -> httpx.AsyncClient:
    """A connection pool fit for a server: keeps no cookies, follows no redirects, reads no proxy from the environment.

    It forgets an idle connection after 2 seconds, since Node closes one after 5.
    """
    return httpx.AsyncClient(
        transport=transport,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        limits=httpx.Limits(max_connections=connections, keepalive_expiry=2.0),
    )


class Payload:
    """A Payload server and the caller on whose behalf it is asked.

    `url`: the server's address; the REST API is expected at `{url}/api`. `http`: a pool to borrow (see `open_pool`);
    without one a pool of its own is opened, and closed by `async with`. `timeout`: seconds for one call, start to
    end. `concurrency`: requests under way at once, counted together for all callers made by `as_user`. `answered_at`:
    the server's own time at its latest answer.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: Auth | None = None,
        http: httpx.AsyncClient | None = None,
        timeout: float = 10.0,
        concurrency: int = 8,
    ) -> None:
        self.url = url.rstrip("/")
        self._auth = auth
        self._http = http or open_pool()
        self._owns_pool = http is None
        self._timeout = timeout
        self._slots = asyncio.Semaphore(concurrency)
        self._exchanges: set[asyncio.Task[bytes]] = set()
        self.answered_at: datetime | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._owns_pool:
            await self._http.aclose()

    def as_user(self, auth: Auth | None) -> Payload:
        """The same server and connections for another caller; `None` is nobody."""
        other = Payload(self.url, auth=auth, http=self._http, timeout=self._timeout)
        other._slots, other._exchanges = self._slots, self._exchanges
        return other

    @overload
    def collection(self, slug: str) -> Collection[dict[str, Any]]: ...
    @overload
    def collection(self, slug: str, model: type[T]) -> Collection[T]: ...
    def collection(self, slug: str, model: Any = dict[str, Any]) -> Collection[Any]:
        """The collection of that slug, its documents read as `model` (default: plain dicts)."""
        return Collection(self, slug, model)

    def auth_collection(self, slug: str = "users") -> AuthCollection:
        """The sign-in routes of the collection of that slug."""
        return AuthCollection(self, slug)

    async def access(self) -> Permissions:
        """What the caller may do, by collection."""
        return Permissions(await self.call("GET", "/access", answer=dict[str, Any]))

    async def call(
        self,
        method: str,
        path: str,
        *,
        answer: type[T],
        query: Query | None = None,
        json: Any = None,
        files: dict[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the deadline belongs to the call, retries included
    ) -> T:
        """Send one request to `/api{path}` and read its answer as `answer` (`bytes`: as it is). All else ends here.

        With `files` the body is multipart and `json` its `_payload` part. A GET may be tried again (see `retry`). What
        has been sent goes on to its end, within its time, when the caller is cancelled. Raises one of `PayloadError`.
        """
        name = f"{method} /api{path}"
        request = self._request(method, path, query or {}, json, files)
        until = asyncio.get_running_loop().time() + (timeout or self._timeout)
        under_way = False
        try:
            async with asyncio.timeout_at(until), self._slots:
                under_way = True
                sent = self._read(name, request, until) if method == "GET" else self._send(name, request, until)
                content = await sent
        except TimeoutError as error:
            if not under_way:
                raise Unreachable(name, "no slot was free in time") from error
            raise TimedOut(name, "no whole answer in time") from error
        return _decode(name, content, answer)

    def _request(self, method: str, path: str, query: Query, json: Any, files: dict[str, Any] | None) -> httpx.Request:
        headers = {"Authorization": self._auth.header} if self._auth else {}
        if files is not None:
            body: dict[str, Any] = {"files": files, "data": {"_payload": to_json(json)}}
        elif json is not None:
            body = {"content": to_json(json)}
            headers["Content-Type"] = "application/json"
        else:
            body = {}
        # The deadline of `call` is the limit; httpx's own would fire on a pause, never on a drip.
        timeout = httpx.Timeout(None, connect=_CONNECT_SECONDS, pool=None)
        url = f"{self.url}/api{path}"
        return self._http.build_request(
            method, url, params=httpx.QueryParams(tuple(encode(query))), headers=headers, timeout=timeout, **body
        )

    async def _read(self, name: str, request: httpx.Request, until: float) -> bytes:
        async for attempt in reads():
            with attempt:
                return await self._send(name, request, until)
        raise AssertionError  # tenacity raises the last error itself

    async def _send(self, name: str, request: httpx.Request, until: float) -> bytes:
        """Out of reach of the caller's cancellation: with it, httpcore may never give the connection back.

        A pool would then run dry: https://github.com/encode/httpcore/issues/1093.
        """
        exchange = asyncio.create_task(self._exchange(name, request, until))
        self._exchanges.add(exchange)  # the loop alone would not keep it
        exchange.add_done_callback(self._over)
        return await asyncio.shield(exchange)

    def _over(self, exchange: asyncio.Task[bytes]) -> None:
        self._exchanges.discard(exchange)
        if not exchange.cancelled():
            exchange.exception()  # where nobody waits for it any more, asyncio would log it as never retrieved

    async def _exchange(self, name: str, request: httpx.Request, until: float) -> bytes:
        begun, status = time.monotonic(), None
        try:
            async with asyncio.timeout_at(until):
                response = await self._http.send(request, stream=True)
                status = response.status_code
                self.answered_at = _date(response)
                try:
                    return await _content(name, response)
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreachable(name, f"no connection ({type(error).__name__})") from error
        except httpx.TimeoutException as error:
            raise TimedOut(name, type(error).__name__) from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise Disconnected(name, type(error).__name__) from error
        finally:
            told = {"upstream": "payload", "method": request.method, "path": request.url.path, "status": status}
            taken = round((time.monotonic() - begun) * 1000)
            log.debug("%s: %s", name, status or "no answer", extra={**told, "durationMs": taken})


async def _content(name: str, response: httpx.Response) -> bytes:
    if response.is_redirect or response.headers.get("Content-Encoding", "identity") != "identity":
        raise BadAnswer(name, f"{response.status_code} is a redirect or an encoding that was not asked for")
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > _ANSWER_BYTES:
            raise BadAnswer(name, f"an answer of more than {_ANSWER_BYTES} bytes")
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise refusal(name, response.status_code, bytes(content))
    return bytes(content)


def _date(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None


def _decode(name: str, content: bytes, answer: type[T]) -> T:
    if answer is bytes:
        return cast("T", content)
    try:
        return msgspec.json.decode(content, type=answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer(name, f"not what Payload answers ({type(error).__name__})") from error
