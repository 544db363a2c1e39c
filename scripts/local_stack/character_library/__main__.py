"""`python -m scripts.local_stack.character_library`: serve the stand-in for the Character Library."""

import argparse
import signal
import socket
import sys

import uvicorn

from .app import create_app
from .connection import BreakableProtocol
from .library import Library
from .records import Manner


class Announced(uvicorn.Server):
    """A server that says so when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then print the one line."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        print(f"Character Library listens on http://{host}:{port}", flush=True)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m scripts.local_stack.character_library", description=__doc__)
    parser.add_argument("--port", type=int, default=4100, help="0: a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--delay", type=float, default=2.0, help="seconds for one image")
    parser.add_argument(
        "--dialect",
        choices=["sync", "job"],
        default="sync",
        help="how generate-360-set responds: with the images, or with a job",
    )
    parser.add_argument("--shape", choices=["recorded", "top", "data", "strings"], default="recorded")
    parser.add_argument(
        "--relative-urls", action="store_true", help="give relative addresses, as a service without a storage plugin"
    )
    given = parser.parse_args()
    manner = Manner(
        dialect=given.dialect, shape=given.shape, relative_urls=given.relative_urls, delay_ms=round(given.delay * 1000)
    )
    config = uvicorn.Config(
        create_app(Library(manner)),
        http=BreakableProtocol,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )
    # uvicorn raises the signal once more when it has shut down: end with 0 then, and also before it listens.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Announced(config).run([_listening(given.host, given.port)])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    listener.set_inheritable(True)
    return listener


if __name__ == "__main__":
    main()
