"""A related document is an id at depth 0 and a document at depth 1, or null where it is gone: helpers for both."""

from __future__ import annotations

from typing import Any, TypeVar, Union

import msgspec

from payload_client.documents import id_of
from payload_client.ids import Id

T = TypeVar("T")
Related = Union[Id, T]  # noqa: UP007 - a generic alias
"""`Related[Media]`: the type of a relationship or upload field in a model of yours."""


class Polymorphic(msgspec.Struct, frozen=True, rename="camel"):
    """The value of a relation to one of several collections, read or written. `value`: an id or a document."""

    relation_to: str
    value: Any


def related_id(related: object) -> Id | None:
    """The id of a relation: filled in or not, polymorphic or not; None where there is none."""
    if isinstance(related, Polymorphic):
        related = related.value
    elif isinstance(related, dict) and related.keys() >= {"relationTo", "value"}:
        related = related["value"]
    if isinstance(related, int | str) and not isinstance(related, bool):
        return related
    return None if related is None else id_of(related)


def populated(related: object, model: type[T]) -> T | None:
    """The related document, where the relation is filled in with one of that model."""
    return related if isinstance(related, model) else None
