"""End a process whose event loop stands still, so that whoever started it starts it anew."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time

_STEPS = 60
_DUMP_SECONDS = 5
_STANDS_STILL = b"The event loop stands still. This process ends; what its threads are doing:\n"


class Watchdog:
    """Dump the stacks of all threads to stderr and end the process after `seconds` without a beat.

    Two clocks measure them, and neither goes on while the process is stopped or the machine sleeps. A thread counts
    short sleeps of its own, however long each one turns out. It cannot run while something holds the interpreter, as
    a regular expression does; that uses up processor time, for which the system sends SIGPROF.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._missed = 0

    def start(self) -> None:
        """Watch from here on, until the process ends."""
        faulthandler.register(signal.SIGPROF, all_threads=True, chain=True)  # and then what it does by default: end
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def beat(self) -> None:
        """Say that the event loop goes on."""
        self._missed = 0
        signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def _watch(self) -> None:
        while self._missed < _STEPS:
            time.sleep(self._seconds / _STEPS)
            self._missed += 1
        # Not the logger, which the loop may be in the middle of; and nobody may be reading stderr any more.
        signal.alarm(_DUMP_SECONDS)
        os.write(2, _STANDS_STILL)
        faulthandler.dump_traceback()
        os._exit(os.EX_SOFTWARE)
