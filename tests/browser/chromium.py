"""Which Chromium the browser tests drive. `python -m tests.browser.chromium` prints its path, or fails without one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_INSTALLED = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")


def chromium() -> str | None:
    """Path of the one named by `CHROMIUM`, of the system's, or of the one that Playwright installed."""
    if named := os.environ.get("CHROMIUM"):
        return named
    found = [path for name in _NAMES if (path := shutil.which(name))]
    folders = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    found += [str(path) for folder in folders for kind in _INSTALLED for path in folder.glob(kind)]
    return next(iter(found), None)


if __name__ == "__main__":
    sys.stdout.write(path := chromium() or "")
    sys.exit(not path)
