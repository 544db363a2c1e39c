"""Writing one document of a collection. A write is sent once: where its answer is lost, `maybe_written` is set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Unpack

import msgspec

from payload_client.documents import Doc, Documents
from payload_client.errors import PayloadError, StillUsed
from payload_client.ids import Id
from payload_client.options import DeleteOptions, Filter, Shape, UpdateOptions, WriteOptions
from payload_client.page import Page, Unreadable
from payload_client.where import field


class Writing(Documents[Doc]):
    """The half of `Collection` that changes one document."""

    async def create(self, data: Any, *, adopt: Filter | None = None, **options: Unpack[WriteOptions]) -> Doc:
        """Make a document of `data` (a Struct or a mapping): `POST /{slug}`.

        `adopt`: a filter that only the new document can match, such as a unique field of your own making. Where the
        answer is lost, the document is looked up by it and returned if it is there; it is never sent twice. Raises
        `ValidationFailed` (`fields` names them), `NotUnique`, `Forbidden` and any other `PayloadError`.
        """
        call = f"POST /api{self._route}"
        query = {"depth": 0, **options}
        try:
            raw = await self._payload.call("POST", self._route, answer=msgspec.Raw, query=query, json=data)
            return self._saved(call, raw)
        except PayloadError as error:
            if adopt is None or not error.maybe_written:
                raise
            found = await self._payload.call(
                "GET", self._route, answer=self._page, query={"where": adopt, "limit": 2, "depth": 0}
            )
            if len(found.docs) != 1:
                raise
            return found.docs[0]

    async def update(self, id: Id, data: Any, **options: Unpack[UpdateOptions]) -> Doc:
        """Change the fields in `data` of the document of exactly that id: `PATCH /{slug}/{id}`.

        Rows of an array replace those that are stored, matched by their `id`; a json field is replaced whole. Raises
        `NotFound`, `ValidationFailed`, `DocumentLocked` and any other `PayloadError`.
        """
        path = await self._path_to_write(id)
        query = {"depth": 0, **options}
        raw = await self._payload.call("PATCH", path, answer=msgspec.Raw, query=query, json=data)
        return self._saved(f"PATCH /api{path}", raw, id)

    async def delete(
        self, id: Id, *, unless_used_in: Sequence[str] = (), **options: Unpack[DeleteOptions]
    ) -> Doc | Unreadable:
        """Delete the document of exactly that id for good and return it, as it was: `DELETE /{slug}/{id}`.

        `unless_used_in`: fields that may point at it, `posts.hero`, each counted first. Payload 3.90 on a local disk
        removes the file of an upload even where the database then refuses, because a required field points at it.
        Raises `StillUsed`, `NotFound`, `Forbidden`, `DocumentLocked`, `ServerError` (a required field points at it) and
        any other `PayloadError`. With a trash, `trash` is what most people mean.
        """
        path = await self._path_to_write(id)
        if used_in := [used for used in unless_used_in if await self._is_used_in(used, id)]:
            raise StillUsed(f"DELETE /api{path}", used_in)
        raw = await self._payload.call("DELETE", path, answer=msgspec.Raw, query={"depth": 0, **options})
        return self._saved_or_unreadable(f"DELETE /api{path}", raw, id)

    async def duplicate(self, id: Id, data: Any = None, **options: Unpack[Shape]) -> Doc:
        """Copy the document of exactly that id and return the copy: `POST /{slug}/{id}/duplicate`.

        `data`: what is otherwise in the copy. It is a draft where there are drafts. Raises `NotFound`,
        `ValidationFailed` and any other `PayloadError`.
        """
        path = f"{await self._path_to_write(id)}/duplicate"
        query = {"depth": 0, **options}
        raw = await self._payload.call("POST", path, answer=msgspec.Raw, query=query, json=data or {})
        return self._saved(f"POST /api{path}", raw)

    async def trash(self, id: Id, **options: Unpack[UpdateOptions]) -> Doc:
        """Put the document into the trash of its collection, where `trash=True` still finds it: PATCH of `deletedAt`.

        Raises as `update` does. Where the collection has no trash, Payload ignores it and nothing changes.
        Source: https://payloadcms.com/docs/trash/overview
        """
        return await self.update(id, {"deletedAt": datetime.now(UTC)}, **options)

    async def restore(self, id: Id, **options: Unpack[UpdateOptions]) -> Doc:
        """Take the document out of the trash again. Raises as `update` does."""
        options["trash"] = True
        return await self.update(id, {"deletedAt": None}, **options)

    async def _is_used_in(self, used_in: str, id: Id) -> bool:
        slug, _, path = used_in.partition(".")
        for draft in (False, True):
            query = {"where": field(path) == id, "limit": 1, "depth": 0, "select": {"id": True}, "trash": True}
            page = await self._payload.call("GET", f"/{slug}", answer=Page[object], query={**query, "draft": draft})
            if page.docs:
                return True
        return False
