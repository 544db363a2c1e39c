"""Starting the servers of the local stack, each as a process that ends with its `with` block."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

import httpx
import msgspec

ROOT = Path(__file__).parents[2]
PAYLOAD = Path(__file__).parent / "payload"

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Has no certificates, for clients of servers on this machine: loading them takes longer than a request."""

_READY_SECONDS = 60
_STOP_SECONDS = 10
_kept: deque[int] = deque()
"""Descriptors of sockets that keep ports, the oldest first."""


class Server(msgspec.Struct, frozen=True):
    """A server that answers at `url`."""

    url: str
    process: subprocess.Popen[str]
    log: Path


@contextmanager
def payload(
    folder: Path,
    *,
    port: int = 0,
    ids: str = "number",
    database: str | None = None,
    settings: Mapping[str, str] | None = None,
    source: Path = PAYLOAD,
) -> Iterator[Server]:
    """A real Payload with its data in `folder`. `ids`: `number` or `uuid`; `database`: default SQLite in the folder.

    `settings`: further ones, as its own environment variables. Each request is a line in `requests.log` there.
    `source`: the folder of its code.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "PORT": str(port),
        "PAYLOAD_ID_TYPE": ids,
        "DATABASE_URL": database or f"file:{folder}/payload.db",
        "MEDIA_DIR": str(folder / "media"),
        "REQUEST_LOG": str(folder / "requests.log"),
        **(settings or {}),
    }
    command = ["node", str(source / "start.js")]
    with _running(command, environment, folder / "payload.log") as (process, line):
        yield Server(line.rpartition(" ")[2], process, folder / "requests.log")


@contextmanager
def character_library(folder: Path, *, port: int = 0, delay: float = 0.0, dialect: str = "sync") -> Iterator[Server]:
    """The stand-in Character Library. `delay`: seconds that each of its pictures takes; `dialect`: of its sets."""
    options = ["--port", str(port), "--delay", str(delay), "--dialect", dialect]
    with listening("scripts.local_stack.character_library", folder / "character-library.log", *options) as server:
        yield server


@contextmanager
def prompt_model(folder: Path, *, port: int = 0) -> Iterator[Server]:
    """The stand-in for a model that writes prompts; what it answers is told at `/_control`."""
    options = ["--port", str(port)]
    with listening("scripts.local_stack.prompt_model", folder / "prompt-model.log", *options) as server:
        yield server


@contextmanager
def listening(module: str, log: Path, *options: str) -> Iterator[Server]:
    """A Python module that serves, and prints its address once it listens."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with _running([sys.executable, "-m", module, *options], {}, log) as (process, line):
        yield Server(line.rpartition(" ")[2], process, log)


@contextmanager
def object_store(folder: Path) -> Iterator[Server]:
    """An S3 server (moto's), whose buckets end with it."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "--port", str(port)]
    with _running(command, {}, folder / "object-store.log", waits_for=url) as (process, _):
        yield Server(url, process, folder / "object-store.log")


@contextmanager
def app(folder: Path, environment: Mapping[str, str], *, port: int = 0, module: str = "app") -> Iterator[Server]:
    """This product, as `python -m app` with these settings; tests have a `module` that starts it otherwise."""
    with program([sys.executable, "-m", module], folder, environment, port=port, cwd=ROOT) as server:
        yield server


@contextmanager
def program(
    command: list[str], folder: Path, environment: Mapping[str, str], *, port: int = 0, cwd: Path | None = None
) -> Iterator[Server]:
    """A command that serves this product, run in `cwd`: the folder of its log unless told otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"SITE_URL": url, "PORT": str(port), **environment}
    with _running(command, settings, folder / "app.log", waits_for=url, cwd=cwd or folder) as (process, _):
        yield Server(url, process, folder / "app.log")


def free_port(wanted: int = 0) -> int:
    """That port, or where it is taken any free one.

    On Linux it stays ours for the next hundred calls: a bound socket that does not listen keeps the kernel from giving
    its port to anybody who takes any, and lets a server that sets SO_REUSEADDR have it.
    """
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", wanted))
    except OSError:
        probe.close()
        return free_port()
    port = int(probe.getsockname()[1])
    _kept.append(probe.detach())
    if len(_kept) > (100 if sys.platform == "linux" else 0):
        os.close(_kept.popleft())
    return port


@contextmanager
def _running(
    command: list[str], settings: Mapping[str, str], log: Path, *, waits_for: str | None = None, cwd: Path = ROOT
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    environment = {name: value for name, value in os.environ.items() if name != "NODE_ENV"} | dict(settings)
    with log.open("a") as errors:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield process, _answers(process, waits_for, log) if waits_for else _first_line(process, log)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    """The line that a server prints when it listens."""
    lines: list[str] = []
    reader = Thread(target=_read_line, args=(process.stdout, lines), daemon=True)
    reader.start()
    reader.join(_READY_SECONDS)
    if not lines or not lines[0].strip():
        raise RuntimeError(f"{process.args!r} did not start; its log is {log}:\n{log.read_text()[-2000:]}")
    return lines[0].strip()


def _read_line(stream: IO[str], lines: list[str]) -> None:
    lines.append(stream.readline())


def _answers(process: subprocess.Popen[str], url: str, log: Path) -> str:
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(base_url=url, verify=NO_TLS, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.get("/health/live")
            except httpx.TransportError:
                time.sleep(0.01)
            else:
                return url
    raise RuntimeError(f"{process.args!r} did not start; its log is {log}:\n{log.read_text()[-2000:]}")
