"""Judging an answer of the Character Library: is it what was asked for, and if not, what does it say?

Errors come in four shapes: `{error}`, `{success: false, error, details?}`, `{success: false, updated: false, error}`
and `{success: false, status: "failed", error}`; unknown routes answer `{message}`,
Payload itself `{errors: [{message}]}`.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import msgspec

from app.character_library.responses import text
from app.errors import (
    CharacterUnknown,
    Charged,
    ImageLost,
    ImageUnsaved,
    LibraryBadResponse,
    LibraryRefused,
    LibraryRouteMissing,
    MasterExists,
    MasterMissing,
)

_NO_SUCH_ROUTE = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
_FAILED = HTTPStatus.INTERNAL_SERVER_ERROR
_NOT_FOUND = "Not Found"
_UNKNOWN = (
    "The Character Library does not know this character, so nothing was done. Sync the character to it again, or "
    "correct its library id. "
)
_EXISTS = re.compile(r"already has a master", re.IGNORECASE)
_UNSAVED = re.compile(r"image was uploaded but|fields? (is|are) invalid: .*> (image file|scene type)", re.IGNORECASE)
_LOST = re.compile(r"failed to upload generated image", re.IGNORECASE)
_LACKS = re.compile(r"(must have|needs|no)\b", re.IGNORECASE)
_MASTER = re.compile(r"\b(master|reference image)", re.IGNORECASE)


def body_of(status: int, content: bytes, *, may_be_empty: bool, judged: bool) -> object:
    """The JSON of a 2xx answer, which when `judged` does not say that it failed."""
    if status >= HTTPStatus.BAD_REQUEST:
        raise refusal(status, _json(content))
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise LibraryBadResponse(f"The Character Library answered {status}, a redirect.", status=status)
    if not content and may_be_empty:
        return {}
    body = _json(content)
    if body is None:
        raise LibraryBadResponse(
            f"The Character Library answered {status} with something that is not JSON.", status=status
        )
    if judged and isinstance(body, dict) and (body.get("success") is False or body.get("status") == "failed"):
        raise refusal(status, body)
    return body


def refusal(status: int, body: object) -> LibraryRefused:
    """The error for an answer that says no, in the library's own words, each of them once."""
    error, details = text(body, "error", "message") or text(_payloads(body), "message"), text(body, "details")
    reason = ": ".join(dict.fromkeys(words for words in (error, details) if words)) or _phrase(status)
    kind = CharacterUnknown if _NOT_FOUND in (error, details) and status >= _FAILED else _kind(status, error or "")
    meant = _UNKNOWN if kind is CharacterUnknown else ""
    sentence = f"{meant}Character Library answered {status}: {reason}"
    looked: Charged | None = "no" if status in range(400, 500) else None  # at the request, and went no further
    if drawn := drawn_all_the_same(reason) if status >= _FAILED else None:
        return drawn(f"{sentence}. What was asked for was drawn.", status=status, error=error, details=details)
    return kind(sentence, status=status, error=error, details=details, charged=looked)


def drawn_all_the_same(words: str) -> type[ImageUnsaved] | None:
    """The error for the library's own words that say that it drew what it could not save; None for others."""
    if _LOST.search(words):
        return ImageLost
    return ImageUnsaved if _UNSAVED.search(words) else None


def _payloads(body: object) -> object:
    """The first of the errors that Payload itself lists."""
    errors = body.get("errors") if isinstance(body, dict) else None
    return errors[0] if isinstance(errors, list) and errors else None


def _kind(status: int, error: str) -> type[LibraryRefused]:
    if status in _NO_SUCH_ROUTE:
        return LibraryRouteMissing
    if status == HTTPStatus.BAD_REQUEST and _EXISTS.search(error):
        return MasterExists
    if status == HTTPStatus.BAD_REQUEST and _is_missing(error):
        return MasterMissing
    return LibraryRefused


def _is_missing(error: str) -> bool:
    """Whether it says that there is no master. Two searches: one pattern with `.*` between them would be quadratic."""
    lacks = _LACKS.search(error)
    return bool(lacks and _MASTER.search(error, lacks.end()))


def _phrase(status: int) -> str:
    if status < HTTPStatus.BAD_REQUEST:
        return "it failed, and no reason is given"
    return next((known.phrase for known in HTTPStatus if known == status), "no reason given")


def _json(content: bytes) -> object:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
