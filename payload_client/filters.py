"""Whether a filter leaves anything out: asked before every bulk update and delete.

Payload 3.90 takes each of these as every document, also for a bulk DELETE: `or: []`, `not_in: []`, an empty `contains`,
`exists` with anything but a boolean. An empty filter it refuses on DELETE, and on PATCH takes as every document.

What cannot be seen without the site's fields: a text for a number, which is null to SQLite and finds the documents
without one, and texts in a list for a relation to integer ids, which go through `parseInt`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payload_client.errors import InvalidCall
from payload_client.ids import may_be_compared_as_another
from payload_client.where import plain

_TEXT = ("contains", "like", "not_like")
_LISTS = ("not_in", "all")
_COMPARISONS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_OPERATORS = {"equals", "not_equals", "in", "exists", "near", "within", "intersects", *_TEXT, *_LISTS, *_COMPARISONS}


def check_narrows(call: str, where: Any, *, text_ids: bool = False) -> None:
    """See that every part of the filter leaves something out by its form. Raises `InvalidCall` where one does not.

    To change every document on purpose, say so: `field("id").exists()`. `text_ids`: ids are known to be texts.
    """
    problem = _problem(plain(where), text_ids)
    if problem:
        raise InvalidCall(call, f"{problem}: that would be every document, or more than it says")


def _problem(where: Any, text_ids: bool) -> str | None:
    if not isinstance(where, Mapping) or not where:
        return "an empty filter"
    for path, inner in where.items():
        joins = str(path).lower() in ("and", "or")
        found = _problem_of_many(path, inner, text_ids) if joins else _problem_of_field(path, inner, text_ids)
        if found:
            return found
    return None


def _problem_of_many(how: str, filters: Any, text_ids: bool) -> str | None:
    if not isinstance(filters, list | tuple) or not filters:
        return f"`{how}` of nothing"
    return next(filter(None, (_problem(where, text_ids) for where in filters)), None)


def _problem_of_field(path: str, operators: Any, text_ids: bool) -> str | None:
    if not path or not isinstance(operators, Mapping) or not operators:
        return f"`{path}` without an operator"
    found = (_problem_of_value(str(operator), value) for operator, value in operators.items())
    problem = next(filter(None, found), None)
    if problem is None and not text_ids and path.rpartition(".")[2] == "id" and any(map(_is_no_id, operators.values())):
        problem = "an id that a collection with integer ids would read as another one"
    return f"`{path}` with {problem}" if problem else None


def _problem_of_value(operator: str, value: Any) -> str | None:
    if operator not in _OPERATORS:
        return f"the unknown operator `{operator}`"
    empty = value is None or (isinstance(value, str | list | tuple | Mapping) and not value)
    if operator in (*_TEXT, *_LISTS, *_COMPARISONS) and empty:
        return f"an empty `{operator}`"
    if operator in _TEXT and isinstance(value, str) and (not value.strip() or set(value) & {"%", "_"}):
        return f"a wildcard (`%`, `_`) or nothing in `{operator}`"
    if operator == "exists" and not isinstance(value, bool):
        return "`exists` of what is no boolean"
    return None


def _is_no_id(value: Any) -> bool:
    return any(map(may_be_compared_as_another, value if isinstance(value, list | tuple) else [value]))
