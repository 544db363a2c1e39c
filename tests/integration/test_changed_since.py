"""What the character says otherwise than when an image was drawn."""

from __future__ import annotations

from typing import cast

from tests.support.steps import a_reference, a_set, page
from tests.support.world import Doc, World


def _data(**body: str) -> Doc:
    return {"generationMetadata": {"bamlData": {"physicalDescription": body}}}


async def test_card_and_viewer_say_which_facts_have_changed(world: World) -> None:
    character = await world.character(**_data(hairColor="auburn", eyeColor="grey"))
    image = await a_reference(world, character)
    await a_set(world, character, 1)
    facts = [record["metrics"]["facts"] for record in await world.records(character)]
    assert facts == [{"name": "Mara Quill", "hair": "auburn", "eyes": "grey"}] * 2
    async with world.browser(world.editor) as browser:
        same = await browser.get(page(character, ""))
        async with world.cms() as payload:
            await payload.collection("character-references").update(character.id, _data(hairColor="grey", age="41"))
        grid = await browser.get(page(character, ""))
        viewer = await browser.get(page(character, str(image["id"])))
    assert 'class="changed"' not in same.text
    assert grid.text.count("hair: auburn → grey</p>") == 2
    assert grid.text.count('class="changed"') == 2
    assert '<li dir="auto">hair: auburn → grey</li>' in viewer.text


async def test_an_image_that_remembers_nothing_says_nothing(world: World) -> None:
    character = await world.character(**_data(hairColor="auburn"))
    image = await a_reference(world, character)
    async with world.cms() as payload:
        for facts in (None, [1], {"hair": 5}, "auburn"):
            await payload.collection("character-image-metadata").update(
                cast("int", image["id"]), {"metrics": {"facts": facts}}
            )
            async with world.browser(world.editor) as browser:
                shown = await browser.get(page(character, ""))
            assert shown.status_code == 200
            assert 'class="changed"' not in shown.text
