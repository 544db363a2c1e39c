"""The cast: each character with its face, how many images there are of it, and what is under way."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from uuid import uuid4

from tests.support.pages import browser
from tests.support.steps import a_reference, a_set, reviewed
from tests.support.world import Character, Doc, World, both_kinds_of_id

CAST = "/screenplay/characters"


async def member(world: World, character: Character, query: str) -> tuple[str, str]:
    """The words beside a character's face, and the address of that."""
    async with browser(world) as client:
        page = await client.get(f"{CAST}{query}")
    [part] = [one for one in page.text.split('<li class="member">') if f'id="character-{character.id}"' in one]
    face = re.search(r'<img src="([^"]+)"', part)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split()), unescape(face[1]) if face else ""


@both_kinds_of_id
async def test_each_has_its_newest_picked_reference_or_else_its_newest(world: World) -> None:
    name = uuid4().hex
    character = await world.character(projectCharacterName=name)
    drawn: list[Doc] = [await a_reference(world, character, prompt) for prompt in ("one", "two", "three")]
    first, second, third = drawn
    made = await a_set(world, character, 2)
    words, face = await member(world, character, f"?q={name}")
    assert face == third["media"]["thumbnailUrl"]
    assert "3 references · 2 portfolio · 0 scenes" in words
    await reviewed(world, first, "pick")
    await reviewed(world, made["images"][0], "pick")
    await reviewed(world, third, "reject")
    assert (await member(world, character, f"?q={name}"))[1] == first["media"]["thumbnailUrl"]
    await reviewed(world, second, "pick")
    assert (await member(world, character, f"?q={name}"))[1] == second["media"]["thumbnailUrl"]


async def test_fifty_characters_take_four_requests_to_payload(world: World) -> None:
    mark = uuid4().hex
    characters = [await world.character(projectCharacterName=f"{mark} {n:02}", linked=False) for n in range(51)]
    linked = await world.character(projectCharacterName=f"{mark} 0")
    await a_reference(world, linked)
    async with browser(world) as client:
        with world.payload_requests() as asked:
            page = await client.get(f"{CAST}?q={mark}")
        second = await client.get(f"{CAST}?q={mark}&page=2")
    assert len(asked) == 4, asked
    shown = re.findall(r'id="character-(\w+)"', page.text)
    assert shown == [str(one.id) for one in (linked, *characters[:49])]
    assert page.text.count("Not linked") == 49
    assert f'href="?q={mark}&amp;page=2" rel="next"' in page.text
    assert re.findall(r'id="character-(\w+)"', second.text) == [str(one.id) for one in characters[49:]]


@both_kinds_of_id
async def test_they_are_found_by_either_name_and_sorted_by_their_last_change(world: World) -> None:
    mark = uuid4().hex
    one = await world.character(projectCharacterName=f"a {mark.upper()}")
    other = await world.character(projectCharacterName=None, name=f"the {mark}, b")
    async with browser(world) as client:
        by_name = await client.get(f"{CAST}?q={mark}")
        by_change = await client.get(f"{CAST}?q={mark}&sort=change")
        nobody = await client.get(f"{CAST}?q={mark}%25_x<b>")
        wrong = await client.get(f"{CAST}?sort=age")
    assert set(re.findall(r'id="character-([\w-]+)"', by_name.text)) == {str(one.id), str(other.id)}
    assert re.findall(r'id="character-([\w-]+)"', by_change.text) == [str(other.id), str(one.id)]
    assert "x&lt;b&gt;” in it" in nobody.text
    assert wrong.status_code == 400


async def test_what_is_under_way_is_told(world: World) -> None:
    name = uuid4().hex
    character = await world.character(projectCharacterName=name)
    await world.fault(character, "generate-initial-image", delayMs=3000)
    drawing = asyncio.create_task(a_reference(world, character))
    await world.until_asked(character)
    words, face = await member(world, character, f"?q={name}")
    assert "Reference image: waiting for the Character Library" in words
    assert "No reference yet" in words
    assert face == ""
    await drawing
    assert "waiting" not in (await member(world, character, f"?q={name}"))[0]
