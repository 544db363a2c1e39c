"""What uvicorn leaves to others: a connection that never says what it wants is closed."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEADER_SECONDS = 10.0


class PunctualProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, for clients whose header is whole within ten seconds."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """The first header is due."""
        super().connection_made(transport)
        self._expect_header()

    def on_message_begin(self) -> None:
        """A header has begun; it may be a later one of the same connection."""
        super().on_message_begin()
        self._expect_header()

    def on_headers_complete(self) -> None:
        """The header is whole; a handler takes over."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_header(self) -> None:
        self._stop_waiting()
        self._late = self.loop.call_later(_HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None
