"""A global: a document that there is one of."""

from __future__ import annotations

from typing import Any, Unpack
from urllib.parse import quote

import msgspec

from payload_client.access import allowed
from payload_client.calls import Calls
from payload_client.ids import Id
from payload_client.options import Filter, RestoreOptions, UpdateOptions, VersionOptions
from payload_client.query import InBrackets
from payload_client.versions import Doc, Versioned
from payload_client.wire import from_json


class _Updated(msgspec.Struct):
    result: msgspec.Raw


class Global(Versioned[Doc]):
    """One global of one caller's Payload. `model`: what it is read as; one that was never saved has no `id`."""

    def __init__(self, payload: Calls, slug: str, model: type[Doc]) -> None:
        super().__init__(payload, f"/globals/{quote(slug, safe='')}", model)
        self.slug = slug

    def _filter(self, where: Filter | None) -> Any:
        return where and InBrackets(where)

    async def find(self, **options: Unpack[VersionOptions]) -> Doc:
        """The global: `GET /globals/{slug}`. Raises `Forbidden` and any other `PayloadError`."""
        return await self._payload.call("GET", self._route, answer=self._doc, query={"depth": 0, **options})

    async def update(self, data: Any, **options: Unpack[UpdateOptions]) -> Doc:
        """Change the fields in `data`: `POST /globals/{slug}` (Payload knows no PATCH of a global).

        Raises `ValidationFailed`, `Forbidden` and any other `PayloadError`.
        """
        query = {"depth": 0, **options}
        answer = await self._payload.call("POST", self._route, answer=_Updated, query=query, json=data)
        return from_json(f"POST /api{self._route}", answer.result, self._doc)

    async def restore_version(self, id: Id, **options: Unpack[RestoreOptions]) -> Doc:
        """Bring a version back: `POST /globals/{slug}/versions/{id}`, and read the global as it is then.

        Payload 3.90 answers with something of another shape (every locale at once), so it is read again. Raises
        `NotFound`, `Forbidden` and any other `PayloadError`.
        """
        await self._restore(id, options)
        return await self.find(draft=options.get("draft"))

    async def may(self, operation: str, *, data: Any = None) -> bool:
        """Whether the caller may do that (`read`, `update`, `readVersions`): `POST /globals/{slug}/access`."""
        path = f"{self._route}/access"
        return allowed(await self._payload.call("POST", path, answer=dict[str, Any], json=data or {}), operation)
