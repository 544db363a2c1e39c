"""The options of Payload's REST API, by the calls that take them. Names are Payload's, in Python's spelling.

`depth`: how far relations are filled in; 0 (ids alone) unless given. Payload 3 itself takes 2, Payload 4 takes 1.
`select`: fields to read, `{"title": True}`, or to leave out, `{"layout": False}`; the id always comes. With `url`,
what Payload makes the address from (`filename`, `prefix`) is asked for too (payload PR #10138).
`populate`: the same for related documents, by the slug of their collection: `{"media": {"url": True}}`.
`joins`: by join field, `{"posts": {"limit": 3, "sort": "-day", "count": True}}`, or `{"posts": False}`.
`locale`: one of the site's, or `all` for every one at once; an unknown one is silently the default.
`fallback_locale`: what stands in for a text that is missing in the locale; False: nothing does.
`draft`: read the latest version, or write one without publishing (required fields may be missing then).
`trash`: also documents in the trash. `sort`: `"-day,title"` or a list; `-` is descending.
`pagination=False`: all on one page and no count, which is cheaper. `limit=0`: no limit.
`override_lock`: write although somebody has the document open in the admin panel (`DocumentLocked` otherwise).

Source: https://payloadcms.com/docs/queries/overview and the parameters of each endpoint in payload 3.90.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from payload_client.where import Where

Filter = Where | Mapping[str, Any]
"""A filter made by `field`, or Payload's own as a plain mapping."""


class Join(TypedDict, total=False):
    """What to read of a join field."""

    limit: int
    page: int
    sort: str
    where: Filter
    count: bool


class Locales(TypedDict, total=False):
    """Which language."""

    locale: str
    fallback_locale: str | Literal[False]


class Shape(Locales, total=False):
    """What of a document comes back."""

    depth: int
    select: Mapping[str, Any] | None
    populate: Mapping[str, Any] | None


class ReadOptions(Shape, total=False):
    """How one document is read."""

    joins: Mapping[str, Join | Literal[False]] | None
    draft: bool | None
    trash: bool | None


class FindOptions(ReadOptions, total=False):
    """How documents are found."""

    sort: str | Sequence[str] | None
    page: int
    limit: int
    pagination: bool


class CountOptions(Locales, total=False):
    """How documents are counted."""

    trash: bool | None


class WriteOptions(Shape, total=False):
    """How a document is written."""

    draft: bool | None
    autosave: bool
    publish_specific_locale: str
    publish_all_locales: bool


class UpdateOptions(WriteOptions, total=False):
    """How a document is changed."""

    trash: bool | None
    override_lock: bool
    unpublish_all_locales: bool


class DeleteOptions(Shape, total=False):
    """How a document is deleted."""

    trash: bool | None
    override_lock: bool


class VersionOptions(Shape, total=False):
    """How a version is read."""

    draft: bool | None
    trash: bool | None


class FindVersionsOptions(VersionOptions, total=False):
    """How versions are found."""

    sort: str | Sequence[str] | None
    page: int
    limit: int
    pagination: bool


class RestoreOptions(Locales, total=False):
    """How a version is brought back."""

    depth: int
    populate: Mapping[str, Any] | None
    draft: bool | None
