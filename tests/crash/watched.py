"""The product with each of its awaits watched. Importing this imports it, so only processes that run it may."""

from __future__ import annotations

import gc
import ssl
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import anyio._backends._asyncio  # noqa: F401 - loaded once, for all that are forked
import httpx
import msgspec
import uvicorn
import uvloop  # noqa: F401 - as above

from tests.crash import points

points.install()

from app import __main__ as product
from app import main as root
from app.limits import Limits
from app.settings import Settings, read
from payload_client import transport as payload

_HURRY = 0.02
_USUAL = Limits()
_LIMITS = msgspec.structs.replace(
    _USUAL,
    job_seconds=(2 * _HURRY, 5 * _HURRY),
    lost_answer_seconds=tuple(seconds * _HURRY for seconds in _USUAL.lost_answer_seconds),
)
main = partial(product.main, limits=_LIMITS)


def _replace(module: Any, **members: Any) -> None:
    vars(module).update(members)


def hurry_the_sweep(seconds: int) -> None:
    """Let Payload's clock, by which the sweep goes, be so much later."""
    told = payload._date

    def later(response: httpx.Response) -> datetime | None:
        date = told(response)
        return date and date + timedelta(seconds=seconds)

    _replace(payload, _date=later)


# What every server does as it starts is done here once, for all that are forked from this process.
_replace(httpx._transports.default, create_ssl_context=cache(lambda **_: ssl.create_default_context()))
_NOBODY = dict.fromkeys(("SITE_URL", "PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL"), "http://127.0.0.1:9")
uvicorn.Config(root.create_app(read(Settings, _NOBODY)).asgi, log_config=None).load()
gc.collect()
gc.freeze()
