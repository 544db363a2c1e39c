"""The application's side of decoding: a few workers, each with a task at a time, that are killed where they must be."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from app.capacity.shares import Shares
from app.decoding.messages import Draw, Drawn, Failed, Frame, Inspect, Inspected, Shrink, Task, Thumbnail
from app.errors import Busy, ImageError, ImageTooLarge, ImageTruncated, NotAnImage
from app.limits import Limits

log = logging.getLogger(__name__)
T = TypeVar("T", Inspected, Thumbnail, Drawn)

_ROOT = Path(__file__).parents[2]
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_PIECE = 64 * 1024
_OWN_MEMORY = 192 * 1024 * 1024
_PIXEL = 16
_FILES = 4
_USUAL_PIXELS = 25_000_000
_ERRORS: dict[str, type[ImageError]] = {
    "not_an_image": NotAnImage,
    "too_large": ImageTooLarge,
    "damaged": ImageTruncated,
}

_AGAIN = "It stays where it is: to try it once more, ask the library what it has."


class WorkerDied(Exception):
    """A worker ended in the middle of a task. `overran`: it had taken all the time that it may."""

    def __init__(self, overran: bool) -> None:
        super().__init__("overran" if overran else "died")
        self.overran = overran


class Decoders:
    """Decodes in at most `workers` processes, which start when there is something to decode and end when idle.

    Nobody waits for another's picture for longer than `decoding_seconds`: a task that needs more processor time than
    that is killed and begun anew among the long ones, of which there is one at a time. People have their turn in both,
    whatever others have queued. `max_pixels` and `max_bytes`, of one picture, give the memory that a worker may have.
    """

    def __init__(self, *, workers: int, max_pixels: int, max_bytes: int, limits: Limits) -> None:
        self._max_pixels = max_pixels
        self._memory = _OWN_MEMORY + _PIXEL * max_pixels + _FILES * max_bytes
        self._limits = limits
        self._long_seconds = limits.long_decoding_seconds * max(1.0, max_pixels / _USUAL_PIXELS)
        self._workers = Shares(workers, per_person=workers)
        self._long = Shares(1)
        self._idle: list[tuple[Worker, asyncio.TimerHandle]] = []

    async def inspect(self, file: IO[bytes], person: str) -> Inspected:
        """What a file is. It is at its start afterwards. Raises an `ImageError`, or `Busy` where no worker starts."""
        task = Inspect(self._limits.decoding_seconds, self._max_pixels)
        inspected = await self._done(task, Inspected, [file], person)
        file.seek(0)
        return inspected

    async def shrink(self, file: IO[bytes], into: IO[bytes], at: int, person: str) -> Thumbnail:
        """Write the pixels of a file's thumbnail into another file, from `at` on. Raises as `inspect` does."""
        task = Shrink(self._limits.decoding_seconds, self._max_pixels, at)
        return await self._done(task, Thumbnail, [file, into], person)

    async def draw(
        self, title: str, subtitle: str, frames: list[Frame], thumbnails: IO[bytes], into: IO[bytes], person: str
    ) -> None:
        """Draw a contact sheet into a file, as a PNG. Raises as `inspect` does."""
        task = Draw(self._long_seconds, title, subtitle, frames)
        await self._done(task, Drawn, [thumbnails, into], person, is_long=True)

    def close(self) -> None:
        """End the workers that are idle."""
        while self._idle:
            worker, timer = self._idle.pop()
            timer.cancel()
            worker.end()

    async def _done(
        self, task: Task, wanted: type[T], files: list[IO[bytes]], person: str, *, is_long: bool = False
    ) -> T:
        """The answer to a task, tried among the short ones first, as almost all are."""
        try:
            if not is_long:
                return await self._asked(task, wanted, files, person)
        except WorkerDied as died:
            log.info("a picture of %s did not decode at once: its worker %s", person, died)
            task = msgspec.structs.replace(task, seconds=self._long_seconds)
        try:
            async with self._long.turn(person):
                return await self._asked(task, wanted, files, person)
        except WorkerDied as died:
            log.warning("a picture of %s does not decode: its worker %s", person, died)
            if died.overran:
                raise ImageTooLarge(
                    f"The picture takes more than {self._long_seconds:.0f} s to decode. {_AGAIN}"
                ) from died
            raise ImageTruncated(f"The picture is damaged: what decodes it broke down. {_AGAIN}") from died

    async def _asked(self, task: Task, wanted: type[T], files: list[IO[bytes]], person: str) -> T:
        async with self._workers.turn(person):
            worker = self._worker()
            try:
                answer = await worker.ask(task, wanted, files, self._limits.decoder_answer_seconds)
            except BaseException:
                worker.kill()
                raise
            timer = asyncio.get_running_loop().call_later(self._limits.decoder_idle_seconds, self._retire, worker)
            self._idle.append((worker, timer))
        if isinstance(answer, Failed):
            raise _ERRORS[answer.wrong](answer.message)
        return answer

    def _worker(self) -> Worker:
        if self._idle:
            worker, timer = self._idle.pop()
            timer.cancel()
            return worker
        try:
            return Worker(self._memory)
        except OSError as error:
            log.exception("no process to decode a picture starts")
            raise Busy(
                "This server could not start what decodes pictures. Once it can, ask the library what it has."
            ) from error

    def _retire(self, worker: Worker) -> None:
        self._idle = [(other, timer) for other, timer in self._idle if other is not worker]
        worker.end()


class Worker:
    """A process of `app.decoding.worker`, with so much memory. It sees no setting of ours, and ends with us."""

    def __init__(self, memory: int) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-P", "-m", "app.decoding.worker", str(memory)],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    # One arena: each of glibc's takes 64 MiB of what a process may have.
                    env={**passed_on, "PYTHONPATH": str(_ROOT), "MALLOC_ARENA_MAX": "1"},
                    start_new_session=True,  # a Ctrl-C is for us, who let it finish
                )
        except OSError:
            self._socket.close()
            raise

    async def ask(self, task: Task, wanted: type[T], files: list[IO[bytes]], seconds: float) -> T | Failed:
        """Have a task done within so many seconds on the clock. Raises `WorkerDied`; the worker is of no use then."""
        line = msgspec.json.encode(task) + b"\n"
        try:
            async with asyncio.timeout(seconds):
                if socket.send_fds(self._socket, [line], [file.fileno() for file in files]) < len(line):
                    raise WorkerDied(overran=False)
                answer: T | Failed = msgspec.json.decode(await self._line(), type=wanted | Failed)
                return answer
        except TimeoutError as error:
            raise WorkerDied(overran=True) from error
        except (OSError, msgspec.MsgspecError) as error:
            raise WorkerDied(overran=False) from error

    async def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            piece = await asyncio.get_running_loop().sock_recv(self._socket, _PIECE)
            if not piece:
                code = await asyncio.to_thread(self._process.wait)
                raise WorkerDied(overran=code == -signal.SIGPROF)
            line += piece
        return line

    def kill(self) -> None:
        """End it now, whatever it does."""
        self._process.kill()
        self.end()

    def end(self) -> None:
        """Let it end, and see to it that nothing of it is left."""
        self._socket.close()
        asyncio.get_running_loop().run_in_executor(None, self._process.wait)
