"""Processes of the product that can be killed at a point of its code. All are forked from one that has it loaded."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import msgspec

from scripts.local_stack.stack import free_port

_READY_SECONDS = 30
_POLL_SECONDS = 0.01

forkserver = get_context("forkserver")
forkserver.set_forkserver_preload(["tests.crash.watched", "tests.crash.replica"])


class Orders(msgspec.Struct, frozen=True):
    """What a process is to do about its points.

    `trace`: write each into this file. `crash_at`: die at `<n> <moment> <point>`. `countdown`: die once it has come
    down from above 0, a number that is shared with whoever started the process. `ahead`: seconds that the sweep's
    clock is fast.
    """

    trace: Path | None = None
    crash_at: str = ""
    countdown: Any = None
    ahead: int = 0


NO_ORDERS = Orders()


class Replica(msgspec.Struct, frozen=True):
    """A process that serves at `url`."""

    url: str
    process: ForkServerProcess

    def ended(self, seconds: float = _READY_SECONDS) -> int | None:
        """Wait for it to end; its exit code, or None if it goes on."""
        self.process.join(seconds)
        return self.process.exitcode

    @property
    def killed(self) -> bool:
        """Whether it was, rather than asked to end."""
        return self.ended() == -signal.SIGKILL


@contextmanager
def replica(log: Path, settings: Mapping[str, str], orders: Orders = NO_ORDERS) -> Iterator[Replica]:
    """The server, until the block ends, or until it has died as it was ordered to."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = start([], {"SITE_URL": url, "PORT": str(port), **settings}, log, orders)
    try:
        _wait_until_it_listens(port, process, log)
        yield Replica(url, process)
    finally:
        stop(process)


def command(
    arguments: list[str],
    settings: Mapping[str, str],
    log: Path,
    orders: Orders = NO_ORDERS,
) -> tuple[int | None, str]:
    """Run a command to its end; its exit code and what it printed."""
    printed = len(log.read_text()) if log.exists() else 0
    process = start(arguments, settings, log, orders)
    try:
        process.join(_READY_SECONDS)
        return process.exitcode, log.read_text()[printed:]
    finally:
        stop(process)


def start(arguments: list[str], settings: Mapping[str, str], log: Path, orders: Orders) -> ForkServerProcess:
    """A process with those settings that appends what it says to `log`."""
    process = forkserver.Process(target=run, args=(arguments, dict(settings), log, orders))
    process.start()
    return process


def stop(process: ForkServerProcess) -> None:
    """End it at once, whatever it does."""
    process.kill()
    process.join()
    process.close()


def run(arguments: list[str], settings: dict[str, str], log: Path, orders: Orders) -> None:
    """The product in this process."""
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ.update(settings)

    from tests.crash import points, watched  # only here: whoever starts processes must not have the product changed

    if orders.trace:
        points.trace(orders.trace)
    if orders.crash_at:
        points.die_at(orders.crash_at)
    if orders.countdown is not None:
        points.die_after(orders.countdown)
    if orders.ahead:
        watched.hurry_the_sweep(orders.ahead)
    sys.exit(watched.main(arguments))


def _wait_until_it_listens(port: int, process: ForkServerProcess, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.is_alive():
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(_POLL_SECONDS)
        else:
            return
    raise RuntimeError(f"the product did not start:\n{log.read_text()[-2000:]}")
