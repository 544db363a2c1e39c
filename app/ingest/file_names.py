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


def creation_window(name: str | None) -> tuple[datetime, datetime] | None:
    """Between which times a document was created that has such a name of our making; None for any other name."""
    match = _NAME.fullmatch(name or "")
    try:
        named_at = ULID.from_str(match[1]).datetime if match else None
    except ValueError:  # a time beyond the year 9999, which is none of ours
        return None
    return (named_at - _SLACK, named_at + _SLACK) if named_at else None


def is_ours(name: str | None, created_at: datetime | None) -> bool:
    """Whether this service uploaded it: the name is of our making, and the document is as old as the name says.

    An editor who downloads a picture and uploads it again later keeps what is then theirs.
    """
    window = creation_window(name)
    return bool(window and created_at and window[0] <= created_at <= window[1])
