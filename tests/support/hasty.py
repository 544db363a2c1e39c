"""`python -m tests.support.hasty`: the product, whose own time limits are seconds.

Its event loop can be made to stand still: at SIGUSR1 it waits without end, at SIGUSR2 it computes without end and lets
no other thread run.
"""

from __future__ import annotations

import re
import signal
import sys
import time

from app import __main__ as product
from app.limits import Limits

LIMITS = Limits(
    header_seconds=5.0,
    loop_seconds=5.0,
    answer_stalled_seconds=3.0,
    ending_seconds=3.0,
    last_answers_seconds=1.0,
    connections=40,
)


def wait(*_: object) -> None:
    """Wait, as for a lock that nobody gives back."""
    time.sleep(3600)


def compute(*_: object) -> None:
    """Hold the interpreter, as a pattern that backtracks does."""
    re.fullmatch("(a+)+", "a" * 60 + "b")


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, wait)
    signal.signal(signal.SIGUSR2, compute)
    sys.exit(product.main(sys.argv[1:], LIMITS))
