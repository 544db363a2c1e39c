"""Earlier versions of documents, and the documents that there is one of."""

from __future__ import annotations

import msgspec
import pytest

from payload_client import Id, NotFound, Payload, Refused, ServerError, ValidationFailed, field


class Post(msgspec.Struct, frozen=True):
    """A post as these tests read it."""

    id: Id
    title: str | None = None


class Settings(msgspec.Struct, frozen=True, rename="camel"):
    """The global as these tests read it."""

    site_name: str | None = None
    per_page: int | None = None


async def three_versions(cms: Payload) -> Post:
    posts = cms.collection("posts", Post)
    made = await posts.create({"title": "one", "_status": "published"})
    for title in ("two", "three"):
        await posts.update(made.id, {"title": title})
    return made


async def test_versions_are_found_with_their_documents(cms: Payload) -> None:
    made = await three_versions(cms)
    posts = cms.collection("posts", Post)
    page = await posts.find_versions(sort="-updatedAt", limit=2)
    assert [version.version for version in page.docs] == [Post(made.id, "three"), Post(made.id, "two")]
    assert {version.parent_id for version in page.docs} == {made.id}
    assert (page.docs[0].latest, page.total_docs, page.has_next_page) == (True, 3, True)
    [one] = (await posts.find_versions(field("version.title") == "one")).docs
    assert await posts.find_version_by_id(one.id) == one
    deep = await posts.find_version_by_id(one.id, depth=1)
    assert deep.parent_id == made.id


async def test_a_version_is_brought_back(cms: Payload) -> None:
    made = await three_versions(cms)
    posts = cms.collection("posts", Post)
    [one] = (await posts.find_versions(field("version.title") == "one")).docs
    assert await posts.restore_version(one.id) == Post(made.id, "one")
    assert await posts.find_by_id(made.id) == Post(made.id, "one")
    [two] = (await posts.find_versions(field("version.title") == "two")).docs
    await posts.restore_version(two.id, draft=True)
    assert (await posts.find_by_id(made.id)).title == "one"
    assert (await posts.find_by_id(made.id, draft=True)).title == "two"


async def test_a_text_that_begins_like_a_version_is_not_that_version(cms: Payload) -> None:
    await three_versions(cms)
    posts = cms.collection("posts", Post)
    before = (await posts.find_versions()).total_docs
    for version in (await posts.find_versions()).docs:
        for wrong in (f"{version.id}abc", f"0{version.id}"):
            for call in (posts.find_version_by_id(wrong), posts.restore_version(wrong)):
                with pytest.raises((NotFound, ServerError)):
                    await call
    assert (await posts.find_versions()).total_docs == before


async def test_versions_of_a_collection_without_any_are_an_error(cms: Payload) -> None:
    with pytest.raises(Refused):  # 500 in Payload 3, and answered in Payload 4, where every collection has them
        await cms.collection("authors").find_versions()


async def test_a_global_is_there_before_it_was_ever_saved(nobody: Payload) -> None:
    assert await nobody.global_document("settings", Settings).find() == Settings()
    assert await nobody.global_document("navigation").find() == {"links": []}


async def test_a_global_is_changed_and_read(cms: Payload, nobody: Payload) -> None:
    settings = cms.global_document("settings", Settings)
    with pytest.raises(ValidationFailed):
        await settings.update({"perPage": 3, "_status": "published"})
    assert await settings.update({"siteName": "Film", "perPage": 3, "_status": "published"}) == Settings("Film", 3)
    await settings.update({"siteName": "Der Film"}, locale="de")
    assert await settings.find(locale="de", select={"siteName": True}) == Settings("Der Film")
    await settings.update({"perPage": 9}, draft=True)
    assert (await nobody.global_document("settings", Settings).find()).per_page == 3
    assert (await settings.find(draft=True)).per_page == 9


async def test_versions_of_a_global_are_found_and_brought_back(cms: Payload) -> None:
    settings = cms.global_document("settings", Settings)
    for number in (1, 2):
        await settings.update({"siteName": "Film", "perPage": number, "_status": "published"})
    page = await settings.find_versions(field("version.perPage") == 1)
    [first] = page.docs
    assert first.version == Settings("Film", 1)
    assert await settings.find_version_by_id(first.id) == first
    assert await settings.restore_version(first.id) == Settings("Film", 1)
    assert (await settings.find()).per_page == 1
    with pytest.raises((NotFound, ServerError)):
        await settings.restore_version(f"{first.id}abc")


async def test_what_the_caller_may_do_to_a_global_is_told(cms: Payload, nobody: Payload) -> None:
    assert await cms.global_document("settings").may("update")
    assert await nobody.global_document("settings").may("read")
    assert not await nobody.global_document("settings").may("update")


async def test_preferences_are_kept_for_each_user(cms: Payload, nobody: Payload) -> None:
    await cms.preferences.set("columns/ü", {"shown": ["title", 1, None]})
    assert await cms.preferences.get("columns/ü") == {"shown": ["title", 1, None]}
    await cms.preferences.set("columns/ü", [2])
    assert await cms.preferences.get("columns/ü") == [2]
    assert await nobody.preferences.get("columns/ü") is None
    await cms.preferences.delete("columns/ü")
    with pytest.raises(ServerError):
        await cms.preferences.delete("columns/ü")
    assert await cms.preferences.get("columns/ü") is None
