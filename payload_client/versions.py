"""Earlier versions of a document, in collections and globals that keep them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar, Unpack, cast

import msgspec

from payload_client.documents import Documents
from payload_client.errors import BadAnswer
from payload_client.ids import Id
from payload_client.options import Filter, FindVersionsOptions, RestoreOptions, VersionOptions
from payload_client.page import Page
from payload_client.wire import NOT_READABLE

Doc = TypeVar("Doc")


class Version(msgspec.Struct, Generic[Doc], frozen=True, rename="camel"):
    """One version. `version`: the document as it was then; `parent`: the document itself, its id at depth 0.

    None of a global. `latest`: whether it is the newest one; `autosave`: whether the admin panel saved it by itself.
    """

    id: Id
    version: Doc
    parent: Any = None
    latest: bool | None = None
    autosave: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def parent_id(self) -> Id | None:
        """The id of the document."""
        parent = self.parent.get("id") if isinstance(self.parent, dict) else self.parent
        return cast("Id | None", parent)


class Versioned(Documents[Doc]):
    """The part of `Collection` and `Global` that has versions."""

    async def find_versions(
        self, where: Filter | None = None, **options: Unpack[FindVersionsOptions]
    ) -> Page[Version[Doc]]:
        """One page of versions: `GET /{slug}/versions`. Fields of the document are `version.title` in a filter.

        Raises `Forbidden`, `ServerError` where none are kept (payload 3.90 answers 500) and any other `PayloadError`.
        """
        path = f"{self._route}/versions"
        query = {"where": self._filter(where), "page": 1, "limit": 10, "depth": 0, **options}
        page = await self._payload.call("GET", path, answer=Page[Version[Any]], query=query)
        fields = {name: getattr(page, name) for name in page.__struct_fields__}
        return Page(**{**fields, "docs": [self._read(f"GET /api{path}", version) for version in page.docs]})

    async def find_version_by_id(self, id: Id, **options: Unpack[VersionOptions]) -> Version[Doc]:
        """The version of exactly that id: `GET /{slug}/versions/{id}`. Raises `NotFound`, any other `PayloadError`."""
        path = self._version_path(id)
        found: Version[Any] = await self._find_one(path, id, {"depth": 0, **options}, Version[Any])
        return self._read(f"GET /api{path}", found)

    async def _restore(self, id: Id, options: RestoreOptions) -> msgspec.Raw:
        await self._check_exact(self._version_path(id), id)
        query = {"depth": 0, **options}
        return await self._payload.call("POST", self._version_path(id), answer=msgspec.Raw, query=query)

    def _filter(self, where: Filter | None) -> Any:
        return where

    def _version_path(self, id: Id) -> str:
        return self._path(id, below="/versions")

    def _read(self, call: str, found: Version[Any]) -> Version[Doc]:
        """The version with its document read as the model; Payload gives that without its id (3.90)."""
        document = found.version
        if isinstance(document, dict) and found.parent_id is not None:
            document = {"id": found.parent_id, **document}
        try:
            return msgspec.structs.replace(found, version=msgspec.convert(document, self._doc))
        except NOT_READABLE as error:
            raise BadAnswer(call, f"not what Payload answers ({type(error).__name__})") from error
