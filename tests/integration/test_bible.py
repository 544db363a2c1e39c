"""What is on a character's bible: what was picked, else the newest, and nothing that was rejected."""

from __future__ import annotations

import re
from html import unescape

from tests.support.pages import browser, workspace
from tests.support.steps import a_reference, a_set, reviewed
from tests.support.world import Character, World, both_kinds_of_id

SCENE = {"sceneContext": "Rain on the pier.", "sceneType": "action"}
DATA = {"bamlData": {"eyeColor": "grey", "physicalDescription": {"age": 41}}}


async def a_scene(world: World, character: Character, words: str) -> dict[str, object]:
    async with world.api() as api:
        answer = await api.post(character.url("generate-scene-image"), json={**SCENE, "sceneContext": words})
    image: dict[str, object] = answer.raise_for_status().json()["image"]
    return image


async def words_of(world: World, character: Character, query: str = "") -> str:
    """The text of the page, in one line."""
    async with browser(world) as client:
        page = await client.get(f"{workspace(character)}/bible{query}")
    assert page.status_code == 200, page.text
    text = re.sub(r"<[^>]+>", " ", page.text.partition('<article class="paper">')[2].partition("</article>")[0])
    return " ".join(unescape(text).split())


@both_kinds_of_id
async def test_what_was_picked_is_on_it_with_exact_prompts_and_notes(world: World) -> None:
    character = await world.character(characterRole="Lead", generationMetadata=DATA)
    picked = await a_reference(world, character, "the picked one")
    await a_set(world, character, 2)
    await a_reference(world, character, "a newer one")
    scene, rejected = await a_scene(world, character, "On the pier."), await a_scene(world, character, "At home.")
    await reviewed(world, picked, "pick", "her coat & hat")
    await reviewed(world, scene, "pick", "for reel three")
    await reviewed(world, rejected, "reject")
    with world.payload_requests() as asked:
        words = await words_of(world, character)
    assert words.startswith("Mara Quill Lead Reference Picked")
    for shown in ("the picked one", "her coat & hat", "On the pier.", "for reel three", "Eye color grey", "Age 41"):
        assert shown in words
    assert "Turnaround from this reference, " in words
    assert "a newer one" not in words
    assert "At home." not in words
    assert len(asked) <= 7


async def test_without_a_pick_the_newest_that_nobody_rejected_is_on_it(world: World) -> None:
    character = await world.character()
    await a_reference(world, character, "the older one")
    made = await a_set(world, character, 3)
    await reviewed(world, await a_reference(world, character, "the rejected one"), "reject")
    await reviewed(world, made["images"][1], "reject")
    words = await words_of(world, character)
    assert "Reference Newest" in words
    assert "the older one" in words
    assert "the rejected one" not in words
    assert re.findall(r"(\d+)°", words) == ["0", "240"]


async def test_chosen_images_take_the_place_of_turnaround_and_scenes(world: World) -> None:
    character = await world.character()
    one, two = [await a_reference(world, character, prompt) for prompt in ("one", "two")]
    made = await a_set(world, character, 2)
    query = f"?image={made['images'][0]['id']}&image={one['id']}&image={two['id']}"
    words = await words_of(world, character, query)
    assert words.index("Prompt one") < words.index("Chosen images") < words.index("Prompt two")
    assert "Turnaround" not in words


async def test_a_character_of_whom_nothing_is_known_has_one_as_well(world: World) -> None:
    words = await words_of(world, await world.character(linked=False))
    assert "There is no reference yet." in words
    assert "Nothing is written about this character yet." in words
