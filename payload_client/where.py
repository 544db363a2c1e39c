"""Filters in Python's operators: `(field("kind") == "scene") & field("status").is_in("failed", "succeeded")`.

Source: https://payloadcms.com/docs/queries/overview#operators
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from payload_client.errors import InvalidCall


class Where(msgspec.Struct, frozen=True):
    """A filter; `&` and `|` join two. `query` is what Payload takes as JSON, with real types."""

    query: dict[str, Any]

    def __and__(self, other: Where) -> Where:
        return Where({"and": [self.query, other.query]})

    def __or__(self, other: Where) -> Where:
        return Where({"or": [self.query, other.query]})


class Field:
    """A field by its dotted path, waiting for its operator."""

    __hash__ = None  # type: ignore[assignment]  # `==` builds a filter, so a Field is no key

    def __init__(self, path: str) -> None:
        self._path = path

    def __eq__(self, value: object) -> Where:  # type: ignore[override]  # a filter, as in every query builder
        return self._where("equals", value)

    def __ne__(self, value: object) -> Where:  # type: ignore[override]  # as above; includes documents without it
        return self._where("not_equals", value)

    def __gt__(self, value: object) -> Where:
        return self._where("greater_than", value)

    def __ge__(self, value: object) -> Where:
        return self._where("greater_than_equal", value)

    def __lt__(self, value: object) -> Where:
        return self._where("less_than", value)

    def __le__(self, value: object) -> Where:
        return self._where("less_than_equal", value)

    def is_in(self, *values: object) -> Where:
        """One of the values; of none, no document."""
        return self._where("in", list(values))

    def not_in(self, *values: object) -> Where:
        """None of the values; of none, every document."""
        return self._where("not_in", list(values))

    def has_all(self, *values: object) -> Where:
        """A field of many has all of the values (`all`)."""
        return self._where("all", list(values))

    def contains(self, text: object) -> Where:
        """The text occurs, in any case. `%` and `_` are wildcards to Payload and stay so."""
        return self._where("contains", text)

    def like(self, words: str) -> Where:
        """All of the words occur, in any order and case. `%` and `_` are wildcards to Payload and stay so."""
        return self._where("like", words)

    def not_like(self, words: str) -> Where:
        """Not all of the words occur."""
        return self._where("not_like", words)

    def exists(self, *, yes: bool = True) -> Where:
        """The field has a value, or with `yes=False` has none."""
        return self._where("exists", yes)

    def near(self, lng: float, lat: float, *, within: float, beyond: float = 0) -> Where:
        """A point at most `within` and at least `beyond` metres from there. PostgreSQL (PostGIS) and MongoDB only."""
        return self._where("near", f"{lng},{lat},{within},{beyond}")

    def within(self, geojson: Mapping[str, Any]) -> Where:
        """A point inside the area. PostgreSQL (PostGIS) and MongoDB only."""
        return self._where("within", geojson)

    def intersects(self, geojson: Mapping[str, Any]) -> Where:
        """A point on or in the shape. PostgreSQL (PostGIS) and MongoDB only."""
        return self._where("intersects", geojson)

    def _where(self, operator: str, value: object) -> Where:
        return Where({self._path: {operator: value}})


def field(path: str) -> Field:
    """Start a filter on the field of that dotted path: `author.email`, `items.label`, `layout.text`, `title.de`."""
    return Field(path)


def all_of(*filters: Where | Mapping[str, Any]) -> Where:
    """Every one of the filters. Raises `InvalidCall` for none, which to Payload is every document."""
    return _joined("and", filters)


def any_of(*filters: Where | Mapping[str, Any]) -> Where:
    """At least one of the filters. Raises `InvalidCall` for none, which to Payload is every document."""
    return _joined("or", filters)


def plain(where: Any) -> Any:
    """The filter as Payload takes it, with each `Where` inside a mapping unfolded."""
    match where:
        case Where():
            return where.query
        case Mapping():
            return {name: plain(value) for name, value in where.items()}
        case list() | tuple():
            return [plain(value) for value in where]
        case _:
            return where


def _joined(how: str, filters: tuple[Where | Mapping[str, Any], ...]) -> Where:
    if not filters:
        raise InvalidCall("where", f"an `{how}` of nothing is every document to Payload")
    return Where({how: plain(filters)})
