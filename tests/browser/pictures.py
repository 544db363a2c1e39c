"""Pictures for a character, made through the product's own API."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Studio
from tests.support.world import Character


async def picture(studio: Studio, character: Character, route: str, **body: Any) -> dict[str, Any]:
    """What a generation answered."""
    async with studio.world.api() as api:
        made = await api.post(character.url(route), json=body)
    made.raise_for_status()
    answer: dict[str, Any] = made.json()
    return answer


async def character_with_all(studio: Studio, count: int = 4) -> Character:
    """A character with a reference, a set of so many drawn from it, and a scene."""
    character = await studio.world.character(projectCharacterName="Mara Quill", settings={"pictureSize": [768, 1024]})
    await picture(studio, character, "generate-initial-image", prompt="A wiry woman\nin a green coat")
    await picture(studio, character, "generate-360-set", imageCount=count)
    await picture(studio, character, "generate-scene-image", sceneContext="Rain on the pier.")
    return character
