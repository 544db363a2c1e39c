"""What can go wrong, as one tree, and the one table from it to an answer's status and code.

Each error's text is one sentence or two for the person at the screen: what happened, what was kept, what to do.
`app.web.problem`, `app.api` and `app.pages` render the answer; nothing else chooses a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import msgspec

import payload_client as cms
from app.limits import ADDRESS, MEMBERS, NAME, PROMPT, WORDS, cut

Charged = Literal["no", "yes", "unknown"]
_LIBRARY = "character-library"
_QUOTED = 300  # characters of upstream's own words that a person is shown


class AppError(Exception):
    """Root of our own errors.

    `fields`: what is malformed or refused, by path. `charged`: whether a generation that failed may have been paid for.
    `headers` of the answer; `retry_after`: seconds until another try. `source_url`: where a picture was fetched from.
    `prompt`: the exact prompt that was paid for, or may have been.
    `refused`: the answer of Payload's behind it.
    """

    charged: Charged | None = None
    refused: cms.Refused | None = None

    def __init__(
        self,
        message: str,
        *fields: cms.FieldError,
        charged: Charged | None = None,
        headers: Mapping[str, str] | None = None,
        retry_after: int | None = None,
        source_url: str | None = None,
        prompt: str | None = None,
    ) -> None:
        super().__init__(message)
        self.fields = list(fields)
        self.charged = charged or type(self).charged
        self.headers = headers or {}
        self.retry_after = retry_after
        self.source_url = source_url
        self.prompt = prompt

    def replace(
        self,
        message: str | None = None,
        *,
        charged: Charged | None = None,
        source_url: str | None = None,
        prompt: str | None = None,
    ) -> Self:
        """Copy the error, with another message, charge, address or prompt where one is given."""
        copy = type(self)(message or str(self))
        vars(copy).update(vars(self))
        copy.charged = charged or self.charged
        copy.source_url = source_url or self.source_url
        copy.prompt = prompt or self.prompt
        return copy

    def after_payment(self, sentence: str) -> Self:
        """Copy the error for a picture that was paid for, with a sentence before its own words."""
        return self.replace(f"{sentence} {self}", charged="yes")


class InvalidRequest(AppError):
    """A value of the request is malformed."""


class Unauthenticated(AppError):
    """Nobody is signed in, or Payload does not recognise the session."""


class Forbidden(AppError):
    """Payload's access rules do not let this caller do that."""


class CrossSiteRequest(AppError):
    """A change was asked for from another site."""


class AddressUnknown(AppError):
    """No route has that address."""


class MethodNotAllowed(AppError):
    """No route of that address takes that method."""


class RequestTooSlow(AppError):
    """A body did not arrive in time."""


class RequestTooLarge(AppError):
    """A body is larger than is taken."""


class HeaderTooLarge(AppError):
    """An address, or a header, is larger than is taken."""


class CharacterNotFound(AppError):
    """No such character for this caller."""


class ImageNotFound(AppError):
    """No such image of that character for this caller."""


class CharacterNotLinked(AppError):
    """The character has no id in the Character Library."""


class GenerationInProgress(AppError):
    """That character's slot is taken by a run of the same family."""


class ReviewConflict(AppError):
    """The review of an image is another one than the caller saw."""


class UnsupportedMediaType(AppError):
    """A JSON route was sent something else."""


class TooManyRequests(AppError):
    """Signing in was tried too often, or a person's share is used up."""


class Busy(AppError):
    """This process has no room for more of it: all slots are taken."""


class Draining(AppError):
    """This process is shutting down."""


class ImageError(AppError):
    """A picture could not be brought in."""


class ImageDownloadFailed(ImageError):
    """The host did not deliver it. `gone`: it says that there is nothing (404, 410).

    `again_after`: seconds, 0 if it does not say, until the host may have a picture that was just made; None: never.
    """

    def __init__(self, message: str, *, gone: bool = False, again_after: float | None = None) -> None:
        super().__init__(message)
        self.gone = gone
        self.again_after = again_after


class ImageUrlRefused(ImageError):
    """The address is not one that pictures may be fetched from."""


class PlaceholderRefused(ImageUrlRefused):
    """The library made an address up and drew nothing behind it."""

    charged = "no"


class NotAnImage(ImageError):
    """The bytes are not a PNG, JPEG, WebP or AVIF of one frame."""


class ImageTooLarge(ImageError):
    """Too many bytes or pixels."""


class ImageTruncated(ImageError):
    """The bytes end too early, or do not decode."""


class PayloadRejected(ImageError):
    """Payload refused the picture or its record. `fields` names what it refused, where it says so."""

    def __init__(self, message: str, refused: cms.Refused | None = None) -> None:
        super().__init__(message, *shown_fields(refused.fields if refused else []))
        self.refused = refused


class StillRefused(PayloadRejected):
    """Payload refused such an image before; nothing was generated."""

    charged = "no"

    def __init__(self, message: str, *fields: cms.FieldError) -> None:
        super().__init__(message)
        self.fields = list(fields)


class PayloadUnavailable(ImageError):
    """Payload was away or failed while a picture was being stored."""


class LibraryError(AppError):
    """The Character Library could not do it.

    `status`, `error` and `details` are its own words, where it answered; `charged` tells whether it may have been
    paid for; `job_id` names the job that it was about.
    """

    charged: Charged | None = "unknown"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error: str | None = None,
        details: str | None = None,
        job_id: str | None = None,
        charged: Charged | None = None,
    ) -> None:
        super().__init__(message, charged=charged)
        self.status = status
        self.error = error
        self.details = details
        self.job_id = job_id


class LibraryRefused(LibraryError):
    """It answered with an error."""


class ImageUnsaved(LibraryRefused):
    """It says itself that it drew what was asked for and then failed. `is_stored`: all or some of it is its media."""

    charged = "yes"
    is_stored = True


class ImageLost(ImageUnsaved):
    """It says itself that it drew an image, and stored it nowhere."""

    is_stored = False


class MasterExists(LibraryRefused):
    """400: the character has its one master reference already; nothing was generated."""

    charged = "no"


class MasterMissing(LibraryRefused):
    """400: there is no master reference to start from; nothing was generated."""

    charged = "no"


class CharacterUnknown(LibraryRefused):
    """A 500 that says "Not Found": the library has no such character; nothing was generated."""

    charged = "no"


class LibraryRouteMissing(LibraryRefused):
    """404, 405 or 501: this library has no such route."""

    charged = "no"


class LibraryCannot(LibraryRefused):
    """What was wanted is not possible with what the library has; nothing was generated."""

    charged = "no"


class LibraryBadResponse(LibraryError):
    """It answered something that is not in its contract."""


class LibraryUnreachable(LibraryError):
    """No connection was made: nothing was generated."""

    charged = "no"


class LibraryOutcomeUnknown(LibraryError):
    """The connection broke after the request was sent."""


class LibraryTimeout(LibraryError):
    """No answer within the time allowed."""


class Answer(msgspec.Struct, frozen=True):
    """How an error is answered. `message` replaces the error's own text, which is for logs then.

    `closes`: the connection ends with it, so that the next request goes to another process.
    """

    status: int
    code: str
    message: str | None = None
    retry_after: int | None = None
    closes: bool = False


class Failure(msgspec.Struct, frozen=True):
    """What is told of an error. Unlike that it holds no frames, whose variables are answers and pictures.

    `recoverable`: the library may have an image that can be brought in.
    """

    answer: Answer
    sentence: str
    fields: list[cms.FieldError] = []
    charged: Charged | None = None
    headers: dict[str, str] = {}
    upstream: dict[str, Any] | None = None
    source_url: str | None = None
    prompt: str | None = None
    recoverable: bool = False


class RunFailed(AppError):
    """A run ended with a failure, which is answered as the error was."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence, charged=failure.charged)
        self.failure = failure


_AWAY = "Payload could not be reached or failed. What was already stored is kept; try again in a moment."
_REJECTED = "Payload refused this. Nothing was changed."

ANSWERS: dict[type[Exception], Answer] = {
    InvalidRequest: Answer(400, "invalid_request"),
    Unauthenticated: Answer(401, "unauthenticated"),
    Forbidden: Answer(403, "forbidden"),
    CrossSiteRequest: Answer(403, "cross_site_request"),
    AddressUnknown: Answer(404, "not_found", "There is nothing at this address."),
    MethodNotAllowed: Answer(405, "method_not_allowed", "This address does not take that method."),
    RequestTooSlow: Answer(408, "request_timeout", "The request took too long to arrive.", closes=True),
    RequestTooLarge: Answer(413, "request_too_large", "The request is larger than is taken."),
    HeaderTooLarge: Answer(
        431, "request_too_large", "The address or header of the request is larger than is taken.", closes=True
    ),
    CharacterNotFound: Answer(404, "character_not_found"),
    ImageNotFound: Answer(404, "image_not_found"),
    CharacterNotLinked: Answer(409, "character_not_linked"),
    GenerationInProgress: Answer(409, "generation_in_progress"),
    ReviewConflict: Answer(409, "review_conflict"),
    UnsupportedMediaType: Answer(415, "unsupported_media_type"),
    TooManyRequests: Answer(429, "too_many_requests", retry_after=60),
    Busy: Answer(503, "busy", retry_after=10),
    Draining: Answer(503, "draining", retry_after=10, closes=True),
    ImageDownloadFailed: Answer(502, "image_download_failed"),
    ImageUrlRefused: Answer(502, "image_url_refused"),
    NotAnImage: Answer(502, "not_an_image"),
    ImageTooLarge: Answer(502, "image_too_large"),
    ImageTruncated: Answer(502, "image_truncated"),
    PayloadRejected: Answer(502, "payload_rejected"),
    PayloadUnavailable: Answer(503, "payload_unavailable", retry_after=5),
    LibraryRefused: Answer(502, "character_library_error"),
    LibraryBadResponse: Answer(502, "character_library_bad_response"),
    LibraryUnreachable: Answer(502, "character_library_unreachable"),
    LibraryOutcomeUnknown: Answer(502, "character_library_outcome_unknown"),
    LibraryTimeout: Answer(504, "character_library_timeout"),
    cms.Unauthenticated: Answer(401, "unauthenticated", "Payload does not recognise this session. Sign in again."),
    cms.Forbidden: Answer(403, "forbidden", "Payload does not allow you to do this. Nothing was changed."),
    cms.ServerError: Answer(503, "payload_unavailable", _AWAY, retry_after=5),
    cms.TooLarge: Answer(502, "payload_rejected", "The picture is larger than Payload takes. Nothing was kept of it."),
    cms.DocumentLocked: Answer(
        502, "payload_rejected", "Somebody has this document open in Payload. Nothing was changed; try again later."
    ),
    cms.Refused: Answer(502, "payload_rejected", _REJECTED),
    cms.PayloadError: Answer(503, "payload_unavailable", _AWAY, retry_after=5),
}
DEFECT = Answer(500, "internal_error", "Something went wrong on our side. What was already stored is kept.")


def answer_for(error: Exception) -> Answer:
    """The answer of the error's nearest ancestor in the table; a defect of ours where there is none."""
    return next((ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS), DEFECT)


def failure_of(error: Exception) -> Failure:
    """All that is told of an error."""
    if isinstance(error, RunFailed):
        return error.failure
    answer, own = answer_for(error), error if isinstance(error, AppError) else AppError("")
    headers = dict(own.headers)
    if wait := own.retry_after or answer.retry_after:
        headers["Retry-After"] = str(wait)
    if answer.closes:
        headers["Connection"] = "close"
    fields = error.fields if isinstance(error, cms.Refused) else own.fields
    return Failure(
        answer,
        sentence_for(error),
        shown_fields(fields),
        own.charged,
        headers,
        upstream_of(error),
        own.source_url and cut(own.source_url, ADDRESS),
        own.prompt and cut(own.prompt, PROMPT),
        recoverable=own.charged in ("yes", "unknown") and not isinstance(error, ImageLost),
    )


def upstream_of(error: Exception) -> dict[str, Any] | None:
    """What the service behind us answered, and whether a generation may have been paid for."""
    upstream: dict[str, Any] = {}
    refused = error.refused if isinstance(error, PayloadRejected) else error
    if isinstance(error, LibraryError):
        upstream = {"service": _LIBRARY, "status": error.status, "error": error.error, "details": error.details}
        upstream |= {"jobId": error.job_id} if error.job_id else {}
    elif isinstance(refused, cms.Refused):
        upstream = {"service": "payload", "status": refused.status, "error": refused.reason[:_QUOTED] or None}
    if isinstance(error, AppError) and error.charged:
        upstream = {"service": _LIBRARY, **upstream, "charged": error.charged}
    return upstream or None


def at_payload(error: cms.PayloadError, sentence: str) -> AppError:
    """A failure of Payload's, told in a sentence that knows what was being done."""
    if isinstance(error, cms.Forbidden):
        forbidden = Forbidden(sentence)
        forbidden.refused = error
        return forbidden
    if isinstance(error, cms.Refused) and not isinstance(error, cms.ServerError):
        return PayloadRejected(sentence, error)
    return PayloadUnavailable(sentence)


def shown_fields(fields: list[cms.FieldError]) -> list[cms.FieldError]:
    """As many of the fields that Payload names as are told, each in a few words."""
    return [cms.FieldError(cut(field.path, NAME), cut(field.message, WORDS)) for field in fields[:MEMBERS]]


def payload_reasons(error: cms.Refused) -> str:
    """Quote Payload's own words on each field that it names, shortened; without any, its message."""
    told = [f"{field.message.rstrip('.')} ({field.path})" for field in shown_fields(error.fields)]
    return cut("; ".join(told), WORDS) if told else payload_words(error)


def payload_words(error: cms.Refused) -> str:
    """Quote Payload's own words, shortened, or else its status."""
    return error.reason[:_QUOTED].rstrip(".") or f"it answered {error.status}"


def sentence_for(error: Exception) -> str:
    """The sentence that a person is shown."""
    return answer_for(error).message or str(error)


def class_and_status(error: BaseException) -> str:
    """Name an error for logs by class and status: another service's words may quote a prompt."""
    status = getattr(error, "status", None)
    return f"{type(error).__name__} {status}" if status else type(error).__name__
