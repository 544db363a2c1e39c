"""Ids are opaque: what Payload says a document's id is, compared as text, to the letter."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec

from payload_client.errors import InvalidCall
from payload_client.wire import EXACT

Id = int | str
"""Integers or strings, as the database behind Payload has them."""

_NUMBER_FIRST = re.compile(r"\s*[+-]?[0-9]")
_PLAIN_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_NUMBER_TO_JAVASCRIPT = re.compile(
    r"\s*([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?|0[xob][0-9a-f]+)\s*", re.IGNORECASE
)


class Identified(msgspec.Struct, frozen=True):
    """Any document, of which only the id matters."""

    id: Id | None = None


def quoted(id: Id, route: str) -> str:
    """The id as one part of a path. Raises `InvalidCall` for what can only be a mistake: nothing, dots, a bool."""
    if isinstance(id, bool) or str(id).strip("./ ") == "":
        raise InvalidCall(f"/api{route}", "an id is a number or a text that is not empty")
    if isinstance(id, int) and abs(id) > EXACT:
        raise InvalidCall(f"/api{route}", "JavaScript reads an integer beyond 2^53 - 1 as another one")
    return quote(str(id), safe="")


def may_be_read_as_another(id: Id) -> bool:
    """Whether a collection with integer ids would read this text as another id: `7abc`, `07` and `7.5` are 7 to it.

    Payload puts the id of a path through JavaScript's `parseInt` there (payload 3.90, `getRequestEntity`).
    """
    return isinstance(id, str) and bool(_NUMBER_FIRST.match(id)) and not _PLAIN_NUMBER.fullmatch(id)


def may_be_compared_as_another(id: object) -> bool:
    """The same within a filter, where a text counts as a whole: `07` and `7.0` are 7 there, `7abc` is no number."""
    return isinstance(id, str) and bool(_NUMBER_TO_JAVASCRIPT.fullmatch(id)) and not _PLAIN_NUMBER.fullmatch(id)


def is_same(one: Id | None, other: Id) -> bool:
    """Whether two ids are the same text. 7 and "7" are, since a path has no types; 7 and "07" are not."""
    return one is not None and str(one) == str(other)


@lru_cache(256)  # a millisecond each, for each collection of each request
def id_type(model: Any) -> type[int | str] | None:
    """`int` or `str`, where the model's field `id` says which of them; models made by codegen do."""
    try:
        fields = msgspec.structs.fields(model)
    except TypeError:
        return None
    found = next((field.type for field in fields if field.encode_name == "id"), None)
    return found if found in (int, str) else None
