"""The compose stack of this checkout, by Docker's own command line. Which one it is says COMPOSE_PROJECT_NAME."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import Any

from scripts.local_stack.stack import ROOT

_MAIN_PROCESS = "ls /proc | grep -E '^[0-9]+$' | sort -n | sed -n 2p"  # the first is Docker's own init


def compose(*arguments: str, check: bool = True, seconds: float = 600) -> str:
    """Run `docker compose`; what it printed. Raises `CalledProcessError` with all that it said."""
    command = [_docker(), "compose", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds)
    if check and done.returncode:
        raise RuntimeError(f"{command} exited with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def up(*arguments: str) -> None:
    """Start what is not running and wait until all is healthy."""
    compose("up", "--detach", "--wait", "--wait-timeout", "240", *arguments)


def send(service: str, signal: str) -> None:
    """Send a signal to the main process of a service, from inside: to Docker it died by itself."""
    # The command may be cut off with the container that it has just ended.
    compose("exec", "-T", service, "sh", "-c", f"kill -s {signal} $({_MAIN_PROCESS})", check=False)


def container(service: str) -> dict[str, Any]:
    """What Docker knows of a service's container, running or not."""
    identity = compose("ps", "--all", "--quiet", service).strip()
    shown = subprocess.run([_docker(), "inspect", identity], capture_output=True, text=True, check=True)
    return dict(json.loads(shown.stdout)[0])


def restarted(service: str, before: int, seconds: float = 60) -> None:
    """Wait until Docker has restarted a service more often than before, and it is healthy."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = container(service)
        if now["RestartCount"] > before and now["State"].get("Health", {}).get("Status") == "healthy":
            return
        time.sleep(0.2)
    raise AssertionError(f"{service} was not restarted: {container(service)['State']}")


def restarts(service: str) -> int:
    """How often Docker has restarted it."""
    return int(container(service)["RestartCount"])


def daemon() -> str | None:
    """Why no stack can be run here; None where it can."""
    if not (docker := shutil.which("docker")):
        return "there is no docker command"
    for asked, missing in ((["info"], "no Docker daemon answers"), (["compose", "version"], "docker has no compose")):
        try:
            done = subprocess.run([docker, *asked], capture_output=True, check=False, timeout=20)
        except subprocess.TimeoutExpired:
            return missing
        if done.returncode:
            return missing
    return None


def _docker() -> str:
    return shutil.which("docker") or "docker"
