"""Memory that was freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

MIB = 1024 * 1024
# Blocks of a MiB with something small between them that stays, twice: glibc learns from the first ones.
PROGRAM = """
from app.capacity.heap import return_large_blocks
{call}
def resident():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024
before, small = resident(), []
for _ in range(2):
    large = []
    for _ in range(100):
        large.append(b"x" * 1024 * 1024)
        small.append(b"x" * 5000)
    del large
print(resident() - before)
"""


def left_behind(call: str) -> int:
    """Bytes that a process still has after it has freed 100 MiB."""
    program = PROGRAM.format(call=call)
    return int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_large_blocks_go_back_to_the_system() -> None:
    assert left_behind("return_large_blocks()") < 10 * MIB
    assert left_behind("") > 50 * MIB
