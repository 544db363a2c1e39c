"""Changing many documents at once: never all of them by mistake, and with each failure as a value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Unpack
from urllib.parse import urlencode

import msgspec

from payload_client.documents import Doc, Documents
from payload_client.errors import ErrorItem, InvalidCall, PartlyDone, PayloadError
from payload_client.filters import check_narrows
from payload_client.ids import Id
from payload_client.options import DeleteOptions, Filter, UpdateOptions
from payload_client.page import Page, Unreadable, each
from payload_client.query import encode
from payload_client.where import Where, field

_IDS_AT_ONCE = 100
_LONGEST_QUERY = 6000


class BulkResult(msgspec.Struct, Generic[Doc], frozen=True):
    """What became of a bulk call. `docs`: those that Payload says it changed; `errors`: the others, with their ids.

    `stored`: whether `docs` hold, read again after a partial failure. PostgreSQL rolls all of them back where one meets
    a rule of the database itself, and Payload 3.90 lists them as changed all the same. None: it cannot be told.
    """

    docs: list[Doc | Unreadable]
    errors: list[ErrorItem] = []
    stored: bool | None = True


class _Stamped(msgspec.Struct, frozen=True, rename="camel"):
    id: Id
    updated_at: datetime | None = None


class _Changed(msgspec.Struct, frozen=True):
    docs: list[msgspec.Raw]


class Bulk(Documents[Doc]):
    """The part of `Collection` that changes many documents."""

    async def update_many(
        self, where: Filter | Sequence[Id], data: Any, *, limit: int | None = None, **options: Unpack[UpdateOptions]
    ) -> BulkResult[Doc]:
        """Change every document that matches, or those of these ids: `PATCH /{slug}?where=…`.

        `limit`: at most so many of those that match a filter. Raises `InvalidCall`, and sends nothing, for a filter of
        which a part leaves nothing out (`check_narrows`) and for one too long for an address: give ids instead, they go
        out in several calls.
        """
        query = {"limit": limit, **options}
        parts = [await self._changed("PATCH", part, query, data) async for part in self._parts(where)]
        return _joined(parts)

    async def delete_many(self, where: Filter | Sequence[Id], **options: Unpack[DeleteOptions]) -> BulkResult[Doc]:
        """Delete every document that matches, or those of these ids, for good: `DELETE /{slug}?where=…`.

        Raises as `update_many` does.
        """
        parts = [await self._changed("DELETE", part, options, None) async for part in self._parts(where)]
        return _joined(parts)

    async def _parts(self, where: Filter | Sequence[Id]) -> AsyncIterator[Filter]:
        """The filters that go out one after another."""
        call = f"/api{self._route}"
        if isinstance(where, str) or not isinstance(where, Where | Mapping | Sequence):
            raise InvalidCall(call, "a filter or a list of ids")
        if isinstance(where, Where | Mapping):
            check_narrows(call, where, text_ids=self._id_type(self._route) is str)
            if len(urlencode(encode({"where": where}))) > _LONGEST_QUERY:
                raise InvalidCall(call, "the filter is too long for an address; give ids instead")
            yield where
            return
        for one in where:
            await self._path_to_write(one)  # a filter has no exact ids either
        for part in _chunks(where):
            yield field("id").is_in(*part)

    async def _changed(self, method: str, where: Filter, options: Any, data: Any) -> BulkResult[Doc]:
        query = {"depth": 0, **options, "where": where}
        call = self._payload.call(method, self._route, answer=_Changed, query=query, json=data)
        try:
            docs, errors = (await call).docs, list[ErrorItem]()
        except PartlyDone as error:
            docs, errors = [msgspec.Raw(msgspec.json.encode(doc)) for doc in error.docs], error.errors
        stored = await self._are_stored(method, docs) if errors else True
        return BulkResult(each(Page(docs), self._doc).docs, errors, stored)

    async def _are_stored(self, method: str, docs: list[msgspec.Raw]) -> bool | None:
        try:
            told = {doc.id: doc.updated_at for doc in msgspec.convert(list(map(_plain, docs)), list[_Stamped])}
            now = dict[Id, datetime | None]()
            for part in _chunks(list(told)):
                query = {"where": field("id").is_in(*part), "limit": 0, "depth": 0, "draft": True, "trash": True}
                found = await self._payload.call("GET", self._route, answer=Page[_Stamped], query=query)
                now |= {doc.id: doc.updated_at for doc in found.docs}
        except (PayloadError, msgspec.ValidationError):
            return None
        if method == "DELETE":
            return not now
        if not all(told.values()):
            return None
        return all(now.get(doc) == when for doc, when in told.items())


def _plain(raw: msgspec.Raw) -> object:
    return msgspec.json.decode(raw)


def _chunks(ids: Sequence[Id]) -> Iterator[Sequence[Id]]:
    return (ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE))


def _joined(parts: list[BulkResult[Doc]]) -> BulkResult[Doc]:
    stored = [part.stored for part in parts]
    return BulkResult(
        [doc for part in parts for doc in part.docs],
        [error for part in parts for error in part.errors],
        False if False in stored else None if None in stored else True,
    )
