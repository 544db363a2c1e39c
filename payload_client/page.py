"""One page of a `find`."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

Doc = TypeVar("Doc")


class Page(msgspec.Struct, Generic[Doc], frozen=True, rename="camel"):
    """Documents of one page. `total_docs` counts all that match; `page` starts at 1."""

    docs: list[Doc]
    total_docs: int = 0
    limit: int = 0
    page: int = 1
    total_pages: int = 1
    has_next_page: bool = False
    has_prev_page: bool = False
