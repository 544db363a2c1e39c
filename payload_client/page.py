"""One page of a `find`."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from payload_client.ids import Id
from payload_client.wire import NOT_READABLE, decode

Doc = TypeVar("Doc")


class Page(msgspec.Struct, Generic[Doc], frozen=True, rename="camel"):
    """Documents of one page. `total_docs` counts all that match; `page` starts at 1."""

    docs: list[Doc]
    total_docs: int = 0
    limit: int = 0
    page: int = 1
    total_pages: int = 1
    paging_counter: int | None = None
    has_next_page: bool = False
    has_prev_page: bool = False
    next_page: int | None = None
    prev_page: int | None = None


class Unreadable(msgspec.Struct, frozen=True):
    """A document that is not of its model's shape: its id, where that at least can be read."""

    id: Id | None = None


def each(page: Page[msgspec.Raw], model: type[Doc]) -> Page[Doc | Unreadable]:
    """The same page with each document read by itself."""
    fields = {name: getattr(page, name) for name in page.__struct_fields__}
    return Page(**{**fields, "docs": [_read(doc, model) for doc in page.docs]})


def _read(doc: msgspec.Raw, model: type[Doc]) -> Doc | Unreadable:
    try:
        return decode(doc, model)
    except NOT_READABLE:
        pass
    try:
        return msgspec.json.decode(doc, type=Unreadable)
    except NOT_READABLE:
        return Unreadable()
