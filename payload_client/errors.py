"""Everything that can go wrong between this client and Payload, as one tree.

    PayloadError
    ├── InvalidCall          refused here, before anything was sent
    │   └── StillUsed        a document that others point at is not deleted
    ├── Unreachable          no connection was made: nothing was sent
    ├── TimedOut             no whole answer within the deadline
    ├── Disconnected         the connection broke after the request was under way
    ├── BadAnswer            an answer that is not Payload's: not JSON, another shape, too long, a redirect
    │   ├── WrongDocument    Payload did it to another document than the one asked for
    │   └── StoredDifferently    an upload was cut off or changed on the way
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
        ├── TooManyRequests      429: something in front of Payload asks to slow down
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


class StillUsed(InvalidCall):
    """Documents point at the one that was to be deleted; it was not. `used_in`: their fields, `posts.hero`."""

    def __init__(self, call: str, used_in: list[str]) -> None:
        super().__init__(call, f"still used in {', '.join(used_in)}")
        self.used_in = used_in


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


class WrongDocument(BadAnswer):
    """Payload answered with a document of another id than asked for. `id`: that one's, where it has one."""

    def __init__(self, call: str, id: int | str | None) -> None:
        super().__init__(call, "it was done to another document than the one asked for")
        self.id = id


class StoredDifferently(BadAnswer):
    """An upload is stored with another size than was sent. `id`: its document, which is still there.

    Payload cuts a file off at its limit and answers 201 where `abortOnLimit` is off; so do some proxies.
    """

    def __init__(self, call: str, sent: int, stored: int, id: int | str | None) -> None:
        super().__init__(call, f"{sent} bytes were sent and {stored} stored")
        self.sent = sent
        self.stored = stored
        self.id = id


class FieldError(msgspec.Struct, frozen=True):
    """One field that Payload refused: its dotted path and Payload's own message."""

    path: str = ""
    message: str = ""


class ErrorItem(msgspec.Struct, frozen=True):
    """One entry of Payload's `errors`. `id`: in a bulk call, the document that was left as it was."""

    message: str = ""
    data: Any = None
    id: int | str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of an error answer; routes that do not exist carry `message` alone."""

    errors: list[ErrorItem] | None = None
    message: str = ""
    docs: list[Any] | None = None


class _Named(msgspec.Struct):
    errors: list[FieldError]


class Refused(PayloadError):
    """Payload answered with an error status.

    `status` is that status, `reason` Payload's own first message, `fields` the fields it named; of a bulk call, `docs`
    are those that it says it changed and `errors` the others; `retry_after`: seconds after which to come back.
    """

    def __init__(self, call: str, status: int, body: ErrorBody, retry_after: float | None = None) -> None:
        super().__init__(call, f"{status} {_phrase(status)}")
        self.status = status
        self.errors = body.errors or []
        self.reason = self.errors[0].message if self.errors else body.message
        self.fields = fields_of(body)
        self.docs = body.docs or []
        self.retry_after = retry_after


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


class TooManyRequests(Refused):
    """Something in front of Payload asks to slow down; Payload itself never does. Nothing was written."""


class ServerError(Refused):
    """Payload failed. That does not mean that nothing was written."""

    maybe_written = True


def fields_of(body: ErrorBody) -> list[FieldError]:
    """The fields that a refusal names."""
    found = []
    for error in body.errors or []:
        try:
            found += msgspec.convert(error.data, _Named).errors
        except msgspec.ValidationError:
            continue
    return found


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
