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
from .requests import MINIMAL, LoggedRequest, read_body, route_of

WITHOUT_WORK = {"answer", "html", "redirect", "hang", "reset-before"}
HTML = b"<html>\r\n<head><title>%d</title></head>\r\n<body><center><h1>%d</h1></center><hr></body>\r\n</html>\r\n"


class Answer(msgspec.Struct):
    """A whole answer, caught before it went out."""

    status: int
    headers: dict[str, str]
    body: bytes


class Middleware:
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
        route = route_of(method, path)
        request = LoggedRequest(
            method=method,
            path=path,
            query=scope["query_string"].decode("latin-1"),
            route=route.name,
            character_id=self.library.owner(route),
            body=read_body(body),
        )
        self.library.requests.append(request)
        exchange = Exchange(self.app, scope, receive, send, body, request)
        if path != "/" and path.endswith("/"):
            await exchange.say(
                Answer(308, {"location": path.rstrip("/"), "content-type": "text/plain"}, path.rstrip("/").encode())
            )
        elif self._is_unknown_route(request):
            message = {"message": f'Route not found "{path}"'}
            await exchange.say(Answer(404, {"content-type": "application/json"}, msgspec.json.encode(message)))
        elif fault := self.library.faults.take(route.name, request.character_id, method, path):
            await exchange.spoil(fault)
        else:
            await exchange.say(await exchange.work())

    def _is_unknown_route(self, request: LoggedRequest) -> bool:
        """Whether the route is one that a minimal library does not know."""
        minimal = self.library.manner_of(request.character_id).minimal
        return (
            minimal
            and request.path.startswith("/api/")
            and (request.method, request.route) not in MINIMAL
            and request.route != "file"
        )


class Exchange(msgspec.Struct):
    """One request and its answer."""

    app: ASGIApp
    scope: HTTPScope
    receive: Receive
    send: Send
    body: bytes
    request: LoggedRequest

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
        effect = fault.effect
        answer = faulty_answer(fault, self.request) if effect in WITHOUT_WORK else await self.work()
        if effect in ("reset", "reset-before"):
            await connection.tear(self.scope, self.receive)
        elif effect in ("hang", "hang-after"):
            await connection.gone(self.receive)
        elif effect == "drip":
            await self._drip(answer, fault)
        elif effect == "truncate":
            await self._truncate(answer)
        elif effect == "huge":
            await self._flood(answer, fault)
        else:
            await self.say(_distort(answer, fault, self.request))

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
        self.request.status = answer.status
        headers = [(key.encode(), value.encode("latin-1")) for key, value in answer.headers.items()]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await self.send(start)

    async def _write(self, body: bytes, *, last: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": not last})


def faulty_answer(fault: Fault, request: LoggedRequest) -> Answer:
    """An answer that no route had a part in."""
    if fault.effect == "html":
        status = fault.status or (200 if request.route == "file" else 502)
        return Answer(status, {"content-type": "text/html", **fault.headers}, HTML % (status, status))
    if fault.effect == "redirect":
        location = fault.location or f"{request.path}?redirected=1"
        return Answer(fault.status or 302, {"location": location, **fault.headers}, b"")
    return _with_fault(fault, Answer(fault.status or 500, {}, b""), request)


def _with_fault(fault: Fault, answer: Answer, request: LoggedRequest) -> Answer:
    """An answer with the fault's own status, body and headers."""
    kind, body = "application/json", b""
    if fault.body_base64 is not None:
        kind, body = "image/jpeg", base64.b64decode(fault.body_base64)
    elif isinstance(fault.body, str):
        kind, body = "text/plain", fault.body.encode()
    elif fault.body is not msgspec.UNSET:
        body = msgspec.json.encode(fault.body)
    elif request.route != "file":
        body = msgspec.json.encode({"error": "Internal Server Error"})
    headers = {"content-type": fault.content_type or kind} if body else {}
    return Answer(fault.status or answer.status, {**headers, **fault.headers}, body)


def _distort(answer: Answer, fault: Fault, request: LoggedRequest) -> Answer:
    """A real answer with something wrong about it: "after", "cut", "garble"; the others go out as they are."""
    if fault.effect == "after":
        return _with_fault(fault, Answer(fault.status or 500, {}, b""), request)
    if fault.effect in ("cut", "garble"):
        half = len(answer.body) // 2
        body = answer.body[:half] if fault.effect == "cut" else bytes(byte ^ 0x5A for byte in answer.body)
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
