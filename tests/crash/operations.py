"""What users do to pictures, each in the ways that lead through different code."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec

from scripts.local_stack.stack import NO_TLS
from tests.support.between import Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.raw_server import Reset, answer, json_answer
from tests.support.world import Character

SCENE = {"sceneContext": "Rain on the pier.", "sceneType": "action"}
RECORD = r"/api/character-image-metadata(\?|$)"
FILE = r"/api/media(\?|$)"

Doc = dict[str, Any]
Act = Callable[[httpx.AsyncClient, Character, Doc], Awaitable[httpx.Response]]
Prepare = Callable[[FaultyWorld, Character], Awaitable[Doc]]


async def _nothing(world: FaultyWorld, character: Character) -> Doc:
    return {}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a user's, and what was there before.

    `prepare`: brings it about; what it gives is handed to `act`. `at_library`, `at_payload`, `on_the_line` (to the
    library): what goes wrong while it is under way. `pictures`: how many it stores at most. `draws`: how often it has
    the library draw. `status`: of the answer, if nobody is killed.
    """

    act: Act
    prepare: Prepare = _nothing
    manner: Doc = {}
    at_library: tuple[Doc, ...] = ()
    at_payload: tuple[Fault, ...] = ()
    on_the_line: tuple[Fault, ...] = ()
    pictures: int = 1
    draws: int = 1
    status: int = 201

    @property
    def deletes(self) -> bool:
        """Whether it is meant to leave less behind than it found."""
        return self.act is _delete

    async def spoil(self, world: FaultyWorld, character: Character) -> None:
        """Order what is to go wrong."""
        for order in self.at_library:
            await world.fault(character, **order)
        for fault in self.at_payload:
            world.payload.order(fault)
        for fault in self.on_the_line:
            world.library.order(fault)


async def _reference(api: httpx.AsyncClient, character: Character, _: Doc) -> httpx.Response:
    return await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman"})


async def _reference_as_events(api: httpx.AsyncClient, character: Character, _: Doc) -> httpx.Response:
    asked, events = {"prompt": "A wiry woman"}, {"Accept": "text/event-stream"}
    return await api.post(character.url("generate-initial-image"), json=asked, headers=events)


async def _scene(api: httpx.AsyncClient, character: Character, _: Doc) -> httpx.Response:
    return await api.post(character.url("generate-scene-image"), json=SCENE)


async def _set(api: httpx.AsyncClient, character: Character, chosen: Doc) -> httpx.Response:
    body = {"imageCount": 3, **({"referenceImageId": str(chosen["id"])} if chosen else {})}
    return await api.post(character.url("generate-360-set"), json=body)


async def _set_of_whatever(api: httpx.AsyncClient, character: Character, _: Doc) -> httpx.Response:
    return await _set(api, character, {})


async def _recover(api: httpx.AsyncClient, character: Character, _: Doc) -> httpx.Response:
    return await api.post(character.url("recover-images"))


async def _delete(api: httpx.AsyncClient, character: Character, image: Doc) -> httpx.Response:
    return await api.delete(character.url(f"images/{image['id']}"))


async def _a_reference(world: FaultyWorld, character: Character) -> Doc:
    async with world.api() as api:
        made: Doc = (await _reference(api, character, {})).raise_for_status().json()
    image: Doc = made["image"]
    return image


async def _two_references(world: FaultyWorld, character: Character) -> Doc:
    older = await _a_reference(world, character)
    await _a_reference(world, character)
    return older


async def _a_scene(world: FaultyWorld, character: Character) -> Doc:
    await _a_reference(world, character)
    async with world.api() as api:
        image: Doc = (await _scene(api, character, {})).raise_for_status().json()["image"]
    return image


async def _drawn_elsewhere(world: FaultyWorld, character: Character) -> Doc:
    """The library has a master that is not known here."""
    async with at_library(world, character) as library:
        (await library.post("generate-initial-image", json={"prompt": "x"})).raise_for_status()
    return {}


async def _set_drawn_elsewhere(world: FaultyWorld, character: Character) -> Doc:
    await _drawn_elsewhere(world, character)
    async with at_library(world, character) as library:
        (await library.post("generate-360-set", json={"imageCount": 2})).raise_for_status()
    return {}


async def _master_lost(world: FaultyWorld, character: Character) -> Doc:
    await _a_reference(world, character)
    async with at_library(world, character) as library:
        (await library.delete("reference-image")).raise_for_status()
    return {}


def at_library(world: FaultyWorld, character: Character) -> httpx.AsyncClient:
    """Somebody else who uses the library."""
    url = f"{world.library_url}/api/v1/characters/{character.library_id}/"
    return httpx.AsyncClient(base_url=url, verify=NO_TLS, timeout=20)


def _without(member: bytes) -> Callable[[bytes], bytes]:
    """Blanks every value of a member of a JSON answer; its length stays."""
    value = re.compile(rb'("%s":")([^"]*)' % member)
    return lambda answer: value.sub(lambda found: found[1] + b" " * len(found[2]), answer)


def _miscounted(answer: bytes) -> bytes:
    """The same answer about a file that is larger or smaller than what was sent; its length stays."""
    return re.sub(rb'("filesize":)(\d)', lambda found: found[1] + (b"2" if found[2] == b"1" else b"1"), answer)


_FORBIDDEN = json_answer(403, {"errors": [{"message": "You are not allowed to perform this action."}]})
_CONVERTED = Fault(method="POST", path=FILE, changed=_miscounted)
_CUT = Fault(method="GET", path=r"/api/media/file/", instead=answer(200, b"half a pict", "Content-Type: image/png"))
_REFUSED = Fault(method="POST", path=RECORD, instead=json_answer(400, {"errors": [{"message": "Not today."}]}))
_NO_GROUP = json_answer(400, {"errors": [{"message": "The following path cannot be queried."}]})
_CANNOT_TELL = {"route": "reference-image", "method": "GET", "status": 500, "times": -1}
_NO_SUCH_ROUTE = {"route": "reference-image", "method": "GET", "status": 404, "times": -1}

OPERATIONS = {
    "reference": Operation(act=_reference),
    "reference told as it goes on": Operation(act=_reference_as_events, status=200),
    "scene": Operation(act=_scene, prepare=_a_reference),
    "set": Operation(act=_set_of_whatever, prepare=_a_reference, pictures=3),
    "set as a job": Operation(
        act=_set_of_whatever,
        prepare=_a_reference,
        manner={"dialect": "job", "shots": 2, "jobStepMs": 5},
        pictures=2,
    ),
    "recovery": Operation(act=_recover, prepare=_set_drawn_elsewhere, pictures=3, draws=0, status=200),
    "recovery without addresses": Operation(
        act=_recover,
        prepare=_set_drawn_elsewhere,
        on_the_line=(Fault(method="GET", path=r"/images$", changed=_without(b"url")),),
        pictures=3,
        draws=0,
        status=200,
    ),
    "reference beside an older one": Operation(act=_reference, prepare=_a_reference),
    "reference beside an unknown one": Operation(act=_reference, prepare=_drawn_elsewhere, pictures=2),
    "reference that is not drawn": Operation(
        act=_reference,
        prepare=_a_reference,
        at_library=({"route": "generator", "status": 500},),
        status=502,
    ),
    "scene without the master": Operation(act=_scene, prepare=_master_lost),
    "scene from nobody knows what": Operation(act=_scene, prepare=_a_reference, at_library=(_CANNOT_TELL,)),
    "set from an older reference": Operation(act=_set, prepare=_two_references, pictures=3),
    "set from the newest reference": Operation(
        act=_set, prepare=_a_reference, at_library=(_NO_SUCH_ROUTE,), pictures=3
    ),
    "reference that has moved": Operation(act=_reference, at_library=({"route": "file", "status": 404},)),
    "reference whose upload is not answered": Operation(
        act=_reference, at_payload=(Fault(method="POST", path=FILE, lost=[Reset()]),)
    ),
    "reference whose record is not answered": Operation(
        act=_reference, at_payload=(Fault(method="POST", path=RECORD, lost=[Reset()]),)
    ),
    "reference whose record is refused": Operation(act=_reference, at_payload=(_REFUSED,), status=502),
    "reference whose file is forbidden": Operation(
        act=_reference, at_payload=(Fault(method="POST", path=FILE, instead=_FORBIDDEN),), status=403
    ),
    "reference that Payload has converted": Operation(act=_reference, at_payload=(_CONVERTED,)),
    "reference that Payload has cut": Operation(act=_reference, at_payload=(_CONVERTED, _CUT), status=502),
    "deletion": Operation(act=_delete, prepare=_a_reference, draws=0, status=200),
    "deletion of a scene": Operation(act=_delete, prepare=_a_scene, draws=0, status=200),
    "deletion of nobody knows what": Operation(
        act=_delete,
        prepare=_a_reference,
        on_the_line=(Fault(method="GET", path=r"/reference-image$", changed=_without(b"mediaId")),),
        draws=0,
        status=200,
    ),
    "deletion at a library that cannot tell its master": Operation(
        act=_delete, prepare=_a_reference, at_library=(_NO_SUCH_ROUTE,), draws=0, status=200
    ),
    "deletion that is not answered": Operation(
        act=_delete,
        prepare=_a_reference,
        at_library=(_NO_SUCH_ROUTE,),
        at_payload=(Fault(method="DELETE", path=r"/api/character-image-metadata/", lost=[Reset()]),),
        draws=0,
        status=200,
    ),
    "deletion that is forbidden at last": Operation(
        act=_delete,
        prepare=_a_reference,
        at_payload=(
            Fault(method="GET", path=r"/api/character-references\?", instead=_NO_GROUP),
            Fault(method="DELETE", path=r"/api/character-image-metadata/", instead=_FORBIDDEN),
        ),
        draws=0,
        status=403,
    ),
}
