"""The recorded answers of the real service, and in what another answer of the same shape differs from one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent / "examples"
_EXACT = {
    "success",
    "updated",
    "status",
    "error",
    "details",
    "message",
    "shotType",
    "jobType",
    "service",
}
_VARIES = re.compile(r"(?<=Generating )\d+mm.*|\d+")

Json = dict[str, Any]


class Example(msgspec.Struct, frozen=True):
    """One exchange. `recorded`: its name in the transcripts, in brackets why it has none; `given`: what was so before;
    `fault`: what broke behind.

    Ids and times are those of the recording; long arrays have two of their items; `cut`: members are missing, too.
    A `body` that is a text is no JSON.
    """

    name: str
    recorded: str
    given: str
    request: str
    status: int
    body: Any
    sent: Any = msgspec.UNSET
    fault: Json | None = None
    dialect: str = "sync"
    cut: bool = False
    file: str = ""

    @property
    def title(self) -> str:
        """File and name."""
        return f"{self.file}: {self.name}"


def read_all() -> list[Example]:
    """Every example, by file."""
    return [
        msgspec.structs.replace(one, file=path.stem)
        for path in sorted(FOLDER.glob("*.json"))
        for one in msgspec.json.decode(path.read_bytes(), type=list[Example])
    ]


def find(title: str) -> Example:
    """The example with this title."""
    return next(one for one in read_all() if one.title == title)


def differences(example: Any, answer: Any, *, cut: bool = False, at: str = "") -> list[str]:
    """Where an answer has other members, other JSON types or other fixed words than the example.

    Absent and null are alike; numbers and names in a sentence may differ.
    """
    if isinstance(example, dict) and isinstance(answer, dict):
        return _members(example, answer, cut, at)
    if isinstance(example, list) and isinstance(answer, list):
        if example and not answer:
            return [f"{at}: nothing in it"]
        return [
            found for one in answer[: len(example)] for found in differences(example[0], one, cut=cut, at=f"{at}[]")
        ]
    if _type(example) != _type(answer):
        return [f"{at}: {_type(answer)} instead of {_type(example)}"]
    name = at.rpartition(".")[2].removesuffix("[]")
    if (name in _EXACT or not at) and _settled(example) != _settled(answer):
        return [f"{at}: {answer!r} instead of {example!r}"]
    return []


def _members(example: Json, answer: Json, cut: bool, at: str) -> list[str]:
    wanted = {name: value for name, value in example.items() if value is not None}
    there = {name: value for name, value in answer.items() if value is not None}
    lacking = [f"{at}.{name}: not there" for name in wanted.keys() - there.keys()]
    new = [] if cut else [f"{at}.{name}: not in the recording" for name in there.keys() - wanted.keys()]
    within = [
        found
        for name in sorted(wanted.keys() & there.keys())
        for found in differences(wanted[name], there[name], cut=cut, at=f"{at}.{name}")
    ]
    return [*sorted(lacking), *sorted(new), *within]


def _type(value: Any) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _settled(value: Any) -> Any:
    return _VARIES.sub("#", value) if isinstance(value, str) else value
