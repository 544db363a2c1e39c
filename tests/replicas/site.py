"""Three processes of the product behind a balancer, each of which can be ended and started anew."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from scripts.local_stack import stack
from tests.replicas.nginx import balancer
from tests.support.world import Character, World, people, plain

SETTINGS = {
    "CHARACTER_LIBRARY_TIMEOUT": "20",
    "CHARACTER_LIBRARY_SET_TIMEOUT": "20",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
    "DRAINING_REDIRECT": "@elsewhere",
}


class Replica:
    """A process of the product, always at the same address."""

    def __init__(self, folder: Path, port: int) -> None:
        self.at = f"127.0.0.1:{port}"
        self.url = f"http://{self.at}"
        self._folder, self._port = folder, port
        self._settings = dict[str, str]()
        self._running = ExitStack()
        self.server: stack.Server | None = None

    def start(self, settings: dict[str, str] | None = None) -> None:
        """Start, with the settings of last time unless told others, and wait until it answers."""
        self._settings = settings or self._settings
        self.server = self._running.enter_context(stack.app(self._folder, self._settings, port=self._port))

    def signal(self, sent: signal.Signals) -> None:
        """Send a signal."""
        assert self.server
        self.server.process.send_signal(sent)

    def stop(self) -> int:
        """SIGTERM, and wait for the end; the exit code."""
        assert self.server
        process = self.server.process
        self._running.close()
        return int(process.wait())

    def lines(self, character: Character) -> list[dict[str, Any]]:
        """What it has logged about requests for a character."""
        lines = (json.loads(line) for line in (self._folder / "app.log").read_text().splitlines())
        return [line for line in lines if line.get("characterId") == str(character.id) and "route" in line]


class Site(msgspec.Struct, frozen=True):
    """The replicas, and the world as it is behind the balancer."""

    world: World
    replicas: list[Replica]

    async def home(self, character: Character) -> int:
        """Which replica the balancer chooses for a character."""
        before = [len(replica.lines(character)) for replica in self.replicas]
        async with self.world.api() as api:
            assert (await api.get(character.url("runs"))).status_code == 200
        for _ in range(500):  # it is logged once it is answered
            after = [len(replica.lines(character)) for replica in self.replicas]
            if sum(after) > sum(before):
                [chosen] = [n for n in range(3) if after[n] > before[n]]
                return chosen
            await asyncio.sleep(0.02)
        raise AssertionError("no replica was asked")

    async def at_home(self, replica: int) -> Character:
        """A new character whose requests go to that one."""
        for _ in range(30):
            character = await self.world.character()
            if await self.home(character) == replica:
                return character
        raise AssertionError("none of thirty characters is at home there")

    def calling(self, replica: int) -> Any:
        """The editor's program, past the balancer."""
        one = self.replicas[replica]
        return plain(base_url=one.url, headers=self.world.editor.headers, timeout=60)


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    """A world whose product is three processes behind the balancer."""
    replicas = [Replica(folder / f"app{n}", stack.free_port()) for n in (1, 2, 3)]
    with (
        stack.payload(folder / "payload") as payload,
        stack.character_library(folder) as library,
        balancer(folder / "nginx", [one.at for one in replicas], payload.url.removeprefix("http://")) as url,
        ExitStack() as running,
    ):
        settings = {**SETTINGS, "SITE_URL": url, "PAYLOAD_URL": payload.url, "PAYLOAD_PUBLIC_URL": url}
        for replica in replicas:
            replica.start(settings | {"CHARACTER_LIBRARY_API_URL": library.url})
            running.callback(replica.stop)
        editor, viewer = people(payload.url)
        yield Site(World("number", url, library.url, url, payload.log, editor, viewer), replicas)
