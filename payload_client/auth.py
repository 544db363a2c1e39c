"""Who is calling: the credentials that Payload takes, and the routes of a collection that signs people in."""

from __future__ import annotations

from typing import Any

import msgspec

from payload_client.call import Calls, Id


class Jwt(msgspec.Struct, frozen=True, tag=True):
    """A token that Payload issued. `str()` of it does not show the token."""

    token: str

    @property
    def header(self) -> str:
        """Value of the Authorization header. Payload reads `JWT` before a cookie, whatever its CSRF settings."""
        return f"JWT {self.token}"

    def __repr__(self) -> str:
        return "Jwt(…)"


class ApiKey(msgspec.Struct, frozen=True, tag=True):
    """A user's API key, in the collection of that slug. `str()` of it does not show the key."""

    collection: str
    key: str

    @property
    def header(self) -> str:
        """Value of the Authorization header."""
        return f"{self.collection} API-Key {self.key}"

    def __repr__(self) -> str:
        return f"ApiKey({self.collection!r}, …)"


Auth = Jwt | ApiKey


class User(msgspec.Struct, frozen=True):
    """What every auth collection tells about a user; other fields are ignored."""

    id: Id
    email: str = ""
    collection: str = ""


class Session(msgspec.Struct, frozen=True):
    """Answer of `login`, `me`, `refresh` and `first_register`. `exp`: when the token ends, in Unix seconds."""

    user: User | None = None
    token: str | None = None
    exp: int | None = None
    refreshed_token: str | None = msgspec.field(default=None, name="refreshedToken")

    def __repr__(self) -> str:
        return f"Session(user={self.user!r}, exp={self.exp!r})"


class _Initialised(msgspec.Struct):
    initialized: bool


class AuthCollection:
    """The sign-in routes of one collection, usually `users`."""

    def __init__(self, payload: Calls, slug: str) -> None:
        self._payload = payload
        self.slug = slug

    async def login(self, email: str, password: str) -> Session:
        """Sign in. Raises `Unauthenticated`, `AccountLocked` or, not yet verified, `Forbidden`."""
        return await self._post("login", {"email": email, "password": password})

    async def me(self) -> Session:
        """Who the caller is. A token that is not valid any more is no error: `user` is None."""
        query = {"depth": 0, "select": dict.fromkeys(User.__struct_fields__, True)}
        return await self._payload.call("GET", f"/{self.slug}/me", answer=Session, query=query)

    async def refresh(self) -> Session:
        """Ask for a token that lasts longer, before this one has ended; it is in `refreshed_token`."""
        return await self._post("refresh-token", {})

    async def initialised(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as `Payload.call`
    ) -> bool:
        """Whether there is a user at all. Anybody may ask, and Payload has to ask its database."""
        answer = await self._payload.call("GET", f"/{self.slug}/init", answer=_Initialised, timeout=timeout)
        return answer.initialized

    async def logout(self, *, all_sessions: bool = False) -> None:
        """End the caller's session, or all of that user's. Raises `ValidationFailed` where there is none."""
        query = {"allSessions": True} if all_sessions else {}
        await self._payload.call("POST", f"/{self.slug}/logout", answer=object, query=query, json={})

    async def first_register(self, **fields: Any) -> Session:
        """Make the first user of a new Payload. Raises `Forbidden` once there is one."""
        return await self._post("first-register", fields)

    async def _post(self, route: str, fields: dict[str, Any]) -> Session:
        return await self._payload.call("POST", f"/{self.slug}/{route}", answer=Session, json=fields)
