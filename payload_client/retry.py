"""The only place that repeats a request: reads, a few times, inside the caller's deadline. A write never is."""

from __future__ import annotations

from http import HTTPStatus

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from payload_client.errors import Disconnected, ServerError, Unreachable

_PASSING = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, ServerError):
        return error.status in _PASSING
    return isinstance(error, Unreachable | Disconnected)


def reads() -> AsyncRetrying:
    """Three tries with jitter, for what a moment's wait may mend."""
    return AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.1, max=1.0),
        reraise=True,
    )
