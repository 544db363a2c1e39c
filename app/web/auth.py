"""Authenticate the caller and refuse cross-site requests.

Cross-site is judged by Sec-Fetch-Site, else by Origin: the algorithm of Go 1.25's `http.CrossOriginProtection`. Whether
a session is valid, and what its user may do, is decided by Payload.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

from app.cms.caller import Caller
from app.cms.gateway import Cms
from app.errors import CrossSiteRequest, Unauthenticated
from app.limits import Limits
from app.observability import logs
from app.use_cases import sign_in
from payload_client import ApiKey, Auth, Jwt

Connection = ASGIConnection[Any, Any, Any, Any]
Http = Request[Any, Any, Any]

ANONYMOUS = "anonymous"
"""Key in a handler's `opt` that lets requests in without a session."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_LONGEST_TOKEN = 4000
_API_KEY = re.compile(r"([\w-]+) API-Key ([!-~]+)", re.ASCII)
_NOBODY = "Nobody is signed in. Sign in first."
_SEVERAL = (
    "The browser sent several session cookies named {}, so nobody is signed in. Sign in again; if that does not help, "
    "delete the cookies of this site and of its parent domain."
)
_DOMAIN = re.compile(r";\s*domain=", re.IGNORECASE)
_BODY = {"content-length", "transfer-encoding"}
_SHARED = "shared"


class SessionRules:
    """Where a request carries its session, and what counts as our own site.

    `site`: our public origin; `cookie`: name of Payload's session cookie; `users`: slug of those who sign in.
    """

    def __init__(self, site: str, cookie: str, users: str) -> None:
        self.site = site
        self.cookie = cookie
        self.users = users

    @property
    def secure(self) -> bool:
        """Whether cookies are sent over https only."""
        return self.site.startswith("https:")

    def credentials(self, connection: Connection) -> Auth:
        """Read the credentials of a request: its Authorization header, else its session cookie.

        Raises `Unauthenticated` where there are none, or none of Payload's shape.
        """
        auth = self._from_header(connection) or _jwt(self._from_cookie(connection))
        if auth is None:
            raise Unauthenticated(_NOBODY)
        return auth

    def check_same_site(self, connection: Http, *, browsers_only: bool) -> None:
        """Raise `CrossSiteRequest` unless an unsafe request comes from our own pages.

        Requests with a token or key in a header need no proof, since no browser adds one by itself. With
        `browsers_only`, a request with neither Sec-Fetch-Site nor Origin is not a browser's and passes.
        """
        if connection.method in SAFE_METHODS or (browsers_only and self._from_header(connection)):
            return
        site, origin = connection.headers.get("Sec-Fetch-Site"), connection.headers.get("Origin")
        ours = (
            site == "same-origin" if site is not None else origin == self.site if origin is not None else browsers_only
        )
        if not ours:
            raise CrossSiteRequest(f"This request did not come from {self.site}; nothing was changed.")

    def is_foreign(self, connection: Connection) -> bool:
        """Whether a browser sent the request for a page of another site."""
        site = connection.headers.get("Sec-Fetch-Site")
        return site not in (None, "same-origin", "none") and not self._from_header(connection)

    def check_costly(self, connection: Connection) -> None:
        """Raise `CrossSiteRequest` where a page of another site requests what costs something, even by a GET."""
        if self.is_foreign(connection):
            raise CrossSiteRequest(f"This request did not come from {self.site}; nothing was started.")

    def has_several(self, connection: Connection) -> bool:
        """Whether a browser sent several session cookies: of several domains, or planted by another site."""
        return len(self._tokens(connection)) > 1

    def expired(self, *, everywhere: bool) -> list[str]:
        """`Set-Cookie` values that remove the session cookie of this host and, if `everywhere`, of its parent domains.

        A cookie does not say whose it is; browsers ignore what they do not let a host set.
        """
        labels = (urlsplit(self.site).hostname or "").split(".")
        parents = [".".join(labels[start:]) for start in range(len(labels) - 1)] if everywhere else []
        scopes = ["", *(f"; Domain={domain}" for domain in parents)]
        return [f"{self.cookie}=; Path=/; Max-Age=0; HttpOnly{scope}" for scope in scopes]

    def expired_beside(self, cookie: str, connection: Connection) -> list[str]:
        """`Set-Cookie` values that leave no second session cookie beside the one that is about to be set."""
        several = self.has_several(connection)
        return self.expired(everywhere=several) if several or _DOMAIN.search(cookie) else []

    def _from_cookie(self, connection: Connection) -> str:
        """The token of the session cookie. Raises `Unauthenticated` for several: nothing tells which one is meant."""
        tokens = self._tokens(connection)
        if len(tokens) > 1:
            raise Unauthenticated(_SEVERAL.format(self.cookie))
        return tokens[0] if tokens else ""

    def _tokens(self, connection: Connection) -> list[str]:
        cookies = ";".join(connection.headers.getall("Cookie", [])).split(";")
        pairs = (cookie.strip().partition("=") for cookie in cookies)
        return [value for name, _, value in pairs if name == self.cookie]

    def _from_header(self, connection: Connection) -> Auth | None:
        """The credentials of a scheme that Payload takes; None for any other, such as a proxy's Basic."""
        header = connection.headers.get("Authorization", "")
        scheme, _, rest = header.partition(" ")
        if scheme in ("JWT", "Bearer"):
            return _jwt(rest.strip())
        key = _API_KEY.fullmatch(header)
        return ApiKey(key[1], key[2]) if key and key[1] == self.users else None


class Shared(msgspec.Struct, frozen=True):
    """Session rules, client of Payload and limits, which requests of every kind need."""

    rules: SessionRules
    cms: Cms
    limits: Limits

    def as_state(self) -> State:
        """Wrap it as the application's state, for `shared_of`."""
        return State({_SHARED: self})


def shared_of(connection: Connection) -> Shared:
    """The `Shared` of the application that serves a request."""
    shared: Shared = connection.app.state[_SHARED]
    return shared


async def authenticate(connection: Connection, handler: BaseRouteHandler) -> None:
    """Ask Payload who the caller is, and set the request's user. A guard.

    Raises `Unauthenticated`; where the request has a body, which then stays unread, the connection is closed.
    """
    if handler.opt.get(ANONYMOUS):
        return
    shared = shared_of(connection)
    try:
        caller = await sign_in.identify(shared.cms, shared.rules.credentials(connection))
    except Unauthenticated as error:
        if not _BODY.isdisjoint(connection.headers):
            raise Unauthenticated(str(error), headers={"Connection": "close"}) from error
        raise
    connection.scope["user"] = caller
    logs.bind(userId=str(caller.id))


async def provide_caller(request: Request[Caller, Any, Any]) -> Caller:
    """The caller that `authenticate` set."""
    return request.user


def _jwt(token: str) -> Jwt | None:
    return Jwt(token) if len(token) <= _LONGEST_TOKEN and _TOKEN.fullmatch(token) else None
