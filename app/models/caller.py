"""Who is calling."""

from __future__ import annotations

import msgspec

from payload_client import Auth, Id


class Caller(msgspec.Struct, frozen=True):
    """Somebody whom Payload recognises. `auth` is forwarded on every call made for them; `exp`: when it ends."""

    id: Id
    email: str
    auth: Auth
    exp: int | None = None
