"""No lock file holds a version that is known to be unsafe. The table always decides, also where nobody can be asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = sorted([*ROOT.glob("requirements*.lock"), *ROOT.glob("docs/deploy/requirements*.lock")])

# The first version without it, and what it is; the newest that is known of each.
FIRST_SAFE = {
    "certifi": ("2024.7.4", "CVE-2024-39689"),
    "filelock": ("3.20.1", "CVE-2025-68146"),
    "h11": ("0.16.0", "CVE-2025-43859"),
    "httpx": ("0.23.0", "CVE-2021-41945"),
    "idna": ("3.7", "CVE-2024-3651"),
    "jinja2": ("3.1.6", "CVE-2025-27516"),
    "litestar": ("2.22.0", "CVE-2026-48061"),
    "lxml": ("4.9.1", "CVE-2022-2309"),
    "markdown-it-py": ("2.2.0", "CVE-2023-26302"),
    "multipart": ("1.3.1", "CVE-2026-28356"),
    "opentelemetry-instrumentation-asgi": ("0.41b0", "CVE-2023-43810"),
    "pillow": ("12.3.0", "CVE-2026-59199"),
    "pip": ("25.3", "CVE-2025-8869"),
    "protobuf": ("6.31.1", "CVE-2025-4565"),
    "pydantic": ("2.4.0", "CVE-2024-3772"),
    "pygments": ("2.15.0", "CVE-2022-40896"),
    "pyyaml": ("5.4", "CVE-2020-14343"),
    "requests": ("2.32.4", "CVE-2024-47081"),
    "urllib3": ("2.8.0", "CVE-2026-97689"),
    "uvicorn": ("0.11.7", "CVE-2020-7694"),
    "werkzeug": ("3.1.4", "CVE-2025-66221"),
}


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_locked_version_is_known_to_be_unsafe(lock: Path) -> None:
    found = pinned(lock)
    unsafe = [
        f"{name} {found[name]} has {advisory}; {safe} has not"
        for name, (safe, advisory) in FIRST_SAFE.items()
        if name in found and Version(found[name]) < Version(safe)
    ]
    assert unsafe == []


def test_the_table_is_about_what_is_locked() -> None:
    everything = {name for lock in LOCKS for name in pinned(lock)}
    assert FIRST_SAFE.keys() <= everything


def test_the_lock_for_development_holds_what_every_other_holds() -> None:
    development = pinned(ROOT / "requirements-dev.lock")
    for lock in LOCKS:
        assert pinned(lock).items() <= development.items(), lock.name
    assert len(LOCKS) == 5
