"""Everything that can go wrong between this client and Payload, as one tree.

    PayloadError
    ├── InvalidCall          refused here, before anything was sent
    ├── Unreachable          no connection was made: nothing was sent
    ├── TimedOut             no whole answer within the deadline
    ├── Disconnected         the connection broke after the request was under way
    ├── BadAnswer            an answer that is not Payload's: not JSON, another shape, too long, a redirect
    └── Refused              Payload answered with an error status
        ├── ValidationFailed     400 that names fields; also the 413 of a `_payload` too long
        │   └── NotUnique        400: a unique field's value is taken
        ├── PartlyDone           400 of a bulk call: some documents were changed, some were not
        ├── Unauthenticated      401
        │   └── AccountLocked    401: too many failed logins
        ├── Forbidden            403
        ├── NotFound             404: no such document, or none that this caller may see
        │   └── RouteNotFound    404: no such collection or endpoint
        ├── TooLarge             413
        ├── DocumentLocked       423: somebody has the document open in the admin panel
        └── ServerError          5xx

The message names the call and its status, never a body, a token or a query. `maybe_written` tells whether a
write may have happened all the same.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

import msgspec


class PayloadError(Exception):
    """Root of the tree. `maybe_written`: the server may have done what was asked."""

    maybe_written: ClassVar[bool] = False

    def __init__(self, call: str, what: str) -> None:
        super().__init__(f"{call}: {what}")
        self.call = call


class InvalidCall(PayloadError):
    """What was asked can only be a mistake (an empty id, text as an integer id); nothing was sent."""


class Unreachable(PayloadError):
    """No connection was made: nothing was sent."""


class TimedOut(PayloadError):
    """No whole answer within the deadline."""

    maybe_written = True


class Disconnected(PayloadError):
    """The connection broke after the request was under way."""

    maybe_written = True


class BadAnswer(PayloadError):
    """An answer that is not Payload's: not JSON, another shape, too long, or a redirect."""

    maybe_written = True


class FieldError(msgspec.Struct, frozen=True):
    """One field that Payload refused: its dotted path and Payload's own message."""

    path: str = ""
    message: str = ""


class ErrorItem(msgspec.Struct, frozen=True):
    """One entry of Payload's `errors`."""

    message: str = ""
    data: Any = None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of an error answer; routes that do not exist carry `message` alone."""

    errors: list[ErrorItem] | None = None
    message: str = ""
    docs: list[Any] | None = None


class Refused(PayloadError):
    """Payload answered with an error status.

    `status` is that status, `reason` Payload's own first message, `fields` the fields it named.
    """

    def __init__(self, call: str, status: int, body: ErrorBody) -> None:
        super().__init__(call, f"{status} {_phrase(status)}")
        self.status = status
        self.reason = body.errors[0].message if body.errors else body.message
        self.fields = _fields(body)
        self.docs = body.docs or []


class ValidationFailed(Refused):
    """A value was refused; `fields` names them where Payload does."""


class NotUnique(ValidationFailed):
    """The value of a unique field is taken."""


class PartlyDone(Refused):
    """A bulk call changed `docs` and refused others. On PostgreSQL read them again: all may be rolled back."""

    maybe_written = True


class Unauthenticated(Refused):
    """Wrong e-mail or password."""


class AccountLocked(Unauthenticated):
    """Too many failed logins; Payload opens the account again by itself."""


class Forbidden(Refused):
    """Payload's access rules forbid it, also for a caller it does not recognise."""


class NotFound(Refused):
    """No such document, or none that this caller may see."""


class RouteNotFound(NotFound):
    """No such collection or endpoint on this server."""


class TooLarge(Refused):
    """The upload is larger than Payload takes."""


class DocumentLocked(Refused):
    """Somebody has the document open in the admin panel."""


class ServerError(Refused):
    """Payload failed. That does not mean that nothing was written."""

    maybe_written = True


_BY_STATUS: dict[int, type[Refused]] = {
    HTTPStatus.BAD_REQUEST: ValidationFailed,
    HTTPStatus.UNAUTHORIZED: Unauthenticated,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.LOCKED: DocumentLocked,
}


def refusal(call: str, status: int, content: bytes) -> Refused:
    """The error for an answer of status 400 and above, whatever its body is."""
    try:
        body = msgspec.json.decode(content, type=ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = ErrorBody()
    return _kind(status, body)(call, status, body)


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
    if status == HTTPStatus.BAD_REQUEST and any("unique" in field.message for field in _fields(body)):
        return NotUnique
    return _BY_STATUS.get(status, Refused)


def _fields(body: ErrorBody) -> list[FieldError]:
    found = []
    for error in body.errors or []:
        try:
            found += msgspec.convert(error.data, _Named).errors
        except msgspec.ValidationError:
            continue
    return found


class _Named(msgspec.Struct):
    errors: list[FieldError]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
