"""The one way to follow a run, or all runs of a character: wait for a change, or for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress


class Watchers:
    """Those who wait for changes of a character's runs."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def wake(self) -> None:
        """Let each of them look again."""
        for changed in self._waiting:
            changed.set()

    async def watch(self, every: float) -> AsyncGenerator[None, None]:
        """Yield now, at each change, and after `every` seconds without one."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            while True:
                changed.clear()
                yield
                with suppress(TimeoutError):
                    async with asyncio.timeout(every):
                        await changed.wait()
        finally:
            self._waiting.discard(changed)
