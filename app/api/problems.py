"""Failures as `application/problem+json`."""

from __future__ import annotations

import logging
import re

from litestar import Response
from litestar.exceptions import HTTPException

from app.errors import (
    AddressUnknown,
    AppError,
    Failure,
    InvalidRequest,
    MethodNotAllowed,
    RequestTooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    failure_of,
)
from app.web.problem import PROBLEM_JSON, Problem
from payload_client import FieldError, PayloadError

log = logging.getLogger(__name__)

_NAMED = re.compile(r"field `([^`]+)`|at `\$\.([^`]+)`")

_LONGEST = 200  # of what is told: a field may be called anything

# Errors of our own for what Litestar itself refuses, before a handler is reached.
_REFUSED: dict[int, AppError] = {
    400: InvalidRequest("The request is malformed."),
    401: Unauthenticated("Nobody is signed in. Sign in first."),
    404: AddressUnknown(""),
    405: MethodNotAllowed(""),
    413: RequestTooLarge(""),
    415: UnsupportedMediaType("This address takes application/json."),
}


def failure_for(error: Exception, request_id: str) -> Failure:
    """Describe any error to who made the request; log a defect of ours, whose text is told to nobody."""
    if isinstance(error, HTTPException) and error.status_code in _REFUSED:
        refused, fields = _REFUSED[error.status_code], _fields(error)
        paths = ", ".join(field.path for field in fields if field.path.isprintable() and field.path)
        sentence = f"{refused} See: {paths}." if paths else str(refused)
        return failure_of(type(refused)(sentence, *fields, headers=error.headers))
    if not isinstance(error, AppError | PayloadError):
        log.error("a defect, request %s", request_id, exc_info=error)
    return failure_of(error)


def answer(problem: Problem, headers: dict[str, str]) -> Response[Problem]:
    """Answer a program's request that failed."""
    return Response(problem, status_code=problem.status, headers=headers, media_type=PROBLEM_JSON)


def _fields(error: HTTPException) -> list[FieldError]:
    extra = error.extra if isinstance(error.extra, list) else []
    return [_field(str(item.get("key", "")), str(item.get("message", ""))) for item in extra if isinstance(item, dict)]


def _field(key: str, message: str) -> FieldError:
    """The field that a message of the framework's is about; `data` is only what a handler calls the body."""
    named = _NAMED.search(message)
    path = (named[1] or named[2]) if named else key
    return FieldError("" if path == "data" else path[:_LONGEST], _readable(message)[:_LONGEST])


def _readable(message: str) -> str:
    return "is blank, or has control characters in it" if "matching regex" in message else message
