"""A log line for each request, and the id by which everything that it leads to is found."""

from __future__ import annotations

import logging
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from app import logs, tracing

log = logging.getLogger(__name__)

_LONGEST_PATH = 200


class Access:
    """ASGI middleware, around all others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its id, pass it on, and log how it was answered: never with its query."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request_id = str(ULID())
        scope.setdefault("state", {})["request_id"] = request_id
        logs.bind(requestId=request_id)
        path = scope["raw_path"].decode("latin-1")[:_LONGEST_PATH]
        with logs.exchange(log, logging.INFO, scope["method"], path) as exchange:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    exchange.status = message["status"]
                await send(message)

            await self.app(scope, receive, noting)


async def place(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """As a guard: tell logs and traces which route it is, and whose character."""
    route = connection.scope["path_template"]
    tracing.name(route)
    logs.bind(route=route)
    if character := connection.path_params.get("character_id"):
        logs.bind(characterId=str(character))
