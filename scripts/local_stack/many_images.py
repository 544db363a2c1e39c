"""Fill a character with many images over Payload's REST API: distinct small files, each with its record.

In tens, from old to new: a reference, the set of eight derived from it, a scene. One in 97 has the status `failed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from ulid import ULID

from payload_client import Id, Payload
from scripts.local_stack.character_library.painting import Look, Portrait, View, look_of, paint

_TEN = 10
_SET = 8
_AT_ONCE = 4
_SIZE = (360, 480)
_FAILS_EVERY = 97
_APART = timedelta(minutes=7)
_HAIR = ["auburn", "black", "blond", "brown", "copper", "grey", "white", "chestnut", "golden", "silver"]
_COATS = ["olive", "navy", "mustard", "crimson", "teal", "rust", "charcoal", "cream", "indigo", "emerald"]
_PEOPLE = ["a woman", "a man", "a girl", "an old man with a beard", "a boy with curly hair", "a woman with freckles"]
_PLACES = ["on the pier in the rain", "in the market at noon", "at the harbour wall", "in a crowded tavern at night"]
_SCENES = ["dialogue", "action", "emotional", "establishing"]


class Planned(msgspec.Struct, frozen=True):
    """One image before it is stored. `turn`: degrees; `scene_type`: of scenes only."""

    number: int
    kind: str
    look: Look
    prompt: str
    turn: float = 0.0
    scene_type: str = ""
    metrics: dict[str, Any] = {}


async def fill(payload: Payload, character: Id, name: str, count: int, *, created_by: Id | None = None) -> None:
    """Give a character `count` images, the last of which is the newest; each ten after its own reference."""
    at_once, newest = asyncio.Semaphore(_AT_ONCE), datetime.now(UTC)

    async def keep(one: Planned) -> Id:
        async with at_once:
            file = await asyncio.to_thread(_painted, one)
            at = {"createdAt": (newest - (count - one.number) * _APART).isoformat()}
            media = await payload.collection("media").upload(
                file,
                filename=f"crowd-{character}-{one.number:04}.jpg",
                content_type="image/jpeg",
                data={"alt": f"{one.kind} of {name}: {one.prompt}", **at},
            )
            failed = one.number % _FAILS_EVERY == _FAILS_EVERY - 1
            record = {
                "characterReference": character,
                "media": media["id"],
                "kind": one.kind,
                "provider": "character-library",
                "prompt": None if one.kind == "portfolioItem" else one.prompt,
                "status": "failed" if failed else "succeeded",
                "error": "The Character Library says that it failed." if failed else None,
                "metrics": {"generateMs": 2000 + 10 * one.number, "bytes": len(file), **one.metrics},
                "createdBy": created_by,
                **at,
            }
            kept: Id = (await payload.collection("character-image-metadata").create(record))["id"]
            return kept

    async def keep_ten(first: int) -> None:
        reference, *others = _ten(first, name)
        parent = await keep(reference)
        made = (msgspec.structs.replace(one, metrics={**one.metrics, "referenceImageId": parent}) for one in others)
        await asyncio.gather(*(keep(one) for one in made if one.number < count))

    await asyncio.gather(*(keep_ten(first) for first in range(0, count, _TEN)))


def _ten(first: int, name: str) -> Iterator[Planned]:
    """A reference, what was made from it, and a scene."""
    ten = first // _TEN
    who = f"{_PEOPLE[ten % len(_PEOPLE)]} with {_HAIR[ten // 10 % len(_HAIR)]} hair, in a {_COATS[ten % 10]} coat"
    look, set_id = look_of(who, f"{name} {ten}"), str(ULID())
    yield Planned(first, "reference", look, f"One of {name}: {who}")
    for index in range(_SET):
        angle = index * 360 // _SET
        metrics = {"setId": set_id, "index": index, "angle": f"{angle}"}
        yield Planned(first + 1 + index, "portfolioItem", look, f"{who}, {angle}°", float(angle), "", metrics)
    scene = f"{who}, {_PLACES[ten % len(_PLACES)]}"
    scene_type = _SCENES[ten % len(_SCENES)]
    yield Planned(first + 9, "scene", look, scene, 20.0, scene_type, {"sceneType": scene_type})


def _painted(one: Planned) -> bytes:
    lens = 35 if one.kind == "reference" else 50
    return paint(Portrait(one.look, one.prompt, View(turn=one.turn, lens=lens), one.scene_type, _SIZE))
