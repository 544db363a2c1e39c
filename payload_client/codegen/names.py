"""Names of Payload's in Python's spelling."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

_OF_THE_MODULE = {"field", "datetime"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[A-Z]")


def class_name(text: str) -> str:
    """`payload-kv` becomes `PayloadKv`, `galleryBlock` becomes `GalleryBlock`."""
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", text))
    return name if name[:1].isalpha() else f"Model{name}"


def field_names(names: Iterable[str]) -> dict[str, str]:
    """Of each field its Python name, no two the same: `thumbnailURL` is `thumbnail_url`, `class` is `class_`."""
    found: dict[str, str] = {}
    for name in names:
        python = "_".join(word.lower() for word in _WORDS.findall(name)) or "field"
        python = f"field_{python}" if python[0].isdigit() else python
        while keyword.iskeyword(python) or python in _OF_THE_MODULE or python in found.values():
            python += "_"
        found[name] = python
    return found


class Unique:
    """Gives each class a name of its own."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def name(self, wanted: str) -> str:
        """That name, or with a number behind it."""
        name, number = wanted, 2
        while name in self._taken:
            name, number = f"{wanted}{number}", number + 1
        self._taken.add(name)
        return name
