"""Every cell of the matrix is tested, or says why not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.faults.matrix import CELLS, DROPPED

_HERE = Path(__file__).parent
_ENOUGH_REAL = 25


def _collected(*options: str) -> set[str]:
    command = [sys.executable, "-m", "pytest", str(_HERE), "--collect-only", "-q", *options]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=_HERE.parents[1]).stdout
    return set(re.findall(r"\[([A-E]\d?-\d\d)[\] ]", listed))


def test_every_cell_is_tested_or_listed_with_a_reason() -> None:
    tested = _collected()
    assert len(CELLS) == len(set(CELLS)) == 163
    assert sorted(set(CELLS) - tested - set(DROPPED)) == [], "neither tested nor listed"
    assert sorted(tested & set(DROPPED)) == [], "listed as dropped, but tested"
    assert all(len(reason.split()) > 3 for reason in DROPPED.values())


def test_enough_of_them_are_what_a_real_payload_does() -> None:
    assert len(_collected("-m", "real_payload")) >= _ENOUGH_REAL
