"""An event loop that stands still ends its process, and says where it stood; one that was suspended goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from scripts.local_stack import stack
from tests.support.hasty import LIMITS
from tests.support.serving import NOBODY

ENDED_BY = {signal.SIGUSR1: os.EX_SOFTWARE, signal.SIGUSR2: -signal.SIGPROF}
STANDS_IN = {signal.SIGUSR1: "in wait", signal.SIGUSR2: "in compute"}


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[stack.Server]:
    """The product with short time limits, and without anybody to ask."""
    with stack.app(tmp_path, NOBODY, module="tests.support.hasty") as server:
        yield server


@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGUSR2], ids=["waiting", "computing"])
async def test_a_loop_that_stands_still_ends_its_process_and_leaves_the_stacks_of_its_threads(
    hasty: stack.Server, how: signal.Signals
) -> None:
    hasty.process.send_signal(how)
    assert await asyncio.to_thread(hasty.process.wait, 30) == ENDED_BY[how]
    log = hasty.log.read_text()
    assert STANDS_IN[how] in log
    assert "in _watch" in log  # every thread, not only the one that stands


async def test_a_process_that_was_suspended_goes_on(hasty: stack.Server) -> None:
    hasty.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(2 * LIMITS.loop_seconds)
    hasty.process.send_signal(signal.SIGCONT)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        for _ in range(20):
            assert (await client.get(f"{hasty.url}/health/live")).status_code == 200
            await asyncio.sleep(0.1)
    assert hasty.process.poll() is None


def test_a_process_whose_log_nobody_reads_ends_all_the_same() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, bytes(4096)):
            pass
    os.set_blocking(writing, True)
    program = "import time; from app.web.watchdog import Watchdog; Watchdog(0.1).start(); time.sleep(3600)"
    process = subprocess.Popen([sys.executable, "-c", program], stderr=writing, cwd=stack.ROOT)
    assert process.wait(30) == -signal.SIGALRM
    os.close(reading)
    os.close(writing)
