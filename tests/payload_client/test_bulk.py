"""Changing many documents: never all by mistake, each failure as a value, and what PostgreSQL rolled back is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from payload_client import InvalidCall, Payload, WrongDocument, all_of, any_of, field
from payload_client.filters import check_narrows
from tests.payload_client.conftest import Site
from tests.support.raw_server import json_answer, raw_server

EVERYTHING: dict[str, dict[str, Any]] = {
    "nothing": {},
    "or of nothing": {"or": []},
    "and of nothing": {"and": []},
    "or of nothing, in capitals": {"OR": []},
    "or of an empty filter": {"or": [{}]},
    "an empty filter within": {"and": [{"and": [{"name": {"exists": True}}, {}]}]},
    "not_in nothing": {"name": {"not_in": []}},
    "contains nothing": {"name": {"contains": ""}},
    "like nothing": {"name": {"like": ""}},
    "like blanks": {"name": {"like": "  "}},
    "contains a wildcard": {"name": {"contains": "%"}},
    "contains wildcards only": {"name": {"contains": "_"}},
    "greater than nothing": {"name": {"greater_than": ""}},
    "not like nothing": {"name": {"not_like": ""}},
    "no operator": {"name": {}},
    "exists of a text": {"email": {"exists": "yes"}},
    "exists of a number": {"email": {"exists": 1}},
    "exists of a zero": {"email": {"exists": 0}},
    "exists of null": {"email": {"exists": None}},
    "another filter beside it": {"or": [], "email": {"exists": False}},
}
"""Filters by which Payload finds all of the authors that these tests make."""
MISTAKES: dict[str, dict[str, Any]] = {
    "a value without an operator": {"name": "Ada"},
    "an operator that is none": {"name": {"is": "Ada"}},
    "no field": {"": {"equals": 1}},
    "or of no list": {"or": {"name": {"equals": "Ada"}}},
    "all of nothing": {"name": {"all": []}},
    "less than nothing": {"name": {"less_than": None}},
    "an id that is another number": {"id": {"equals": "07"}},
    "such an id in a list": {"author.id": {"in": ["7.0"]}},
    "a wildcard among letters": {"name": {"contains": "a_b"}},
}


async def three(cms: Payload) -> list[Any]:
    authors = cms.collection("authors")
    return [(await authors.create({"name": name}))["id"] for name in ("Ada", "Bea", "Cleo")]


@pytest.mark.parametrize("where", [*EVERYTHING.values(), *MISTAKES.values()], ids=[*EVERYTHING, *MISTAKES])
async def test_a_filter_that_leaves_nothing_out_is_never_sent(where: dict[str, Any]) -> None:
    async with raw_server(json_answer(200, {"docs": []})) as server, Payload(server.url) as payload:
        authors = payload.collection("authors")
        for call in (authors.delete_many(where), authors.update_many(where, {"name": "x"})):
            with pytest.raises(InvalidCall):
                await call
        assert server.connections == 0


async def test_the_server_would_have_matched_all_by_each_such_filter(cms: Payload) -> None:
    await three(cms)
    found = {name: await cms.collection("authors").count(where) for name, where in EVERYTHING.items()}
    assert found == dict.fromkeys(EVERYTHING, 3)


@pytest.mark.parametrize("joined", [all_of, any_of])
def test_a_join_of_no_filters_is_refused_as_it_is_made(joined: Callable[..., Any]) -> None:
    with pytest.raises(InvalidCall):
        joined()


@pytest.mark.parametrize(
    "where",
    [
        field("id").exists(),
        field("name") == None,  # noqa: E711 - builds a filter
        field("name").is_in(),
        field("name").contains("Ada"),
        (field("a") == 1) | all_of({"b": {"in": [1]}}, field("c").not_in(2)),
        {"id": {"in": [7, "0b6c6c1e-5f0e-4c55-9e1d-1f1c3f0b8a11"]}},
        {"text": {"equals": "07"}},
    ],
)
def test_a_filter_that_leaves_something_out_passes(where: Any) -> None:
    check_narrows("x", where)


async def test_all_that_match_are_changed(cms: Payload) -> None:
    await three(cms)
    authors = cms.collection("authors")
    result = await authors.update_many(field("name").is_in("Ada", "Bea"), {"email": None, "name": "Dora"})
    assert sorted(doc["name"] for doc in result.docs if isinstance(doc, dict)) == ["Dora", "Dora"]
    assert (result.errors, result.stored) == ([], True)
    assert await authors.count(field("name") == "Dora") == 2
    limited = await authors.update_many(field("id").exists(), {"name": "Eve"}, limit=1)
    assert len(limited.docs) == 1
    assert await authors.count(field("name") == "Eve") == 1


async def test_all_that_match_are_deleted(cms: Payload) -> None:
    await three(cms)
    authors = cms.collection("authors")
    result = await authors.delete_many(field("name") != "Cleo", select={"name": True})
    assert sorted(doc["name"] for doc in result.docs if isinstance(doc, dict)) == ["Ada", "Bea"]
    assert [doc["name"] for doc in (await authors.find()).docs] == ["Cleo"]
    assert (await authors.delete_many(field("name").is_in())).docs == []
    await authors.delete_many(field("id").exists())  # all, on purpose
    assert await authors.count() == 0


async def test_ids_go_out_in_portions(site: Site) -> None:
    ids = await three(site.payload)
    authors = site.payload.collection("authors")
    await authors.find()  # shows of which kind ids are here
    before = len(site.served.requests())
    many = [*ids, *(10_000 + number if isinstance(ids[0], int) else f"{number:032x}" for number in range(150))]
    result = await authors.update_many(many, {"name": "Dora"})
    assert len(result.docs) == 3
    sent = site.served.requests()[before:]
    assert [line.split()[0] for line in sent] == ["PATCH", "PATCH"]
    assert all(len(line) < 8000 for line in sent)
    assert len((await authors.delete_many(ids[:2])).docs) == 2
    assert (await authors.delete_many([])).docs == []
    assert await authors.count() == 1


async def test_a_filter_too_long_for_an_address_is_refused(cms: Payload) -> None:
    with pytest.raises(InvalidCall, match="give ids"):
        await cms.collection("authors").delete_many(field("name").is_in(*map(str, range(2000))))


async def test_what_is_refused_is_told_beside_what_was_done(cms: Payload) -> None:
    posts = cms.collection("posts")
    made = [await posts.create({"title": "x", "views": views}, draft=True) for views in (1, 2)]
    await posts.update(made[1]["id"], {"items": []}, draft=True)
    await posts.create({"views": 3}, draft=True)  # lacks its title, so it cannot be published
    result = await posts.update_many(field("views").exists(), {"_status": "published"})
    assert len(result.docs) == 2
    [error] = result.errors
    assert "invalid" in error.message
    assert error.id not in [doc["id"] for doc in made]
    assert result.stored
    assert await posts.count(field("_status") == "published") == 2


async def test_what_the_database_rolled_back_is_told(site: Site) -> None:
    ids = await three(site.payload)
    authors = site.payload.collection("authors")
    result = await authors.update_many(ids, {"email": "same@film.example"})
    stored = await authors.count(field("email") == "same@film.example")
    assert len(result.errors) == 2
    assert result.stored is (stored == len(result.docs))


@pytest.mark.postgres
async def test_postgresql_rolls_back_what_payload_lists_as_changed(site: Site) -> None:
    ids = await three(site.payload)
    authors = site.payload.collection("authors")
    result = await authors.update_many(ids, {"email": "same@film.example"})
    assert result.docs
    assert not result.stored
    assert await authors.count(field("email").exists()) == 0


async def test_another_document_than_the_one_asked_for_is_an_error() -> None:
    async with raw_server(json_answer(200, {"doc": {"id": 8}})) as server, Payload(server.url) as payload:
        for call in (payload.collection("authors").update(7, {}), payload.collection("authors").delete(7)):
            with pytest.raises(WrongDocument) as caught:
                await call
            assert (caught.value.id, caught.value.maybe_written) == (8, True)
