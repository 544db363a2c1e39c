"""Say whether this process can work now, and if not, why."""

from __future__ import annotations

import asyncio
import time

from app.limits import Limits
from app.services import Services
from payload_client import NotFound, PayloadError, ServerError, TimedOut, Unreachable

_REASONS: dict[type[PayloadError], str] = {
    Unreachable: "Payload cannot be reached",
    TimedOut: "Payload did not answer in time",
    ServerError: "Payload answers, but fails: its database may be away",
    NotFound: "Payload has no collection of users by the configured name",
}


class Readiness:
    """Asks Payload at most once in a second, however often it is asked itself."""

    def __init__(self, services: Services, limits: Limits) -> None:
        self._limits = limits
        self._services = services
        self._asking = asyncio.Lock()
        self._asked_at: float | None = None
        self._trouble: str | None = None

    async def reasons(self) -> list[str]:
        """Why this process cannot work now; none where it can."""
        shutting_down = ["shutting down"] if self._services.runs.draining else []
        async with self._asking:
            if self._asked_at is None or time.monotonic() - self._asked_at > self._limits.readiness_seconds:
                self._trouble = await self._payload()
                self._asked_at = time.monotonic()
        return shutting_down + ([self._trouble] if self._trouble else [])

    async def _payload(self) -> str | None:
        """What is wrong with Payload. It is asked what anybody may know and only its database does."""
        try:
            await self._services.cms.users.initialised(timeout=self._limits.readiness_payload_seconds)
        except PayloadError as error:
            reason = next(
                (words for kind, words in _REASONS.items() if isinstance(error, kind)), "Payload does not answer"
            )
            return f"{reason} ({type(error).__name__})"
        return None
