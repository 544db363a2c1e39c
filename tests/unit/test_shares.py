"""What is scarce is shared out: one person can take a part of it, and has their turn whatever others have queued."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from app.capacity.shares import Shares
from app.errors import Busy, TooManyRequests


def taken(shares: Shares, person: str) -> int:
    """How many that person can take before being refused."""
    for count in range(100):
        try:
            shares.take(person)
        except (Busy, TooManyRequests):
            return count
    raise AssertionError("no end of it")


@pytest.mark.parametrize(("total", "alone"), [(1, 1), (2, 1), (3, 1), (4, 2), (8, 4), (64, 32)])
def test_alone_one_has_half_of_it_and_at_least_one(total: int, alone: int) -> None:
    assert taken(Shares(total), "1") == alone


def test_beside_others_one_has_a_quarter_of_it() -> None:
    shares = Shares(8)
    assert taken(shares, "1") == 4
    assert [taken(shares, person) for person in ("2", "3", "4")] == [2, 2, 0]
    shares.give_back("1")
    with pytest.raises(TooManyRequests, match="one person may"):
        shares.take("1")
    shares.take("4")


def test_where_none_is_left_that_is_told_and_where_it_is_ones_own_share_too() -> None:
    shares = Shares(4, what="downloads", retry_after=7)
    shares.take("1")
    shares.take("1")
    with pytest.raises(TooManyRequests, match="as many downloads under way as one person may") as refused:
        shares.take("1")
    assert refused.value.retry_after == 7
    shares.take("2")
    shares.take("3")
    with pytest.raises(Busy, match="Too many downloads"):
        shares.take("4")


async def test_what_a_task_holds_comes_back_however_it_ends() -> None:
    shares, go = Shares(2, per_person=1), asyncio.Event()

    async def request(person: str) -> None:
        shares.hold(person)
        await go.wait()
        raise ValueError

    first, second = (asyncio.create_task(request(person)) for person in "12")
    await asyncio.sleep(0)
    assert shares.held == 2
    first.cancel()
    await asyncio.wait([first])
    assert shares.held == 1
    go.set()
    await asyncio.wait([second])
    await asyncio.sleep(0)
    assert shares.held == 0
    assert isinstance(second.exception(), ValueError)


async def test_what_is_spent_comes_back_with_time() -> None:
    shares = Shares(4)
    shares.spend("1", 0.01)
    shares.spend("1", 0.01)
    with pytest.raises(TooManyRequests):
        shares.spend("1", 0.01)
    await asyncio.sleep(0.1)
    assert shares.held == 0
    shares.spend("1", 0.01)


async def test_turns_go_round_among_persons() -> None:
    shares, order = Shares(1), list[str]()

    async def work(person: str) -> None:
        async with shares.turn(person):
            order.append(person)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(person) for person in ["1"] * 5 + ["2", "3"] + ["2"]))
    assert order == ["1", "1", "2", "3", "1", "2", "1", "1"]
    assert shares.held == 0


async def test_turns_are_never_more_than_there_are_and_one_has_a_share() -> None:
    shares, now, most = Shares(8), Counter[str](), Counter[str]()

    async def work(person: str) -> None:
        async with shares.turn(person):
            now[person] += 1
            for name, count in [*now.items(), ("all", now.total())]:
                most[name] = max(most[name], count)
            await asyncio.sleep(0)
            now[person] -= 1

    await asyncio.gather(*(work(person) for person in ["1"] * 30 + ["2"] * 30))
    assert most == {"1": 4, "2": 2, "all": 6}, "half for who came first, a quarter for who came then"
    assert shares.held == 0


async def test_who_stops_waiting_takes_nobodys_turn() -> None:
    shares, done = Shares(1), list[str]()

    async def work(person: str) -> None:
        async with shares.turn(person):
            done.append(person)

    shares.take("0")
    waiting = [asyncio.create_task(work(person)) for person in ("1", "1", "2", "2")]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[2].cancel()
    await asyncio.sleep(0)
    shares.give_back("0")
    waiting[1].cancel()  # its turn has just come
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (done, shares.held) == (["2"], 0)


@pytest.mark.parametrize("left", ["1", "2"])
async def test_those_who_stop_waiting_all_at_once_leave_it_to_who_still_waits(left: str) -> None:
    shares = Shares(1)
    shares.take("0")

    async def wait(person: str) -> None:
        async with shares.turn(person):
            await asyncio.sleep(0)

    waiting = [asyncio.create_task(wait(person)) for person in ("1", "1", "2", "1")]
    staying = asyncio.create_task(wait(left))
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    shares.give_back("0")  # before any of them runs again
    await asyncio.wait_for(staying, 5)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert [task.cancelled() for task in waiting] == [True] * 4
    assert shares.held == 0
