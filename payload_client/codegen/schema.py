"""Payload's JSON schema, as far as models need it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_OF_UPLOADS = ("url", "thumbnailURL", "filename", "mimeType", "filesize", "width", "height", "sizes")
_OF_AUTH = (
    "salt", "hash", "resetPasswordToken", "resetPasswordExpiration", "resetPasswordRequestedAt", "loginAttempts",
    "lockUntil", "sessions", "_verified", "_verificationToken", "apiKeyIndex", "hasAPIKey", "collection",
)  # fmt: skip
_OF_THE_SERVER = ("createdAt", "updatedAt")
TIMES = ("createdAt", "updatedAt", "deletedAt")
"""Fields that are times wherever they are; of others the schema does not tell."""


class Site:
    """The collections and globals of a schema, and what they refer to. Raises `ValueError` for any other schema."""

    def __init__(self, schema: Schema) -> None:
        self._definitions: dict[str, Schema] = schema.get("definitions") or schema.get("$defs") or {}
        properties = schema.get("properties", {})
        try:
            self.collections = list(properties["collections"]["properties"])
            self.globals = list(properties.get("globals", {}).get("properties", {}))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("This is not what Payload's configToJSONSchema gives: no collections in it.") from error

    def models(self) -> Iterator[str]:
        """The names of what models are made of: collections of the site's own, globals, and all that they refer to."""
        waiting = [slug for slug in [*self.collections, *self.globals] if not slug.startswith("payload-")]
        seen: dict[str, None] = {}
        while waiting:
            name = waiting.pop(0)
            if name not in seen and name in self._definitions:
                seen[name] = None
                waiting += _references(self._definitions[name])
        yield from seen

    def definition(self, name: str) -> Schema:
        """The schema of that name."""
        return self._definitions[name]

    def title(self, name: str) -> str:
        """What a class of it is called, before it is made one of its own."""
        title = self._definitions[name].get("title")
        return title if isinstance(title, str) and title else name

    def is_document(self, name: str) -> bool:
        """Whether it is a collection or a global, and no part of one."""
        return name in self.collections or name in self.globals

    def set_by_the_server(self, name: str) -> set[str]:
        """Fields of a collection or global that are not written."""
        fields = self._definitions[name].get("properties", {})
        found = {*_OF_THE_SERVER, *(field for field, schema in fields.items() if _is_join(schema))}
        if {"filename", "mimeType", "filesize"} <= set(fields):
            found.update(_OF_UPLOADS)
        if {"salt", "hash"} <= set(fields):
            found.update(_OF_AUTH)
        return found


def reference(schema: Schema) -> str | None:
    """The name that a schema refers to."""
    target = schema.get("$ref")
    return target.rpartition("/")[2] if isinstance(target, str) else None


def kinds(schema: Schema) -> list[str]:
    """The JSON types that a schema allows, null left out."""
    told = schema.get("type", [])
    return [kind for kind in ([told] if isinstance(told, str) else told) if kind != "null"]


def has_fields(schema: Schema) -> bool:
    """Whether it is an object of known fields: a group, a row, a block. Rich text has fields that are not known."""
    return "properties" in schema and schema.get("additionalProperties") is False


def constant(schema: Schema, field: str) -> str | None:
    """The value that a field has in every object of that schema: the `blockType` of a block."""
    told = schema.get("properties", {}).get(field, {})
    value = told.get("const", next(iter(told.get("enum", [])), None))
    return value if isinstance(value, str) else None


def _is_join(schema: Schema) -> bool:
    return {"docs", "hasNextPage"} <= set(schema.get("properties", {}))


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if name := reference(schema):
            yield name
        for inner in schema.values():
            yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)
