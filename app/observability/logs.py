"""Logs: one event a line on stderr, with the ids of the request, run and character that it is about."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

Format = Literal["json", "text"]

HIDDEN = "/…"
"""Logged in place of a path that may hold secrets."""
_LONGEST = 100  # of an id: an address may have anything in its place
_FIELDS = {"levelname": "level", "name": "logger", "exc_info": "traceback"}
_QUIET = ("httpx", "httpcore", "urllib3")  # they would log every address with its query, and every cookie
_about: ContextVar[dict[str, str]] = ContextVar("about")


def bind(**fields: str) -> None:
    """Add fields to every later log line of this task and of tasks that it starts."""
    _about.set(_bound() | {name: value[:_LONGEST] for name, value in fields.items()})


def configure(level: str, layout: Format) -> None:
    """Let every logger of the process write to stderr."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_bound_fields)
    handler.setFormatter(_for_programs() if layout == "json" else _ForPeople())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class Exchange:
    """A request and its answer, ours or another's. `status`: of the answer, once there is one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.status: int | None = None


@contextmanager
def exchange(log: logging.Logger, level: int, method: str, path: str, upstream: str = "") -> Iterator[Exchange]:
    """Log a request at its end, with its status and duration. `path`: without its query."""
    current, started = Exchange(path), time.monotonic()
    try:
        yield current
    finally:
        outcome = {"status": current.status, "durationMs": round((time.monotonic() - started) * 1000)}
        fields = {"method": method, "path": current.path, **({"upstream": upstream} if upstream else {}), **outcome}
        log.log(level, "%s %s%s: %s", method, upstream, current.path, current.status or "no answer", extra=fields)


def _bound() -> dict[str, str]:
    return _about.get({})


def _add_bound_fields(record: logging.LogRecord) -> bool:
    """Add the bound fields; one that the call itself gives wins."""
    record.__dict__.update(_bound() | record.__dict__)
    return True


def _for_programs() -> JsonFormatter:
    return JsonFormatter(
        ["levelname", "name", "message"],
        timestamp="time",
        rename_fields=_FIELDS,
        reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # the latter is uvicorn's, for terminals
    )


class _ForPeople(logging.Formatter):
    """The same event as a line of text."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        """The message, then what it is about."""
        return super().formatMessage(record) + "".join(f" {name}={value!r}" for name, value in _bound().items())
