"""How the processor time of a view grows: with a character's images, with callers, with processes behind one port.

At the end a thousand event streams are held while three replicas are replaced one after the other. Prints what was
measured; `--save` puts it into `docs/scale.json` and draws `docs/scale.svg` from it.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path

import httpx

from scripts.local_stack import stack
from scripts.local_stack.many_images import fill
from tests.bench import plot
from tests.bench.plot import Panel
from tests.bench.product import processor_seconds
from tests.replicas.nginx import nginx
from tests.replicas.site import Replica
from tests.support.world import Character, Person, World, people, plain

_IMAGES = (10, 100, 1_000, 10_000)
_CALLERS = (1, 4, 16, 64)
_PROCESSES = (1, 2, 4)
_STREAMS = 1_000
_PEOPLE = 8
_RUN_SECONDS = 25
_CONFIGURATION = """
pid {folder}/nginx.pid; worker_processes 1; events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
uwsgi_temp_path {folder}; scgi_temp_path {folder};
upstream all {{ {servers} keepalive 64; }}
server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://all; proxy_http_version 1.1;
proxy_set_header Connection ""; }} }} }}
"""


class Scale:
    """The servers, and how to start more of the product."""

    def __init__(self, folder: Path, here: World, payload: stack.Server) -> None:
        self.folder = folder
        self.here = here
        self.payload = payload
        self.settings = {
            "PAYLOAD_URL": here.payload_url,
            "CHARACTER_LIBRARY_API_URL": here.library_url,
            "CHARACTER_LIBRARY_TIMEOUT": "60",
            "LOG_LEVEL": "warning",
        }

    async def images(self, seconds: float) -> Panel:
        """Processor time of a list of 100 and of a page, by how many images the character has."""
        panel = Panel("By images of the character", list(_IMAGES))
        with stack.app(self.folder / "images", self.settings) as app:
            async with self._client(app.url) as api:
                for count in _IMAGES:
                    await self._views(panel, api, await self._filled(count), 1, seconds, [app])
        return panel

    async def callers(self, seconds: float) -> Panel:
        """The same by how many ask at once."""
        panel, character = Panel("By callers at once", list(_CALLERS)), await self._filled(_IMAGES[1])
        with stack.app(self.folder / "callers", self.settings) as app:
            async with self._client(app.url) as api:
                for callers in _CALLERS:
                    await self._views(panel, api, character, callers, seconds, [app])
        return panel

    async def processes(self, seconds: float) -> Panel:
        """The same for 16 callers, by how many processes are behind one port."""
        panel, character = Panel("By processes behind one port", list(_PROCESSES)), await self._filled(_IMAGES[1])
        for count in _PROCESSES:
            with ExitStack() as running:
                apps = [
                    running.enter_context(stack.app(self.folder / f"process{count}-{number}", self.settings))
                    for number in range(count)
                ]
                url = running.enter_context(_behind_one_port(self.folder / f"nginx{count}", apps))
                async with self._client(url) as api:
                    await self._views(panel, api, character, 16, seconds, apps)
        return panel

    async def _views(
        self,
        panel: Panel,
        api: httpx.AsyncClient,
        character: Character,
        callers: int,
        seconds: float,
        apps: list[stack.Server],
    ) -> None:
        """Ask for both views for so many seconds each, and put what each takes into the panel."""
        addresses = character.url("images"), f"/screenplay/characters/{character.id}/images"
        for view, address in zip(("list", "page"), addresses, strict=True):
            await _answers(api, address, callers, 0.5)  # opens the connections
            before = _spent(apps), _spent([self.payload])
            count = await _answers(api, address, callers, seconds)
            after = _spent(apps), _spent([self.payload])
            ours, payload = ((late - early) / count * 1000 for late, early in zip(after, before, strict=True))
            panel.lines.setdefault(f"{view}, ours", []).append(ours)
            panel.lines.setdefault(f"{view}, Payload's", []).append(payload)
            at = panel.at[len(panel.lines[f"{view}, ours"]) - 1]
            rate = f"{count / seconds:.0f} a second"
            print(f"{panel.title}, {at:,}: {view} {ours:.1f} ms ours, {payload:.1f} ms Payload's; {rate}", flush=True)

    async def streams(self) -> bool:
        """Hold streams at three replicas while each is replaced; whether all were served to their end."""
        replicas = [Replica(self.folder / f"replica{number}", stack.free_port()) for number in range(3)]
        persons = [await self.here.newcomer() for _ in range(_PEOPLE)]
        with ExitStack() as running:
            for replica in replicas:
                await asyncio.to_thread(replica.start, self.settings)
                running.callback(replica.stop)
            shares = [_STREAMS // 3 + (number < _STREAMS % 3) for number in range(3)]
            ended = 0
            for replica, share in zip(replicas, shares, strict=True):
                ended += await self._replace(replica, share, persons)
        print(f"{ended} of {_STREAMS:,} event streams were served to their end over a rolling restart")
        return ended == _STREAMS

    async def _replace(self, replica: Replica, share: int, persons: list[Person]) -> int:
        """End and start a replica under a run with so many followers; how many of them had its end."""
        assert replica.server
        character = await self.here.character(settings={"delayMs": _RUN_SECONDS * 1000})
        pid = replica.server.process.pid
        async with self._client(replica.url) as api, _followers(replica.url, persons) as clients:
            body = {"prompt": "A wiry woman in a green coat"}
            run = asyncio.create_task(api.post(character.url("generate-initial-image"), json=body))
            await self.here.until_asked(character)
            before = processor_seconds(pid)
            following = [
                asyncio.create_task(_follow(clients[number % len(clients)], character)) for number in range(share)
            ]
            await asyncio.sleep(_RUN_SECONDS / 2)
            spent = processor_seconds(pid) - before
            replica.signal(signal.SIGTERM)
            ends = await asyncio.gather(*following)
            (await run).raise_for_status()
            await asyncio.to_thread(replica.server.process.wait)
        replica.stop()
        await asyncio.to_thread(replica.start)
        print(f"{share} event streams: {spent / share * 1000:.1f} ms of the processor each, to open and to hold")
        return sum(ends)

    async def _filled(self, count: int) -> Character:
        """A character with so many image records, ten of which are made and the others copied in the database."""
        character = await self.here.character()
        async with self.here.cms(seconds=60) as cms:
            await fill(cms, character.id, character.name, 10, created_by=self.here.editor.id)
        await asyncio.to_thread(_copy, self.folder / "payload" / "payload.db", int(character.id), count - 10)
        return character

    def _client(self, url: str) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        return plain(base_url=url, headers=self.here.editor.headers, timeout=120, limits=limits)


def _copy(database: Path, character: int, more: int) -> None:
    """Copy a character's records in turn, each an hour older than the one before."""
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        table = "character_image_metadata"
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        others = [f'"{column}"' for column in columns if column not in ("id", "created_at")]
        query = (
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?), "  # noqa: S608 - the table's own
            f"o AS (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM {table} "
            "WHERE character_reference_id = ?) "
            f"INSERT INTO {table} ({', '.join(others)}, created_at) SELECT {', '.join(others)}, "
            "strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-' || n.i || ' hours') FROM n JOIN o ON o.place = n.i % 10"
        )
        if more > 0:
            connection.execute(query, (more, character))


@contextmanager
def _behind_one_port(folder: Path, apps: list[stack.Server]) -> Iterator[str]:
    """An nginx that passes each request to the next process."""
    program, port = nginx() or shutil.which("nginx"), stack.free_port()
    assert program, "this bench needs nginx"
    folder.mkdir(parents=True)
    servers = " ".join(f"server {app.url.removeprefix('http://')};" for app in apps)
    (folder / "nginx.conf").write_text(_CONFIGURATION.format(folder=folder, servers=servers, port=port))
    command = [program, "-p", str(folder), "-e", "stderr", "-c", "nginx.conf", "-g", "daemon off;"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def _followers(url: str, persons: list[Person]) -> AsyncIterator[list[httpx.AsyncClient]]:
    limits = httpx.Limits(max_connections=None)
    async with AsyncExitStack() as opened:
        yield [
            await opened.enter_async_context(
                plain(
                    base_url=url,
                    headers={**person.headers, "Accept": "text/event-stream"},
                    timeout=120,
                    limits=limits,
                )
            )
            for person in persons
        ]


async def _follow(client: httpx.AsyncClient, character: Character) -> bool:
    """Whether a stream told the end of the run."""
    try:
        async with client.stream("GET", character.url("runs")) as answer:
            return b"event: done" in b"".join([piece async for piece in answer.aiter_raw()])
    except httpx.HTTPError:
        return False


async def _answers(api: httpx.AsyncClient, address: str, callers: int, seconds: float) -> int:
    """How many answers come within so many seconds, or begin to."""
    until, answered = time.perf_counter() + seconds, 0

    async def call() -> None:
        nonlocal answered
        while time.perf_counter() < until:
            (await api.get(address)).raise_for_status()
            answered += 1

    await asyncio.gather(*(call() for _ in range(callers)))
    return answered


def _spent(servers: list[stack.Server]) -> float:
    return sum(processor_seconds(server.process.pid) for server in servers)


async def measure(folder: Path, *, save: bool, streams_only: bool) -> bool:
    """Whether no stream was lost; prints what was measured."""
    with stack.payload(folder / "payload") as payload, stack.character_library(folder) as library:
        editor, viewer = people(payload.url)
        here = World("number", payload.url, library.url, "", payload.log, editor, viewer)
        scale = Scale(folder, here, payload)
        if not streams_only:
            panels = [await scale.images(4), await scale.callers(4), await scale.processes(4)]
            if save:
                plot.save(panels)
        return await scale.streams()


def main() -> int:
    """Run it; 1 if a stream was lost."""
    parser = argparse.ArgumentParser(prog="scripts/bench scale")
    parser.add_argument("--save", action="store_true", help="write docs/scale.json and docs/scale.svg")
    parser.add_argument("--streams", action="store_true", help="hold the event streams only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return int(not asyncio.run(measure(Path(folder), save=options.save, streams_only=options.streams)))


if __name__ == "__main__":
    sys.exit(main())
