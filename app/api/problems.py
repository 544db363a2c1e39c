"""Failures as `application/problem+json`."""

from __future__ import annotations

import logging
import re

from litestar import Response
from litestar.exceptions import HTTPException

from app.errors import DEFECT, AppError
from app.web.problem import PROBLEM_JSON, Problem, headers_of, problem, problem_for
from payload_client import FieldError, PayloadError

log = logging.getLogger(__name__)

_NAMED = re.compile(r"field `([^`]+)`|at `\$\.([^`]+)`")

_LONGEST = 200  # of what is told: a field may be called anything

# What Litestar itself refuses, before a handler of ours is reached.
_FRAMEWORK = {
    400: ("invalid_request", "The request is malformed."),
    401: ("unauthenticated", "Nobody is signed in. Sign in first."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    408: ("request_timeout", "The request took too long to arrive."),
    413: ("request_too_large", "The request is larger than is taken."),
    415: ("unsupported_media_type", "This address takes application/json."),
    429: ("too_many_requests", "Too many tries. Wait a minute, then try again."),
}


def problem_of(error: Exception, request_id: str) -> Problem:
    """The problem document of any error; a defect of ours is logged and told without its text."""
    if isinstance(error, AppError | PayloadError):
        return problem_for(error, request_id)
    if isinstance(error, HTTPException) and error.status_code in _FRAMEWORK:
        code, sentence = _FRAMEWORK[error.status_code]
        fields = _fields(error)
        paths = ", ".join(field.path for field in fields if field.path.isprintable() and field.path)
        named = f" See: {paths}." if paths else ""
        return problem(error.status_code, code, sentence + named, request_id, fields or None)
    log.error("a defect, request %s", request_id, exc_info=error)
    return problem(DEFECT.status, DEFECT.code, str(DEFECT.message), request_id)


def answer(found: Problem, error: Exception) -> Response[Problem]:
    """The answer to a request that failed with this error."""
    return Response(found, status_code=found.status, headers=headers_of(error), media_type=PROBLEM_JSON)


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
