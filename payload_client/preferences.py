"""What a user keeps under names of its own; the admin panel keeps its columns and filters there."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from payload_client.calls import Calls


class _Kept(msgspec.Struct):
    value: Any = None


class Preferences:
    """The caller's preferences: `/payload-preferences/{key}`. Nobody is told nothing, and may keep nothing."""

    def __init__(self, payload: Calls) -> None:
        self._payload = payload

    async def get(self, key: str) -> Any:
        """The value kept under that key; None where there is none."""
        return (await self._payload.call("GET", _path(key), answer=_Kept)).value

    async def set(self, key: str, value: Any) -> None:
        """Keep a value under that key. Raises `Forbidden` for nobody."""
        await self._payload.call("POST", _path(key), answer=object, json={"value": value})

    async def delete(self, key: str) -> None:
        """Forget the value. Raises `ServerError` where there is none (payload 3.90 answers 500)."""
        await self._payload.call("DELETE", _path(key), answer=object)


def _path(key: str) -> str:
    return f"/payload-preferences/{quote(key, safe='')}"
