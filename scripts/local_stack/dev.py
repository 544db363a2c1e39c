"""`scripts/dev`: the three servers with a small film in them, until Ctrl-C. Every start is a new world."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys

from scripts.local_stack import stack
from scripts.local_stack.seed import EMAIL, PASSWORD, seed

_FOLDER = stack.ROOT / ".local" / "dev"
_PICTURE_SECONDS = 2.0


def main() -> None:
    """Start, seed, say where it is, and wait."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    shutil.rmtree(_FOLDER, ignore_errors=True)
    with (
        stack.payload(_FOLDER / "payload", port=stack.free_port(3000)) as payload,
        stack.character_library(_FOLDER, port=stack.free_port(4100), delay=_PICTURE_SECONDS) as library,
    ):
        asyncio.run(seed(payload.url, library.url))
        settings = {"PAYLOAD_URL": payload.url, "CHARACTER_LIBRARY_API_URL": library.url}
        with stack.app(_FOLDER, settings, port=stack.free_port(8000)) as app:
            print(f"\n  Workspace          {app.url}", flush=True)
            print(f"  Sign in with       {EMAIL} / {PASSWORD}")
            print(f"  Payload            {payload.url}/api")
            print(f"  Character Library  {library.url} (a stand-in that paints)")
            print(f"  Data and logs      {_FOLDER.relative_to(stack.ROOT)} (made anew at each start)")
            print("\n  Ctrl-C stops all.\n", flush=True)
            app.process.wait()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("Stopped.")
