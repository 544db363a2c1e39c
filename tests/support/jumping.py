"""`python -m tests.support.jumping`: the hurried product, with a clock that jumps.

At SIGUSR1 it is an hour ahead, at SIGUSR2 an hour back.
"""

from __future__ import annotations

import runpy
import signal
import time
from functools import partial
from typing import Any

HOUR = 3600

_time, _time_ns = time.time, time.time_ns
_ahead = 0


def _jump(seconds: int, *_: Any) -> None:
    global _ahead
    _ahead += seconds


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, partial(_jump, HOUR))
    signal.signal(signal.SIGUSR2, partial(_jump, -HOUR))
    time.time = lambda: _time() + _ahead
    time.time_ns = lambda: _time_ns() + _ahead * 10**9
    runpy.run_module("tests.support.hurried", run_name="__main__", alter_sys=True)
