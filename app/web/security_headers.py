"""Security headers of every response, the framework's own errors included."""

from __future__ import annotations

from collections.abc import Iterable

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.web.request_state import state_of

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: that makes browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}
_STATIC = "/static/"
_FRESH = "public, no-cache"  # pages and scripts of two versions do not fit
_FAILED = 400
_ONE_YEAR = "max-age=31536000; includeSubDomains"


class Headers:
    """ASGI middleware. `pictures`: origins that pages may show pictures from; `https`: the site is served so.

    A page adds the origins of what it shows to the request's state.
    """

    def __init__(self, app: ASGIApp, *, pictures: list[str], https: bool) -> None:
        self.app = app
        self._pictures = pictures
        self._always = ALWAYS | ({"Strict-Transport-Security": _ONE_YEAR} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its response."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        state = state_of(scope)
        if scope["method"] == "HEAD":  # answered like GET; the server leaves out the body
            state.is_head = True
            scope = {**scope, "method": "GET"}
        is_static = scope["path"].startswith(_STATIC)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookies = [(b"set-cookie", cookie.encode("latin-1")) for cookie in state.set_cookies]
                message["headers"] = [*cookies, *message["headers"]]
                headers = MutableScopeHeaders.from_message(message)
                for name, value in self._always.items():
                    headers[name] = value
                headers["X-Request-Id"] = state.request_id
                headers["Content-Security-Policy"] = self._policy(state.picture_origins)
                headers.setdefault("Cache-Control", _FRESH if is_static and message["status"] < _FAILED else "no-store")
                if "GET" in (allowed := headers.get("Allow", "")):
                    headers["Allow"] = f"{allowed}, HEAD"
            await send(message)

        await self.app(scope, receive, with_headers)

    def _policy(self, shown: Iterable[str]) -> str:
        sources = " ".join(["'self'", *dict.fromkeys([*self._pictures, *shown])])
        return (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {sources}; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
        )
