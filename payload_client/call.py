"""What the parts of the client need of it: one method, in which every request ends."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from payload_client.query import Query

T = TypeVar("T")

Id = int | str
"""Integers or strings, as the database behind Payload has them."""


class Calls(Protocol):
    """Sends a request and reads its answer; see `Payload.call`."""

    async def call(
        self,
        method: str,
        path: str,
        *,
        answer: type[T],
        query: Query | None = None,
        json: Any = None,
        files: dict[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as `Payload.call`
    ) -> T:
        """Raises one of `PayloadError`."""
        ...
