"""`python -m app.decoding.worker`: decodes one picture after another, as the socket that is its standard input tells.

It ends when the application closes that socket or ends itself. A task that takes more processor time than it may ends
the process (SIGPROF), so that no code of ours has to notice; what needs too much memory fails.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import socket
import sys
from contextlib import suppress

import msgspec
from PIL import AvifImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 - else the first picture loads all of Pillow

from app.decoding import sheets
from app.decoding.formats import inspect
from app.decoding.messages import Answer, Draw, Drawn, Failed, Inspect, Shrink, Task, Thumbnail
from app.decoding.parts import Unfit

_PIECE = 64 * 1024
_MOST_FILES = 2


def main() -> None:
    """Serve until there is nobody to serve."""
    memory = int(sys.argv[1])
    with suppress(OSError, ValueError):  # not on macOS
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each has a stack and an arena
    channel = socket.socket(fileno=sys.stdin.fileno())
    while received := _receive(channel):
        line, files = received
        task = msgspec.json.decode(line, type=Task)
        signal.setitimer(signal.ITIMER_PROF, task.seconds)
        answer = _answer(task, files)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for file in files:
            os.close(file)
        channel.sendall(msgspec.json.encode(answer) + b"\n")


def _receive(channel: socket.socket) -> tuple[bytes, list[int]] | None:
    """One line, and the files that came with it; None once the other end is closed."""
    line, files = b"", list[int]()
    while not line.endswith(b"\n"):
        piece, more, _, _ = socket.recv_fds(channel, _PIECE, _MOST_FILES)
        if not piece:
            return None
        line, files = line + piece, files + more
    return line, files


def _answer(task: Task, files: list[int]) -> Answer:
    try:
        match task:
            case Inspect():
                return inspect(_content(files[0]), task.max_pixels)
            case Shrink():
                small = sheets.shrink(_content(files[0]), task.max_pixels)
                os.pwrite(files[1], small.tobytes(), task.at)
                return Thumbnail(*small.size, task.at)
            case Draw():
                sheet = sheets.draw(
                    task.title,
                    task.subtitle,
                    task.frames,
                    lambda one: os.pread(files[0], one.end - one.at, one.at),
                )
                with open(files[1], "wb", closefd=False) as file:
                    sheet.save(file, "PNG")
                return Drawn()
    except Unfit as error:
        return Failed(error.wrong, str(error))
    except MemoryError:
        return Failed("too_large", "The picture takes more memory to decode than any may.")


def _content(file: int) -> io.BytesIO:
    """All of a file. Its position is shared with the application, which must not find it changed."""
    return io.BytesIO(os.pread(file, os.fstat(file).st_size, 0))


if __name__ == "__main__":
    main()
