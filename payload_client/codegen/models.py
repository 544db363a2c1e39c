"""From a schema to the source of a module of models."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from payload_client.codegen.names import Unique, class_name, field_names
from payload_client.codegen.schema import TIMES, Schema, Site, constant, has_fields, kinds, reference

_HEAD = '''"""Models of a Payload's documents, made by `python -m payload_client.codegen`: not to be changed by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

__all__ = {names}
'''
_IMPORTED = ("Any", "Literal", "Struct", "UnsetType", "UNSET", "datetime", "field")


class Variant(Enum):
    """What a model is for: (prefix, suffix) of its name."""

    READ = ("", "")
    CREATE = ("New", "")
    PATCH = ("", "Patch")


_OPTIONS = {
    Variant.READ: "frozen=True, kw_only=True",
    Variant.CREATE: "frozen=True, kw_only=True, forbid_unknown_fields=True",
    Variant.PATCH: "frozen=True, kw_only=True, forbid_unknown_fields=True",
}


def generate(schema: Schema) -> str:
    """The source of a module with the models of that schema. Raises `ValueError` where it is not Payload's."""
    return _Writer(Site(schema)).module()


class _Writer:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._unique = Unique(_IMPORTED)
        self._classes: dict[tuple[Any, ...], str] = {}
        self._written: list[str] = []
        names = list(site.models())
        for name in [*filter(site.is_document, names), *(name for name in names if not site.is_document(name))]:
            for variant in self._variants(name):
                prefix, suffix = variant.value
                wanted = f"{prefix}{class_name(site.title(name))}{suffix}"
                self._classes[name, variant] = self._unique.name(wanted)

    def module(self) -> str:
        """The whole source."""
        for name, variant in list(self._classes):
            self._write_model(name, variant)
        names = sorted(self._classes.values())
        listed = "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"
        return "\n\n".join([_HEAD.format(names=listed), *self._written])

    def _variants(self, name: str) -> list[Variant]:
        if name in self._site.globals:
            return [Variant.READ, Variant.PATCH]
        return list(Variant) if name in self._site.collections else [Variant.READ, Variant.CREATE]

    def _write_model(self, name: str, variant: Variant) -> None:
        definition = self._site.definition(name)
        title = f"`{name}`"
        doc = {
            Variant.READ: f"{title} as it is read; what was not asked for is UNSET.",
            Variant.CREATE: f"{title} as it is made.",
            Variant.PATCH: f"What changes in {title}.",
        }[variant]
        left_out = set() if variant is Variant.READ or not self._site.is_document(name) else self._server_fields(name)
        cls, base = self._classes[name, variant], self._classes[name, Variant.READ]
        self._write(cls, base, doc, definition, variant, left_out=left_out, document=name)

    def _server_fields(self, name: str) -> set[str]:
        return self._site.set_by_the_server(name) | ({"id"} if name in self._site.globals else set())

    def _write(
        self,
        cls: str,
        base: str,
        doc: str,
        schema: Schema,
        variant: Variant,
        *,
        left_out: AbstractSet[str] = frozenset(),
        document: str = "",
    ) -> None:
        """Write a class; `base`: what the names of classes for its parts begin with."""
        block = constant(schema, "blockType")
        told = {name: inner for name, inner in schema.get("properties", {}).items() if name not in left_out}
        if block:
            told.pop("blockType")
        required = set(schema.get("required", []))
        lines = [
            self._field(base, name, python, told[name], variant, required=name in required, document=document)
            for name, python in field_names(told).items()
        ]
        tag = f', tag_field="blockType", tag={json.dumps(block)}' if block else ""
        head = f'class {cls}(Struct, {_OPTIONS[variant]}{tag}):\n    """{doc}"""\n'
        self._written.append("\n".join([head, *lines]) + "\n")

    def _field(
        self, base: str, name: str, python: str, schema: Schema, variant: Variant, *, required: bool, document: str
    ) -> str:
        of_a_document = name == "id" and self._site.is_document(document)
        if of_a_document and variant is Variant.READ and document in self._site.collections:
            return f"    id: {self._id(schema)}"
        if name in TIMES:
            annotation = "datetime"
        elif of_a_document:
            annotation = self._id(schema)
        else:
            annotation = self._type(f"{base}{class_name(name)}", schema, variant)
        renamed = python != name
        if variant is Variant.CREATE and required and not of_a_document:
            default = f" = field(name={json.dumps(name)})" if renamed else ""
            return f"    {python}: {annotation}{default}"
        nullable = variant is Variant.READ or not _is_required(schema, required)
        parts = [annotation, *(["None"] if nullable and annotation != "Any" else []), "UnsetType"]
        default = f"field(default=UNSET, name={json.dumps(name)})" if renamed else "UNSET"
        return f"    {python}: {' | '.join(dict.fromkeys(parts))} = {default}"

    def _id(self, schema: Schema) -> str:
        return "str" if kinds(schema) == ["string"] else "int"

    def _type(self, base: str, schema: Schema, variant: Variant) -> str:
        """The annotation of a value, null left out; classes that it needs are written on the way."""
        if name := reference(schema):
            return self._related(name, variant)
        if "oneOf" in schema or "anyOf" in schema:
            options: list[Schema] = schema.get("oneOf") or schema["anyOf"]
            found = (self._type(base, one, variant) for one in options)
            union = " | ".join(dict.fromkeys(part for one in found if one for part in one.split(" | ")))
            related = any(self._site.is_document(reference(one) or "") for one in options)
            return _as_integers(union) if related else union
        if has_fields(schema):
            return self._relation(schema, variant) or self._nested(base, schema, variant)
        found_kinds = kinds(schema)
        if len(found_kinds) != 1:
            return "Any"
        if schema.get("enum") and variant is not Variant.READ:
            return f"Literal[{', '.join(json.dumps(one) for one in schema['enum'] if one is not None)}]"
        if found_kinds == ["array"]:
            items = schema.get("items")
            return f"list[{self._type(base, items, variant) or 'Any'}]" if isinstance(items, dict) else "list[Any]"
        simple = {
            "string": "str",
            "boolean": "bool",
            "number": "int | float",
            "integer": "int",
            "object": "dict[str, Any]",
        }
        return simple.get(found_kinds[0], "Any")

    def _related(self, name: str, variant: Variant) -> str:
        """A document that is filled in, which only reading meets; or a part with a name of its own."""
        if self._site.is_document(name):
            return self._classes[name, Variant.READ] if variant is Variant.READ else ""
        return self._classes.get((name, variant if variant is Variant.READ else Variant.CREATE), "Any")

    def _relation(self, schema: Schema, variant: Variant) -> str | None:
        """The class of one of the collections of a polymorphic relation."""
        target = constant(schema, "relationTo")
        if target is None or set(schema["properties"]) != {"relationTo", "value"}:
            return None
        writes = variant is not Variant.READ
        key = ("relation", target, writes)
        if key not in self._classes:
            self._classes[key] = self._unique.name(f"To{class_name(target)}{'Id' if writes else ''}")
            value = _as_integers(self._type("", schema["properties"]["value"], variant))
            head = f'class {self._classes[key]}(Struct, frozen=True, tag_field="relationTo", tag={json.dumps(target)}):'
            self._written.append(
                f'{head}\n    """A relation to one of `{target}`, among several collections."""\n\n'
                f"    value: {value}{'' if writes else ' | None'}\n"
            )
        return self._classes[key]

    def _nested(self, base: str, schema: Schema, variant: Variant) -> str:
        """The class of a group, a row or a block without a name of its own; a patch replaces rows whole."""
        strict = Variant.READ if variant is Variant.READ else Variant.CREATE
        whole = f"{base}{class_name(block) if (block := constant(schema, 'blockType')) else ''}"
        key = ("part", whole, strict)
        if key not in self._classes:
            self._classes[key] = self._unique.name(f"{strict.value[0]}{whole}")
            self._write(self._classes[key], whole, f"Part of a document: {whole}.", schema, strict)
        return self._classes[key]


def _as_integers(annotation: str) -> str:
    """Ids are no other numbers."""
    return annotation.replace("int | float", "int")


def _is_required(schema: Schema, required: bool) -> bool:
    return required and "null" not in schema.get("type", [])
