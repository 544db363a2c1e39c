"""Break connections on purpose: uvicorn's protocol with access to its transport."""

import asyncio
import socket
import struct
from typing import Any, cast

from litestar.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HANDLE = "stand-in.transport"


class BreakableProtocol(HttpToolsProtocol):
    """HTTP whose requests carry their transport, as an ASGI extension of our own."""

    def on_message_begin(self) -> None:
        """Hand the transport on with every request."""
        super().on_message_begin()
        cast(dict[str, Any], self.scope)["extensions"] = {HANDLE: {"transport": self.transport}}


async def tear(scope: Scope, receive: Receive) -> None:
    """Break the connection at once: the client gets a TCP reset."""
    transport = _transport(scope)
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await gone(receive)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection in the middle of an answer, after what has been written."""
    _transport(scope).close()
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Wait until uvicorn knows that there is nobody to answer any more."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    extensions = cast(dict[str, Any], scope.get("extensions") or {})
    return cast(asyncio.Transport, extensions[HANDLE]["transport"])
