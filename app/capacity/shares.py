"""Shares: how much of something that a process has only so much of one person may hold."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from app.errors import Busy, TooManyRequests


class Shares:
    """Something of which there is `total` in this process, held by persons (ids of users, as text).

    One person holds at most half of it, so that it is never all taken by one, and a quarter while others hold some as
    well; or `per_person`, where that is given. `what` it is, in the plural, and `retry_after`, the seconds after which
    it may be worth asking again, are for who is refused.
    """

    def __init__(
        self, total: int, *, per_person: int | None = None, what: str = "requests", retry_after: int = 10
    ) -> None:
        self._total = total
        self._alone = per_person or max(1, total // 2)
        self._beside = per_person or max(1, total // 4)
        self._what = what
        self._retry_after = retry_after
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @property
    def held(self) -> int:
        """How much of it is held by all together."""
        return self._held.total()

    def take(self, person: str) -> None:
        """Take one, to be given back. Raises `Busy` where none is left, `TooManyRequests` beyond one's share."""
        if self.held >= self._total:
            raise Busy(f"Too many {self._what} are under way; nothing was started. Try again in a moment.")
        if not self._has_share(person):
            raise TooManyRequests(
                f"You have as many {self._what} under way as one person may; nothing was started. "
                "Try again once one of them is over.",
                retry_after=self._retry_after,
            )
        self._held[person] += 1

    def give_back(self, person: str) -> None:
        """Give back one that was taken, to those who wait first."""
        self._held[person] -= 1
        self._held += Counter()  # leaves out who holds none
        while next_one := self._next():
            self._held[next_one] += 1
            self._turn(next_one).set_result(None)

    def hold(self, person: str) -> None:
        """Take one until the current task is over, as that of a request is once it is answered or broken off."""
        self.take(person)
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        task.add_done_callback(lambda _: self.give_back(person))

    def spend(self, person: str, seconds: float) -> None:
        """Take one that comes back after so many seconds: a rate."""
        self.take(person)
        asyncio.get_running_loop().call_later(seconds, self.give_back, person)

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        """Hold one within the block; wait for it where need be. Who holds least is next, then who waits longest."""
        if self.held < self._total and self._has_share(person):
            self._held[person] += 1
        else:
            await self._wait(person)
        try:
            yield
        finally:
            self.give_back(person)

    def _has_share(self, person: str) -> bool:
        own = self._held[person]
        return own < (self._alone if self.held == own else self._beside)

    async def _wait(self, person: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._turn(person, turn)
            else:  # it had come
                self.give_back(person)
            raise

    def _next(self) -> str | None:
        """Whose turn it is, where anybody waits who may have one."""
        if self.held >= self._total:
            return None
        waiting = (person for person, turns in self._waiting.items() if any(map(_waits, turns)))
        able = [person for person in waiting if self._has_share(person)]
        return min(able, key=lambda person: self._held[person], default=None)

    def _turn(self, person: str, turn: asyncio.Future[None] | None = None) -> asyncio.Future[None]:
        """Take a turn, or else the person's first, off the queue; the person's next one is behind all others."""
        queue = self._waiting.pop(person)
        found = turn or next(filter(_waits, queue))
        queue.remove(found)
        if queue:
            self._waiting[person] = queue
        return found


def _waits(turn: asyncio.Future[None]) -> bool:
    """Whether somebody still waits; a task that was cancelled leaves the queue only once it runs again."""
    return not turn.cancelled()
