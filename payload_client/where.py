"""Filters in Python's operators: `(field("kind") == "scene") & field("status").is_in("failed", "succeeded")`."""

from __future__ import annotations

from typing import Any

import msgspec


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

    def contains(self, text: str) -> Where:
        """The text occurs, in any case. `%` and `_` are wildcards to Payload and stay so."""
        return self._where("contains", text)

    def exists(self, *, yes: bool = True) -> Where:
        """The field has a value, or with `yes=False` has none."""
        return self._where("exists", yes)

    def _where(self, operator: str, value: object) -> Where:
        return Where({self._path: {operator: value}})


def field(path: str) -> Field:
    """Start a filter on the field of that dotted path."""
    return Field(path)
