"""A failure as RFC 9457 has it, with the members that every answer of ours has."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from app.errors import AppError, LibraryError, answer_for, sentence_for, shown_fields
from payload_client import FieldError, Refused

PROBLEM_JSON = "application/problem+json"
_QUOTED = 300  # characters of upstream's own words that a person is shown


class Problem(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A failure as JSON: RFC 9457 with the members `success`, `error` and `code` that every answer of ours has."""

    type: str
    title: str
    status: int
    detail: str
    success: bool
    error: str
    code: str
    request_id: str
    fields: list[FieldError] | None = None
    upstream: dict[str, Any] | None = None
    source_url: str | None = None


def problem_for(error: Exception, request_id: str) -> Problem:
    """The problem document of an error."""
    answer, sentence = answer_for(error), sentence_for(error)
    found = problem(
        answer.status,
        answer.code,
        sentence,
        request_id,
        shown_fields(getattr(error, "fields", None) or []) or None,
        upstream_of(error),
    )
    return msgspec.structs.replace(found, source_url=getattr(error, "source_url", None))


def problem(
    status: int,
    code: str,
    sentence: str,
    request_id: str,
    fields: list[FieldError] | None = None,
    upstream: dict[str, Any] | None = None,
) -> Problem:
    """A problem document; `type` is `about:blank`, so its title is the status's own phrase."""
    return Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=sentence,
        success=False,
        error=sentence,
        code=code,
        request_id=request_id,
        fields=fields,
        upstream=upstream,
    )


def headers_of(error: Exception) -> dict[str, str]:
    """What the answer to an error says in its header: when to come back, and whether the connection ends."""
    answer, headers = answer_for(error), dict(getattr(error, "headers", None) or {})
    if wait := getattr(error, "retry_after", None) or answer.retry_after:
        headers["Retry-After"] = str(wait)
    if answer.closes:
        headers["Connection"] = "close"
    return headers


def upstream_of(error: Exception) -> dict[str, Any] | None:
    """What the service behind us said, and whether a generation may have been paid for."""
    said: dict[str, Any] = {}
    refused = getattr(error, "refused", error)
    if isinstance(error, LibraryError):
        said = {"service": "character-library", "status": error.status, "error": error.error, "details": error.details}
        said |= {"jobId": error.job_id} if error.job_id else {}
    elif isinstance(refused, Refused):
        said = {"service": "payload", "status": refused.status, "error": refused.reason[:_QUOTED] or None}
    if isinstance(error, AppError) and error.charged:
        said = {"service": "character-library", **said, "charged": error.charged}
    return said or None
