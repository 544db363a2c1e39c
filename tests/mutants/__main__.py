"""`python -m tests.mutants [WORD …]`: all mutants, or those whose name has one of the words. Exit 1 where one lives.

Each is made in a copy of this checkout, and only its own test runs there. Before, all of these tests pass unmutated.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "docs")
_MODULES = Path("scripts/local_stack/payload/node_modules")
_AT_ONCE = 2
_PASSED, _FAILED = 0, 1


def main(words: list[str]) -> int:
    """Run them; gives the exit code."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    with copy() as tree:
        code, output = run(tree, sorted({mutant.test for mutant in chosen}))
    if code != _PASSED:
        print(output[-4000:], "\nThe tests do not pass without a mutant, so they prove nothing.")
        return 1
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        alive = 0
        for mutant, trouble in zip(chosen, pool.map(trouble_with, chosen), strict=True):
            print(f"{'ALIVE ' if trouble else 'killed'}  {mutant.name}{f': {trouble}' if trouble else ''}", flush=True)
            alive += bool(trouble)
    print(f"{len(chosen) - alive} of {len(chosen)} mutants killed")
    return 1 if alive else 0


def trouble_with(mutant: Mutant) -> str | None:
    """Why a mutant is not killed; None where its test fails as it should."""
    with copy() as tree:
        file = tree / mutant.file
        text = file.read_text()
        if (times := text.count(mutant.old)) != 1:
            return f"it does not apply: its text is {times} times in {mutant.file}"
        file.write_text(text.replace(mutant.old, mutant.new))
        code, output = run(tree, [mutant.test])
    if code == _PASSED:
        return f"{mutant.test} passes"
    if code != _FAILED or not re.search(r"^FAILED ", output, re.MULTILINE):
        return f"{mutant.test} did not fail but end otherwise ({code}):\n{output[-2000:]}"
    return None


@contextmanager
def copy() -> Iterator[Path]:
    """A copy of this checkout, with the same Payload."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=_LEFT_OUT)
        (tree / _MODULES).symlink_to((ROOT / _MODULES).resolve())
        yield tree


def run(tree: Path, tests: list[str]) -> tuple[int, str]:
    """Run these tests there, with one kind of id; exit code and output."""
    options = ["-q", "-x", "--tb=short", "-k", "not uuid", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests], cwd=tree, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
