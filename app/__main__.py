"""The command: `python -m app` serves until SIGTERM.

`python -m app doctor` tries all that it needs; `python -m app sweep` finds what a crash left in Payload.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import socket
import sys
from contextlib import suppress
from datetime import timedelta
from functools import partial
from math import ceil
from pathlib import Path
from types import FrameType

gc.disable()  # nothing is garbage while modules are loaded, and looking for it takes a fifth of that time

import uvicorn
from dotenv import dotenv_values

from app.capacity.heap import return_large_blocks
from app.certificates import trusted
from app.character_library.transport import reach_library
from app.cms.gateway import Cms
from app.errors import AppError, Unauthenticated, sentence_for
from app.generation.runs import Runs
from app.limits import Limits
from app.main import create_app, open_cms, open_files, slugs
from app.observability import logs, tracing
from app.settings import Settings, SettingsError, SweepSettings, read
from app.use_cases.doctor import Site, examine
from app.use_cases.sign_in import identify
from app.use_cases.sweep import Finding, sweep
from app.web.server import LOOKS, PunctualProtocol, allow_files, drop_new_connections, protocol, proxies
from app.web.watchdog import Watchdog
from payload_client import ApiKey, Auth, Jwt, Payload, PayloadError, open_pool

gc.enable()
log = logging.getLogger("app.sweep")

_BAD_USAGE = 2
_TEN_YEARS = 10 * 365 * 86_400
_TICK = 0.1
"""Seconds between two ticks of uvicorn's main loop."""

_LAST_REQUESTS_SECONDS = 0.25
"""Seconds in which a connection that was just accepted may send its request."""


def main(arguments: list[str], limits: Limits = Limits()) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    environment = {**dotenv_values(Path.cwd() / ".env"), **os.environ}
    variables = {name: value for name, value in environment.items() if value is not None}
    try:
        if options.command == "sweep":
            return asyncio.run(_sweep(read(SweepSettings, variables), options))
        settings = read(Settings, variables)
        if options.command == "doctor":
            return asyncio.run(_examine(settings, read(SweepSettings, variables), limits))
        _trace(variables)
        return _serve(settings, limits, proxies(variables))
    except SettingsError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return _BAD_USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="character-images", description="Serve the images workspace.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("doctor", help="try all that is needed of Payload and the settings, and say what is wrong")
    sweep_ = commands.add_parser("sweep", help="find what a crash left in Payload")
    sweep_.add_argument("--older-than", type=_seconds, default=timedelta(hours=1), metavar="SECONDS")
    sweep_.add_argument("--delete", action="store_true", help="delete the media that it finds")
    return parser


def _seconds(text: str) -> timedelta:
    seconds = int(text) if text.isdecimal() else -1
    if not 0 <= seconds <= _TEN_YEARS:
        raise argparse.ArgumentTypeError(f"expected a whole number of seconds up to ten years, not {text!r}")
    return timedelta(seconds=seconds)


def _serve(settings: Settings, limits: Limits, trusted: list[str]) -> int:
    """Serve. `trusted`: the proxies whose `X-Forwarded-For` tells who is calling."""
    logs.configure(settings.log_level, settings.log_format)
    return_large_blocks()
    allow_files(limits.connections)
    application = create_app(settings, limits=limits)
    gc.freeze()  # what is there now stays, so that no collection looks at it again
    config = uvicorn.Config(
        application.asgi,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # ours has no query
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=ceil(limits.last_answers_seconds) + 1,  # by then who does not read is broken off
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        http=protocol(limits),
        ws="none",
    )
    PatientServer(config, application.runs, limits).run()
    return 0


def _trace(variables: dict[str, str]) -> None:
    """Trace, where an endpoint is configured. Raises `SettingsError` without the packages."""
    if variables.get(tracing.ENDPOINT, "").strip():
        try:
            tracing.start(variables)
        except ImportError as error:
            line = (
                f"{tracing.ENDPOINT}: traces need the extra [otel]: "
                "pip install --require-hashes -r requirements-otel.lock"
            )
            raise SettingsError([f"{line} ({error})"]) from error


class PatientServer(uvicorn.Server):
    """uvicorn's server, which on a first signal refuses new generations and ends once all runs are over.

    Clients that wait for an answer then have a while to get it, in which new connections are accepted, too. A second
    signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, runs: Runs, limits: Limits) -> None:
        super().__init__(config)
        self._runs = runs
        self._limits = limits
        self._look_every = max(1, round(limits.answer_stalled_seconds / LOOKS / _TICK))
        self._watchdog = Watchdog(limits.loop_seconds)
        self._asked: int | None = None
        self._until: float | None = None
        self._waiting: list[tuple[PunctualProtocol, object]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and to watch the event loop."""
        await super().startup(sockets)
        self._watchdog.start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Remember the first signal until all runs are over; end at the second one."""
        if self._asked is not None:
            super().handle_exit(sig, frame)
            self.force_exit = True
        self._asked, self._runs.draining = sig, True

    async def on_tick(self, counter: int) -> bool:
        """Check the progress of responses, and end once nothing is under way. Called ten times a second."""
        self._watchdog.beat()
        if counter % self._look_every == 0:
            for connection in self._connections():
                connection.check_progress()
        if self._asked is not None and not self.should_exit and self._runs.idle and self._has_answered():
            super().handle_exit(self._asked, None)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop new connections, answer all requests of those accepted, and end."""
        for connection, _ in self._waiting:
            connection.transport.abort()
        for listener in [listener for server in self.servers for listener in server.sockets]:
            drop_new_connections(listener)
        await asyncio.sleep(_LAST_REQUESTS_SECONDS)
        while not self._runs.idle and not self.force_exit:  # somebody deletes in the very last moment
            self._watchdog.beat()
            await asyncio.sleep(_TICK)
        asyncio.get_running_loop().call_later(self._limits.last_answers_seconds, self._break_off)
        await super().shutdown(sockets)

    def _has_answered(self) -> bool:
        """Whether all that waited for an answer at the end of the last run have it, or `ending_seconds` have passed."""
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._until = now + self._limits.ending_seconds
            self._waiting = [(connection, connection.cycle) for connection in self._connections()]
        connections = self._connections()
        self._waiting = [
            (connection, cycle)
            for connection, cycle in self._waiting
            if connection in connections and connection.cycle is cycle and connection.is_answering
        ]
        return not self._waiting or now >= self._until

    def _break_off(self) -> None:
        for connection in self._connections():
            connection.transport.abort()

    def _connections(self) -> list[PunctualProtocol]:
        return [open_ for open_ in self.server_state.connections if isinstance(open_, PunctualProtocol)]


async def _examine(settings: Settings, user: SweepSettings, limits: Limits) -> int:
    """Print each finding of the doctor's. Returns 1 where something is wrong."""
    tls, is_wrong = trusted(settings.ssl_cert_file), False
    async with open_pool(verify=tls) as pool:
        payload = Payload(settings.payload_url, http=pool, locale=settings.payload_locale or None)
        cms, files = open_cms(payload, settings), open_files(settings, limits)
        site = Site(
            settings.site_url,
            settings.payload_public_url,
            f"{settings.payload_cookie_prefix}-token",
            settings.image_max_bytes,
        )
        reach = partial(reach_library, settings.character_library_api_url, tls)
        async for finding in examine(cms, _auth(user), site, files, identify, reach):
            print(finding, flush=True)
            is_wrong |= finding.is_wrong
    return int(is_wrong)


def _auth(user: SweepSettings) -> Auth:
    return Jwt(user.payload_token) if user.payload_token else ApiKey(user.payload_users_slug, user.payload_api_key)


async def _sweep(settings: SweepSettings, options: argparse.Namespace) -> int:
    logs.configure(settings.log_level, settings.log_format)
    tell, complain = (_print, _complain) if settings.log_format == "text" else (_log, log.error)
    async with open_pool(verify=trusted(settings.ssl_cert_file)) as pool:
        payload = Payload(settings.payload_url, http=pool, locale=settings.payload_locale or None)
        cms, refused = Cms(payload, slugs(settings), settings.payload_url), False
        try:
            auth = _auth(settings)
            with suppress(Unauthenticated):  # what nobody may read, the sweep itself says
                auth = (await identify(cms, auth)).auth
            cms = cms.as_user(auth)
            async for finding in sweep(cms, older_than=options.older_than, delete=options.delete):
                tell(finding)
                refused |= finding.refused is not None
        except (PayloadError, AppError) as error:
            complain(f"{sentence_for(error)} ({type(error).__name__})")
            return 1
    return int(refused)


def _print(finding: Finding) -> None:
    print(finding, flush=True)


def _complain(line: str) -> None:
    print(line, file=sys.stderr)


def _log(finding: Finding) -> None:
    """Log a finding as an event, for programs."""
    about = {"found": finding.kind, "id": finding.id, "file": finding.name, "deleted": finding.deleted}
    level = logging.INFO if finding.refused is None else logging.WARNING
    log.log(level, "%s", finding, extra=about | ({"refused": finding.refused} if finding.refused else {}))


def run() -> None:
    """Run the command line; the console command `character-images` starts here."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
