"""How often signing in may be tried: any minute counts, each address and account for itself, in little memory."""

from __future__ import annotations

import pytest

from app import throttle as module
from app.errors import TooManyRequests
from app.throttle import Throttle


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


def taken(throttle: Throttle, address: str, email: str) -> bool:
    try:
        throttle.check(address, email)
    except TooManyRequests:
        return False
    return True


def test_an_account_may_be_tried_five_times_a_minute_and_an_address_ten(throttle: Throttle) -> None:
    account = [taken(throttle, f"192.0.2.{n}", "ada@film.example") for n in range(7)]
    address = [taken(throttle, "198.51.100.1", f"{n}@film.example") for n in range(12)]
    assert account == [True] * 5 + [False] * 2
    assert address == [True] * 10 + [False] * 2


def test_any_minute_counts_not_the_one_of_the_clock(throttle: Throttle, clock: Clock) -> None:
    for seconds in (0, 40, 50, 55, 59):
        clock.now = 1000.0 + seconds
        assert taken(throttle, "192.0.2.1", "ada@film.example")
    with pytest.raises(TooManyRequests, match=r"Wait 1 seconds") as caught:
        throttle.check("192.0.2.1", "ada@film.example")
    assert caught.value.retry_after == 1
    clock.now = 1060.5
    assert taken(throttle, "192.0.2.1", "ada@film.example")
    with pytest.raises(TooManyRequests) as caught:
        throttle.check("192.0.2.1", "ada@film.example")
    assert caught.value.retry_after == 40


def test_what_was_refused_does_not_count(throttle: Throttle, clock: Clock) -> None:
    tries = [taken(throttle, "192.0.2.1", "ada@film.example") for _ in range(100)]
    clock.now += 60.0
    assert tries.count(True) == 5
    assert taken(throttle, "192.0.2.1", "ada@film.example")


def test_an_address_that_is_refused_cannot_use_up_an_account(throttle: Throttle) -> None:
    for n in range(10):
        throttle.check("192.0.2.1", f"{n}@film.example")
    assert not any(taken(throttle, "192.0.2.1", "ada@film.example") for _ in range(9))
    assert taken(throttle, "192.0.2.2", "ada@film.example")


def test_an_account_is_the_same_however_it_is_written(throttle: Throttle) -> None:
    for n, email in enumerate(["ada@film.example", " Ada@film.example", "ADA@FILM.EXAMPLE ", "ada@Film.example"] * 2):
        assert taken(throttle, f"192.0.2.{n}", email) is (n < 5)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:7::1", "2001:db8:0:7:ffff::9", True),
        ("2001:db8:0:7::1", "2001:db8:0:8::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "", True),
    ],
)
def test_of_ipv6_a_whole_network_is_one_address(throttle: Throttle, one: str, other: str, same: bool) -> None:
    for n in range(10):
        throttle.check(one, f"{n}@film.example")
    assert taken(throttle, other, "ada@film.example") is not same


def test_memory_is_bounded(throttle: Throttle, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 100)
    for n in range(1000):
        throttle.check(f"10.0.{n // 250}.{n % 250}", f"{n}@film.example")
    assert {len(tries._known) for tries in (throttle._addresses, throttle._accounts)} == {100}
    clock.now += 61.0
    throttle.check("192.0.2.1", "ada@film.example")
    assert {len(tries._known) for tries in (throttle._addresses, throttle._accounts)} == {1}
