"""The process under test, seen from outside: its memory, and what it holds."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

from scripts.local_stack import stack
from tests.support.world import World

MIB = 1024 * 1024
POOLED = 8 + min(32, (os.cpu_count() or 1) + 4)
"""Threads for looking names up, and those of the event loop: they are started when first needed, and stay."""
_EXPIRED_SECONDS = 6


class Held(NamedTuple):
    """What a process has open."""

    files: int
    tasks: int
    threads: int
    children: int

    def is_within(self, other: Held) -> bool:
        """Whether there is not more of anything than there; of threads, not more than the pools may have started."""
        return all(
            here <= there for here, there in zip(self, other._replace(threads=other.threads + POOLED), strict=True)
        )


class Product(msgspec.Struct):
    """The process under test."""

    server: stack.Server

    @property
    def memory(self) -> int:
        """Bytes that are resident."""
        return int(self._proc("statm").read_text().split()[1]) * 4096

    @property
    def peak(self) -> int:
        """Bytes that were resident at most since `forget_peak`."""
        status = self._proc("status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024

    def forget_peak(self) -> None:
        """Begin a new peak (`clear_refs` of proc(5))."""
        self._proc("clear_refs").write_text("5")

    @property
    def spent(self) -> float:
        """Seconds that it and its workers have spent on a processor, those that have ended included."""
        return sum(map(_ticks, _family(self.server.process.pid))) / os.sysconf("SC_CLK_TCK")

    @property
    def held(self) -> Held:
        """What it has open now; `counted` tells its tasks."""
        self.server.process.send_signal(signal.SIGUSR1)
        assert self.server.process.stdout
        tasks = int(self.server.process.stdout.readline())
        children = self._proc(f"task/{self.server.process.pid}/children").read_text().split()
        return Held(self._count("fd"), tasks, self._count("task"), len(children))

    @property
    def traces(self) -> int:
        """Stack traces in its log."""
        return self.server.log.read_text().count("Traceback")

    def _count(self, name: str) -> int:
        return len(list(self._proc(name).iterdir()))

    def _proc(self, name: str) -> Path:
        return Path(f"/proc/{self.server.process.pid}/{name}")


@contextmanager
def a_product(folder: Path, settings: Mapping[str, str]) -> Iterator[Product]:
    """The product with these settings."""
    with stack.app(folder, {"LOG_LEVEL": "warning", **settings}, module="tests.bench.counted") as app:
        yield Product(app)


async def tidy(here: World, api: httpx.AsyncClient) -> None:
    """Close idle connections: they expire after five seconds, and a pool closes those when it is next used."""
    character = await here.character()
    await asyncio.sleep(_EXPIRED_SECONDS)
    for route in ("images", "library-images"):
        (await api.get(character.url(route))).raise_for_status()


async def settle(product: Product, seconds: int, wanted: Held | None = None) -> Held:
    """Return what is held once it is within `wanted`, or no longer changes and no child is left.

    At the latest after so many seconds. A child that decodes ends when it has been idle for thirty.
    """
    found = last = await asyncio.to_thread(lambda: product.held)
    for _ in range(seconds):
        await asyncio.sleep(1)
        found, last = await asyncio.to_thread(lambda: product.held), found
        if (found == last and not found.children) if wanted is None else found.is_within(wanted):
            break
    return found


class Processors:
    """How busy the machine is, and how much of that is ours: this process with all that it started."""

    def __init__(self) -> None:
        self._before = self._spent()

    def others(self) -> float:
        """Return the processors that others kept busy since the beginning, on average."""
        (elapsed, all_busy, ours), (before, busy_before, ours_before) = self._spent(), self._before
        return max(0.0, (all_busy - busy_before - ours + ours_before) / (elapsed - before) * (os.cpu_count() or 1))

    def _spent(self) -> tuple[float, float, float]:
        """Ticks of all processors, those in which they worked, and those in which they worked for us."""
        user, nice, system, idle, waiting, *rest = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
        busy = user + nice + system + sum(rest)
        return busy + idle + waiting, busy, sum(_ticks(pid) for pid in _family(os.getpid()))


def processor_seconds(pid: int) -> float:
    """Seconds that a process's threads have spent on a processor, more exactly than ticks tell."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _family(pid: int) -> list[int]:
    """A process, and all that it or one of them has started and that still run."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if stat := _stat(int(folder.name)):
            parents.setdefault(int(stat[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _ticks(pid: int) -> int:
    """Ticks of a process and of its children that have ended."""
    stat = _stat(pid)
    return sum(map(int, stat[11:15])) if stat else 0


def _stat(pid: int) -> list[str]:
    """The fields of its state from the third on; none where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
