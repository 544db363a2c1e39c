"""The documents of one collection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import IO, Any, Generic, TypedDict, TypeVar, Unpack, cast
from urllib.parse import quote

import msgspec

from payload_client.call import Calls, Id
from payload_client.errors import ErrorBody, InvalidCall, NotFound
from payload_client.page import Page, Unreadable, each
from payload_client.permissions import allowed
from payload_client.where import Where

Doc = TypeVar("Doc")
Filter = Where | Mapping[str, Any]

_UPLOAD_SECONDS = 60.0


class How(TypedDict, total=False):
    """The options of a `find`."""

    sort: str | None
    page: int
    limit: int
    depth: int
    select: Mapping[str, Any] | None
    populate: Mapping[str, Any] | None


class Saved(msgspec.Struct, Generic[Doc], frozen=True):
    """Answer of a create, update or delete."""

    doc: Doc


class Total(msgspec.Struct, frozen=True, rename="camel"):
    """Answer of a count."""

    total_docs: int


class Collection(Generic[Doc]):
    """One collection of one caller's Payload. `model`: what its documents are read as; ids are `int` or `str`."""

    def __init__(self, payload: Calls, slug: str, model: type[Doc]) -> None:
        self._payload = payload
        self.slug = slug
        self._doc = model
        self._page: type[Page[Doc]] = cast("Any", Page)[model]
        self._saved: type[Saved[Doc]] = cast("Any", Saved)[model]

    async def find(
        self,
        where: Filter | None = None,
        *,
        sort: str | None = None,
        page: int = 1,
        limit: int = 10,
        depth: int = 0,
        select: Mapping[str, Any] | None = None,
        populate: Mapping[str, Any] | None = None,
        draft: bool | None = None,
        trash: bool | None = None,
    ) -> Page[Doc]:
        """One page of the documents that match; `where=None` is all of them. `limit=0` means no limit to Payload.

        `draft`: as their latest drafts have it; `trash`: also those in the trash.
        """
        query = {"where": where, "sort": sort, "page": page, "limit": limit, "depth": depth}
        query |= {"select": select, "populate": populate, "draft": draft, "trash": trash}
        return await self._payload.call("GET", f"/{self.slug}", answer=self._page, query=query)

    async def find_each(self, where: Filter | None = None, **how: Unpack[How]) -> Page[Doc | Unreadable]:
        """As `find`, but a document that is not of the model's shape costs only itself, not the page."""
        found = await Collection(self._payload, self.slug, msgspec.Raw).find(where, **how)
        return each(found, self._doc)

    async def iterate(
        self,
        where: Filter | None = None,
        *,
        sort: str = "id",
        limit: int = 100,
        depth: int = 0,
        populate: Mapping[str, Any] | None = None,
        trash: bool | None = None,
    ) -> AsyncIterator[Doc]:
        """All documents that match, page after page of `limit`, in an order that does not move while reading."""
        page = 1
        while True:
            found = await self.find(
                where, sort=sort, page=page, limit=limit, depth=depth, populate=populate, trash=trash
            )
            for doc in found.docs:
                yield doc
            if not found.has_next_page:
                return
            page += 1

    async def count(self, where: Filter | None = None, *, trash: bool | None = None) -> int:
        """How many documents match."""
        query = {"where": where, "trash": trash}
        return (await self._payload.call("GET", f"/{self.slug}/count", answer=Total, query=query)).total_docs

    async def find_by_id(
        self,
        id: Id,
        *,
        depth: int = 0,
        select: Mapping[str, Any] | None = None,
        populate: Mapping[str, Any] | None = None,
    ) -> Doc:
        """The document of exactly that id. Raises `NotFound`, also for `7abc`, which Payload itself reads as 7."""
        path = self._path(id)
        query = {"depth": depth, "select": select, "populate": populate}
        doc = await self._payload.call("GET", path, answer=self._doc, query=query)
        if str(_id_of(doc)) != str(id):
            raise NotFound(f"GET /api{path}", 404, ErrorBody())
        return doc

    async def create(self, data: Any) -> Doc:
        """Make a document of `data` (a Struct or a mapping)."""
        call = self._payload.call("POST", f"/{self.slug}", answer=self._saved, query={"depth": 0}, json=data)
        return (await call).doc

    async def upload(
        self,
        file: bytes | IO[bytes],
        *,
        filename: str,
        content_type: str,
        data: Any,
        timeout: float = _UPLOAD_SECONDS,  # noqa: ASYNC109 - an upload's deadline is its own
    ) -> Doc:
        """Store a file in an upload collection, with `data` as its other fields.

        Give a `filename` of your own making: two uploads of one name at once can end up with each other's bytes.
        """
        parts = {"file": (filename, file, content_type)}
        call = self._payload.call(
            "POST",
            f"/{self.slug}",
            answer=self._saved,
            query={"depth": 0},
            json=data,
            files=parts,
            timeout=timeout,
        )
        return (await call).doc

    async def file(self, filename: str) -> bytes:
        """The bytes of a file in an upload collection, as Payload itself serves them."""
        path = f"/{self.slug}/file/{quote(filename, safe='')}"
        return await self._payload.call("GET", path, answer=bytes)

    async def update(self, id: Id, data: Any) -> Doc:
        """Change the fields in `data` of one document."""
        call = self._payload.call("PATCH", self._path(id), answer=self._saved, query={"depth": 0}, json=data)
        return (await call).doc

    async def delete(self, id: Id) -> None:
        """Delete one document. On an integer collection pass the `int`: Payload reads the text `7abc` as 7."""
        await self._payload.call("DELETE", self._path(id), answer=object, query={"depth": 0})

    async def may(self, action: str, id: Id) -> bool:
        """Whether the caller may do that (`read`, `update`, `delete`) to that one document."""
        path = f"/{self.slug}/access{self._path(id).removeprefix(f'/{self.slug}')}"
        return allowed(await self._payload.call("POST", path, answer=dict[str, Any], json={}), action)

    def _path(self, id: Id) -> str:
        if isinstance(id, bool) or str(id).strip("./ ") == "":
            raise InvalidCall(f"/api/{self.slug}", "an id is a number or a text that is not empty")
        return f"/{self.slug}/{quote(str(id), safe='')}"


def _id_of(doc: Any) -> Id | None:
    return cast("Id | None", doc.get("id") if isinstance(doc, dict) else doc.id)
