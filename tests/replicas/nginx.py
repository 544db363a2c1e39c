"""The nginx of `docs/deploy/nginx.conf` as it is there, but for addresses and folders.

`python -m tests.replicas.nginx` prints its path, or fails without one.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.local_stack.stack import ROOT, free_port

CONFIGURATION = ROOT / "docs/deploy/nginx.conf"
FORGOTTEN_SECONDS = 1
"""After which a replica that failed is asked again."""

_READY_SECONDS = 10


def nginx() -> str | None:
    """Path of the one named by `NGINX`, or of the system's."""
    return os.environ.get("NGINX") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


def configuration(folder: Path, port: int, replicas: Sequence[str], cms: str, others: Mapping[str, str] = {}) -> str:
    """The text for these addresses, each `host:port`, and with `others` for some of its words.

    Raises `ValueError` where it has no place for one of them.
    """
    text = CONFIGURATION.read_text()
    changes = {f"server app{n}:8000 ": f"server {at} " for n, at in enumerate(replicas, 1)}
    changes["fail_timeout=10s"] = f"fail_timeout={FORGOTTEN_SECONDS}s"
    changes |= {
        **others,
        "server cms:3000;": f"server {cms};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        " /tmp/": f" {folder}/",
    }
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{CONFIGURATION} has no {old!r}")
        text = text.replace(old, new)
    return text


@contextmanager
def balancer(folder: Path, replicas: Sequence[str], cms: str, others: Mapping[str, str] = {}) -> Iterator[str]:
    """One that runs, by its address; with `others` for some words of its configuration."""
    program, port = nginx(), free_port()
    assert program, "these tests need nginx; scripts/test installs one"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nginx.conf").write_text(configuration(folder, port, replicas, cms, others))
    command = [program, "-p", str(folder), "-e", "stderr", "-c", "nginx.conf", "-g", "daemon off;"]
    with (folder / "nginx.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _wait(port, process, folder / "nginx.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(_READY_SECONDS)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nginx did not start:\n{log.read_text()[-2000:]}")


if __name__ == "__main__":
    sys.stdout.write(path := nginx() or "")
    sys.exit(not path)
