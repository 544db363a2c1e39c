"""Reading the documents of a collection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Unpack, cast

import msgspec

from payload_client.access import allowed
from payload_client.documents import Doc, Documents, id_of
from payload_client.errors import BadAnswer, InvalidCall, NotFound
from payload_client.ids import Id
from payload_client.options import CountOptions, Filter, FindOptions, ReadOptions
from payload_client.page import Page, Unreadable, each
from payload_client.where import all_of, field

_SORTS_BY_ID = ("id", "-id")


class Total(msgspec.Struct, frozen=True, rename="camel"):
    """Answer of a count."""

    total_docs: int


class Reading(Documents[Doc]):
    """The reading half of `Collection`."""

    async def find(self, where: Filter | None = None, **options: Unpack[FindOptions]) -> Page[Doc]:
        """One page of the documents that match: `GET /{slug}`; `where=None` is all that the caller may see.

        `options`: see `payload_client.options`; `page` starts at 1, `limit` is 10 unless given. Raises `BadAnswer` for
        a document that is not of the model's shape (`find_each` does not), `ValidationFailed` for a field that does not
        exist or may not be read, and any other `PayloadError`.
        """
        page = await self._payload.call("GET", self._route, answer=self._page, query=_query(where, options))
        if page.docs and (first := id_of(page.docs[0])) is not None:
            self._payload.id_types[self._route] = type(first)
        return page

    async def find_each(self, where: Filter | None = None, **options: Unpack[FindOptions]) -> Page[Doc | Unreadable]:
        """As `find`, but a document that is not of the model's shape costs only itself, not the page."""
        page = cast("Any", Page)[msgspec.Raw]
        found = await self._payload.call("GET", self._route, answer=page, query=_query(where, options))
        return each(found, self._doc)

    async def iterate(
        self, where: Filter | None = None, *, sort: str = "id", limit: int = 100, **options: Unpack[ReadOptions]
    ) -> AsyncIterator[Doc]:
        """All documents that match, `limit` at a time, for as long as somebody asks for the next.

        By `id` (or `-id`) each page begins behind the last id, so that nothing is skipped or repeated while others
        insert and delete. By another field, or with `draft=True`, it goes by page numbers, which move as others write.
        Raises as `find` does, and `BadAnswer` where the order stands still.
        """
        if limit < 1:
            raise InvalidCall(f"GET /api{self._route}", "pages of nothing have no end")
        if sort in _SORTS_BY_ID and not options.get("draft"):
            pages = self._pages_by_id(where, sort, limit, options)
        else:
            pages = self._pages_by_number(where, sort, limit, options)
        async for page in pages:
            for doc in page.docs:
                yield doc

    async def count(self, where: Filter | None = None, **options: Unpack[CountOptions]) -> int:
        """How many documents match: `GET /{slug}/count`. Raises as `find` does."""
        query = {"where": where, **options}
        return (await self._payload.call("GET", f"{self._route}/count", answer=Total, query=query)).total_docs

    async def find_by_id(self, id: Id, **options: Unpack[ReadOptions]) -> Doc:
        """The document of exactly that id: `GET /{slug}/{id}`.

        Raises `NotFound`, also for `7abc`, which Payload itself reads as 7 where ids are integers, and for a document
        that the caller may not see; `InvalidCall` for an id that can only be a mistake.
        """
        self._check_type(id)
        path = self._path(id)
        found: Doc = await self._find_one(path, id, {"depth": 0, **options}, self._doc)
        return found

    async def find_by_id_or_none(self, id: Id, **options: Unpack[ReadOptions]) -> Doc | None:
        """The same; None where there is no such document for this caller. Any other error is raised all the same."""
        try:
            return await self.find_by_id(id, **options)
        except NotFound:
            return None

    async def may(self, operation: str, id: Id | None = None, *, data: Any = None) -> bool:
        """Whether the caller may do that (`read`, `update`, `delete`, …) to that document: `POST /{slug}/access/{id}`.

        `data`: what would be written, for rules that look at it: whether a document may be put into the trash is
        `may("delete", id, data={"deletedAt": …})`. Without an id: whether the caller may to documents in general.
        """
        path = f"{self._route}/access"
        if id is not None:
            path = f"{path}/{(await self._path_to_write(id)).rpartition('/')[2]}"
        return allowed(await self._payload.call("POST", path, answer=dict[str, Any], json=data or {}), operation)

    async def _pages_by_number(
        self, where: Filter | None, sort: str, limit: int, options: ReadOptions
    ) -> AsyncIterator[Page[Doc]]:
        number = 1
        while True:
            page = await self.find(where, **options, sort=sort, limit=limit, page=number)
            yield page
            if not page.has_next_page:
                return
            number += 1

    async def _pages_by_id(
        self, where: Filter | None, sort: str, limit: int, options: ReadOptions
    ) -> AsyncIterator[Page[Doc]]:
        behind = where
        last: Id | None = None
        while True:
            page = await self.find(behind, **options, sort=sort, limit=limit, pagination=False)
            yield page
            if len(page.docs) < limit:
                return
            before, last = last, id_of(page.docs[-1])
            if last is None or last == before:
                raise BadAnswer(f"GET /api{self._route}", "documents without an id, or the same ones again")
            further = field("id") > last if sort == "id" else field("id") < last
            behind = all_of(where, further) if where else further


def _query(where: Filter | None, options: FindOptions) -> dict[str, Any]:
    return {"where": where, "page": 1, "limit": 10, "depth": 0, **options}
