"""A log line for each request, and the id by which everything that it leads to is found."""

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
_ID = re.compile(r"[\w-]{1,40}", re.ASCII)  # what else stands in its place is not told: a session that was pasted there


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

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    exchange.status, exchange.path = message["status"], scope.get("path_template", logs.HIDDEN)
                await send(message)

            await self.app(scope, receive, noting)


async def place(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """As a guard: tell logs and traces which route it is, and whose character."""
    route, values = connection.scope["path_template"], connection.path_params
    ids = {told: one for name, told in _IDS.items() if (one := loggable(values.get(name, "")))}
    tracing.name(route, ids)
    logs.bind(route=route, **ids)


def loggable(id: str) -> str:
    """An id that came with a request; empty where it has not the shape of one: a session may have been pasted there."""
    return id if _ID.fullmatch(id) else ""
