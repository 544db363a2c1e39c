"""What is asked by Payload's own SDK and by this client alike, in Payload's spelling: (method, options)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.payload_client.content import Content

Options = dict[str, Any]
Question = tuple[str, Options]


def questions(content: Content) -> list[Question]:
    """All of them, over that content."""
    return [
        *(("find", {"collection": "posts", "where": where, "sort": "slug", "depth": 0}) for where in filters(content)),
        *(("count", {"collection": "posts", "where": where}) for where in list(filters(content))[::4]),
        *(("find", {"collection": "posts", "depth": 1, "sort": "slug", **options}) for options in shapes()),
        *(("find", {"collection": "authors", "sort": "name", **options}) for options in of_authors()),
        *ones(content),
        *versions(),
        *globals_(),
    ]


def filters(content: Content) -> Iterator[Options]:
    """Every operator on every kind of field, and how they are joined."""
    author, tag = content.authors[0], content.tags[0]
    values: dict[str, list[Any]] = {
        "title": ["Post 1", "post 1", "Post"],
        "slug": ["post-2", "none"],
        "views": [10, 20, 0, -1],
        "rating": [0.5, 1.5],
        "featured": [True, False],
        "kind": ["essay", "news"],
        "colour": ["red"],
        "day": ["2026-02-01T00:00:00.000Z", "2026-04-01"],
        "author": [author],
        "id": [content.posts[1]],
        "seo.description": ["about 2"],
        "items.label": ["item 1"],
        "layout.text": ["quote 3"],
        "author.name": ["Ada"],
        "author.email": ["ada@film.example"],
        "extra.remark": ["remark 2"],
        "tags": [tag],
        "keywords": ["k1"],
        "moods": ["calm"],
    }
    for path, found in values.items():
        for value in found:
            yield {path: {"equals": value}}
        yield {path: {"not_equals": found[0]}}
        if path != "featured":  # see DEFECTS: booleans within a list
            yield {path: {"in": found}}
        yield {path: {"exists": True}}
        yield {path: {"exists": False}}
    for path in ("slug", "kind", "colour", "seo.description"):
        yield {path: {"not_in": values[path]}}
    for path in ("views", "rating", "day"):
        for operator in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
            yield {path: {operator: values[path][0]}}
    for path, words in (
        ("title", "post 1"),
        ("summary", "sweet short"),
        ("author.name", "ü"),
        ("slug", "post_"),
        ("slug", "%"),
    ):
        for operator in ("like", "contains", "not_like"):
            yield {path: {operator: words}}
    yield {"tags": {"in": content.tags}}
    yield {"mentions.value": {"equals": tag}}
    yield {"title": {"in": ["Post 1", "Fünf, sechs"]}}
    yield {"views": {"greater_than": 5, "less_than": 25}}
    yield {"views": {"greater_than": 5}, "featured": {"equals": True}}
    yield {"or": [{"views": {"equals": 10}}, {"views": {"equals": 20}}]}
    yield {"and": [{"or": [{"kind": {"equals": "essay"}}, {"kind": {"equals": "news"}}]}, {"views": {"exists": True}}]}
    yield {"or": [{"and": [{"or": [{"and": [{"slug": {"equals": "post-1"}}]}]}]}]}
    yield {"or": []}
    yield {"and": [{}]}
    yield {"id": {"in": []}}
    yield {"nothing": {"equals": 1}}
    yield {"title": {"is": 1}}


def shapes() -> Iterator[Options]:
    """What comes back, in what order and language."""
    yield from ({"depth": depth} for depth in (0, 1, 2, 3))
    yield from (
        {"sort": sort} for sort in ("-views", "rating", "-day,slug", ["kind", "-slug"], "author.name", "id", "-id")
    )
    yield from ({"limit": 2, "page": page} for page in (1, 2, 3, 4))
    yield from ({"limit": limit, "pagination": paged} for limit in (0, 3) for paged in (True, False))
    yield {"select": {"title": True}}
    yield {"select": {"title": True, "seo": {"description": True}, "items": {"label": True}}}
    yield {"select": {"layout": {"quote": {"text": True}}}}
    yield {"select": {"layout": False, "items": False, "author": False}}
    yield {"select": {"author": True, "tags": True}, "populate": {"authors": {"name": True}, "tags": {"name": True}}}
    yield {"populate": {"media": {"alt": True, "filename": True}}}
    yield from ({"locale": locale} for locale in ("en", "de", "all"))
    yield {"locale": "de", "fallbackLocale": "en"}
    yield {"locale": "de", "where": {"title": {"equals": "Beitrag 2"}}}
    yield {"where": {"title.de": {"equals": "Beitrag 2"}}}
    yield from ({"draft": draft} for draft in (True, False))
    yield {"draft": True, "where": {"title": {"contains": "changed"}}}
    yield {"draft": True, "where": {"_status": {"equals": "draft"}}}


def of_authors() -> Iterator[Options]:
    """Joins."""
    yield from ({"depth": depth} for depth in (0, 1, 2))
    yield {"depth": 1, "joins": {"posts": {"limit": 1, "sort": "-slug"}}}
    yield {"depth": 1, "joins": {"posts": {"limit": 1, "page": 2, "sort": "slug", "count": True}}}
    yield {"depth": 1, "joins": {"posts": {"where": {"slug": {"equals": "post-3"}}}}}
    yield {"depth": 1, "joins": {"posts": False}}
    yield {"depth": 0, "where": {"posts.slug": {"equals": "post-1"}}}
    yield {"depth": 0, "where": {"favourite.name": {"equals": "Bea Ü"}}}


def ones(content: Content) -> Iterator[Question]:
    """One document each, and counts."""
    for options in ({}, {"depth": 0}, {"depth": 2}, {"select": {"title": True}}, {"locale": "de"}, {"draft": True}):
        yield "findByID", {"collection": "posts", "id": content.posts[1], **options}
    yield "findByID", {"collection": "authors", "id": content.authors[0], "joins": {"posts": {"limit": 1}}}
    yield "findByID", {"collection": "notes", "id": content.notes[1]}
    yield "findByID", {"collection": "notes", "id": content.notes[1], "trash": True}
    yield "findByID", {"collection": "words", "id": "seven"}
    yield "find", {"collection": "notes", "depth": 0}
    yield "find", {"collection": "notes", "depth": 0, "trash": True}
    yield "find", {"collection": "media", "depth": 0, "locale": "de"}
    yield "find", {"collection": "files", "depth": 1}
    yield "find", {"collection": "nothing", "depth": 0}
    yield from (("count", {"collection": slug}) for slug in ("authors", "notes", "media"))
    yield "count", {"collection": "notes", "trash": True}
    yield "count", {"collection": "posts", "where": {"title": {"equals": "Beitrag 2"}}, "locale": "de"}


def versions() -> Iterator[Question]:
    """Versions of documents."""
    for options in (
        {},
        {"limit": 2, "sort": "-updatedAt"},
        {"where": {"version.slug": {"equals": "post-1"}}},
        {"where": {"version.title": {"contains": "changed"}}},
        {"select": {"version": {"title": True}}},
        {"locale": "de", "where": {"version.slug": {"equals": "post-2"}}},
    ):
        yield "findVersions", {"collection": "posts", "depth": 0, "sort": "updatedAt", **options}


def globals_() -> Iterator[Question]:
    """Globals and their versions."""
    for options in ({"depth": 0}, {"depth": 1}, {"locale": "de"}, {"draft": True}, {"select": {"siteName": True}}):
        yield "findGlobal", {"slug": "settings", **options}
    yield from (("findGlobal", {"slug": "navigation", "depth": depth}) for depth in (0, 1, 2))
    yield "findGlobalVersions", {"slug": "settings", "depth": 0, "sort": "updatedAt"}
    yield "findGlobalVersions", {"slug": "settings", "depth": 0, "where": {"version.perPage": {"equals": 6}}}
