"""What is under way goes on to its end, whoever waits for it or stops waiting."""

from __future__ import annotations

import asyncio
import gc
import weakref

import msgspec
import pytest

from app.errors import DEFECT, AppError, Busy, Draining, GenerationInProgress, LibraryRefused, TooManyRequests
from app.generation.run import Run
from app.generation.runs import Runs


class Drawn(msgspec.Struct, frozen=True):
    """What a run came to."""

    run_id: str
    success: bool = True


async def slowly(run: Run[Drawn]) -> Drawn:
    await asyncio.sleep(0.05)
    return Drawn(run.id)


async def test_who_stops_waiting_does_not_stop_the_run() -> None:
    runs = Runs(8)
    run = runs.start("reference", 1, "lib-1", 7, slowly)
    waiting = asyncio.create_task(run.result())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await run.result() == Drawn(run.id)
    assert runs.idle


async def test_one_of_a_family_at_a_time_for_a_character_and_no_more_than_slots() -> None:
    runs = Runs(3)
    first = runs.start("reference", 1, "lib-1", 7, slowly)
    for kind in ("reference", "set", "recovery"):
        with pytest.raises(GenerationInProgress):
            runs.start(kind, 1, "lib-1", 8, slowly)
    others = [runs.start("scene", 1, "lib-1", 8, slowly), runs.start("set", 2, "lib-2", 9, slowly)]
    with pytest.raises(Busy):
        runs.start("reference", 3, "lib-3", 10, slowly)
    await asyncio.gather(*(run.result() for run in (first, *others)))
    await runs.start("set", 1, "lib-1", 7, slowly).result()


async def test_two_characters_with_one_library_id_never_draw_at_once() -> None:
    runs = Runs(8)
    first = runs.start("set", 1, "lib-1", 7, slowly)
    with pytest.raises(GenerationInProgress, match="the same library id"):
        runs.start("reference", 2, "lib-1", 7, slowly)
    scene = runs.start("scene", 2, "lib-1", 7, slowly)
    assert (runs.for_character(1), runs.for_character(2), runs.at_library("lib-1")) == (
        [first],
        [scene],
        [first, scene],
    )
    await asyncio.gather(first.result(), scene.result())


async def test_one_person_has_half_of_the_slots_alone_and_a_quarter_beside_others() -> None:
    runs = Runs(8)
    begun = [runs.start("reference", number, f"lib-{number}", 7, slowly) for number in range(4)]
    with pytest.raises(TooManyRequests, match="as many generations under way as one person may; nothing was started"):
        runs.start("reference", 4, "lib-4", 7, slowly)
    begun += [runs.start("reference", number, f"lib-{number}", 8, slowly) for number in (5, 6)]
    with pytest.raises(TooManyRequests):
        runs.start("reference", 7, "lib-7", 8, slowly)
    begun += [runs.start("reference", number, f"lib-{number}", 9, slowly) for number in (7, 8)]
    await asyncio.gather(*(run.result() for run in begun))
    await runs.start("reference", 4, "lib-4", 7, slowly).result()


async def test_who_follows_a_character_is_told_at_once_of_each_change_and_of_the_end() -> None:
    runs, drawn = Runs(8), asyncio.Event()

    async def draws(run: Run[Drawn]) -> Drawn:
        await drawn.wait()
        run.start_ingesting(2)
        return Drawn(run.id)

    seen, second = list[list[tuple[str, str]]](), None
    first = runs.start("set", 1, "lib-1", 7, draws)
    async with asyncio.timeout(20):
        async for under_way in runs.follow(1, 3600):
            seen.append([(run.kind, run.stage) for run in under_way])
            if len(seen) == 1:
                second = runs.start("scene", 1, "lib-1", 8, slowly)
            elif len(seen) == 2 and second:
                await second.result()
            elif len(under_way) == 1:
                drawn.set()
    assert await first.result() == Drawn(first.id)
    both = [("set", "generating"), ("scene", "generating")]
    assert (seen[:3], seen[-1]) == ([both[:1], both, both[:1]], [])


async def test_a_drain_takes_nothing_new_and_waits_for_all_even_for_what_fails() -> None:
    async def fails(_: Run[Drawn]) -> Drawn:
        await asyncio.sleep(0.05)
        raise ValueError

    runs = Runs(8)
    begun = [runs.start("reference", 1, "lib-1", 7, slowly), runs.start("scene", 1, "lib-1", 7, fails)]
    draining = asyncio.create_task(runs.drain())
    await asyncio.sleep(0)
    with pytest.raises(Draining):
        runs.start("reference", 2, "lib-2", 7, slowly)
    await draining
    assert [run.finished for run in begun] == [True, True]
    assert begun[1].failure
    assert begun[1].failure.answer is DEFECT


@pytest.mark.parametrize(("pictures", "remembered"), [(0, 500), (1, 500), (99, 20)], ids=["none", "one", "a large set"])
async def test_what_is_remembered_is_bounded_by_runs_and_by_their_pictures(pictures: int, remembered: int) -> None:
    async def draws(run: Run[Drawn]) -> Drawn:
        for index in range(pictures):
            run.add_item(index)
        return Drawn(run.id)

    runs = Runs(8)
    begun = []
    for _ in range(510):
        begun.append(runs.start("set", 1, "lib-1", 7, draws))
        await begun[-1].result()
        await asyncio.sleep(0)
    assert [run.id for run in begun if runs.find(run.id, 7)] == [run.id for run in begun[-remembered:]]


class Answer:
    """Something large that a run has in its hands."""


async def test_a_failed_run_is_remembered_with_its_words_and_without_what_it_held(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held: list[weakref.ref[Answer]] = []

    async def fails(_: Run[Drawn]) -> Drawn:
        answer = Answer()
        held.append(weakref.ref(answer))
        await asyncio.sleep(0)
        raise LibraryRefused("Out of paint.", status=500, job_id="j1") from ValueError(answer)

    caplog.set_level("CRITICAL")  # pytest keeps what is logged, and with it the error itself
    runs = Runs(8)
    run = runs.start("reference", 1, "lib-1", 7, fails)
    for _ in range(2):
        with pytest.raises(AppError, match=r"^Out of paint\.$"):
            await run.result()
    await asyncio.sleep(0)  # until then this is a callback of the future that failed
    gc.collect()
    remembered = runs.find(run.id, 7)
    assert remembered
    assert (remembered.failure and remembered.failure.upstream) == {
        "service": "character-library",
        "status": 500,
        "error": None,
        "details": None,
        "jobId": "j1",
        "charged": "unknown",
    }
    assert [one() for one in held] == [None]
