"""Bound the failed sign-ins in any minute, for each address and each account, in this process.

A browser that has signed in to an account before is counted by itself, so that strangers who guess at the account, or
from the same address, do not keep its owner out (OWASP: Slow Down Online Guessing Attacks with Device Cookies).
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address
from math import ceil

from app.errors import TooManyRequests, Unauthenticated
from app.limits import Limits

_WINDOW = 60.0
_PER_ADDRESS, _PER_ACCOUNT = 10, 5
_REMEMBERED = 20_000
_SUBSCRIBER = 64  # bits of an IPv6 address that a subscriber does not choose
DEVICE_SECONDS = 30 * 86_400
"""How long a browser is recognised after it signed in."""
# What `trim()` of JavaScript takes away; Python's `strip()` leaves U+FEFF and takes U+001C to U+001F, U+0085 as well.
_WHITE_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


class Devices:
    """Browsers that signed in before, recognised by a cookie with a MAC.

    The key lives as long as the process: after a restart a browser has to sign in once. `clock`: Unix seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock

    def issue(self, account: str) -> str:
        """Make a cookie for a browser that has just signed in to an account."""
        named = f"{int(self._clock() + DEVICE_SECONDS)}.{secrets.token_hex(16)}"
        return f"{named}.{self._mac(named, account)}"

    def find(self, cookie: str, account: str) -> str | None:
        """Read the device from a cookie; None where it is forged, expired or of another account."""
        named, _, mac = cookie.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(named, account).encode()):
            return None
        ends, _, device = named.partition(".")
        return device if int(ends) > self._clock() else None

    def _mac(self, named: str, account: str) -> str:
        return hmac.digest(self._key, f"{named}.{account}".encode("utf-8", "surrogatepass"), "sha256").hex()


class Throttle:
    """Counts the failed tries to sign in by key, each at most as often in a minute as it allows.

    Only the latest `remembered` keys are held, so that memory is bounded. `clock`: monotonic seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, remembered: int = _REMEMBERED, limits: Limits = Limits()
    ) -> None:
        self._wait_seconds = limits.sign_in_wait_seconds
        self._clock = clock
        self._remembered = remembered
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()
        self._under_way: Counter[str] = Counter()
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def attempt(self, address: str, account: str, device: str | None = None) -> AsyncIterator[None]:
        """Try to sign in within the block; it has failed if that raises `Unauthenticated`.

        `account`: from `account_of`. `device`: a recognised browser, which then alone is counted. As many tries run at
        once as may still fail; a later one waits for their end. Raises `TooManyRequests`.
        """
        keys = _keys(address, account, device)
        await self._admit(keys)
        self._under_way.update(keys.keys())
        try:
            yield
        except Unauthenticated:
            for key in keys:
                self._count(key)
            raise
        finally:
            self._under_way.subtract(keys.keys())
            self._under_way += Counter()  # drops what is zero
            self._ended.set()
            self._ended = asyncio.Event()

    async def _admit(self, keys: dict[str, int]) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                while True:
                    if wait := ceil(max(self._wait(key, limit) for key, limit in keys.items())):
                        raise TooManyRequests(
                            f"Signing in failed too often. Wait {wait} seconds, then try again.", retry_after=wait
                        )
                    if all(self._failures(key) + self._under_way[key] < limit for key, limit in keys.items()):
                        return
                    await self._ended.wait()
        except TimeoutError as error:
            sentence = "Too many are signing in now. Try again in a moment."
            raise TooManyRequests(sentence, retry_after=ceil(self._wait_seconds)) from error

    def _failures(self, key: str) -> int:
        since = self._clock() - _WINDOW
        return sum(at > since for at in self._failed.get(key, ()))

    def _wait(self, key: str, limit: int) -> float:
        """Seconds until this key may be tried again; 0 is now."""
        if self._failures(key) < limit:
            return 0.0
        return self._failed[key][-limit] + _WINDOW - self._clock()

    def _count(self, key: str) -> None:
        self._failed.setdefault(key, deque(maxlen=_PER_ADDRESS)).append(self._clock())
        self._failed.move_to_end(key)
        while len(self._failed) > self._remembered or self._is_over(next(iter(self._failed.values()))):
            self._failed.popitem(last=False)

    def _is_over(self, failures: deque[float]) -> bool:
        return failures[-1] + _WINDOW < self._clock()


def account_of(email: str) -> str:
    """Return an e-mail address as Payload reads it when somebody signs in: `email.toLowerCase().trim()` (3.90)."""
    return email.lower().strip(_WHITE_SPACE)


def source_of(address: str) -> str:
    """Return whom an address belongs to: of IPv6 a whole network does. What is no address is nobody's."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> _SUBSCRIBER << _SUBSCRIBER))


def _keys(address: str, account: str, device: str | None) -> dict[str, int]:
    """The keys that a try is counted for, and how often each may fail in a minute."""
    if device:
        return {f"device {device}": _PER_ACCOUNT}
    return {f"address {source_of(address)}": _PER_ADDRESS, f"account {account}": _PER_ACCOUNT}
