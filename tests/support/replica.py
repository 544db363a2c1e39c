"""A second process of the product beside the world's own: one that may be ended, or that has other settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from scripts.local_stack import stack
from tests.support.faulty_world import SETTINGS, FaultyWorld
from tests.support.world import plain


@contextmanager
def replica(
    world: FaultyWorld, folder: Path, *, module: str = "tests.support.hurried", **settings: str
) -> Iterator[stack.Server]:
    """The product once more, with the same upstreams."""
    upstreams = {"PAYLOAD_URL": world.payload.url, "CHARACTER_LIBRARY_API_URL": world.library.url}
    with stack.app(folder, {**SETTINGS, **upstreams, **settings}, module=module) as server:
        yield server


@asynccontextmanager
async def asking(world: FaultyWorld, server: stack.Server) -> AsyncIterator[httpx.AsyncClient]:
    """A program that calls that process as the editor."""
    async with plain(base_url=server.url, headers=world.editor.headers, timeout=30) as client:
        yield client


@contextmanager
def lean(server: stack.Server, mebibytes: int = 60) -> Iterator[None]:
    """At no moment within the block may the process take so much more memory than before."""
    folder = Path(f"/proc/{server.process.pid}")
    (folder / "clear_refs").write_text("5")  # the peak starts from what is taken now
    before = _kibibytes(folder, "VmRSS")
    yield
    assert _kibibytes(folder, "VmHWM") - before < mebibytes * 1024


def _kibibytes(folder: Path, name: str) -> int:
    [line] = [line for line in (folder / "status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1])
