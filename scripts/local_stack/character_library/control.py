"""Routes under /_control, beside the contract, with which tests and benches control the stand-in."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency

from .characters import Invalid, change, create, document_of, origin_of
from .faults import Fault
from .library import Library
from .records import Character, Manner
from .wire import Asked, answer

MANNERS = {field.encode_name: field.name for field in msgspec.structs.fields(Manner)}


@post("/_control/characters")
async def put_character(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """A character with an id of the caller's own; the same id again changes its settings and fields."""
    data = await request.json()
    try:
        character = _put(library, data)
    except (Invalid, msgspec.ValidationError) as error:
        return answer({"error": f"Not a character: {error}"}, 400)
    return answer({**document_of(library, character, origin_of(request)), "settings": character.manner}, 201)


def _put(library: Library, data: dict[str, Any]) -> Character:
    fields = {key: value for key, value in data.items() if key not in MANNERS and key != "id"}
    settings = {key: value for key, value in data.items() if key in MANNERS}
    known = library.characters.get(data.get("id", ""))
    base = known.manner if known else library.manner
    manner = msgspec.convert({**msgspec.to_builtins(base), **settings}, Manner)
    if known is None:
        # Two tests may well use one name; a business id of their own keeps them apart.
        fields.setdefault("characterId", data.get("id"))
        known = create(library, fields, data.get("id"))
    else:
        change(library, known, fields)
    known.manner = manner
    return known


@post("/_control/faults")
async def order_fault(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """One fault, or a list of them, to be met in this order."""
    try:
        faults = msgspec.json.decode(await request.body(), type=Fault | list[Fault])
    except msgspec.DecodeError as error:
        return answer({"error": f"Not a fault: {error}"}, 400)
    for fault in faults if isinstance(faults, list) else [faults]:
        library.faults.order(fault)
    return answer({"waiting": len(library.faults.waiting)}, 201)


@get("/_control/faults")
async def list_faults(library: NamedDependency[Library]) -> Response[Any]:
    """The faults still waiting."""
    return answer({"faults": library.faults.waiting})


@delete("/_control/faults", status_code=200)
async def forget_faults(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """Drop a character's faults, or all."""
    library.faults.forget(request.query_params.get("characterId"))
    return answer({"waiting": len(library.faults.waiting)})


@get("/_control/log")
async def read_log(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """Every request so far, or those about a character, in the order in which they came."""
    wanted = request.query_params.get("characterId")
    return answer({"requests": [request for request in library.requests if wanted in (None, request.character_id)]})


@post("/_control/reset")
async def reset(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """Forget a character with all that belongs to it, or everything."""
    raw = await request.body()
    library.forget((msgspec.json.decode(raw) if raw else {}).get("characterId"))
    return answer({"characters": len(library.characters)})


HANDLERS = [put_character, order_fault, list_faults, forget_faults, read_log, reset]
