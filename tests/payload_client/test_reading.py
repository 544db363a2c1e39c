"""Reading documents: every option of a `find`, one by id, counting, going through all of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from payload_client import BadAnswer, Forbidden, Id, NotFound, Payload, Unreadable, ValidationFailed, all_of, field
from payload_client.options import Join
from tests.payload_client.conftest import Site

Doc = dict[str, Any]


class Author(msgspec.Struct, frozen=True):
    """An author as these tests read it."""

    id: Id
    name: str
    email: str | None = None


async def authors(cms: Payload, count: int) -> list[Author]:
    made = cms.collection("authors", Author)
    return [await made.create({"name": f"Author {number:02}"}) for number in range(count)]


async def post(cms: Payload, title: str, **fields: Any) -> Doc:
    return await cms.collection("posts").create({"title": title, "_status": "published", **fields})


async def test_documents_are_read_as_a_model(cms: Payload) -> None:
    made = await authors(cms, 2)
    page = await cms.collection("authors", Author).find(field("name") == "Author 01")
    assert page.docs == [made[1]]
    assert (page.total_docs, page.page, page.has_next_page, page.next_page) == (1, 1, False, None)


async def test_documents_without_a_model_are_plain_dicts(cms: Payload) -> None:
    await authors(cms, 1)
    [doc] = (await cms.collection("authors").find()).docs
    assert doc["name"] == "Author 00"


async def test_pages_are_numbered_and_sorted(cms: Payload) -> None:
    await authors(cms, 5)
    page = await cms.collection("authors", Author).find(sort="-name", limit=2, page=2)
    assert [author.name for author in page.docs] == ["Author 02", "Author 01"]
    assert (page.total_docs, page.total_pages, page.limit) == (5, 3, 2)
    assert (page.has_prev_page, page.has_next_page, page.prev_page, page.next_page) == (True, True, 1, 3)
    assert page.paging_counter == 3


async def test_a_sort_is_by_several_fields(cms: Payload) -> None:
    for title, views in (("a", 1), ("b", 2), ("c", 1)):
        await post(cms, title, views=views)
    posts = cms.collection("posts")
    for sort in ("views,-title", ["views", "-title"]):
        assert [doc["title"] for doc in (await posts.find(sort=sort)).docs] == ["c", "a", "b"]


async def test_a_page_without_pagination_counts_nothing(site: Site) -> None:
    await authors(site.payload, 3)
    page = await site.payload.collection("authors", Author).find(limit=2, pagination=False)
    assert (len(page.docs), page.has_next_page) == (2, False)
    assert "pagination=false" in site.served.requests()[-1]
    assert len((await site.payload.collection("authors").find(limit=0)).docs) == 3


async def test_relations_are_ids_unless_a_depth_is_asked_for(cms: Payload) -> None:
    [author] = await authors(cms, 1)
    made = await post(cms, "x", author=author.id, about={"relationTo": "authors", "value": author.id})
    posts = cms.collection("posts")
    assert made["author"] == author.id
    assert (await posts.find_by_id(made["id"]))["author"] == author.id
    [deep] = (await posts.find(depth=1)).docs
    assert deep["author"]["name"] == author.name
    assert deep["about"]["value"]["name"] == author.name


async def test_only_selected_fields_come(cms: Payload) -> None:
    [author] = await authors(cms, 1)
    made = await post(cms, "x", views=3, author=author.id)
    posts = cms.collection("posts")
    assert await posts.find_by_id(made["id"], select={"title": True}) == {"id": made["id"], "title": "x"}
    rest = await posts.find_by_id(made["id"], select={"title": False, "author": False})
    assert "views" in rest
    assert not {"title", "author"} & set(rest)
    shown = await posts.find_by_id(made["id"], depth=1, populate={"authors": {"email": True}})
    assert shown["author"] == {"id": author.id, "email": None}


async def test_joins_are_limited_sorted_filtered_counted_and_left_out(cms: Payload) -> None:
    [author] = await authors(cms, 1)
    for number in range(4):
        await post(cms, f"post {number}", views=number, author=author.id)
    found = cms.collection("authors")
    asked: Join = {"limit": 2, "sort": "-views", "count": True, "where": field("views") < 3}
    [doc] = (await found.find(depth=1, joins={"posts": asked})).docs
    assert [one["title"] for one in doc["posts"]["docs"]] == ["post 2", "post 1"]
    assert (doc["posts"]["hasNextPage"], doc["posts"]["totalDocs"]) == (True, 3)
    assert "posts" not in await found.find_by_id(author.id, joins={"posts": False})
    second = await found.find_by_id(author.id, joins={"posts": {"limit": 3, "page": 2, "sort": "views"}})
    assert len(second["posts"]["docs"]) == 1


async def test_texts_come_in_the_locale_that_is_asked_for(cms: Payload) -> None:
    posts = cms.collection("posts")
    made = await posts.create({"title": "Hello", "summary": "Hi", "_status": "published"})
    await posts.update(made["id"], {"title": "Hallo"}, locale="de")
    assert (await posts.find_by_id(made["id"], locale="de"))["title"] == "Hallo"
    assert (await posts.find_by_id(made["id"], locale="de"))["summary"] == "Hi"
    assert (await posts.find_by_id(made["id"], locale="de", fallback_locale=False)).get("summary") is None
    assert (await posts.find_by_id(made["id"], locale="de", fallback_locale="en"))["summary"] == "Hi"
    assert (await posts.find_by_id(made["id"], locale="all"))["title"] == {"en": "Hello", "de": "Hallo"}
    assert await posts.count(field("title") == "Hallo", locale="de") == 1
    assert await posts.count(field("title") == "Hallo") == 0


async def test_drafts_are_read_where_they_are_asked_for(cms: Payload, nobody: Payload) -> None:
    posts = cms.collection("posts")
    made = await post(cms, "published")
    await posts.update(made["id"], {"title": "draft"}, draft=True)
    assert (await posts.find_by_id(made["id"]))["title"] == "published"
    assert (await posts.find_by_id(made["id"], draft=True))["title"] == "draft"
    assert [doc["title"] for doc in (await posts.find(field("title") == "draft", draft=True)).docs] == ["draft"]
    assert (await nobody.collection("posts").find_by_id(made["id"], draft=True))["title"] == "published"


async def test_documents_in_the_trash_are_read_where_they_are_asked_for(cms: Payload) -> None:
    notes = cms.collection("notes")
    made = await notes.create({"text": "a"})
    await notes.trash(made["id"])
    assert (await notes.find()).docs == []
    assert [doc["id"] for doc in (await notes.find(trash=True)).docs] == [made["id"]]
    assert (await notes.find_by_id(made["id"], trash=True))["text"] == "a"
    assert (await notes.count(), await notes.count(trash=True)) == (0, 1)


async def test_a_document_that_is_not_there_is_told_or_none(cms: Payload, nobody: Payload) -> None:
    [author] = await authors(cms, 1)
    found = cms.collection("authors", Author)
    await found.delete(author.id)
    with pytest.raises(NotFound):
        await found.find_by_id(author.id)
    assert await found.find_by_id_or_none(author.id) is None
    with pytest.raises(Forbidden):  # nothing but "not there" is None
        await nobody.collection("notes").find_by_id_or_none(author.id)


async def test_a_document_of_another_shape_costs_only_itself(cms: Payload) -> None:
    class Viewed(msgspec.Struct, frozen=True):
        id: Id
        views: int

    ids = [(await post(cms, str(views), views=views))["id"] for views in (1, None, 3)]
    posts = cms.collection("posts", Viewed)
    assert (await posts.find_each(sort="id")).docs.count(Unreadable(ids[1])) == 1
    with pytest.raises(BadAnswer):
        await posts.find()


async def test_a_field_that_does_not_exist_is_refused(cms: Payload) -> None:
    with pytest.raises(ValidationFailed):
        await cms.collection("authors").find(field("nothing") == 1)


async def test_a_query_too_long_for_an_address_is_sent_all_the_same(site: Site) -> None:
    [author, *_] = await authors(site.payload, 2)
    posts = site.payload.collection("posts")
    made = await post(site.payload, "x", author=author.id)
    long = all_of(
        field("title").is_in("x", *(f"title {number}" for number in range(2000))), field("author") == author.id
    )
    assert [doc["id"] for doc in (await posts.find(long, depth=0, limit=5)).docs] == [made["id"]]
    assert await posts.count(long) == 1
    assert await posts.count(all_of(long, field("views") == 7)) == 0
    wide = {f"field{number}": True for number in range(1000)}
    assert set(await posts.find_by_id(made["id"], select={"title": True, **wide})) == {"id", "title"}
    assert [line for line in site.served.requests() if line.startswith("GET /api/posts")] == []
    assert all("?" not in line for line in site.served.requests()[-4:])


async def test_pages_go_through_all_documents_in_any_order(cms: Payload) -> None:
    await authors(cms, 7)
    found = cms.collection("authors", Author)
    names = [f"Author {number:02}" for number in range(7)]
    assert [author.name async for author in found.iterate(sort="-name", limit=3)] == names[::-1]
    assert sorted([author.name async for author in found.iterate(limit=3)]) == names
    assert [author.name async for author in found.iterate(field("name") > "Author 04", sort="name", limit=2)] == names[
        5:
    ]


async def test_going_through_by_id_neither_skips_nor_repeats_while_others_write(cms: Payload) -> None:
    before = {author.id for author in await authors(cms, 8)}
    found = cms.collection("authors", Author)
    gone: set[Id] = set()
    for sort in ("id", "-id"):
        seen: list[Id] = []
        async for author in found.iterate(sort=sort, limit=3):
            seen.append(author.id)
            if len(seen) <= 4:
                await found.create({"name": "while reading"})
            if len(seen) == 4 and not gone:  # one that was read already: with page numbers all others move up
                gone.add(seen[0])
                await found.delete(seen[0])
        assert len(seen) == len(set(seen))
        assert before - gone <= set(seen)


async def test_drafts_are_gone_through_by_number(cms: Payload) -> None:
    for number in range(5):
        await cms.collection("posts").create({"title": str(number)}, draft=True)
    found = [doc["title"] async for doc in cms.collection("posts").iterate(limit=2, draft=True)]
    assert sorted(found) == ["0", "1", "2", "3", "4"]


async def test_times_numbers_and_nothing_are_compared_with_their_types(cms: Payload) -> None:
    for views in (None, 3, 5):
        await post(cms, str(views), views=views, day=datetime(2026, 5, views or 1, tzinfo=UTC))
    posts = cms.collection("posts")

    async def titles(where: Any) -> set[str]:
        return {doc["title"] for doc in (await posts.find(where)).docs}

    assert await titles(field("views") == None) == {"None"}  # noqa: E711 - builds a filter
    assert await titles(field("views").exists(yes=False)) == {"None"}
    assert await titles(field("views").exists()) == {"3", "5"}
    assert await titles(field("day") >= datetime(2026, 5, 3, tzinfo=UTC)) == {"3", "5"}
    assert await titles(field("views").not_in(3)) >= {"5"}


async def test_calls_side_by_side_share_the_connections(cms: Payload) -> None:
    made = await authors(cms, 8)
    found = cms.collection("authors", Author)
    assert await asyncio.gather(*(found.find_by_id(author.id) for author in made)) == made
