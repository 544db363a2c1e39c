"""The middleware of every request: the log, the rule for trailing slashes, faults."""

import base64
from typing import Any

import anyio
import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from . import connection
from .faults import Fault
from .library import Library
from .visits import MINIMAL, Visit, place_of, written

BEFORE = {"answer", "html", "redirect", "hang", "reset-before"}
HTML = b"<html>\r\n<head><title>%d</title></head>\r\n<body><center><h1>%d</h1></center><hr></body>\r\n</html>\r\n"


class Answer(msgspec.Struct):
    """A whole answer, caught before it went out."""

    status: int
    headers: dict[str, str]
    body: bytes


class Doorstep:
    """The ASGI application in front of the one with the routes."""

    def __init__(self, app: ASGIApp, library: Library) -> None:
        self.app = app
        self.library = library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let control requests through, look at all others."""
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith("/_control"):
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        method, path = str(scope["method"]), str(scope["path"])
        place = place_of(method, path)
        visit = Visit(method=method, path=path, query=scope["query_string"].decode("latin-1"), route=place.route,
                      character_id=self.library.owner(place), body=written(body))  # fmt: skip
        self.library.visits.append(visit)
        exchange = Exchange(self.app, scope, receive, send, body, visit)
        if path != "/" and path.endswith("/"):
            await exchange.say(
                Answer(308, {"location": path.rstrip("/"), "content-type": "text/plain"}, path.rstrip("/").encode())
            )
        elif self._beyond(visit):
            message = {"message": f'Route not found "{path}"'}
            await exchange.say(Answer(404, {"content-type": "application/json"}, msgspec.json.encode(message)))
        elif fault := self.library.faults.take(place.route, visit.character_id, method, path):
            await exchange.spoil(fault)
        else:
            await exchange.say(await exchange.work())

    def _beyond(self, visit: Visit) -> bool:
        """Whether the route is one that a minimal library does not know."""
        minimal = self.library.manner_of(visit.character_id).minimal
        return (
            minimal
            and visit.path.startswith("/api/")
            and (visit.method, visit.route) not in MINIMAL
            and visit.route != "file"
        )


class Exchange(msgspec.Struct):
    """One request and its answer."""

    app: ASGIApp
    scope: HTTPScope
    receive: Receive
    send: Send
    body: bytes
    visit: Visit

    async def work(self) -> Answer:
        """Let the route do its work; its answer, not yet sent. HEAD is GET whose body uvicorn drops."""
        caught = Answer(500, {}, b"")

        async def replay() -> Any:
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def catch(message: Message) -> None:
            if message["type"] == "http.response.start":
                caught.status = message["status"]
                caught.headers = {key.decode(): value.decode("latin-1") for key, value in message["headers"]}
            elif message["type"] == "http.response.body":
                caught.body += message["body"]

        method = "GET" if self.scope["method"] == "HEAD" else self.scope["method"]
        scope: Any = {**self.scope, "method": method}
        await self.app(scope, replay, catch)
        if caught.status == 405:
            caught = Answer(405, {}, b"")
        if "json" in caught.headers.get("content-type", ""):
            caught.headers.pop("content-length", None)  # the real service sends its JSON in chunks
        return caught

    async def say(self, answer: Answer) -> None:
        """Send an answer as it is."""
        await self._start(answer)
        await self._write(answer.body, last=True)

    async def spoil(self, fault: Fault) -> None:
        """Do what the fault asks for instead of, or with, the route's own answer."""
        await anyio.sleep(fault.delay_ms / 1000)
        deed = fault.deed
        answer = made_up(fault, self.visit) if deed in BEFORE else await self.work()
        if deed in ("reset", "reset-before"):
            await connection.tear(self.scope, self.receive)
        elif deed in ("hang", "hang-after"):
            await connection.gone(self.receive)
        elif deed == "drip":
            await self._drip(answer, fault)
        elif deed == "truncate":
            await self._truncate(answer)
        elif deed == "huge":
            await self._flood(answer, fault)
        else:
            await self.say(_twisted(answer, fault, self.visit))

    async def _drip(self, answer: Answer, fault: Fault) -> None:
        await self._start(answer)
        size = max(1, -(-len(answer.body) // max(1, fault.pieces)))
        for start in range(0, len(answer.body), size):
            await self._write(answer.body[start : start + size])
            await anyio.sleep(fault.pause_ms / 1000)
        await self._write(b"", last=True)

    async def _truncate(self, answer: Answer) -> None:
        answer.headers["content-length"] = str(len(answer.body))
        await self._start(answer)
        await self._write(answer.body[: len(answer.body) // 2])
        await connection.hang_up(self.scope, self.receive)

    async def _flood(self, answer: Answer, fault: Fault) -> None:
        answer.headers.pop("content-length", None)
        await self._start(answer)
        await self._write(answer.body)
        block = bytes(256 * 1024)
        for _ in range(len(answer.body), fault.bytes, len(block)):
            await self._write(block)
        await self._write(b"", last=True)

    async def _start(self, answer: Answer) -> None:
        self.visit.status = answer.status
        headers = [(key.encode(), value.encode("latin-1")) for key, value in answer.headers.items()]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await self.send(start)

    async def _write(self, body: bytes, *, last: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": not last})


def made_up(fault: Fault, visit: Visit) -> Answer:
    """An answer that no route had a part in."""
    if fault.deed == "html":
        status = fault.status or (200 if visit.route == "file" else 502)
        return Answer(status, {"content-type": "text/html", **fault.headers}, HTML % (status, status))
    if fault.deed == "redirect":
        location = fault.location or f"{visit.path}?redirected=1"
        return Answer(fault.status or 302, {"location": location, **fault.headers}, b"")
    return _given(fault, Answer(fault.status or 500, {}, b""), visit)


def _given(fault: Fault, answer: Answer, visit: Visit) -> Answer:
    """An answer with the fault's own status, body and headers."""
    kind, body = "application/json", b""
    if fault.body_base64 is not None:
        kind, body = "image/jpeg", base64.b64decode(fault.body_base64)
    elif isinstance(fault.body, str):
        kind, body = "text/plain", fault.body.encode()
    elif fault.body is not msgspec.UNSET:
        body = msgspec.json.encode(fault.body)
    elif visit.route != "file":
        body = msgspec.json.encode({"error": "Internal Server Error"})
    headers = {"content-type": fault.content_type or kind} if body else {}
    return Answer(fault.status or answer.status, {**headers, **fault.headers}, body)


def _twisted(answer: Answer, fault: Fault, visit: Visit) -> Answer:
    """A real answer with something wrong about it: "after", "cut", "garble"; the others go out as they are."""
    if fault.deed == "after":
        return _given(fault, Answer(fault.status or 500, {}, b""), visit)
    if fault.deed in ("cut", "garble"):
        half = len(answer.body) // 2
        body = answer.body[:half] if fault.deed == "cut" else bytes(byte ^ 0x5A for byte in answer.body)
        headers = {
            **answer.headers,
            **({"content-length": str(len(body))} if "content-length" in answer.headers else {}),
        }
        return Answer(fault.status or answer.status, {**headers, **fault.headers}, body)
    return answer


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += message["body"]
        if not message["more_body"]:
            return body
