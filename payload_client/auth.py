"""Who is calling: the credentials that Payload takes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import msgspec

from payload_client.auth_collection import AuthCollection, Caller, Session
from payload_client.errors import BadAnswer, Forbidden

_RENEWED_BEFORE = 60.0
"""Seconds before a token ends in which a new one is asked for."""


class Jwt(msgspec.Struct, frozen=True, tag=True):
    """A token that Payload issued. `str()` of it does not show the token."""

    token: str

    @property
    def header(self) -> str:
        """Value of the Authorization header. Payload reads `JWT` before a cookie, whatever its CSRF settings."""
        return f"JWT {self.token}"

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with each call."""
        return {"Authorization": self.header}

    def __repr__(self) -> str:
        return "Jwt(…)"


class Bearer(msgspec.Struct, frozen=True, tag=True):
    """The same for a site whose `auth.jwtOrder` has `Bearer` and no `JWT`."""

    token: str

    @property
    def header(self) -> str:
        """Value of the Authorization header."""
        return f"Bearer {self.token}"

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with each call."""
        return {"Authorization": self.header}

    def __repr__(self) -> str:
        return "Bearer(…)"


class SessionCookie(msgspec.Struct, frozen=True, tag=True):
    """The same for a site whose `auth.jwtOrder` has `cookie` alone. `name`: of its session cookie."""

    token: str
    name: str = "payload-token"

    @property
    def header(self) -> str:
        """Value of the Authorization header: there is none."""
        return ""

    @property
    def headers(self) -> dict[str, str]:
        """The cookie, and what lets a site with a `csrf` list take it from a program."""
        return {"Cookie": f"{self.name}={self.token}", "Sec-Fetch-Site": "same-origin"}

    def __repr__(self) -> str:
        return "SessionCookie(…)"


class ApiKey(msgspec.Struct, frozen=True, tag=True):
    """A user's API key, in the collection of that slug. `str()` of it does not show the key. A wrong one is nobody."""

    collection: str
    key: str

    @property
    def header(self) -> str:
        """Value of the Authorization header."""
        return f"{self.collection} API-Key {self.key}"

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with each call."""
        return {"Authorization": self.header}

    def __repr__(self) -> str:
        return f"ApiKey({self.collection!r}, …)"


Auth = Jwt | Bearer | SessionCookie | ApiKey


class Login:
    """Signs in when first needed, and again before the token ends: one at a time, however many calls wait for it.

    Concurrent logins of one user lose sessions in Payload 3.90 (issues #16027, #18132): ten at once, one valid token.
    Give `email` or `username`.
    """

    def __init__(
        self, collection: str, *, password: str, email: str | None = None, username: str | None = None
    ) -> None:
        self._collection = collection
        self._email, self._username, self._password = email, username, password
        self._lock = asyncio.Lock()
        self._token: Jwt | None = None
        self._until = 0.0

    def __repr__(self) -> str:
        return f"Login({self._collection!r}, …)"

    async def token(self, nobody: Caller) -> Jwt:
        """A token that is valid for a while. `nobody`: the server without credentials. Raises as `login` does."""
        async with self._lock:
            if self._token is None or time.monotonic() > self._until - _RENEWED_BEFORE:
                await self._renew(nobody)
            return self._valid()

    async def renewed(self, nobody: Caller, refused: Jwt) -> Jwt | None:
        """A new token, where the one that was refused is not valid any more; None where the refusal stands."""
        async with self._lock:
            if self._token != refused:
                return self._token  # somebody was faster
            if (await AuthCollection(nobody.as_user(refused), self._collection).me()).user is not None:
                return None
            self._token = None
            await self._renew(nobody)
            return self._token

    async def _renew(self, nobody: Caller) -> None:
        if self._token is not None and time.monotonic() < self._until:
            try:
                session = await AuthCollection(nobody.as_user(self._token), self._collection).refresh()
            except Forbidden:  # ended meanwhile, or its session was
                session = Session()
            if session.refreshed_token:
                self._keep(nobody, session.refreshed_token, session.exp)
                return
        users = AuthCollection(nobody, self._collection)
        session = await users.login(self._email, self._password, username=self._username)
        if not session.token:
            raise BadAnswer(
                f"POST /api/{self._collection}/login", "a session without its token (removeTokenFromResponses)"
            )
        self._keep(nobody, session.token, session.exp)

    def _keep(self, nobody: Caller, token: str, exp: int | None) -> None:
        now = nobody.answered_at or datetime.now(UTC)  # the server's own clock, by which the token ends
        self._token = Jwt(token)
        self._until = time.monotonic() + ((exp - now.timestamp()) if exp else _RENEWED_BEFORE * 2)

    def _valid(self) -> Jwt:
        if self._token is None:
            raise BadAnswer(f"POST /api/{self._collection}/login", "no token")
        return self._token
