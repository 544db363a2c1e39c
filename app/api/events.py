"""A run as it goes on, told as server-sent events to who asks for `text/event-stream`."""

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


class StageTold(msgspec.Struct, frozen=True, rename="camel"):
    """What a run is doing, and for how long it has been under way; `index` of `total` pictures have landed."""

    name: Stage
    elapsed_ms: int
    index: int
    total: int


def takes_events(request: Request[Any, Any, Any], caller: Caller, services: Services) -> bool:
    """Whether the caller would rather be told as it goes on; if so, take one of their event streams for this request.

    Raises `CrossSiteRequest`, `TooManyRequests` or `Busy`; ask before anything is started.
    """
    wanted = EVENT_STREAM in request.headers.get("Accept", "")
    if wanted:
        shared_of(request).rules.check_costly(request)
        services.scarce.streams.hold(str(caller.id))
    return wanted


async def answered(request: Request[Any, Any, Any], run: Run[Any], *, as_events: bool) -> Response[Any]:
    """What came of a run once it is over (207 where only part of it did), or its events. Going away stops neither."""
    if as_events:
        return streamed(
            request, events_of(run, state_of(request.scope).request_id, shared_of(request).limits.event_seconds)
        )
    made = await run.result()
    return Response(made, status_code=HTTP_207_MULTI_STATUS if run.outcome == "partial" else HTTP_201_CREATED)


def streamed(request: Request[Any, Any, Any], events: AsyncGenerator[ServerSentEventMessage, None]) -> ServerSentEvent:
    """Events as an answer that no proxy keeps back; they end soon after the caller's session has."""
    limited = while_signed_in(request, events, shared_of(request).limits.session_check_seconds)
    return ServerSentEvent(limited, status_code=HTTP_200_OK, headers={"X-Accel-Buffering": "no"})


async def while_signed_in(
    request: Request[Any, Any, Any], events: AsyncGenerator[ServerSentEventMessage, None], seconds: float
) -> AsyncIterator[ServerSentEventMessage]:
    """Pass events on; every so many seconds ask Payload first, and once it knows the caller no more end with that."""
    checked = time.monotonic()
    async with aclosing(events):
        async for one in events:
            if time.monotonic() - checked >= seconds:
                if not await _is_signed_in(request):
                    ended = Unauthenticated("Your session has ended. What is under way goes on; sign in to see it.")
                    yield event("unauthenticated", problem_for(ended, state_of(request.scope).request_id))
                    return
                checked = time.monotonic()
            yield one


async def _is_signed_in(request: Request[Any, Any, Any]) -> bool:
    """Whether Payload still knows the caller; where it cannot tell soon, it is taken to."""
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
            yield event("stage", StageTold(run.stage, run.elapsed_ms, run.index, run.total))
    yield event("error", problem_for(run.failure, request_id)) if run.failure else event("done", run.value)


async def events_of_all(changes: AsyncIterator[Progress | RunOver]) -> AsyncGenerator[ServerSentEventMessage, None]:
    """`stage` for what is under way, and `done` for each run that is over."""
    async for change in changes:
        yield event("stage" if isinstance(change, Progress) else "done", change)


def event(name: str, data: object) -> ServerSentEventMessage:
    """One event with JSON as its data."""
    return ServerSentEventMessage(event=name, data=msgspec.json.encode(data).decode())
