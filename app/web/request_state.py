"""What is noted about a request while it is answered: the one place that reads and writes a scope's `state`."""

from __future__ import annotations

import msgspec
from litestar.types import HTTPScope

_KEY = "character_images"  # Litestar and its plugins note things of their own beside it


class RequestState(msgspec.Struct):
    """`form`: the body of a form; `picture_origins`: of what the page shows; `is_head`: nobody waits for a body.

    `set_cookies`: values of `Set-Cookie` that the response gets as they are.
    """

    request_id: str
    form: bytes = b""
    picture_origins: list[str] = []
    is_head: bool = False
    set_cookies: list[str] = []


def start_state(scope: HTTPScope, request_id: str) -> None:
    """Give a request its state."""
    scope.setdefault("state", {})[_KEY] = RequestState(request_id)


def state_of(scope: HTTPScope) -> RequestState:
    """The state of a request."""
    state: RequestState = scope["state"][_KEY]
    return state
