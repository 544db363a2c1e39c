"""What the library tells about a picture beside its address and id, under the names that our records have for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from app.limits import LARGEST_NUMBER, WORDS

# Our name, and what the known versions of the library call it; the first that says something wins.
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("angle", ("angle",)),
    ("lens", ("lens",)),
    ("shot", ("shotName",)),
    ("shotType", ("shotType",)),
    ("quality", ("quality", "qualityScore")),
    ("consistency", ("consistency", "consistencyScore")),
    ("dinoAssetId", ("dinoAssetId",)),
    ("sceneId", ("sceneId",)),
    ("sceneType", ("sceneType",)),
    ("sceneContext", ("sceneContext",)),
    ("tags", ("tags",)),
)
NAMES = frozenset(name for name, _ in _NAMES)
_WITHIN = ("sceneContext", "referenceShot")
_SHOT = re.compile(r"(\d{1,4}mm) ")


def facts_of(item: dict[str, Any]) -> dict[str, Any]:
    """Angle, lens, shot, quality, ids and the like, as far as it is told; texts and numbers only."""
    levels = [item, *(inner for name in _WITHIN if isinstance(inner := item.get(name), dict))]
    facts = {name: value for name, theirs in _NAMES for value in islice(_values(levels, theirs), 1)}
    return _parse_shot(str(facts.get("angle", ""))) | facts


def _values(levels: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[Any]:
    for value in (level.get(name) for level in levels for name in names):
        if isinstance(value, str) and value.strip():
            yield value[:WORDS]
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER:
            yield value


def _parse_shot(angle: str) -> dict[str, Any]:
    """A job names the whole shot where others name the angle: "85mm TIGHT 15° LEFT CU (Enhanced)"."""
    shot = _SHOT.match(angle)
    return {"shot": angle, "lens": shot[1]} if shot else {}
