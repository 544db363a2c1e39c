"""`scripts/dev`: run the three servers with sample data until Ctrl-C. Each start begins with empty databases."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from payload_client import Payload, PayloadError
from scripts.local_stack import stack
from scripts.local_stack.history import make_history
from scripts.local_stack.many_images import fill
from scripts.local_stack.seed import CHORUS, EMAIL, MARA, PASSWORD, Seeded, seed

_FOLDER = stack.ROOT / ".local" / "dev"
_PICTURE_SECONDS = 2.0
_CROWD = 1000


def main() -> None:
    """Start, seed, say where it is, and wait."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        _a_new_world(),
        stack.payload(_FOLDER / "payload", port=stack.free_port(3000)) as payload,
        stack.character_library(_FOLDER, port=stack.free_port(4100), delay=_PICTURE_SECONDS) as library,
    ):
        seeded = asyncio.run(seed(payload.url, library.url))
        settings = {"PAYLOAD_URL": payload.url, "CHARACTER_LIBRARY_API_URL": library.url, "LOG_FORMAT": "text"}
        with stack.app(_FOLDER, settings, port=stack.free_port(8000)) as app:
            asyncio.run(make_history(app.url, library.url, seeded.auth, seeded.characters[MARA]))
            print(f"\n  Workspace          {app.url}", flush=True)
            print(f"  Sign in with       {EMAIL} / {PASSWORD}")
            print(f"  Payload            {payload.url}/api")
            print(f"  Character Library  {library.url} (a stand-in)")
            print(f"  Data and logs      {_FOLDER.relative_to(stack.ROOT)} (emptied at each start)")
            print("\n  Ctrl-C stops everything.\n", flush=True)
            asyncio.run(_fill_chorus(payload.url, seeded))
            app.process.wait()
            sys.exit(f"The workspace ended by itself. Its log, {app.log}, ends with:\n{app.log.read_text()[-2000:]}")


async def _fill_chorus(payload_url: str, seeded: Seeded) -> None:
    """Fill the one character that has a great many images, while people look at the others."""
    try:
        async with Payload(payload_url, auth=seeded.auth) as payload:
            await fill(payload, seeded.characters[CHORUS]["id"], CHORUS, _CROWD, created_by=seeded.user)
    except PayloadError as error:
        print(f"  {CHORUS} could not be filled: {error}", flush=True)
    else:
        print(f"  {CHORUS} now has {_CROWD:,} images.", flush=True)


@contextmanager
def _a_new_world() -> Iterator[None]:
    """An empty folder, for us alone: a second start would pull it from under the first."""
    _FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with (_FOLDER.parent / "dev.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("scripts/dev is running in this checkout already; stop that one first.")
        shutil.rmtree(_FOLDER, ignore_errors=True)
        yield


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("Stopped.")
