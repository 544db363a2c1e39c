"""How often signing in may fail: any minute counts, each address and account for itself, in little memory."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable

import pytest

from app.errors import PayloadUnavailable, TooManyRequests, Unauthenticated
from app.use_cases.sign_in import rest_of
from app.web.login_throttle import DEVICE_SECONDS, Devices, Throttle, account_of

ADA = "ada@film.example"


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


async def tried(
    throttle: Throttle, address: str, account: str, device: str | None = None, outcome: Exception | None = None
) -> bool:
    """Whether a try was let in; it fails unless told otherwise."""
    try:
        async with throttle.attempt(address, account, device):
            await asyncio.sleep(0)
            raise outcome or Unauthenticated("wrong")
    except TooManyRequests:
        return False
    except (Unauthenticated, PayloadUnavailable):
        return True


async def succeeds(throttle: Throttle, address: str, account: str, device: str | None = None) -> bool:
    """Whether a try with the right password was let in."""
    try:
        async with throttle.attempt(address, account, device):
            await asyncio.sleep(0)
            return True
    except TooManyRequests:
        return False


async def test_an_account_may_fail_five_times_a_minute_and_an_address_ten(throttle: Throttle) -> None:
    account = [await tried(throttle, f"192.0.2.{n}", ADA) for n in range(7)]
    address = [await tried(throttle, "198.51.100.1", f"{n}@film.example") for n in range(12)]
    assert account == [True] * 5 + [False] * 2
    assert address == [True] * 10 + [False] * 2


async def test_who_signs_in_counts_for_nothing(throttle: Throttle) -> None:
    assert [await succeeds(throttle, "192.0.2.1", ADA) for _ in range(40)] == [True] * 40
    assert await tried(throttle, "192.0.2.1", ADA)


async def test_forty_colleagues_of_one_office_get_in_at_once(throttle: Throttle) -> None:
    tries = [succeeds(throttle, "192.0.2.1", f"{n}@film.example") for n in range(40)]
    assert await asyncio.gather(*tries) == [True] * 40


async def test_of_a_thousand_tries_at_once_no_more_are_let_in_than_may_fail(throttle: Throttle) -> None:
    guesses = await asyncio.gather(*(tried(throttle, "192.0.2.1", ADA) for _ in range(1000)))
    assert sum(guesses) == 5


async def test_what_payload_could_not_tell_counts_for_nothing(throttle: Throttle) -> None:
    away = [await tried(throttle, "192.0.2.1", ADA, outcome=PayloadUnavailable("away")) for _ in range(20)]
    assert away == [True] * 20
    assert await tried(throttle, "192.0.2.1", ADA)


async def test_any_minute_counts_not_the_one_of_the_clock(throttle: Throttle, clock: Clock) -> None:
    for seconds in (0, 40, 50, 55, 59):
        clock.now = 1000.0 + seconds
        assert await tried(throttle, "192.0.2.1", ADA)
    with pytest.raises(TooManyRequests, match=r"Wait 1 seconds") as caught:
        async with throttle.attempt("192.0.2.1", ADA):
            pass
    assert caught.value.retry_after == 1
    clock.now = 1060.5
    assert await tried(throttle, "192.0.2.1", ADA)
    with pytest.raises(TooManyRequests) as caught:
        async with throttle.attempt("192.0.2.1", ADA):
            pass
    assert caught.value.retry_after == 40


async def test_what_was_refused_does_not_count(throttle: Throttle, clock: Clock) -> None:
    tries = [await tried(throttle, "192.0.2.1", ADA) for _ in range(100)]
    clock.now += 60.0
    assert tries.count(True) == 5
    assert await tried(throttle, "192.0.2.1", ADA)


async def test_an_address_that_is_refused_cannot_use_up_an_account(throttle: Throttle) -> None:
    for n in range(10):
        await tried(throttle, "192.0.2.1", f"{n}@film.example")
    assert not any([await tried(throttle, "192.0.2.1", ADA) for _ in range(9)])
    assert await tried(throttle, "192.0.2.2", ADA)


@pytest.mark.parametrize(
    ("typed", "account"),
    [
        (" Ada@film.example", ADA),
        ("ADA@FILM.EXAMPLE \r\n", ADA),
        ("\ufeffada@film.example\ufeff", ADA),
        ("\u2003ada@film.example\u3000\u00a0\u2029", ADA),
        ("ada@film.example\x85", "ada@film.example\x85"),
        ("\x1cada@film.example", "\x1cada@film.example"),
        ("\u200bada@film.example", "\u200bada@film.example"),
        ("ada @film.example", "ada @film.example"),
        ("\u212aate@film.example", "kate@film.example"),
        ("", ""),
    ],
)
def test_an_account_is_the_one_that_payload_reads(typed: str, account: str) -> None:
    assert account_of(typed) == account


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:7::1", "2001:db8:0:7:ffff::9", True),
        ("2001:db8:0:7::1", "2001:db8:0:8::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "", True),
        ("no address", "nor this", True),
    ],
)
async def test_of_ipv6_a_whole_network_is_one_address(throttle: Throttle, one: str, other: str, same: bool) -> None:
    for n in range(10):
        await tried(throttle, one, f"{n}@film.example")
    assert await tried(throttle, other, ADA) is not same


async def test_memory_is_bounded(clock: Clock) -> None:
    throttle = Throttle(clock, remembered=100)
    for n in range(1000):
        await tried(throttle, f"10.0.{n // 250}.{n % 250}", f"{n}@film.example")
    assert len(throttle._failed) == 100
    assert not throttle._under_way
    clock.now += 61.0
    await tried(throttle, "192.0.2.1", ADA)
    assert len(throttle._failed) == 2


async def test_a_browser_that_has_signed_in_before_does_not_wait_for_strangers(throttle: Throttle) -> None:
    devices = Devices()
    device = devices.find(devices.issue(ADA), ADA)
    for _ in range(5):
        await tried(throttle, "192.0.2.1", ADA)
    for n in range(10):
        await tried(throttle, "198.51.100.1", f"{n}@film.example")
    assert not await succeeds(throttle, "198.51.100.1", ADA)
    assert await succeeds(throttle, "198.51.100.1", ADA, device)


async def test_a_known_browser_may_fail_five_times_itself_and_keeps_nobody_else_out(throttle: Throttle) -> None:
    devices = Devices()
    device = devices.find(devices.issue(ADA), ADA)
    assert [await tried(throttle, "192.0.2.1", ADA, device) for _ in range(6)] == [True] * 5 + [False]
    assert await succeeds(throttle, "192.0.2.1", ADA)


def forged(cookie: str) -> Iterable[str]:
    """What is nearly the cookie."""
    ends, device, mac = cookie.split(".")
    yield from ("", ".", "..", "...", cookie[:-1], cookie + "0", f"{ends}.{device}.", f"{ends}.{device}.é")
    yield f"{int(ends) + 1}.{device}.{mac}"
    yield f"{ends}.{device[::-1]}.{mac}"


def test_a_browser_is_known_for_the_account_that_it_signed_in_to_and_for_a_month(clock: Clock) -> None:
    devices = Devices(clock)
    cookie = devices.issue(ADA)
    assert devices.find(cookie, ADA)
    assert devices.find(cookie, "eve@film.example") is None
    assert [one for one in forged(cookie) if devices.find(one, ADA)] == []
    assert Devices(clock).find(cookie, ADA) is None
    clock.now += DEVICE_SECONDS
    assert devices.find(cookie, ADA) is None


def test_a_cookie_says_nothing_of_its_account() -> None:
    cookie = Devices().issue("writer@film.example")
    assert re.fullmatch(r"[0-9]+\.[0-9a-f]+\.[0-9a-f]+", cookie)
    assert cookie != Devices().issue("writer@film.example")


@pytest.mark.parametrize(("taken", "answered"), [(0.003, 1.0), (0.25, 1.0), (0.999, 1.0), (1.001, 2.0), (2.5, 3.0)])
def test_a_refusal_takes_a_whole_time(taken: float, answered: float) -> None:
    assert taken + rest_of(taken, 1.0) == pytest.approx(answered)
