"""`python -m tests.faults.hurried`: the product with the seconds that are no setting of its made shorter.

What may take ten seconds in earnest takes one here, so that a test can wait for it to be over.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from typing import Any

from app import __main__ as product
from app.character_library import Pace, transport
from app.ingest import download, egress, store
from app.limits import Limits
from payload_client import Payload

SCALE = 0.1
LONGEST = 2.0

SKEW = float(os.environ.get("CLOCK_SKEW", "0"))
"""Seconds by which the clock on the wall is wrong."""

_call = Payload.call
_time = time.time


async def _hurried(self: Payload, *args: Any, timeout: float | None = None, **options: Any) -> Any:  # noqa: ASYNC109 - as in it
    return await _call(self, *args, timeout=min((timeout or self._timeout) * SCALE, LONGEST), **options)


if __name__ == "__main__":
    time.time = lambda: _time() + SKEW
    Payload.call = _hurried  # type: ignore[method-assign]  # what this is for
    pace = Pace(2.0 * SCALE, 15.0 * SCALE, 300.0 * SCALE)
    product.create_app = partial(product.create_app, pace=pace)  # type: ignore[attr-defined]  # only imported there
    transport._CONNECT_SECONDS *= SCALE
    download._CONNECT_SECONDS *= SCALE
    download._SECOND_TRY_AFTER = tuple(seconds * SCALE for seconds in download._SECOND_TRY_AFTER)  # type: ignore[assignment]  # as long a tuple
    egress._RESOLVE_SECONDS *= SCALE
    transport.Transport.call.__kwdefaults__ = {"seconds": transport._LOOKUP_SECONDS * SCALE, "judged": True}
    store._LOOK_AGAIN = tuple(seconds * SCALE for seconds in store._LOOK_AGAIN)  # type: ignore[assignment]  # as long a tuple
    sys.exit(product.main(sys.argv[1:], Limits().scaled(SCALE)))
