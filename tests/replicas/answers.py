"""Answers of the balancer."""

from __future__ import annotations

import httpx
import msgspec

from app.web.problem import Problem


def problem(told: httpx.Response, code: str = "unavailable") -> Problem:
    """The document that a program is told, as those of the product are."""
    assert told.headers["content-type"] == "application/problem+json"
    found = msgspec.json.decode(told.content, type=Problem)
    assert (found.status, found.title, found.code) == (told.status_code, told.reason_phrase, code)
    assert found.detail == found.error
    assert not found.success
    assert found.request_id
    return found
