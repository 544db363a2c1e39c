"""A small magazine: documents of every collection, with every kind of field, relation, locale, draft and version."""

from __future__ import annotations

import io
from typing import Any

import msgspec
from PIL import Image

from payload_client import Id, Payload


class Content(msgspec.Struct, frozen=True):
    """The ids of what there is."""

    authors: list[Id]
    tags: list[Id]
    posts: list[Id]
    notes: list[Id]
    media: Id


async def fill(cms: Payload) -> Content:
    """Write it all."""
    authors = [await _made(cms, "authors", name=name, email=email) for name, email in _AUTHORS]
    await cms.collection("authors").update(authors[0], {"favourite": authors[1]})
    tags = [await _made(cms, "tags", name=name, owner=authors[0]) for name in ("film", "Fünf, sechs", "50%")]
    media = (await cms.collection("media").upload(_png(), filename="a b.png", data={"alt": "An image"}))["id"]
    await cms.collection("media").update(media, {"alt": "Ein Bild"}, locale="de")
    await cms.collection("files").upload(b"text", filename="a.txt", data={"note": "n", "cover": media})
    posts = [await _post(cms, number, authors, tags, media) for number in range(6)]
    await cms.collection("posts").update(posts[1], {"title": "Post 1, changed"}, draft=True)
    await cms.collection("posts").update(posts[2], {"title": "Beitrag 2", "extra": {"remark": "Notiz"}}, locale="de")
    await cms.collection("posts").update(posts[0], {"about": {"relationTo": "posts", "value": posts[1]}})
    notes = [await _made(cms, "notes", text=text, rank=rank) for text, rank in (("a", 1), ("b", 2), ("c", None))]
    await cms.collection("notes").trash(notes[1])
    await _made(cms, "words", id="seven", meaning="7")
    settings = cms.global_document("settings")
    await settings.update({"siteName": "Film", "perPage": 5, "logo": media, "_status": "published"})
    await settings.update({"siteName": "Der Film"}, locale="de")
    await settings.update({"perPage": 6}, draft=True)
    links = [{"label": "one", "to": {"relationTo": "posts", "value": posts[0]}}, {"label": "none"}]
    await cms.global_document("navigation").update({"links": links})
    return Content(authors, tags, posts, notes, media)


_AUTHORS = [("Ada", "ada@film.example"), ("Bea Ü", None), ("cleo 50%", "cleo@film.example")]


async def _made(cms: Payload, collection: str, **fields: Any) -> Any:
    return (await cms.collection(collection).create(fields))["id"]


async def _post(cms: Payload, number: int, authors: list[Id], tags: list[Id], media: Id) -> Any:
    """One of six, each with other fields filled in; the last is a draft that lacks what is required."""
    even = number % 2 == 0
    fields: dict[str, Any] = {
        "title": f"Post {number}",
        "slug": f"post-{number}",
        "summary": "short and sweet" if even else None,
        "views": number * 10 if number != 3 else None,
        "rating": number / 2,
        "featured": even,
        "day": f"2026-0{number + 1}-01T00:00:00.000Z",
        "contact": f"p{number}@film.example" if number > 2 else None,
        "kind": ("essay", "news", "review")[number % 3],
        "moods": ["calm", "odd"][: number % 3],
        "colour": "red" if even else "green",
        "keywords": ["k", f"k{number}"],
        "scores": [number, 2.5],
        "data": {"a": number, "deep": {"b": ["x", number]}},
        "author": authors[number % 3] if number != 4 else None,
        "tags": tags[: number % 4],
        "about": {"relationTo": "authors", "value": authors[0]} if even else None,
        "mentions": [{"relationTo": "tags", "value": tags[0]}, {"relationTo": "authors", "value": authors[1]}],
        "hero": media if even else None,
        "seo": {"description": f"about {number}", "index": even},
        "items": [{"label": f"item {number}", "parts": [{"weight": number}, {"weight": None}]}],
        "layout": [
            {"blockType": "quote", "text": f"quote {number}", "by": authors[0]},
            {"blockType": "gallery", "images": [media], "class": "wide"},
        ],
        "extra": {"remark": f"remark {number}"},
        "footer": "f",
        "_status": "published",
    }
    if number == 5:
        return (await cms.collection("posts").create({"slug": "draft", "views": 50}, draft=True))["id"]
    return await _made(cms, "posts", **fields)


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()
