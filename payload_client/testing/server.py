"""A `payload.config` as a running server, and what a test asks of it beside HTTP."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any, Literal

import msgspec

_PROGRAM = Path(__file__).with_name("serve.mjs")
_SECONDS = 60.0


class Served:
    """A Payload that answers at `url`, its REST API below `/api`. `folder`: where its data and `server.log` are."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.folder = folder
        self._process = process
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, args=(process.stdout,), daemon=True).start()
        self.url: str = self._answer()["url"]

    def empty(self) -> None:
        """Remove every document, version, file and counted request, then run the config's `onInit` again."""
        self._ask("empty")

    def requests(self) -> list[str]:
        """What was asked since the start, or since `empty`: `GET /api/posts?depth=0`, in order."""
        return msgspec.convert(self._ask("requests"), list[str])

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the config (Payload's `configToJSONSchema`), as `payload_client.codegen` reads it."""
        return msgspec.convert(self._ask("schema"), dict[str, Any])

    def _ask(self, command: str) -> object:
        assert self._process.stdin is not None  # noqa: S101 - opened by `_started`
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def _answer(self) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=_SECONDS)
        except Empty:
            line = ""
        if not line:
            log = self.folder / "server.log"
            raise RuntimeError(f"Payload does not answer; its log is {log}:\n{log.read_text()[-2000:]}")
        return msgspec.json.decode(line, type=dict[str, Any])

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put("")  # it has ended


@contextmanager
def serve(
    config: str | Path,
    folder: str | Path,
    *,
    database: Literal["sqlite", "config"] = "sqlite",
    ids: Literal["number", "uuid"] = "number",
    packages: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    port: int = 0,
) -> Iterator[Served]:
    """Serve that `payload.config` for the time of the `with` block; its data and uploads go to `folder`.

    `database`: `sqlite` puts one in the folder in place of the config's own, with ids of the kind `ids`; `config` keeps
    the config's own, which `empty` then empties. `packages`: the `node_modules` with Payload (default: the nearest one
    above the config). `environment`: variables for the config. `port`: 0 is any free one. Raises `RuntimeError`, with
    the end of the log, where the config cannot be served, and `FileNotFoundError` without Node.js or packages.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    options = {"folder": str(folder.resolve()), "database": database, "ids": ids, "port": port}
    with _started(Path(config), folder, packages, environment, options) as process:
        yield Served(process, folder)


def read_schema(config: str | Path, *, packages: str | Path | None = None) -> dict[str, Any]:
    """The JSON schema of a `payload.config`, without a database: what `payload_client.codegen` reads.

    Raises `RuntimeError` where the config cannot be read, and `FileNotFoundError` without Node.js or packages.
    """
    command = _command(Path(config), packages, {"schemaOnly": True})
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return msgspec.json.decode(done.stdout, type=dict[str, Any])


@contextmanager
def _started(
    config: Path,
    folder: Path,
    packages: str | Path | None,
    environment: Mapping[str, str] | None,
    options: dict[str, Any],
) -> Iterator[subprocess.Popen[str]]:
    # In production Payload makes no tables.
    env = {name: value for name, value in os.environ.items() if name != "NODE_ENV"} | dict(environment or {})
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(  # noqa: S603 - ours
            _command(config, packages, options),
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def _command(config: Path, packages: str | Path | None, options: dict[str, Any]) -> list[str]:
    config = config.resolve()
    if not config.is_file():
        raise FileNotFoundError(f"There is no {config}")
    told = {"config": str(config), "packages": str(_packages(config, packages)), **options}
    return ["node", str(_PROGRAM), msgspec.json.encode(told).decode()]


def _packages(config: Path, packages: str | Path | None) -> Path:
    folders = [Path(packages)] if packages else [folder / "node_modules" for folder in config.parents]
    for folder in folders:
        if (folder / "payload").is_dir():
            return folder.resolve()
    raise FileNotFoundError(f"Payload is not installed for {config}: no node_modules/payload beside it or above")
