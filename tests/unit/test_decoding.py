"""Pictures are decoded in processes that can be killed: a bad one costs a bounded time and memory, and only itself."""

from __future__ import annotations

import asyncio
import io
import os
import resource
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import IO

import pytest
from PIL import Image

from app.decoding.formats import inspect
from app.decoding.messages import Failed, Frame, Inspect, Inspected
from app.decoding.pool import Decoders, Worker
from app.errors import Busy, ImageError, ImageTooLarge, ImageTruncated, NotAnImage
from app.limits import Limits
from tests.support.image_bombs import BOMBS
from tests.support.pictures import (
    FOREIGN,
    JPEG,
    PNG,
    WHOLE,
    canvas,
    encoded,
    many_scans,
)

PIXELS, BYTES = 25_000_000, 15 * 2**20
PNG_FOUND = Inspected("image/png", "png", 96, 64, len(PNG))
SHORT = Limits(decoding_seconds=0.2, long_decoding_seconds=1.0)


@cache
def slow() -> bytes:
    """A picture within every limit, and some seconds of a processor's work."""
    return many_scans(499, (3500, 3500))


@asynccontextmanager
async def decoding(limits: Limits = SHORT) -> AsyncIterator[Decoders]:
    decoders = Decoders(workers=2, max_pixels=PIXELS, max_bytes=BYTES, limits=limits)
    try:
        yield decoders
    finally:
        decoders.close()
        await until_no_worker()


@contextmanager
def filed(content: bytes) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


async def look(decoders: Decoders, content: bytes, person: str = "1") -> Inspected:
    with filed(content) as file:
        return await decoders.inspect(file, person)


def workers(parent: int | None = None) -> list[int]:
    """Our child processes that decode and still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, ppid = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(ppid) == (parent or os.getpid()) and b"app.decoding.worker" in command and state != "Z":
            found.append(int(folder.name))
    return found


async def until_no_worker() -> None:
    for _ in range(500):
        if not workers():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("a worker did not end")


async def until_worker_decodes() -> int:
    """The first worker that is there and has something to do."""
    for _ in range(500):
        for pid in workers():
            if processor_time(pid) > 0.5:
                return pid
        await asyncio.sleep(0.02)
    raise AssertionError("no worker decodes")


def processor_time(pid: int) -> float:
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def childrens_time() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


async def test_a_worker_tells_the_same_as_looking_here() -> None:
    async with decoding(Limits()) as decoders:
        for content in WHOLE.values():
            assert await look(decoders, content) == inspect(io.BytesIO(content), PIXELS)
        for what, content in FOREIGN.items():
            with pytest.raises(NotAnImage, match=f"not a picture but {what}"):
                await look(decoders, content)


async def test_a_file_is_at_its_start_afterwards_and_its_position_before_does_not_matter() -> None:
    async with decoding(Limits()) as decoders:
        with filed(PNG) as file:
            for position in (0, 7, len(PNG)):
                file.seek(position)
                assert await decoders.inspect(file, "1") == PNG_FOUND
                assert file.read() == PNG


async def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_is_not() -> None:
    before = childrens_time()
    async with decoding() as decoders:
        with pytest.raises(ImageTooLarge, match=r"more than 1 s to decode\. .* ask the library"):
            await look(decoders, slow())
        assert await look(decoders, PNG) == PNG_FOUND
    assert childrens_time() - before < 4, "its short try, its long one, and three workers' starts"


async def test_a_picture_that_takes_long_is_taken_all_the_same_where_it_is_honest() -> None:
    async with decoding(Limits(decoding_seconds=0.05, long_decoding_seconds=60)) as decoders:
        content = encoded(canvas(size=(2500, 2500)), "PNG", compress_level=1)
        assert (await look(decoders, content)).width == 2500


@pytest.mark.parametrize("each", [1, 3])
async def test_a_small_picture_waits_for_no_long_one(each: int) -> None:
    """Whatever others have queued: at most their short tries come before it."""
    async with decoding(Limits(decoding_seconds=0.2, long_decoding_seconds=30)) as decoders:
        bad = [asyncio.create_task(look(decoders, slow(), str(one % each))) for one in range(6)]
        await asyncio.sleep(0)
        for _ in range(3):
            assert await look(decoders, PNG, "honest") == PNG_FOUND
        assert [task for task in bad if task.done()] == []
        for task in bad:
            task.cancel()
        await asyncio.gather(*bad, return_exceptions=True)


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_costs_a_bounded_time_and_memory(bomb: str) -> None:
    before = childrens_time()
    async with decoding(Limits()) as decoders:
        for use in ("inspect", "shrink"):
            with filed(BOMBS[bomb]()) as file, tempfile.TemporaryFile() as into:
                try:
                    await (decoders.inspect(file, "1") if use == "inspect" else decoders.shrink(file, into, 0, "1"))
                except ImageError as error:
                    assert str(error).endswith(".")  # noqa: PT017 - some are pictures, after all
        largest = max((kibibytes(pid, "VmHWM") for pid in workers()), default=0)
    assert largest < 640 * 1024
    assert childrens_time() - before < 25


def kibibytes(pid: int, what: str) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().partition(f"{what}:")[2].split()[0])


def files_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_what_needs_more_memory_than_any_may_is_refused() -> None:
    worker = Worker(100 * 2**20)
    for content, refused in (
        (encoded(Image.new("L", (5000, 5000)), "PNG"), False),
        (encoded(Image.new("RGBA", (5000, 5000)), "PNG"), True),
        (PNG, False),
    ):
        with filed(content) as file:
            answer = await worker.ask(Inspect(30, PIXELS), Inspected, [file], 60)
        assert isinstance(answer, Failed) is refused
        if isinstance(answer, Failed):
            assert (answer.wrong, "more memory" in answer.message) == ("too_large", True)
    worker.end()
    await until_no_worker()


async def test_a_worker_that_is_killed_once_costs_nothing_and_twice_its_own_picture_only() -> None:
    async with decoding(Limits(decoding_seconds=30, long_decoding_seconds=30)) as decoders:
        for times in (1, 2):
            task = asyncio.create_task(look(decoders, slow()))
            killed = set[int]()
            while len(killed) < times:
                pid = await until_worker_decodes()
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
                await asyncio.sleep(0.1)
            if times == 1:
                assert (await task).width == 3500
            else:
                with pytest.raises(ImageTruncated, match="broke down"):
                    await task
            assert await look(decoders, PNG) == PNG_FOUND


async def test_a_worker_that_stands_still_is_given_up() -> None:
    limits = Limits(decoding_seconds=30, long_decoding_seconds=30, decoder_answer_seconds=1.5)
    async with decoding(limits) as decoders:
        task = asyncio.create_task(look(decoders, slow()))
        while not task.done():
            for pid in workers():
                os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(0.02)
        with pytest.raises(ImageTooLarge):
            await task


async def test_who_gives_up_leaves_no_work_behind() -> None:
    async with decoding(Limits(decoding_seconds=30)) as decoders:
        task = asyncio.create_task(look(decoders, slow()))
        await until_worker_decodes()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until_no_worker()
        assert await look(decoders, PNG) == PNG_FOUND


async def test_workers_start_when_there_is_something_to_do_and_end_when_there_is_not() -> None:
    async with decoding(Limits(decoder_idle_seconds=0.1)) as decoders:
        assert workers() == []
        await asyncio.gather(*(look(decoders, PNG, str(n)) for n in range(20)))
        await until_no_worker()
        assert (await look(decoders, JPEG)).extension == "jpg"


async def test_a_thousand_pictures_leave_nothing_behind() -> None:
    contents = [PNG, JPEG, PNG[: len(PNG) // 2], FOREIGN["a GIF"], encoded(canvas(size=(300, 300)), "PNG")]
    async with decoding(Limits()) as decoders:

        async def some(count: int) -> tuple[int, list[tuple[int, int]]]:
            for _ in range(count):
                done = [look(decoders, content, str(n)) for n, content in enumerate(contents)]
                await asyncio.gather(*done, return_exceptions=True)
            return files_of(os.getpid()), sorted((pid, files_of(pid)) for pid in workers())

        warm = await some(10)
        memory = [kibibytes(pid, "VmRSS") for pid, _ in warm[1]]
        assert await some(200) == warm
        assert max(kibibytes(pid, "VmRSS") - then for (pid, _), then in zip(warm[1], memory, strict=True)) < 4 * 1024


async def test_a_worker_sees_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPT_MODEL_KEY", "canary")
    async with decoding() as decoders:
        await look(decoders, PNG)
        [pid] = workers()
        assert b"canary" not in environment_of(pid)


async def test_where_no_worker_starts_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")  # the interpreter of the tests cannot be taken away
    async with decoding() as decoders:
        with pytest.raises(Busy, match="ask the library"):
            await look(decoders, PNG)


async def test_a_contact_sheet_is_drawn_from_files() -> None:
    async with decoding(Limits()) as decoders:
        with tempfile.TemporaryFile() as thumbnails, tempfile.TemporaryFile() as sheet:
            frames, end = list[Frame](), 0
            for content in (PNG, JPEG):
                with filed(content) as file:
                    one = await decoders.shrink(file, thumbnails, end, "1")
                frames.append(Frame(one, "front"))
                end = one.end
            await decoders.draw("Mara Quill", "Set of 3", [*frames, Frame(None, "back")], thumbnails, sheet, "1")
            sheet.seek(0)
            with Image.open(sheet) as drawn:
                assert (drawn.format, drawn.width) == ("PNG", 840)


def test_a_worker_ends_with_the_application_however_that_ends() -> None:
    program = """
        import asyncio, sys
        from app.decoding.pool import Decoders
        from app.limits import Limits

        async def main():
            decoders = Decoders(workers=2, max_pixels=100, max_bytes=100, limits=Limits())
            with open(sys.argv[1], "rb") as idle, open(sys.argv[2], "rb") as slow:
                first = asyncio.create_task(decoders.inspect(slow, "1"))
                try:
                    await decoders.inspect(idle, "1")
                except Exception:
                    print("ready", flush=True)
                await first
                await asyncio.sleep(60)

        asyncio.run(main())
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(PNG)
        file.flush()
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program), file.name, file.name], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            process.stdout.readline()
            started = workers(process.pid)
            process.kill()
    assert started
    for _ in range(250):
        if not any(Path(f"/proc/{pid}").exists() for pid in started):
            return
        time.sleep(0.02)
    raise AssertionError("a worker lived on")


@pytest.mark.parametrize(
    ("module", "without"),
    [("app.decoding.worker", ["httpx", "litestar", "payload_client", "asyncio", "ssl"]), ("app.main", ["PIL"])],
)
def test_the_application_does_not_decode_and_a_worker_loads_nothing_else(module: str, without: list[str]) -> None:
    code = f"import sys, {module}; print(*(name for name in {without} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
