"""A circuit breaker for the pictures of one run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import PayloadUnavailable, Unauthenticated

_IN_A_ROW = 2


class Breaker:
    """Keeps further pictures from a Payload that was away twice in a row, or that does not know the caller any more."""

    def __init__(self) -> None:
        self._away = 0
        self._signed_out = False

    def check(self) -> None:
        """Raise where it makes no sense to begin with another picture."""
        if self._signed_out:
            raise Unauthenticated(
                "Your session at Payload ended before this picture's turn. "
                "Sign in again and ask the library what it has."
            )
        if self._away >= _IN_A_ROW:
            raise PayloadUnavailable(
                "Payload was away for the pictures before this one, so it was not tried. "
                "Once Payload is back, ask the library what it has."
            )

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Learn from how the block ends."""
        try:
            yield
        except PayloadUnavailable:
            self._away += 1
            raise
        except Unauthenticated:
            self._signed_out = True
            raise
        self._away = 0
