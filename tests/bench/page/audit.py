"""Lighthouse's opinion, with its own mobile preset: a telephone, 4 times slower, on 1.6 Mbit/s (simulated)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.page.figures import Figure
from tests.browser.chromium import chromium
from tests.support.world import World

_PROGRAM = Path(__file__).parents[1] / "lighthouse/node_modules/.bin/lighthouse"
_LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}


async def audit(here: World, address: str, folder: Path) -> list[Figure]:
    """The scores; what each complains about is printed."""
    report = await _report(here, address, folder)
    for name in _LEAST:
        for line in _complaints(report, name):
            print(f"Lighthouse, {name}: {line}")
    scores = {name: report["categories"][name]["score"] or 0 for name in _LEAST}
    return [
        Figure(f"Lighthouse (mobile), {name}", round(100 * scores[name]), "", None, least)
        for name, least in _LEAST.items()
    ]


async def _report(here: World, address: str, folder: Path) -> Any:
    headers, answer = folder / "headers.json", folder / "lighthouse.json"
    headers.write_bytes(
        msgspec.json.encode({"Cookie": f"payload-token={here.editor.auth.header.removeprefix('JWT ')}"})
    )
    options = ["--quiet", "--output=json", f"--output-path={answer}", f"--extra-headers={headers}"]
    options += [f"--only-categories={','.join(_LEAST)}", "--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
    environment = {**os.environ, "CHROME_PATH": chromium() or ""}
    running = await asyncio.create_subprocess_exec(
        _PROGRAM, f"{here.app_url}{address}", *options, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, wrong = await running.communicate()
    assert running.returncode == 0, wrong.decode()
    report = msgspec.json.decode(answer.read_bytes())
    assert report["finalDisplayedUrl"].endswith(address), "Lighthouse was not signed in"
    return report


def _complaints(report: Any, category: str) -> list[str]:
    """What cost points, the dearest first."""
    found = []
    for reference in report["categories"][category]["auditRefs"]:
        one = report["audits"][reference["id"]]
        lost = reference["weight"] * (1 - one["score"]) if one["score"] is not None else 0
        if lost > 0:
            found.append((lost, f"{one['title']} {one.get('displayValue', '')}".strip()))
    return [line for _, line in sorted(found, reverse=True)]
