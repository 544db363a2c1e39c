"""`python -m scripts.audit`: look up known vulnerabilities of the locked packages. Exit code 1 where there are any.

If OSV cannot be reached, that is printed and is no failure: the minimum safe versions that are known are a test.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-dev.lock"
"""Has what all the other lock files have."""

OSV = "https://api.osv.dev/v1/query"
_CONNECT_SECONDS = 3
_NOBODY_THERE = re.compile(r"^(requests\.exceptions\.\w+|\S*(?:ConnectionError|ServiceError)).*", re.MULTILINE)


class _Vulnerability(msgspec.Struct):
    id: str
    fix_versions: list[str]
    aliases: list[str] = []


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    skip_reason: str = ""
    vulns: list[_Vulnerability] = []


class _Report(msgspec.Struct):
    dependencies: list[_Package]


def audit(lock: Path = LOCK, osv: str = OSV) -> tuple[int, list[str]]:
    """Return the exit code and the lines to print."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--osv-url", osv, "--timeout", str(_CONNECT_SECONDS)]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = msgspec.json.decode(done.stdout, type=_Report).dependencies
    except msgspec.DecodeError:
        if why := _NOBODY_THERE.search(done.stderr):
            return 0, [f"Vulnerabilities: not checked ({why[1]}): {lock.name}."]
        return 1, ["Vulnerabilities: pip-audit failed.", done.stderr]
    found = [_told(package, one) for package in packages for one in package.vulns]
    unseen = [f"{package.name}: not checked: {package.skip_reason}" for package in packages if package.skip_reason]
    if found:
        return 1, ["Vulnerabilities: found.", *found, *unseen]
    if unseen or not packages:
        return 0, [f"Vulnerabilities: {len(unseen)} of {len(packages)} packages not checked.", *unseen]
    return 0, [f"Vulnerabilities: clean, {len(packages)} packages."]


def _told(package: _Package, one: _Vulnerability) -> str:
    names = ", ".join([one.id, *one.aliases])
    return f"{package.name} {package.version}: {names}; fixed in {', '.join(one.fix_versions) or 'no release yet'}"


if __name__ == "__main__":
    code, lines = audit()
    print("\n".join(lines))
    sys.exit(code)
