"""File names that prove whose they are: `ci-<ULID>.<ext>`, never a word of a user's."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ulid import ULID

_NAME = re.compile(r"ci-([0-7][0-9A-HJKMNP-TV-Z]{25})\.(png|jpg|webp|avif)")
_SLACK = timedelta(minutes=15)


def new_name(extension: str) -> str:
    """A name that no other upload has."""
    return f"ci-{ULID()}.{extension}"


def is_ours(name: str | None, created_at: datetime | None) -> bool:
    """Whether this service uploaded it: the name is of our making, and the document is as old as the name says.

    An editor who downloads a picture and uploads it again later keeps what is then theirs.
    """
    match = _NAME.fullmatch(name or "")
    if not (match and created_at):
        return False
    try:
        named_at = ULID.from_str(match[1]).datetime
    except ValueError:  # a time beyond the year 9999, which is none of ours
        return False
    return abs(created_at - named_at) <= _SLACK
