"""`scripts/test compose`: all of it in containers, the tests through its balancer, and each service killed in turn.

Exit 0 also where there is no Docker to be had, unless REQUIRE_DOCKER=1.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import randrange

from scripts.local_stack.stack import ROOT, free_port
from tests.compose.docker import compose, daemon, up

_INTEGRATION = (
    "acceptance deleting dialects forms listing pages portfolio progress",
    "races recovering references scenes sessions sets",
)
_THROUGH_THE_BALANCER = [
    *(f"tests/integration/test_{name}.py" for name in " ".join(_INTEGRATION).split()),
    "tests/browser/test_runbook.py",
    "tests/compose",
]
_DAEMON_SECONDS = 30
_PULL_SECONDS = 120


def main(arguments: list[str]) -> int:
    """Run it all; the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and take the stack down on the way
    with docker() as no_daemon:
        if missing := no_daemon or no_image():
            required = os.environ.get("REQUIRE_DOCKER") == "1"
            print(f"The compose stack was not tested: {missing}." + (" REQUIRE_DOCKER=1." if required else ""))
            return int(required)
        return tested(arguments)


def tested(arguments: list[str]) -> int:
    """Bring a stack of our own up, test it, and leave nothing of it but its images."""
    port, network = free_port(), f"10.{randrange(200, 255)}.{randrange(256)}"  # noqa: S311 - a place, no secret
    os.environ |= {
        "COMPOSE_PROJECT_NAME": "character-images-test",
        "PORT": str(port),
        "NETWORK": network,
        "PICTURE_SECONDS": "0",
        "CHARACTER_LIBRARY_TIMEOUT": "4",
        "CHARACTER_LIBRARY_SET_TIMEOUT": "20",
        "GENERATION_SLOTS": "8",
    }
    try:
        with timed("docker compose build"):
            compose("build", seconds=900)
        with timed("docker compose up --wait"):
            up()
        site = ["--site", f"http://127.0.0.1:{port}", "--library", f"http://{network}.30:4100"]
        with timed("the tests"):
            command = [sys.executable, "-m", "pytest", *site, *(arguments or _THROUGH_THE_BALANCER)]
            code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code:
            print(compose("logs", "--no-color", "--tail", "30", check=False)[-20_000:])
        return code
    finally:
        with timed("docker compose down -v"):
            compose("kill", check=False)
            compose("--profile", "tools", "down", "--volumes", "--remove-orphans", check=False)


def no_image() -> str | None:
    """Which image that ours are made from is neither here nor can be pulled."""
    files = [ROOT / "docker-compose.yml", *ROOT.glob("*Dockerfile"), ROOT / "docs/deploy/nginx.Dockerfile"]
    files += (ROOT / "scripts/local_stack").glob("*/Dockerfile")
    text = "\n".join(file.read_text() for file in files)
    named = set(re.findall(r"^(?:FROM| +image:) ([\w-]+:[\w.-]+)", text, re.MULTILINE))
    for name in sorted(named):
        for asked in (["image", "inspect"], ["pull", "--quiet"]):
            try:
                command = ["docker", *asked, name]
                if subprocess.run(command, capture_output=True, check=False, timeout=_PULL_SECONDS).returncode == 0:
                    break
            except subprocess.TimeoutExpired:
                continue
        else:
            return f"the image {name} is not here and cannot be pulled"
    return None


@contextmanager
def docker() -> Iterator[str | None]:
    """Why there is no Docker; where only its daemon is missing, one that ends with the block, if we may start it."""
    missing, started = daemon(), None
    if missing == "no Docker daemon answers" and os.geteuid() == 0 and (program := shutil.which("dockerd")):
        print(f"No Docker daemon answers: starting {program} …", flush=True)
        started = subprocess.Popen([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _DAEMON_SECONDS
        while (missing := daemon()) and started.poll() is None and time.monotonic() < deadline:
            time.sleep(0.5)
    try:
        yield missing
    finally:
        if started:
            started.terminate()
            started.wait(_DAEMON_SECONDS)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long it took."""
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
