"""A stand-in for a model at an OpenAI-compatible address, which gives configured answers and can be slow or broken.

Told nothing, it arranges the facts that it is asked about, each behind a full stop.

python -m scripts.local_stack.prompt_model --port 4200
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.response import Stream

_FACT = re.compile(r"^\s*(\w+)(?: \(alone\))?: ", re.MULTILINE)
_DRIP_SECONDS = 0.05


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to answer: a text, or what is sent instead of JSON; after `delay` seconds.

    `arranges`: the facts in the order in which they are told. `drips`: an answer without an end, slowly.
    """

    content: str | None = ""
    status: int = 200
    delay: float = 0
    raw: str | None = None
    arranges: bool = False
    drips: bool = False


class Script(msgspec.Struct):
    """What will be answered (then `always`), and what was asked."""

    queue: list[Answer] = msgspec.field(default_factory=list)
    always: Answer = Answer(arranges=True)
    log: list[dict[str, Any]] = msgspec.field(default_factory=list)


@post("/v1/chat/completions", status_code=200)
async def complete(request: Request[Any, Any, State], state: State) -> Response[Any]:
    """The next answer of the script."""
    script: Script = state.script
    asked = await request.json()
    script.log.append({"authorization": request.headers.get("authorization"), **asked})
    answer = script.queue.pop(0) if script.queue else script.always
    await asyncio.sleep(answer.delay)
    if answer.drips:
        return Stream(drip(), status_code=answer.status, media_type="application/json")
    content = arrange(asked) if answer.arranges else answer.content
    if asked.get("stream") and answer.raw is None:
        return Response(events(content), status_code=answer.status, media_type="text/event-stream")
    body = answer.raw.encode() if answer.raw is not None else msgspec.json.encode(completion(content))
    return Response(body, status_code=answer.status, media_type="application/json")


def arrange(asked: dict[str, Any]) -> str:
    """The facts that were told, in their order."""
    facts = _FACT.findall(asked["messages"][-1]["content"].partition("\n")[2].partition("Your parts were")[0])
    return msgspec.json.encode([part for fact in facts for part in (".", fact)]).decode()


async def drip() -> AsyncIterator[bytes]:
    """An answer without an end."""
    yield b'{"choices": ['
    while True:
        await asyncio.sleep(_DRIP_SECONDS)
        yield b" "


def completion(content: str | None) -> dict[str, Any]:
    """A text as a model's answer."""
    message = {"role": "assistant", "content": content}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [choice],
        "usage": usage,
    }


def events(content: str | None) -> bytes:
    """The same as a stream of one piece, for who asks for one."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    chunk = completion(content) | {"object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + msgspec.json.encode(chunk) + b"\n\ndata: [DONE]\n\n"


@post("/_control/answers")
async def script_answers(request: Request[Any, Any, State], state: State) -> dict[str, int]:
    """A list of answers to give in that order."""
    state.script.queue = msgspec.json.decode(await request.body(), type=list[Answer])
    return {"waiting": len(state.script.queue)}


@post("/_control/always")
async def answer_always(request: Request[Any, Any, State], state: State) -> dict[str, int]:
    """The answer when no other is waiting."""
    state.script.always = msgspec.json.decode(await request.body(), type=Answer)
    return {"waiting": len(state.script.queue)}


@get("/_control/log")
async def read_log(state: State) -> list[dict[str, Any]]:
    """What was asked, in order."""
    log: list[dict[str, Any]] = state.script.log
    return log


@delete("/_control/log", status_code=200)
async def forget(state: State) -> dict[str, int]:
    """Forget what was asked and what was to be answered."""
    state.script = Script()
    return {"waiting": 0}


class Announced(uvicorn.Server):
    """A server that says so when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then print the one line."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        print(f"Prompt model listens on http://{host}:{port}", flush=True)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m scripts.local_stack.prompt_model", description=__doc__)
    parser.add_argument("--port", type=int, default=4200, help="0: a free one")
    port = parser.parse_args().port
    handlers = [complete, script_answers, answer_always, read_log, forget]
    app = Litestar(handlers, state=State({"script": Script()}), logging_config=None, openapi_config=None)
    config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Announced(config).run([socket.create_server(("127.0.0.1", port))])


if __name__ == "__main__":
    main()
