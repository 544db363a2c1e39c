"""The progress of runs as server-sent events, for requests that accept `text/event-stream`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_207_MULTI_STATUS

from app.cms.caller import Caller
from app.errors import Unauthenticated
from app.generation.run import Progress, Run, Stage
from app.services import Services
from app.use_cases.watch import RunOver
from app.web.auth import shared_of
from app.web.problem import problem_for
from app.web.request_state import state_of

EVENT_STREAM = "text/event-stream"
EVENTS = {
    200: ResponseSpec(
        str,
        description="To who accepts `text/event-stream`: `stage` at least every 5 s, `item` for each picture as it "
        "lands, and one last `done` or `error`, whose data is the answer that is given otherwise, or "
        "`unauthenticated`, where the session has ended.",
        media_type=EVENT_STREAM,
        generate_examples=False,
        examples=[
            Example(value='event: stage\r\ndata: {"name":"generating","elapsedMs":0,"index":0,"total":1}\r\n\r\n')
        ],
    )
}


class StageEvent(msgspec.Struct, frozen=True, rename="camel"):
    """The stage of a run and its age; `index` of `total` images are stored."""

    name: Stage
    elapsed_ms: int
    index: int
    total: int


def takes_events(request: Request[Any, Any, Any], caller: Caller, services: Services) -> bool:
    """Whether the request accepts events; if so, take one of the caller's event streams until the request ends.

    Raises `CrossSiteRequest`, `TooManyRequests` or `Busy`. Call it before anything is started.
    """
    wanted = EVENT_STREAM in request.headers.get("Accept", "")
    if wanted:
        shared_of(request).rules.check_costly(request)
        services.scarce.streams.hold(str(caller.id))
    return wanted


async def answer_run(request: Request[Any, Any, Any], run: Run[Any], *, as_events: bool) -> Response[Any]:
    """Answer with the events of a run, or with its result at its end (207 for a partial one).

    A client that disconnects does not stop the run.
    """
    if as_events:
        return stream_events(
            request, events_of(run, state_of(request.scope).request_id, shared_of(request).limits.event_seconds)
        )
    result = await run.result()
    return Response(result, status_code=HTTP_207_MULTI_STATUS if run.outcome == "partial" else HTTP_201_CREATED)


def stream_events(
    request: Request[Any, Any, Any], events: AsyncGenerator[ServerSentEventMessage, None]
) -> ServerSentEvent:
    """Answer with events that no proxy buffers, until soon after the caller's session ends."""
    limited = while_signed_in(request, events, shared_of(request).limits.session_check_seconds)
    return ServerSentEvent(limited, status_code=HTTP_200_OK, headers={"X-Accel-Buffering": "no"})


async def while_signed_in(
    request: Request[Any, Any, Any], events: AsyncGenerator[ServerSentEventMessage, None], seconds: float
) -> AsyncIterator[ServerSentEventMessage]:
    """Pass events on; ask Payload about the session every so many seconds, and end with an event once it is over."""
    checked = time.monotonic()
    async with aclosing(events):
        async for message in events:
            if time.monotonic() - checked >= seconds:
                if not await _is_signed_in(request):
                    ended = Unauthenticated("Your session has ended. What is under way goes on; sign in to see it.")
                    yield event("unauthenticated", problem_for(ended, state_of(request.scope).request_id))
                    return
                checked = time.monotonic()
            yield message


async def _is_signed_in(request: Request[Any, Any, Any]) -> bool:
    """Whether Payload still accepts the session, or does not answer in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(shared_of(request).limits.event_seconds):
            return await shared_of(request).cms.as_user(request.user.auth).knows_caller()
    return True


async def events_of(run: Run[Any], request_id: str, every: float) -> AsyncGenerator[ServerSentEventMessage, None]:
    """`stage` at least `every` so many seconds, `item` for each picture, one last `done` or `error` with the answer."""
    async for landed in run.follow(every):
        for item in landed:
            yield event("item", item)
        if not run.finished:
            yield event("stage", StageEvent(run.stage, run.elapsed_ms, run.index, run.total))
    yield event("error", problem_for(run.failure, request_id)) if run.failure else event("done", run.value)


async def events_of_all(changes: AsyncIterator[Progress | RunOver]) -> AsyncGenerator[ServerSentEventMessage, None]:
    """`stage` for what is under way, and `done` for each run that is over."""
    async for change in changes:
        yield event("stage" if isinstance(change, Progress) else "done", change)


def event(name: str, data: object) -> ServerSentEventMessage:
    """A server-sent event with JSON data."""
    return ServerSentEventMessage(event=name, data=msgspec.json.encode(data).decode())
