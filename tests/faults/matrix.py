"""The fault matrix: its cells by id, and those that have no test, each with the reason.

A cell is a place where something can fail and a way of failing. A0: the request, A1: Payload before anything is paid
for, A3: the library, A4: a download, A6: the upload, A7: the record, B: a list, C: a delete, D: a page or a session,
E: the sweep.
"""

from __future__ import annotations

from typing import Any

import pytest

_SIZES = {"A0": 9, "A1": 9, "A3": 29, "A4": 30, "A6": 20, "A7": 14, "B": 8, "D": 9, "C": 25, "E": 10}

CELLS = [f"{place}-{number:02}" for place, size in _SIZES.items() for number in range(1, size + 1)]

DROPPED: dict[str, str] = {
    "A7-14": "Payload drops unknown fields without a word; which fields it has is the operator's choice.",
    "E-03": "A sweep has no upper number: it deletes only files whose names and dates prove that they are ours.",
}


def cell(name: str, *values: Any, real: bool = False, marks: Any = ()) -> Any:
    """The parameters of a test for one cell; `name` may say more after it (`A4-18 svg`).

    `real`: a real Payload misbehaves, no proxy on its behalf.
    """
    if name.partition(" ")[0] not in CELLS:
        raise ValueError(f"{name} is not in the matrix")
    return pytest.param(*values, id=name, marks=[*marks, *([pytest.mark.real_payload] if real else [])])
