"""`python -m tests.support.hurried`: the product with the seconds that are no setting of its made shorter.

What may take ten seconds in earnest takes one here, so that a test can wait for it to be over.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import msgspec

from app import __main__ as product
from app.limits import Limits
from payload_client import Payload

SCALE = 0.1
FOR_PAYLOAD = 0.2
"""A real one answers, on a machine that does other things as well."""
LONGEST = 4.0

SKEW = float(os.environ.get("CLOCK_SKEW", "0"))
"""Seconds by which the clock on the wall is wrong."""

_call = Payload.call
_time = time.time


async def _hurried(self: Payload, *args: Any, timeout: float | None = None, **options: Any) -> Any:  # noqa: ASYNC109 - as in it
    return await _call(self, *args, timeout=min((timeout or self._timeout) * FOR_PAYLOAD, LONGEST), **options)


if __name__ == "__main__":
    time.time = lambda: _time() + SKEW
    Payload.call = _hurried  # type: ignore[method-assign]  # what this is for
    # What Payload is given is shortened above; how long a state holds is what tests of it wait for.
    usual = Limits()
    limits = msgspec.structs.replace(
        usual.scaled(SCALE),
        readiness_seconds=usual.readiness_seconds,
        readiness_payload_seconds=usual.readiness_payload_seconds,
        sign_in_wait_seconds=usual.sign_in_wait_seconds,
    )
    sys.exit(product.main(sys.argv[1:], limits))
