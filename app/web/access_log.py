"""A log line for each request, and the id that every log line of that request carries."""

from __future__ import annotations

import logging
import re
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from app.observability import logs, tracing
from app.web.request_state import start_state

log = logging.getLogger(__name__)

_IDS = {"character_id": "characterId", "image_id": "imageId"}
_ID = re.compile(r"[\w-]{1,40}", re.ASCII)  # anything else is not logged: it may be a session that was pasted there


class Access:
    """ASGI middleware, around all others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its id, pass it on, and log how it was answered: by its route, never by its address."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request_id = str(ULID())
        start_state(scope, request_id)
        logs.bind(requestId=request_id)
        with logs.exchange(log, logging.INFO, scope["method"], logs.HIDDEN) as exchange:

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    exchange.status, exchange.path = message["status"], scope.get("path_template", logs.HIDDEN)
                await send(message)

            await self.app(scope, receive, send_noted)


async def bind_route(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Add the route and the ids of its path to logs and traces. A guard."""
    route, values = connection.scope["path_template"], connection.path_params
    ids = {field: value for name, field in _IDS.items() if (value := loggable(values.get(name, "")))}
    tracing.name(route, ids)
    logs.bind(route=route, **ids)


def loggable(id: str) -> str:
    """Return an id of a request's path, or "" for anything that is not shaped like one, such as a pasted session."""
    return id if _ID.fullmatch(id) else ""
