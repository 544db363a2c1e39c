"""A world in which things go wrong: the product, with a proxy before each of its two upstreams."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from scripts.local_stack import stack
from tests.support.between import Between, between
from tests.support.world import World, people


class FaultyWorld(World, frozen=True, kw_only=True):
    """`payload_url` and `library_url` lead past the proxies, to what is really there."""

    payload: Between
    library: Between
    app: stack.Server
    payload_server: stack.Server

    def calm(self) -> None:
        """Forget what was ordered and seen."""
        self.payload.calm()
        self.library.calm()

    def sql(self, statement: str, *values: object) -> None:
        """Change Payload's database behind its back, without regard to what refers to what."""
        with closing(sqlite3.connect(self.log.parent / "payload.db", timeout=10)) as database:
            database.execute(statement, values)
            database.commit()

    @contextmanager
    def without_table(self, name: str) -> Iterator[None]:
        """Have the real Payload fail wherever it needs that table."""
        self.sql(f"ALTER TABLE {name} RENAME TO {name}_away")
        try:
            yield
        finally:
            self.sql(f"ALTER TABLE {name}_away RENAME TO {name}")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Have the real Payload take connections and say nothing."""
        self.payload_server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.payload_server.process.send_signal(signal.SIGCONT)


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Wait until that is so."""
    for _ in range(2500):
        if await met():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be so")


SETTINGS = {
    "CHARACTER_LIBRARY_TIMEOUT": "2",
    "CHARACTER_LIBRARY_SET_TIMEOUT": "4",
    "IMAGE_TIMEOUT": "2",
    "GENERATION_SLOTS": "8",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
    "PAYLOAD_MEDIA_USED_IN": "articles.cover",
}


@contextmanager
def faulty_world(folder: Path, *, ids: str = "number", **settings: str) -> Iterator[FaultyWorld]:
    """A real Payload, the stand-in, and the product behind proxies, hurried; with more settings or others."""
    with (
        stack.payload(folder / "payload", ids=ids) as payload,
        stack.character_library(folder) as library,
        between(payload.url) as before_payload,
        between(library.url) as before_library,
    ):
        editor, viewer = people(payload.url)
        upstreams = {"PAYLOAD_URL": before_payload.url, "CHARACTER_LIBRARY_API_URL": before_library.url}
        with stack.app(folder, {**SETTINGS, **upstreams, **settings}, module="tests.support.hurried") as app:
            yield FaultyWorld(
                ids=ids,
                payload_url=payload.url,
                library_url=library.url,
                app_url=app.url,
                log=payload.log,
                editor=editor,
                viewer=viewer,
                payload=before_payload,
                library=before_library,
                app=app,
                payload_server=payload,
            )
