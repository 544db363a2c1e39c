"""A failure as RFC 9457 has it, with the members that every answer of ours has."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from app.errors import Failure, failure_of
from payload_client import FieldError

PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A failure as JSON: RFC 9457 with the members `success`, `error` and `code` that every answer of ours has.

    `source_url` and `prompt`: where an image that was not stored is, and the exact prompt that was paid for.
    """

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
    prompt: str | None = None


def problem_for(error: Exception | Failure, request_id: str) -> Problem:
    """The problem document of an error, or of a failure. Its `type` is `about:blank`, so its title is the status's."""
    failure = error if isinstance(error, Failure) else failure_of(error)
    answer = failure.answer
    return Problem(
        type="about:blank",
        title=HTTPStatus(answer.status).phrase,
        status=answer.status,
        detail=failure.sentence,
        success=False,
        error=failure.sentence,
        code=answer.code,
        request_id=request_id,
        fields=failure.fields or None,
        upstream=failure.upstream,
        source_url=failure.source_url,
        prompt=failure.prompt,
    )


def headers_of(error: Exception) -> dict[str, str]:
    """The headers of the answer to an error, such as Retry-After and Connection."""
    return failure_of(error).headers
