"""Read an event stream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

EVENTS = {"Accept": "text/event-stream"}


async def events_in(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    """Each event by its name, with its data."""
    assert answer.status_code == 200, await answer.aread()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def told(
    api: httpx.AsyncClient, route: str, body: dict[str, Any] | None = None, method: str = "POST"
) -> list[tuple[str, Any]]:
    """All events of a request."""
    async with api.stream(method, route, json=body, headers=EVENTS) as answer:
        return [event async for event in events_in(answer)]


def named(events: list[tuple[str, Any]], wanted: str) -> list[Any]:
    return [data for name, data in events if name == wanted]
