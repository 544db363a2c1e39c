"""One Payload server, as one caller sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from datetime import datetime
from http import HTTPMethod
from typing import Any, Self, TypeVar, overload

import httpx

from payload_client.access import Permissions
from payload_client.auth import Auth, Login
from payload_client.auth_collection import AuthCollection
from payload_client.bodies import Body, json_body, query_body
from payload_client.collection import Collection
from payload_client.errors import Forbidden
from payload_client.global_document import Global
from payload_client.preferences import Preferences
from payload_client.query import Query, WhereForm, encode
from payload_client.transport import Answer, Outgoing, Transport, Turns, open_pool
from payload_client.urls import absolute_url
from payload_client.wire import from_json

T = TypeVar("T")

_ANSWER_BYTES = 16 * 1024 * 1024
_LONGEST_QUERY = 6000
"""Characters of a query that still goes into the address. Node takes 15,000 (431 above), nginx 8,192 for the line."""


class Payload:
    """A Payload server and the caller on whose behalf it is asked.

    `url`: the server's address; the REST API is expected at `{url}/api`. `http`: a pool to borrow (see `open_pool`),
    which keeps no cookies from then on; without one a pool of its own is opened, and closed by `async with`.
    `timeout`: seconds for one call, start to end, further tries included. `concurrency`: requests under way at once,
    counted together for all callers made by `as_user`, first come, first served; or a function of the caller's
    `Authorization` (or cookie) that returns the block in which one of its requests is under way, and which may wait.
    `max_bytes`: of an answer. `headers`: sent with each call. `on_answer`: called with each `Answer` as it came.
    `gzip`: ask for compressed answers. `where_form`: `brackets` for a Payload before 3.85. `locale`: of each call that
    names none.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: Auth | Login | None = None,
        http: httpx.AsyncClient | None = None,
        timeout: float = 10.0,
        concurrency: int | Turns = 8,
        max_bytes: int = _ANSWER_BYTES,
        headers: Mapping[str, str] | None = None,
        on_answer: Callable[[Answer], object] | None = None,
        gzip: bool = False,
        where_form: WhereForm = "json",
        locale: str | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._auth = auth
        self._owns_pool = http is None
        self._transport = Transport(http or open_pool(), concurrency)
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._headers = {**(headers or {}), **({"Accept-Encoding": "gzip"} if gzip else {})}
        self._on_answer = on_answer
        self._where_form: WhereForm = where_form
        self._locale = locale

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._owns_pool:
            await self._transport.http.aclose()

    @property
    def answered_at(self) -> datetime | None:
        """The server's own time at its latest answer to any caller."""
        return self._transport.answered_at

    @property
    def id_types(self) -> dict[str, type[int | str]]:
        """Whether ids are integers or texts, by route, as far as the server's own answers have told."""
        return self._transport.id_types

    def as_user(self, auth: Auth | Login | None) -> Payload:
        """The same server and connections for another caller; `None` is nobody."""
        other: Payload = self.using()
        other._auth = auth
        return other

    def using(
        self,
        *,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        on_answer: Callable[[Answer], object] | None = None,
    ) -> Payload:
        """The same server, connections and caller with other settings: for one call or for many.

        `headers` are sent beside those that the client has already.
        """
        other: Payload = copy(self)
        other._owns_pool = False
        other._timeout = timeout or self._timeout
        other._max_bytes = max_bytes or self._max_bytes
        other._headers = {**self._headers, **(headers or {})}
        other._on_answer = on_answer or self._on_answer
        return other

    @overload
    def collection(self, slug: str) -> Collection[dict[str, Any]]: ...
    @overload
    def collection(self, slug: str, model: type[T]) -> Collection[T]: ...
    def collection(self, slug: str, model: Any = dict[str, Any]) -> Collection[Any]:
        """The collection of that slug, its documents read as `model` (default: plain dicts)."""
        return Collection(self, slug, model)

    @overload
    def global_document(self, slug: str) -> Global[dict[str, Any]]: ...
    @overload
    def global_document(self, slug: str, model: type[T]) -> Global[T]: ...
    def global_document(self, slug: str, model: Any = dict[str, Any]) -> Global[Any]:
        """The global of that slug, read as `model` (default: a plain dict)."""
        return Global(self, slug, model)

    def auth_collection(self, slug: str = "users") -> AuthCollection:
        """The sign-in routes of the collection of that slug."""
        return AuthCollection(self, slug)

    @property
    def preferences(self) -> Preferences:
        """What the caller keeps for itself under names of its own."""
        return Preferences(self)

    async def access(self) -> Permissions:
        """What the caller may do: `GET /access`, which answers everybody."""
        return Permissions(await self.call("GET", "/access", answer=dict[str, Any]))

    def absolute_url(self, address: str | None) -> str | None:
        """A document's `url`, `thumbnailURL` or `sizes.*.url` as a browser needs it: absolute, percent-encoded once."""
        return absolute_url(address, self.url)

    async def call(
        self,
        method: str,
        path: str,
        *,
        answer: type[T],
        query: Query | None = None,
        json: Any = None,
        body: Body | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the deadline belongs to the call, further tries included
    ) -> T:
        """Send one request to `/api{path}` and read its answer as `answer` (`bytes`: as it is). All else ends here.

        For routes without a method here: a site's own endpoints, `payload-jobs`, storage plugins. A GET may be tried
        again, and goes out as a POST where its query is long (see `retry` and `bodies`). Raises one of `PayloadError`.
        """
        found = await self.request(method, path, query=query, json=json, body=body, timeout=timeout)
        return from_json(found.call, found.content, answer)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json: Any = None,
        body: Body | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as `call`
    ) -> Answer:
        """As `call`, with the answer as it came: status, headers, bytes."""
        body = json_body(json) if json is not None else body
        pairs = encode({"locale": self._locale, **(query or {})}, self._where_form)
        if not isinstance(self._auth, Login):
            return await self._send(method, path, pairs, body, self._auth, timeout)
        nobody = self.as_user(None)
        token = await self._auth.token(nobody)
        try:
            return await self._send(method, path, pairs, body, token, timeout)
        except Forbidden:
            # A token that is not valid any more is no 401 in Payload: the caller is nobody, and forbidden most things.
            renewed = await self._auth.renewed(nobody, token)
            if renewed is None or not (body is None or body.repeatable):
                raise
            return await self._send(method, path, pairs, body, renewed, timeout)

    async def send_elsewhere(self, url: str, body: Body, *, timeout: float) -> None:  # noqa: ASYNC109 - as `call`
        """PUT a body to an address that Payload gave for it, without credentials or headers of ours. Sent once."""
        outgoing = Outgoing(
            call="PUT to the storage",
            method="PUT",
            url=httpx.URL(url),
            root="?",  # none: a signed address is for one place
            headers={},
            body=body,
            reads=False,
            max_bytes=self._max_bytes,
        )
        await self._transport.send(outgoing, timeout)

    async def _send(
        self,
        method: str,
        path: str,
        pairs: list[tuple[str, str]],
        body: Body | None,
        auth: Auth | None,
        seconds: float | None,
    ) -> Answer:
        url = httpx.URL(f"{self.url}/api{path}")
        if pairs:
            with_query = url.copy_with(params=httpx.QueryParams(tuple(pairs)))
            if method == HTTPMethod.GET and len(with_query.query) > _LONGEST_QUERY:
                body = query_body(pairs)
            else:
                url = with_query
        outgoing = Outgoing(
            call=f"{method} /api{path}",
            method="POST" if method == HTTPMethod.GET and body else method,
            url=url,
            root=f"{httpx.URL(self.url).path.rstrip('/')}/api/",
            headers={**self._headers, **(auth.headers if auth else {})},
            body=body,
            reads=method == HTTPMethod.GET,
            max_bytes=self._max_bytes,
            on_answer=self._on_answer,
        )
        return await self._transport.send(outgoing, seconds or self._timeout)
