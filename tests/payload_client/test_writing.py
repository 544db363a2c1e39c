"""Writing one document, as seen in what is stored afterwards."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from payload_client import (
    DocumentLocked,
    Forbidden,
    Id,
    Jwt,
    NotFound,
    NotUnique,
    Payload,
    ServerError,
    StillUsed,
    TimedOut,
    Unreadable,
    ValidationFailed,
    field,
)
from tests.payload_client.conftest import EDITOR, Site
from tests.support.raw_server import HANG, json_answer, raw_server


class NewAuthor(msgspec.Struct, omit_defaults=True):
    """An author as it is written."""

    name: str
    email: str | None = None


class Named(msgspec.Struct, frozen=True):
    """An author as it is read."""

    id: Id
    name: str


async def test_a_document_is_made_of_a_struct_or_a_mapping(cms: Payload) -> None:
    authors = cms.collection("authors", Named)
    one, two = await authors.create(NewAuthor("Ada")), await authors.create({"name": "Bea"})
    assert (one.name, two.name) == ("Ada", "Bea")
    assert (await authors.find(sort="name")).docs == [one, two]


async def test_a_field_is_changed_and_the_others_stay(cms: Payload) -> None:
    authors = cms.collection("authors")
    made = await authors.create(NewAuthor("Ada", "ada@film.example"))
    assert (await authors.update(made["id"], {"name": "Bea"}))["name"] == "Bea"
    stored = await authors.find_by_id(made["id"])
    assert (stored["name"], stored["email"]) == ("Bea", "ada@film.example")


async def test_what_is_refused_is_told_field_by_field(cms: Payload) -> None:
    posts = cms.collection("posts")
    with pytest.raises(ValidationFailed) as caught:
        await posts.create({"title": "x", "rating": 9, "items": [{"label": "a"}, {}], "_status": "published"})
    assert {field.path for field in caught.value.fields} == {"rating", "items.1.label"}
    assert await posts.count() == 0


async def test_a_unique_value_that_is_taken_is_told(cms: Payload) -> None:
    authors = cms.collection("authors")
    await authors.create(NewAuthor("Ada", "ada@film.example"))
    with pytest.raises(NotUnique) as caught:
        await authors.create(NewAuthor("Bea", "ada@film.example"))
    assert [field.path for field in caught.value.fields] == ["email"]


async def test_a_deleted_document_is_returned_as_it_was(cms: Payload) -> None:
    authors = cms.collection("authors", Named)
    made = await authors.create(NewAuthor("Ada"))
    assert await authors.delete(made.id) == made
    with pytest.raises(NotFound):
        await authors.delete(made.id)


async def test_a_deleted_document_of_another_shape_is_deleted_all_the_same(cms: Payload) -> None:
    class Odd(msgspec.Struct, frozen=True):
        id: Id
        name: int

    made = await cms.collection("authors", Named).create(NewAuthor("Ada"))
    assert await cms.collection("authors", Odd).delete(made.id) == Unreadable(made.id)
    assert await cms.collection("authors").count() == 0


async def test_a_document_is_copied(cms: Payload) -> None:
    posts = cms.collection("posts")
    made = await posts.create({"title": "x", "views": 4, "_status": "published"})
    copy = await posts.duplicate(made["id"], {"views": 5})
    assert copy["id"] != made["id"]
    assert (copy["title"], copy["views"], copy["_status"]) == ("x", 5, "draft")
    assert await posts.count() == 2


async def test_a_document_goes_into_the_trash_and_out_again(cms: Payload) -> None:
    notes = cms.collection("notes")
    made = await notes.create({"text": "a", "rank": 3})
    assert (await notes.trash(made["id"]))["deletedAt"]
    assert await notes.find_by_id_or_none(made["id"]) is None
    back = await notes.restore(made["id"])
    assert (back["deletedAt"], back["rank"]) == (None, 3)
    assert await notes.find_by_id(made["id"]) == back
    await notes.trash(made["id"])
    await notes.delete(made["id"], trash=True)
    assert await notes.count(trash=True) == 0


async def test_who_may_only_put_into_the_trash_is_told_so(site: Site) -> None:
    visitor = await as_a_customer(site)
    notes, mine = visitor.collection("notes"), await site.payload.collection("notes").create({"text": "a"})
    assert not await notes.may("delete", mine["id"])
    assert await notes.may("delete", mine["id"], data={"deletedAt": "2026-05-01T00:00:00.000Z"})
    with pytest.raises(Forbidden):
        await notes.delete(mine["id"])
    await notes.trash(mine["id"])
    assert await site.payload.collection("notes").count() == 0


async def test_what_the_caller_may_do_is_told_before_it_is_done(cms: Payload, nobody: Payload) -> None:
    made = await cms.collection("authors", Named).create(NewAuthor("Ada"))
    assert await cms.collection("authors").may("update", made.id)
    assert await cms.collection("authors").may("create")
    assert await nobody.collection("authors").may("read", made.id)
    assert not await nobody.collection("authors").may("update", made.id)
    assert (await cms.access()).may("create", "posts")
    assert not (await nobody.access()).may("create", "posts")
    assert (await cms.access()).sees_all("posts")


async def test_a_draft_may_lack_what_is_required_and_leaves_what_is_published(cms: Payload) -> None:
    posts = cms.collection("posts")
    draft = await posts.create({"slug": "a"}, draft=True)
    assert (draft.get("title"), draft["_status"]) == (None, "draft")
    with pytest.raises(ValidationFailed):
        await posts.update(draft["id"], {"_status": "published"})
    await posts.update(draft["id"], {"title": "x", "_status": "published"})
    await posts.update(draft["id"], {"title": "y"}, draft=True, autosave=True)
    assert (await posts.find_by_id(draft["id"]))["title"] == "x"
    [newest, *_] = (await posts.find_versions(sort="-updatedAt")).docs
    assert newest.autosave


async def test_a_locale_is_written_and_published_by_itself(cms: Payload) -> None:
    posts = cms.collection("posts")
    made = await posts.create({"title": "Hello", "_status": "published"})
    await posts.update(made["id"], {"title": "Hallo"}, locale="de", draft=True)
    await posts.update(made["id"], {"title": "Hallo!"}, locale="de", publish_specific_locale="de")
    assert (await posts.find_by_id(made["id"], locale="all"))["title"] == {"en": "Hello", "de": "Hallo!"}


async def test_a_document_that_somebody_has_open_is_written_only_on_purpose(site: Site) -> None:
    authors = site.payload.collection("authors", Named)
    made = await authors.create(NewAuthor("Ada"))
    users = site.payload.collection("users")
    await users.create({"email": "bea@film.example", "password": "correct horse"})
    session = await site.payload.auth_collection().login("bea@film.example", "correct horse")
    other = site.payload.as_user(Jwt(session.token or ""))
    lock: dict[str, Any] = {"document": {"relationTo": "authors", "value": made.id}}
    lock["user"] = {"relationTo": "users", "value": session.user.id if session.user else None}
    await other.collection("payload-locked-documents").create(lock)
    with pytest.raises(DocumentLocked):
        await authors.update(made.id, {"name": "Bea"})
    with pytest.raises(DocumentLocked):
        await authors.delete(made.id)
    assert (await authors.update(made.id, {"name": "Bea"}, override_lock=True)).name == "Bea"


async def test_a_document_that_others_point_at_is_not_deleted(cms: Payload) -> None:
    authors, posts = cms.collection("authors", Named), cms.collection("posts")
    made = await authors.create(NewAuthor("Ada"))
    used = await posts.create({"title": "x", "_status": "published"})
    await posts.update(used["id"], {"author": made.id}, draft=True)
    with pytest.raises(StillUsed) as caught:
        await authors.delete(made.id, unless_used_in=["tags.owner", "posts.author"])
    assert caught.value.used_in == ["posts.author"]
    assert not caught.value.maybe_written
    await posts.delete(used["id"])
    await authors.delete(made.id, unless_used_in=["tags.owner", "posts.author"])
    assert await authors.count() == 0


async def test_an_answer_that_was_lost_is_looked_up_and_never_sent_again() -> None:
    found = json_answer(200, {"docs": [{"id": 7, "name": "Ada"}], "totalDocs": 1})
    nothing = json_answer(200, {"docs": []})
    for script, kind in ((found, None), (nothing, ServerError)):
        async with raw_server(json_answer(502, {}), script) as server, Payload(server.url) as payload:
            authors = payload.collection("authors", Named)
            making = authors.create(NewAuthor("Ada"), adopt=field("email") == "ada@film.example")
            if kind is None:
                assert await making == Named(7, "Ada")
            else:
                with pytest.raises(kind):
                    await making
            assert [seen.line.split()[0] for seen in server.requests] == ["POST", "GET"]
    async with raw_server([HANG]) as server, Payload(server.url, timeout=0.3) as payload:
        with pytest.raises(TimedOut):
            await payload.collection("authors").create(NewAuthor("Ada"), adopt=field("email") == "a")


async def test_every_kind_of_field_comes_back_as_it_was_written(cms: Payload) -> None:
    author = await cms.collection("authors", Named).create(NewAuthor("Ada"))
    tag = await cms.collection("tags").create({"name": "t"})
    written = {
        "title": "T", "summary": "a\nb", "views": -1, "rating": 4.5, "featured": True,
        "day": "2026-05-01T00:00:00.000Z",
        "contact": "a@b.example", "source": "<b>", "kind": "essay", "moods": ["odd", "calm"], "colour": "red",
        "keywords": ["a", "ü"], "scores": [1, 2.5], "data": {"a": [1, None, {"b": True}]}, "author": author.id,
        "tags": [tag["id"]], "about": {"relationTo": "authors", "value": author.id},
        "mentions": [{"relationTo": "tags", "value": tag["id"]}, {"relationTo": "authors", "value": author.id}],
        "seo": {"description": "d", "index": False}, "extra": {"remark": "r"}, "footer": "f", "license": "l",
        "_status": "published",
    }  # fmt: skip
    rows = {
        "items": [{"label": "l", "parts": [{"weight": 3}]}],
        "layout": [{"blockType": "quote", "text": "q", "by": author.id}, {"blockType": "gallery", "class": "wide"}],
    }
    made = await cms.collection("posts").create({**written, **rows})
    assert {name: made[name] for name in written} == written
    assert made["items"][0]["parts"][0]["weight"] == 3
    assert [(block["blockType"], block.get("by"), block.get("class")) for block in made["layout"]] == [
        ("quote", author.id, None),
        ("gallery", None, "wide"),
    ]


async def as_a_customer(site: Site) -> Payload:
    """Somebody who signed up and verified, in the other auth collection."""
    customers, routes = site.payload.collection("customers"), site.payload.auth_collection("customers")
    await customers.create({"email": "cee@film.example", "username": "cee", "password": "correct horse"})
    mail = await site.payload.call("GET", "/told-by-mail/customers/cee@film.example", answer=dict[str, Any])
    await routes.verify_email(mail["_verificationToken"])
    session = await routes.login(username="cee", password=EDITOR["password"])
    return site.payload.as_user(Jwt(session.token or ""))
