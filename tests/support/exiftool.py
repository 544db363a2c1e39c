"""What exiftool reads in a file: a reader of metadata that is not ours (Debian: libimage-exiftool-perl).

`python -m tests.support.exiftool` prints its path, or fails without one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


def exiftool() -> str | None:
    """Path of the one named by `EXIFTOOL`, or of the system's."""
    return os.environ.get("EXIFTOOL") or shutil.which("exiftool")


def metadata(file: Path) -> dict[str, Any]:
    """The file's metadata, each name with its group, and the warnings and errors that a validation gives."""
    program = exiftool()
    assert program, "these tests need exiftool; scripts/test installs one"
    command = [program, "-json", "-G1", "-n", "-validate", "-warning", "-error", "-all", str(file)]
    read = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    [described] = json.loads(read)
    return dict(described)


if __name__ == "__main__":
    sys.stdout.write(path := exiftool() or "")
    sys.exit(not path)
