"""The facts of a character: each value of its data, under the name of its field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from app.cms.character import CharacterReference
from app.limits import FACTS, MEMBERS, NAME, PROMPT, cut

_DEEPEST = 6


class Fact(msgspec.Struct, frozen=True):
    """A value of a character's data, as text, under the name of its field."""

    label: str
    text: str


def facts_of(character: CharacterReference) -> tuple[list[Fact], bool]:
    """The facts of a character, and whether its data has more values than are read."""
    values = _values("", character.baml_data, 0)
    facts = [fact for fact in islice(values, FACTS) if fact]
    return facts, next(values, values) is not values


def _values(label: str, value: object, depth: int) -> Iterator[Fact | None]:
    """Iterate over all values of a character's data: a `Fact` for a leaf, None for a value that is not shown."""
    if isinstance(value, dict) and depth < _DEEPEST:
        yield None
        for name, inner in value.items():
            yield from _values(_words(str(name)[:NAME]), inner, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        texts = (cut(str(item), PROMPT) for item in value[:MEMBERS] if isinstance(item, str | int | float))
        text = cut(", ".join(texts), PROMPT)
        yield Fact(label, text) if text else None
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and (text := str(value).strip()):
        yield Fact(label or "Notes", cut(text, PROMPT))
    else:
        yield None


def _words(name: str) -> str:
    """`eyeColor` and `eye_color` as "Eye color"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", " ", name).strip().capitalize()
