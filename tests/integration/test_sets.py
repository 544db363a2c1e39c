"""A set's pictures, chosen ones, what came of a reference, and how many there are; asked of a real Payload."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest

from app.cms.caller import Caller
from app.cms.gateway import Cms, Slugs
from app.errors import CharacterNotFound, ImageNotFound, InvalidRequest
from app.services import Services
from app.use_cases import listing
from tests.support.steps import ROUTE, a_reference
from tests.support.world import Character, Doc, Person, World, both_kinds_of_id

pytestmark = both_kinds_of_id

NO_SET = "01JD0000000000000000000000"


@asynccontextmanager
async def asking(world: World, person: Person | None = None) -> AsyncIterator[tuple[Services, Caller]]:
    """What reading takes of a services, and somebody who asks."""
    who, nothing = person or world.editor, cast("Any", None)
    async with world.cms(who) as payload:
        # As in a process that has had answers: it knows which kind of ids there is.
        for slug in ("character-references", "character-image-metadata"):
            payload.id_types[f"/{slug}"] = type(who.id)
        cms = Cms(payload, Slugs(), world.payload_url)
        services = Services(cms, nothing, nothing, nothing, nothing, nothing, nothing, 8, 1, 1)
        yield services, Caller(who.id, who.email, who.auth)


async def a_set(world: World, character: Character, count: int = 3) -> Doc:
    async with world.api() as api:
        answer = await api.post(character.url(ROUTE), json={"imageCount": count})
    assert answer.status_code == 201, answer.text
    made: Doc = answer.json()
    return made


@pytest.mark.inside
async def test_a_set_is_its_own_pictures_in_the_librarys_order(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, "file", delayMs=1500)  # whichever is fetched first lands last
    made, other = await a_set(world, character), await a_set(world, character, 2)
    async with asking(world) as (services, caller):
        with world.payload_requests() as asked:
            found = await listing.set_of(services, caller, str(character.id), made["setId"])
        others = await listing.set_of(services, caller, str(character.id), other["setId"])
    assert [image.id for image in found] == [image["id"] for image in made["images"]]
    landed = [
        record["id"] for record in await world.records(character) if record["metrics"].get("setId") == made["setId"]
    ]
    assert [image.id for image in found] != landed[::-1], "they landed in order, so this shows nothing"
    assert {image.id for image in others} == {image["id"] for image in other["images"]}
    assert all(image.media and image.media.url and image.media.width for image in found)
    assert len(asked) == 1


async def test_a_set_that_is_not_there_is_not_found(world: World) -> None:
    character, stranger = await world.character(), await world.character()
    await a_reference(world, character)
    made = await a_set(world, character, 1)
    async with asking(world) as (services, caller):
        for whose, set_id in (
            (character, NO_SET),
            (stranger, made["setId"]),
            (character, made["setId"].lower()),
            (character, f"{made['setId']}\n"),
        ):
            with pytest.raises(ImageNotFound):
                await listing.set_of(services, caller, str(whose.id), set_id)
        with world.payload_requests() as asked:
            for odd in ("", "x", "%", "' or 1=1 --", "null", "a" * 5000, "\0"):
                with pytest.raises(ImageNotFound):
                    await listing.set_of(services, caller, str(character.id), odd)
    assert asked == []


@pytest.mark.inside
async def test_chosen_pictures_come_in_the_order_asked_for(world: World) -> None:
    character, stranger = await world.character(), await world.character()
    one, two, three = [str((await a_reference(world, character))["id"]) for _ in range(3)]
    theirs = str((await a_reference(world, stranger))["id"])
    asked_for = [three, "0", theirs, one, one, "7abc", "%", f"{two}x", f"0{two}", "' or 1=1", "", two]
    async with asking(world) as (services, caller):
        with world.payload_requests() as asked:
            found = await listing.chosen(services, caller, str(character.id), asked_for)
    assert [str(image.id) for image in found] == [three, one, two]
    assert len(asked) == 1


async def test_of_none_and_of_too_many_nothing_is_found(world: World) -> None:
    character, stranger = await world.character(), await world.character()
    theirs = str((await a_reference(world, stranger))["id"])
    async with asking(world) as (services, caller):
        for ids in ([theirs], ["x y"], []):
            with pytest.raises(ImageNotFound):
                await listing.chosen(services, caller, str(character.id), ids)
        with pytest.raises(InvalidRequest, match="200"):
            await listing.chosen(services, caller, str(character.id), [str(n) for n in range(201)])


async def test_two_hundred_can_be_chosen(world: World) -> None:
    character = await world.character()
    first = await a_reference(world, character)
    others = [str(UUID(int=n)) if world.ids == "uuid" else str(900_000 + n) for n in range(199)]
    async with asking(world) as (services, caller):
        found = await listing.chosen(services, caller, str(character.id), [*others, str(first["id"])])
    assert [image.id for image in found] == [first["id"]]


@pytest.mark.inside
async def test_what_came_of_a_reference_is_counted_and_the_newest_are_shown(world: World) -> None:
    character = await world.character()
    unused = await a_reference(world, character)
    used = await a_reference(world, character)
    made = await a_set(world, character, 3)
    theirs = await a_reference(world, await world.character())
    async with world.cms() as payload:  # a stranger's record that says the same
        records = payload.collection("character-image-metadata")
        await records.update(str(theirs["id"]), {"metrics": {"referenceImageId": used["id"]}})
    async with world.api() as api:
        scene = (await api.post(character.url("generate-scene-image"), json={"sceneContext": "rain"})).json()["image"]
    async with asking(world, world.viewer) as (services, caller):
        reference, childless = await listing.chosen(
            services, caller, str(character.id), [str(used["id"]), str(unused["id"])]
        )
        with world.payload_requests() as asked:
            count, newest = await listing.drawn_from(services, caller, str(character.id), reference, limit=2)
        _, everything = await listing.drawn_from(services, caller, str(character.id), reference, limit=50)
        nothing = await listing.drawn_from(services, caller, str(character.id), childless, limit=2)
    assert (count, len(newest), newest[0].id) == (4, 2, scene["id"])
    assert {image.id for image in everything} == {scene["id"], *(image["id"] for image in made["images"])}
    assert nothing == (0, [])
    assert len(asked) == 1


@pytest.mark.inside
async def test_pictures_are_counted_by_kind_and_status(world: World) -> None:
    character, stranger = await world.character(), await world.character()
    await a_reference(world, character)
    await a_reference(world, stranger)
    await a_set(world, character, 2)
    async with asking(world, world.viewer) as (services, caller):
        whose = str(character.id)
        with world.payload_requests() as asked:
            everything = await listing.count(services, caller, whose)
        assert everything == 3
        assert await listing.count(services, caller, whose, kind="portfolioItem") == 2
        assert await listing.count(services, caller, whose, kind="reference", status="succeeded") == 1
        assert await listing.count(services, caller, whose, status="failed") == 0
        assert len(asked) == 1
        assert "/count?" in asked[0]


async def test_of_no_character_there_is_nothing(world: World) -> None:
    async with asking(world) as (services, caller):
        for nobody in ("abc", "7abc", "9" * 12):
            with pytest.raises((CharacterNotFound, ImageNotFound)):
                await listing.set_of(services, caller, nobody, NO_SET)
            with pytest.raises((CharacterNotFound, ImageNotFound)):
                await listing.chosen(services, caller, nobody, ["1"])
