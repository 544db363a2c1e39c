"""`python -m tests.bench.counted`: the product, which on SIGUSR1 says how many asyncio tasks it has."""

from __future__ import annotations

import asyncio
import signal
import sys
from types import FrameType

from app import __main__ as product


def _say(_: int, __: FrameType | None) -> None:
    print(len(asyncio.all_tasks()), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _say)
    sys.exit(product.main(sys.argv[1:]))
