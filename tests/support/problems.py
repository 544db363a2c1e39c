"""What everybody who is refused something is told: a status, a code, a sentence, and nothing of our insides."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx

_INSIDES = ("Traceback", 'File "', "payload_client", "/api/", "eyJ", "Exception", "Error(")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that a program is answered."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    found: dict[str, Any] = answer.json()
    assert found["success"] is False
    assert found["error"] == found["detail"]
    _is_for_people(found["error"], answer)
    return found


def page(answer: httpx.Response, status: int) -> str:
    """The sentence on the page that a person is answered, within the layout of every page."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert '<header class="bar">' in answer.text
    found = re.search(r'<p class="sentence">(.*?)</p>|role="alert">\s*<p>(.*?)</p>', answer.text, re.DOTALL)
    assert found, answer.text
    sentence = unescape(found[1] or found[2])
    _is_for_people(sentence, answer)
    return sentence


def _is_for_people(sentence: str, answer: httpx.Response) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert not [inside for inside in _INSIDES if inside in answer.text]
    assert "stack" not in answer.text.lower()
    sent = answer.request.headers.get("Authorization", "") + answer.request.headers.get("Cookie", "")
    assert not [token for token in re.findall(r"[\w-]+\.[\w-]+\.[\w-]+", sent) if token in answer.text]
