"""Ids are opaque and compared to the letter: `7abc` is never 7, in any kind of collection, on any database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from payload_client import BulkResult, Id, InvalidCall, NotFound, Payload, PayloadError, ServerError
from tests.payload_client.conftest import Site

Ask = Callable[[Payload, Any], Awaitable[Any]]
ASKING: dict[str, Ask] = {
    "find_by_id": lambda cms, wrong: cms.collection("authors").find_by_id(wrong),
    "find_by_id_or_none": lambda cms, wrong: cms.collection("authors").find_by_id(wrong, draft=True, trash=True),
    "update": lambda cms, wrong: cms.collection("authors").update(wrong, {"name": "changed"}),
    "delete": lambda cms, wrong: cms.collection("authors").delete(wrong),
    "update_many": lambda cms, wrong: cms.collection("authors").update_many([wrong], {"name": "changed"}),
    "delete_many": lambda cms, wrong: cms.collection("authors").delete_many([wrong]),
    "duplicate": lambda cms, wrong: cms.collection("authors").duplicate(wrong),
    "may": lambda cms, wrong: cms.collection("authors").may("update", wrong),
    "trash": lambda cms, wrong: cms.collection("authors").trash(wrong),
}


def lookalikes(id: Id) -> list[str]:
    """Texts that JavaScript's `parseInt` or `Number` reads as that id."""
    return [f"{id}abc", f"0{id}", f"{id}.0", f" {id}", f"+{id}", f"{id}/2", f"{id}e0", f"{id}07c04305803df129909509a"]


async def test_a_text_that_begins_like_an_id_is_not_that_id(cms: Payload) -> None:
    authors = cms.collection("authors")
    made = await authors.create({"name": "Ada"})
    for name, ask in ASKING.items():
        for wrong in lookalikes(made["id"]) if name in ("find_by_id", "delete") else lookalikes(made["id"])[:2]:
            cms.id_types.clear()  # as in another process, which knows nothing yet about the ids here
            try:
                found = await ask(cms, wrong)
            except (NotFound, ServerError):
                continue
            # Nothing reads a uuid that begins with a letter as a number, so the filter is sent, and matches nothing.
            assert isinstance(found, BulkResult), (name, wrong)
            assert (found.docs, found.errors) == ([], []), (name, wrong)
    stored = await authors.find_by_id(made["id"])
    assert (stored["name"], stored["updatedAt"]) == ("Ada", made["updatedAt"])
    assert await authors.count() == 1


async def test_the_text_of_an_id_is_the_id(cms: Payload) -> None:
    authors = cms.collection("authors")
    made = await authors.create({"name": "Ada"})
    assert (await authors.find_by_id(str(made["id"])))["id"] == made["id"]
    assert (await authors.update(str(made["id"]), {"name": "Bea"}))["name"] == "Bea"
    await authors.delete(str(made["id"]))
    assert await authors.count() == 0


async def test_once_ids_are_known_to_be_texts_nothing_is_asked_before_a_write(site: Site) -> None:
    words = site.payload.collection("words")
    for word in ("7abc", "07", "7"):
        await words.create({"id": word, "meaning": word})
    before = len(site.served.requests())
    assert (await words.update("07", {"meaning": "x"}))["id"] == "07"
    await words.delete("7abc")
    assert [line.split()[0] for line in site.served.requests()[before:]] == ["PATCH", "DELETE"]
    assert {doc["id"]: doc["meaning"] for doc in (await words.find()).docs} == {"07": "x", "7": "7"}
    assert len((await words.delete_many(["07"])).docs) == 1
    assert len((await words.delete_many({"id": {"equals": "7"}})).docs) == 1


@pytest.mark.parametrize("odd", ["a b", "ä/ö?#%&", "count", "versions", "access", "me", "null", "1e3", "-0"])
async def test_a_text_of_ones_own_is_an_id_or_clearly_not_there(cms: Payload, odd: str) -> None:
    words = cms.collection("words")
    await words.create({"id": odd, "meaning": "it"})
    try:
        found = await words.find_by_id(odd)
    except PayloadError:
        assert odd in ("count", "versions")  # routes of Payload's own; the document is found by a filter
        found = (await words.find({"id": {"equals": odd}})).docs[0]
    assert found["id"] == odd


class Numbered(msgspec.Struct, frozen=True):
    """As codegen makes it of a collection with integer ids."""

    id: int


async def test_a_model_that_knows_its_ids_refuses_a_text_before_it_is_sent(site: Site) -> None:
    authors, before = site.payload.collection("authors", Numbered), len(site.served.requests())
    for wrong in ("7", "7abc"):
        for call in (authors.find_by_id(wrong), authors.update(wrong, {}), authors.delete(wrong)):
            with pytest.raises(InvalidCall):
                await call
    assert len(site.served.requests()) == before


async def test_an_integer_that_javascript_reads_as_another_is_never_sent(site: Site) -> None:
    authors, before = site.payload.collection("authors"), len(site.served.requests())
    for call in (authors.find_by_id(2**53), authors.delete(-(2**53)), authors.update_many([2**60], {"name": "x"})):
        with pytest.raises(InvalidCall):
            await call
    assert len(site.served.requests()) == before
