"""Read and write bodies as JavaScript's JSON does."""

from typing import Any

import msgspec
from litestar import Request, Response

Asked = Request[Any, Any, Any]


class Unreadable(Exception):
    """A body that JavaScript would have stumbled over; the message is its own."""


class Undefined:
    """What JavaScript finds where nothing is."""

    def __bool__(self) -> bool:
        return False


UNDEFINED = Undefined()


async def body_of(request: Asked) -> Any:
    """The JSON of a request, whatever its content type."""
    raw = await request.body()
    if not raw.strip():
        raise Unreadable("Unexpected end of JSON input")
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        text = raw.decode("utf-8", "replace")
        if text.strip() == "{":
            raise Unreadable("Expected property name or '}' in JSON at position 1") from error
        raise Unreadable(f"Unexpected token '{text.lstrip()[0]}', \"{text[:40]}\" is not valid JSON") from error


def member(body: Any, name: str) -> Any:
    """`body.name`: of an object its value, of null an error, of anything else undefined."""
    if body is None:
        raise Unreadable(f"Cannot read properties of null (reading '{name}')")
    return body.get(name, UNDEFINED) if isinstance(body, dict) else UNDEFINED


def answer(body: Any, status: int = 200) -> Response[Any]:
    """JSON with a status."""
    return Response(body, status_code=status, media_type="application/json")


def number(text: str | None, default: int) -> int:
    """A query parameter as a number, the default where it is none."""
    try:
        return int(text) if text else default
    except ValueError:
        return default


def page_of(items: list[Any], page: int, limit: int) -> tuple[list[Any], dict[str, Any]]:
    """A page of items and Payload's account of it."""
    page, limit = max(1, page), max(1, limit)
    pages = max(1, -(-len(items) // limit))
    start = (page - 1) * limit
    account = {
        "totalDocs": len(items),
        "limit": limit,
        "page": page,
        "totalPages": pages,
        "pagingCounter": start + 1,
        "hasNextPage": page < pages,
        "hasPrevPage": page > 1,
        "nextPage": page + 1 if page < pages else None,
        "prevPage": page - 1 if page > 1 else None,
    }
    return items[start : start + limit], account
