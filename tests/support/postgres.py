"""A PostgreSQL for the tests, from the system's own programs: on loopback, in a folder that goes away with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from scripts.local_stack.stack import free_port

MISSING = (
    "PostgreSQL was not found: neither in /usr/lib/postgresql, nor by pg_config, nor on the PATH. "
    "Install its server, on Debian: apt-get install postgresql"
)
NewDatabase = Callable[[str], str | None]
"""From a name to the address of a database of that name; None: SQLite, in a world's own folder."""

_READY_SECONDS = 30
_HURRIED = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
"""What is stored need not outlive the machine."""


class Cluster(msgspec.Struct, frozen=True):
    """A PostgreSQL server with many databases, and the folder of its programs."""

    programs: Path
    port: int

    def program(self, name: str) -> str:
        """The path of one of them."""
        return str(self.programs / name)

    def url(self, database: str) -> str:
        """The address of a database; Payload makes one that is not there."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def schema(self, database: str) -> str:
        """What `pg_dump` says of a database's tables."""
        command = [self.program("pg_dump"), "--schema-only", "--no-owner", self.url(database)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def sql(self, database: str, statement: str) -> None:
        """Change a database behind Payload's back."""
        command = [self.program("psql"), "--quiet", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        subprocess.run(command, capture_output=True, check=True)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server with nothing in it yet. Raises `FileNotFoundError` where PostgreSQL is not installed."""
    here = Cluster(programs(), free_port())
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, (Path(folder) / "log").open("w+") as log:
        user = _not_root(folder)
        data = f"{folder}/data"
        initdb = [
            here.program("initdb"),
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-U",
            "postgres",
        ]
        subprocess.run([*initdb, data], check=True, stdout=log, stderr=log, cwd=folder, **user)
        command = [here.program("postgres"), "-D", data, "-p", str(here.port), "-h", "127.0.0.1", "-k", ""]
        for setting in _HURRIED:
            command += ["-c", setting]
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, text=True, **user)
        try:
            _wait(here, server, Path(folder) / "log")
            yield here
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown: whoever is connected is cut off
            server.wait(_READY_SECONDS)


def programs() -> Path:
    """The folder that `initdb` and `postgres` are in; of several versions the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True)
        found.append(Path(told.stdout.strip()))
    if initdb := shutil.which("initdb"):
        found.append(Path(initdb).resolve().parent)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise FileNotFoundError(MISSING)


def _not_root(folder: str) -> dict[str, Any]:
    """Whom PostgreSQL runs as, since it refuses root: options of `subprocess`. The folder is made theirs."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _wait(here: Cluster, server: subprocess.Popen[str], log: Path) -> None:
    ready = [here.program("pg_isready"), "--quiet", "--dbname", here.url("postgres")]
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")
