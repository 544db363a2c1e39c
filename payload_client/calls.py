"""What the parts of the client need of it: one method, in which every request ends."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from payload_client.bodies import Body
from payload_client.query import Query

T = TypeVar("T")


class Calls(Protocol):
    """Sends requests for one caller; see `Payload`."""

    @property
    def id_types(self) -> dict[str, type[int | str]]:
        """Whether ids are integers or texts, by route, as far as Payload's own answers have told."""
        ...

    async def call(
        self,
        method: str,
        path: str,
        *,
        answer: type[T],
        query: Query | None = None,
        json: Any = None,
        body: Body | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as `Payload.call`
    ) -> T:
        """Raises one of `PayloadError`."""
        ...

    async def send_elsewhere(self, url: str, body: Body, *, timeout: float) -> None:  # noqa: ASYNC109 - as `call`
        """PUT a body to another server than Payload. Raises one of `PayloadError`."""
        ...
