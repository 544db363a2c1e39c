"""Who is calling."""

from __future__ import annotations

import msgspec

from payload_client import Auth, Id


class Person(msgspec.Struct, frozen=True):
    """Somebody as pages show who is signed in. `name`: their e-mail address, else their user name, else their id."""

    id: Id
    name: str


class Caller(msgspec.Struct, frozen=True):
    """Somebody whom Payload recognises. `auth` is forwarded on every call made for them; `exp`: when it ends."""

    id: Id
    name: str
    auth: Auth
    exp: int | None = None

    @property
    def person(self) -> Person:
        """The same without what lets somebody act for them."""
        return Person(self.id, self.name)
