"""The only place that sends a request again, a few times, inside the caller's deadline.

Reads, after what a moment's wait may mend. A write only where it was turned away before anything was done: 429, or 503
that says when to come back (`Retry-After`). A write whose fate is not known never is.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from payload_client.errors import Disconnected, Refused, ServerError, Unreachable

_PASSING = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_TRIES = 3
_LONGEST_WAIT = 30.0
_JITTER = wait_random_exponential(multiplier=0.1, max=1.0)


def retrying(*, reads: bool, repeatable: bool, until: float) -> AsyncRetrying:
    """Three tries with jitter. `repeatable`: the body can be sent once more; `until`: the deadline (loop time)."""

    def may_pass(error: BaseException) -> bool:
        if was_turned_away(error):
            return repeatable and asyncio.get_running_loop().time() + _asked_to_wait(error) < until
        if isinstance(error, ServerError):
            return reads and error.status in _PASSING
        return reads and isinstance(error, Unreachable | Disconnected)

    return AsyncRetrying(retry=retry_if_exception(may_pass), stop=stop_after_attempt(_TRIES), wait=_wait, reraise=True)


def was_turned_away(error: BaseException) -> bool:
    """Whether a refusal says that nothing was done, and to come back soon enough to wait for it."""
    if not isinstance(error, Refused) or _asked_to_wait(error) > _LONGEST_WAIT:
        return False
    asked_back = error.status == HTTPStatus.SERVICE_UNAVAILABLE and error.retry_after is not None
    return asked_back or error.status == HTTPStatus.TOO_MANY_REQUESTS


def _asked_to_wait(error: BaseException | None) -> float:
    return (error.retry_after or 0.0) if isinstance(error, Refused) else 0.0


def _wait(state: RetryCallState) -> float:
    return _asked_to_wait(state.outcome.exception() if state.outcome else None) + _JITTER(state)
