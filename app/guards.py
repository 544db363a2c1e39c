"""What a request must be before a handler sees it: from here, of the right type, whole, and not too long."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, InternalServerException, SerializationException
from litestar.handlers import BaseRouteHandler

from app.errors import InvalidRequest, UnsupportedMediaType
from app.session import SAFE_METHODS, SessionRules

_BODY_SECONDS = 15.0
_JSON = "application/json"
LARGEST_BODY = 256 * 1024
SENT = "sent"
"""Where a request's state has the form that was sent."""


async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Check an unsafe request: it comes from our own pages, arrives in time, and a JSON route gets JSON."""
    if not isinstance(connection, Request) or connection.method in SAFE_METHODS:
        return
    is_api = connection.url.path.startswith("/v1/")
    rules: SessionRules = connection.app.state.session_rules
    rules.check_same_site(connection, browsers_only=is_api)
    body = await _body(connection)
    if not is_api:
        connection.scope["state"][SENT] = body
    elif body:
        await _check_json(connection)


async def _body(request: Request[Any, Any, Any]) -> bytes:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await request.body()
    except (TimeoutError, InternalServerException) as error:  # the latter where the client went away
        raise HTTPException(status_code=408, detail="body", headers={"Connection": "close"}) from error


async def _check_json(request: Request[Any, Any, Any]) -> None:
    media_type, parameters = request.content_type
    if media_type != _JSON or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("This address takes application/json in UTF-8; nothing was started.")
    try:
        await request.json()
    except (SerializationException, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest("The body is not JSON; nothing was started.") from error
