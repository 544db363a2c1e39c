"""How often signing in may be tried in any minute, from an address and for an account, in this process."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil

from app.errors import TooManyRequests

_WINDOW = 60.0
_PER_ADDRESS, _PER_ACCOUNT = 10, 5
_REMEMBERED = 20_000
_SUBSCRIBER = 64  # bits of an IPv6 address that a subscriber does not choose


class Tries:
    """When each key was tried in the last minute, at most `limit` times.

    Of all keys the latest `_REMEMBERED` are known, so that nobody can fill the memory with others.
    """

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._known: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Seconds until this key may be tried again; 0 is now."""
        tries = self._known.get(key)
        return max(0.0, tries[0] + _WINDOW - self._clock()) if tries and len(tries) >= self._limit else 0.0

    def count(self, key: str) -> None:
        """This key is tried now."""
        self._known.setdefault(key, deque(maxlen=self._limit)).append(self._clock())
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED or self._is_over(next(iter(self._known.values()))):
            self._known.popitem(last=False)

    def _is_over(self, tries: deque[float]) -> bool:
        return tries[-1] + _WINDOW < self._clock()


class Throttle:
    """Counts the tries to sign in, whatever becomes of them. `clock`: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._addresses = Tries(_PER_ADDRESS, clock)
        self._accounts = Tries(_PER_ACCOUNT, clock)

    def check(self, address: str, email: str) -> None:
        """Count a try. Raises `TooManyRequests` for one too many, which then is not counted."""
        source, account = _source(address), email.strip().lower()
        wait = ceil(max(self._addresses.wait(source), self._accounts.wait(account)))
        if wait:
            raise TooManyRequests(f"Signing in was tried too often. Wait {wait} seconds, then try again.", wait)
        self._addresses.count(source)
        self._accounts.count(account)


def _source(address: str) -> str:
    """Whom an address belongs to: of IPv6 a whole network does."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or int(parsed) >> _SUBSCRIBER)
