"""From an answer of status 400 and above to the error that someone handles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

from payload_client.errors import (
    AccountLocked,
    DocumentLocked,
    ErrorBody,
    Forbidden,
    NotFound,
    NotUnique,
    PartlyDone,
    Refused,
    RouteNotFound,
    ServerError,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    ValidationFailed,
    fields_of,
)

_BY_STATUS: dict[int, type[Refused]] = {
    HTTPStatus.BAD_REQUEST: ValidationFailed,
    HTTPStatus.UNAUTHORIZED: Unauthenticated,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.LOCKED: DocumentLocked,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequests,
}


def refusal(call: str, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> Refused:
    """The error for an answer of status 400 and above, whatever its body is."""
    try:
        body = msgspec.json.decode(content, type=ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = ErrorBody()
    return _kind(status, body)(call, status, body, _retry_after(headers or {}))


def _kind(status: int, body: ErrorBody) -> type[Refused]:
    # Keyed on status and shape alone: Payload's error names are minified and its messages translated.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerError
    if status == HTTPStatus.BAD_REQUEST and body.docs is not None:
        return PartlyDone
    if status == HTTPStatus.NOT_FOUND and body.errors is None and body.message:
        return RouteNotFound
    if status == HTTPStatus.UNAUTHORIZED and body.errors and "locked" in body.errors[0].message:
        return AccountLocked
    if status == HTTPStatus.BAD_REQUEST and any("unique" in field.message for field in fields_of(body)):
        return NotUnique
    return _BY_STATUS.get(status, Refused)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from a number or a date (RFC 9110, 10.2.3); None where it says nothing that can be read."""
    told = headers.get("Retry-After", "").strip()
    if told.isdecimal() and told.isascii():
        return float(told[:9])
    try:
        when = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (when - datetime.now(UTC)).total_seconds()) if when.tzinfo else None
