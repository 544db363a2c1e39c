"""What everything that has documents shares: where they are, what they are read as, and whose id is whose."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

import msgspec

from payload_client.calls import Calls
from payload_client.errors import ErrorBody, InvalidCall, NotFound, WrongDocument
from payload_client.ids import Id, Identified, id_type, is_same, may_be_read_as_another, quoted
from payload_client.page import Page, Unreadable
from payload_client.wire import NOT_READABLE, decode, from_json

Doc = TypeVar("Doc")


class Saved(msgspec.Struct, Generic[Doc], frozen=True):
    """Answer of a create, update, delete or duplicate."""

    doc: Doc


class Documents(Generic[Doc]):
    """Documents below one route of one caller's Payload. `model`: what they are read as."""

    def __init__(self, payload: Calls, route: str, model: type[Doc]) -> None:
        self._payload = payload
        self._route = route
        self._doc = model
        self._page: type[Page[Doc]] = cast("Any", Page)[model]
        self._declared = id_type(cast("Any", model))

    async def _find_one(self, path: str, id: Id, query: dict[str, Any], model: Any) -> Any:
        """The document at that path, if it has exactly that id."""
        call, raw = f"GET /api{path}", await self._payload.call("GET", path, answer=msgspec.Raw, query=query)
        if not is_same(self._learn(path.rpartition("/")[0], call, raw), id):
            raise NotFound(call, 404, ErrorBody())
        return from_json(call, raw, model)

    def _path(self, id: Id, *, below: str = "") -> str:
        """The path of a document. Raises `InvalidCall` for an id that can only be a mistake."""
        route = f"{self._route}{below}"
        return f"{route}/{quoted(id, route)}"

    async def _check_exact(self, path: str, id: Id) -> None:
        """See that a write to that path cannot reach another document. Raises `NotFound` where it would.

        Asks Payload only about a text that an integer would be read out of, and only until an answer has shown that
        ids are texts here.
        """
        route = path.rpartition("/")[0]
        if may_be_read_as_another(id) and self._id_type(route) is not str:
            query = {"depth": 0, "select": {"id": True}, "draft": True, "trash": True}
            await self._find_one(path, id, query, object)

    async def _path_to_write(self, id: Id) -> str:
        """The path of the document of exactly that id. Raises `InvalidCall` and `NotFound`."""
        path = self._path(id)
        self._check_type(id)
        await self._check_exact(path, id)
        return path

    def _check_type(self, id: Id) -> None:
        """Refuse a text as the id of a collection that is declared to have integers."""
        if self._declared is int and not isinstance(id, int):
            raise InvalidCall(f"/api{self._route}", "a text as the id of a model that has integers")

    @property
    def ids(self) -> type[int | str] | None:
        """Whether ids are integers or texts here; None until the model or an answer of the server shows it."""
        return self._id_type(self._route)

    def _id_type(self, route: str) -> type[int | str] | None:
        return (self._declared if route == self._route else None) or self._payload.id_types.get(route)

    def _saved(self, call: str, raw: msgspec.Raw, id: Id | None = None) -> Doc:
        """The document of an answer to a write; it must be the one of that id, where one is given."""
        content = from_json(call, raw, Saved[msgspec.Raw]).doc
        self._check_written(call, content, id)
        return from_json(call, content, self._doc)

    def _saved_or_unreadable(self, call: str, raw: msgspec.Raw, id: Id | None = None) -> Doc | Unreadable:
        """The same for a write that cannot be undone: what became of it counts more than the document's shape."""
        content = from_json(call, raw, Saved[msgspec.Raw]).doc
        found = self._check_written(call, content, id)
        try:
            return decode(content, self._doc)
        except NOT_READABLE:
            return Unreadable(found)

    def _check_written(self, call: str, content: msgspec.Raw, id: Id | None) -> Id | None:
        found = self._learn(self._route, call, content)
        if id is not None and not is_same(found, id):
            raise WrongDocument(call, found)
        return found

    def _learn(self, route: str, call: str, raw: msgspec.Raw) -> Id | None:
        """The id in a document, and with it of which type ids are here."""
        found = from_json(call, raw, Identified).id
        if found is not None:
            self._payload.id_types[route] = type(found)
        return found


def id_of(doc: Any) -> Id | None:
    """The id of a document of any model; None where it has none."""
    return cast("Id | None", doc.get("id") if isinstance(doc, dict) else getattr(doc, "id", None))
