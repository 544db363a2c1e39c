"""Reading documents whose fields are not what their model says, since a hook, a plugin or another hand changed them."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import msgspec

T = TypeVar("T")


class Lenient(msgspec.Struct, frozen=True):
    """Base of models of which a field counts as absent where its value is of another type: only what is required is.

    Holds wherever such a model is read: by itself, in a list, in a relation.
    """


def convert(value: Any, model: type[T]) -> T:
    """Return a value as a model, without the odd fields of the `Lenient` models in it. Raises `ValidationError`."""
    return msgspec.convert(_without_odd_fields(value, model), model)


def _without_odd_fields(value: Any, model: Any) -> Any:
    origin, arguments = get_origin(model), get_args(model)
    if origin in (Union, UnionType):
        for member in arguments:
            value = _without_odd_fields(value, member)
    elif origin is list and isinstance(value, list):
        return [_without_odd_fields(item, arguments[0]) for item in value]
    elif origin is dict and isinstance(value, dict):
        return dict(_converted(value, dict.fromkeys(value, arguments[1])))
    elif isinstance(value, dict) and _is_struct(model):
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(model)}
        if issubclass(origin or model, Lenient):
            return dict(_converted(value, fields))
        return {name: _without_odd_fields(item, fields[name]) for name, item in value.items() if name in fields}
    return value


def _converted(value: dict[str, Any], types: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members of the types that they should have, each without odd fields of its own."""
    for name in types.keys() & value.keys():
        member = _without_odd_fields(value[name], types[name])
        try:
            msgspec.convert(member, types[name])
        except msgspec.ValidationError:
            continue
        yield name, member


def _is_struct(model: Any) -> bool:
    return isinstance(get_origin(model) or model, type) and issubclass(
        cast("type", get_origin(model) or model), msgspec.Struct
    )
