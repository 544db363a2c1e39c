"""From Python values to the query string that Payload's `qs` parser reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from payload_client.errors import InvalidCall
from payload_client.where import Where, plain
from payload_client.wire import to_json

Query = Mapping[str, Any]
WhereForm = Literal["json", "brackets"]
"""How a filter is written: as JSON with real types, or, for a Payload before 3.85, in brackets."""


class InBrackets(msgspec.Struct, frozen=True):
    """A filter for a route that ignores one in JSON without a word: versions of globals (payload 3.90)."""

    where: Any


_PAYLOADS_NAMES = {
    "fallback_locale": "fallback-locale",
    "override_lock": "overrideLock",
    "publish_specific_locale": "publishSpecificLocale",
    "publish_all_locales": "publishAllLocales",
    "unpublish_all_locales": "unpublishAllLocales",
    "all_sessions": "allSessions",
}
_OF_A_URL = {"filename": True, "prefix": True}
_MADE_FROM_A_FILENAME = ("url", "thumbnailURL", "sizes")
_DEEPEST = 4  # of `and` and `or` in brackets; the next is refused with a nonsense path (qs depth 10, payload 3.90)


def encode(query: Query, where_form: WhereForm = "json") -> list[tuple[str, str]]:
    """Name and value pairs; `None` is left out, mappings become brackets, a `where` becomes JSON with real types.

    Raises `InvalidCall` for what cannot be written so.
    """
    found: list[tuple[str, str]] = []
    for name, value in query.items():
        found += _option(_PAYLOADS_NAMES.get(name, name), value, where_form)
    return found


def _option(name: str, value: Any, where_form: WhereForm) -> Iterator[tuple[str, str]]:
    match name, value:
        case _, None:
            return
        case "where", InBrackets():
            yield from _brackets(name, msgspec.to_builtins(plain(value.where)), 0)
        case "where", _ if where_form == "json":
            yield name, to_json(plain(value)).decode()
        case "where", _:
            yield from _brackets(name, msgspec.to_builtins(plain(value)), 0)
        case "fallback-locale", False:
            yield name, "none"
        case "select", Mapping():
            yield from _brackets(name, _with_what_a_url_needs(value))
        case "populate", Mapping():
            yield from _brackets(name, {slug: _with_what_a_url_needs(fields) for slug, fields in value.items()})
        case _, Sequence() if not isinstance(value, str):
            yield name, ",".join(map(str, value))
        case _:
            yield from _brackets(name, value)


def _brackets(name: str, value: Any, depth: int | None = None) -> Iterator[tuple[str, str]]:
    """`depth`: within a filter, the `and` and `or` around it."""
    match value:
        case Where():
            yield from _brackets(name, plain(value), 0)
        case Mapping():
            for key, inner in value.items():
                if inner is None and name in ("select", "populate"):
                    continue
                joins = depth is not None and str(key).lower() in ("and", "or")
                within = 0 if depth is None and key == "where" else depth
                yield from _brackets(f"{name}[{key}]", inner, (within or 0) + 1 if joins else within)
        case _ if depth is not None and depth > _DEEPEST:
            raise InvalidCall(name.partition("[")[0], f"more than {_DEEPEST} levels of and/or fit JSON only")
        case Sequence() if not isinstance(value, str):
            if not value:
                yield f"{name}[]", ""
            for index, inner in enumerate(value):
                yield from _brackets(f"{name}[{index}]", inner, depth)
        case _:
            yield name, _text(name, value)


def _text(name: str, value: Any) -> str:
    match value:
        case None:
            raise InvalidCall(name, "None cannot be told in brackets: use `exists`")
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _with_what_a_url_needs(fields: Any) -> Any:
    if isinstance(fields, Mapping) and any(fields.get(name) for name in _MADE_FROM_A_FILENAME):
        return {**_OF_A_URL, **{name: shown for name, shown in fields.items() if name not in _OF_A_URL}}
    return fields
