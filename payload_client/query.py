"""From Python values to the query string that Payload's `qs` parser reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from payload_client.where import Where
from payload_client.wire import to_json

Query = Mapping[str, Any]


def encode(query: Query) -> list[tuple[str, str]]:
    """Name and value pairs; `None` is left out, mappings become brackets, a `where` becomes JSON with real types."""
    return [pair for name, value in query.items() for pair in _pairs(name, value)]


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case None:
            return
        case Where():
            yield name, to_json(value.query).decode()
        case Mapping() if name == "where":
            yield name, to_json(value).decode()
        case Mapping():
            for key, inner in value.items():
                yield from _pairs(f"{name}[{key}]", inner)
        case bool():
            yield name, "true" if value else "false"
        case Sequence() if not isinstance(value, str):
            yield name, ",".join(map(str, value))
        case _:
            yield name, str(value)
