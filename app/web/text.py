"""What a text that a person writes may be: how long, and with which characters."""

from __future__ import annotations

import re

from app.limits import PROMPT

LONGEST = PROMPT
NO_CONTROLS = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*"
"""Pattern of a text whose only control characters are tab, line feed and carriage return."""

_ALLOWED = re.compile(NO_CONTROLS)


def has_controls(text: str) -> bool:
    """Whether a text has control characters other than tabs and line breaks."""
    return _ALLOWED.fullmatch(text) is None
