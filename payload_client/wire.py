"""From Python values to JSON that Payload reads back as the same values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from payload_client.errors import InvalidCall

_EXACT = 2**53 - 1  # JavaScript has no other whole numbers; a larger one can make a document unreadable for good


def to_json(value: Any) -> bytes:
    """The value as JSON. Raises `InvalidCall` for what has no JSON, for NaN, infinity and integers beyond 2^53 - 1."""
    try:
        plain = msgspec.to_builtins(value)
        if not all(map(_is_exact, _numbers(plain))):
            raise InvalidCall("JSON body", "a number that Payload cannot keep")
        return msgspec.json.encode(plain)
    except (msgspec.MsgspecError, TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidCall("JSON body", str(error)) from error


def _numbers(value: Any) -> Iterator[int | float]:
    match value:
        case int() | float():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _numbers(inner)
        case list() | tuple():
            for inner in value:
                yield from _numbers(inner)


def _is_exact(number: float) -> bool:
    return abs(number) <= _EXACT if isinstance(number, int) else math.isfinite(number)
