"""Nothing of a request outlives it in Litestar's own caches.

Litestar 2.25 remembers the latest 1024 forms, queries and cookie headers with what it read from them, whatever their
size: ten gigabytes of forms with many fields, and passwords among them.
"""

from __future__ import annotations

from litestar._parsers import parse_cookie_string, parse_query_string, parse_url_encoded_form_data
from litestar.types import ASGIApp, Receive, Scope, Send

REMEMBERED = (parse_cookie_string, parse_query_string, parse_url_encoded_form_data)


class Forget:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and drop what was read of it once it is over."""
        try:
            await self.app(scope, receive, send)
        finally:
            for parse in REMEMBERED:
                parse.cache_clear()
