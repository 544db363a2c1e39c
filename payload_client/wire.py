"""From Python values to JSON that Payload reads back as the same values, and back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import msgspec

from payload_client import lenient
from payload_client.errors import BadAnswer, InvalidCall

T = TypeVar("T")
EXACT = 2**53 - 1
"""JavaScript has no other whole numbers; a larger one can make a document unreadable for good (payload 3.90)."""

NOT_READABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding JSON of any kind can raise."""


def to_json(value: Any) -> bytes:
    """The value as JSON. Raises `InvalidCall` for what has no JSON, for NaN, infinity and integers beyond 2^53 - 1."""
    try:
        plain = msgspec.to_builtins(value)
        if not all(map(_is_exact, _numbers(plain))):
            raise InvalidCall("JSON body", "a number that Payload cannot keep")
        return msgspec.json.encode(plain)
    except (msgspec.MsgspecError, TypeError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidCall("JSON body", str(error)) from error


def from_json(call: str, content: bytes | msgspec.Raw, answer: type[T]) -> T:
    """The content as `answer` (`bytes`: as it is). Raises `BadAnswer` where it is not of that shape."""
    if answer is bytes:
        return cast("T", content)
    try:
        return decode(content, answer)
    except NOT_READABLE as error:
        raise BadAnswer(call, f"not what Payload answers ({type(error).__name__})") from error


def decode(content: bytes | msgspec.Raw, model: type[T]) -> T:
    """Decode JSON as a model, `Lenient` ones without their odd fields. Raises one of `NOT_READABLE`."""
    try:
        return msgspec.json.decode(content, type=model)
    except msgspec.ValidationError:
        return lenient.convert(msgspec.json.decode(content), model)


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
    return abs(number) <= EXACT if isinstance(number, int) else math.isfinite(number)
