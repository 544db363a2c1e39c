"""The routes of a collection that signs people in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, Unpack, cast
from urllib.parse import quote
from uuid import uuid4

import msgspec

from payload_client.calls import Calls
from payload_client.collection import Collection
from payload_client.ids import Id
from payload_client.options import Shape

T = TypeVar("T")


class Caller(Calls, Protocol):
    """What signing in needs of `Payload`."""

    @property
    def answered_at(self) -> datetime | None:
        """The server's own time."""
        ...

    def as_user(self, auth: Any) -> Caller:
        """The same server for another caller."""
        ...


class User(msgspec.Struct, frozen=True):
    """What every auth collection tells of a user; other fields are ignored. `email`: None where there are usernames."""

    id: Id
    email: str | None = ""
    collection: str = ""
    username: str | None = None


class Session(msgspec.Struct, frozen=True):
    """Answer of `login`, `me`, `refresh`, `reset_password` and `first_register`.

    `exp`: when the token ends, in Unix seconds. The token is missing where the site has `removeTokenFromResponses`;
    then it is in the answer's `Set-Cookie` alone, which `Payload.using(on_answer=…)` shows.
    """

    user: User | None = None
    token: str | None = None
    exp: int | None = None
    refreshed_token: str | None = msgspec.field(default=None, name="refreshedToken")

    def __repr__(self) -> str:
        return f"Session(user={self.user!r}, exp={self.exp!r})"


class _Me(msgspec.Struct, Generic[T]):
    user: T | None = None


class _Initialised(msgspec.Struct):
    initialized: bool


class AuthCollection:
    """The sign-in routes of one collection, usually `users`."""

    def __init__(self, payload: Calls, slug: str) -> None:
        self._payload = payload
        self.slug = slug
        self._route = f"/{quote(slug, safe='')}"

    async def login(self, email: str | None = None, password: str = "", *, username: str | None = None) -> Session:
        """Sign in: `POST /{slug}/login`. Raises `Unauthenticated`, `AccountLocked`, `Forbidden` (not verified)."""
        return await self._post("login", _given(email=email, username=username, password=password))

    async def me(self) -> Session:
        """Who the caller is: `GET /{slug}/me`. A token that is not valid any more is no error: `user` is None."""
        query = {"depth": 0, "select": dict.fromkeys(User.__struct_fields__, True)}
        return await self._payload.call("GET", f"{self._route}/me", answer=Session, query=query)

    async def me_as(self, model: type[T], **options: Unpack[Shape]) -> T | None:
        """The caller's own document, read as `model`; None for nobody."""
        query = {"depth": 0, **options}
        me: type[_Me[T]] = cast("Any", _Me)[model]
        return (await self._payload.call("GET", f"{self._route}/me", answer=me, query=query)).user

    async def refresh(self) -> Session:
        """Ask for a token that lasts longer, before this one has ended: `POST /{slug}/refresh-token`.

        It is in `refreshed_token`. Raises `Forbidden` where the token has ended, and for an API key.
        """
        return await self._post("refresh-token", {})

    async def logout(self, *, all_sessions: bool = False) -> None:
        """End the caller's session, or all of that user's: `POST /{slug}/logout`.

        Raises `ValidationFailed` where there is none; for an API key it does nothing.
        """
        query = {"all_sessions": True} if all_sessions else {}
        await self._payload.call("POST", f"{self._route}/logout", answer=object, query=query, json={})

    async def forgot_password(self, email: str | None = None, *, username: str | None = None) -> None:
        """Have an e-mail sent that lets the user choose another password: `POST /{slug}/forgot-password`.

        Nothing tells whether there is such a user.
        """
        fields = _given(email=email, username=username)
        await self._payload.call("POST", f"{self._route}/forgot-password", answer=object, json=fields)

    async def reset_password(self, token: str, password: str) -> Session:
        """Choose another password by the token of that e-mail: `POST /{slug}/reset-password`. Other sessions end.

        Raises `Forbidden` for a token that is not valid.
        """
        return await self._post("reset-password", {"token": token, "password": password})

    async def verify_email(self, token: str) -> None:
        """Show that an e-mail arrived: `POST /{slug}/verify/{token}`. Raises `Forbidden` for an invalid token."""
        path = f"{self._route}/verify/{quote(token, safe='')}"
        await self._payload.call("POST", path, answer=object, json={})

    async def unlock(self, email: str | None = None, *, username: str | None = None) -> None:
        """Open an account that too many wrong passwords locked: `POST /{slug}/unlock`. Raises `Forbidden`."""
        fields = _given(email=email, username=username)
        await self._payload.call("POST", f"{self._route}/unlock", answer=object, json=fields)

    async def initialised(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as `Payload.call`
    ) -> bool:
        """Whether there is a user at all: `GET /{slug}/init`. Anybody may ask, and Payload has to ask its database."""
        answer = await self._payload.call("GET", f"{self._route}/init", answer=_Initialised, timeout=timeout)
        return answer.initialized

    async def first_register(self, **fields: Any) -> Session:
        """Make the first user of a new Payload: `POST /{slug}/first-register`. Raises `Forbidden` once there is one."""
        return await self._post("first-register", fields)

    async def new_api_key(self, id: Id) -> str:
        """Give the user of that id a new API key and return it: `PATCH /{slug}/{id}`.

        Payload 3.90 never shows a key again, so it is made here. Raises as `Collection.update` does.
        """
        key = str(uuid4())
        users = Collection(self._payload, self.slug, dict[str, Any])
        await users.update(id, {"enableAPIKey": True, "apiKey": key}, select={"id": True})
        return key

    async def _post(self, route: str, fields: dict[str, Any]) -> Session:
        return await self._payload.call("POST", f"{self._route}/{route}", answer=Session, json=fields)


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
