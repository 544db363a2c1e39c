"""How the C library keeps memory that Python has freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# <malloc.h> of glibc
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 128 * 1024
_ARENAS = 2


def return_large_blocks() -> None:
    """Have glibc give large blocks back to the system once they are freed. Does nothing with another C library.

    By default its bounds grow with the first large block that is freed, and each thread may get an arena of its own:
    a few answers of 8 MB leave 100 MB behind.
    """
    with suppress(OSError, AttributeError):
        change = ctypes.CDLL(None).mallopt
        for parameter, value in ((_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, _LARGE), (_M_ARENA_MAX, _ARENAS)):
            change(parameter, value)
