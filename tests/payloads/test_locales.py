"""Payloads of several languages: names are read in the one that the operator sets, and every page works without."""

from __future__ import annotations

import pytest

from tests.payloads.conftest import NewWorld
from tests.support.steps import a_reference, page
from tests.support.world import Character, Doc

TWO = "base.localization = { locales: ['en', 'de'], defaultLocale: 'de', fallback: %s };"
NAME = "field('character-references', 'projectCharacterName').localized = true;"
ALT = "field('media', 'alt').localized = true;"


@pytest.mark.parametrize(
    ("change", "locale", "name"),
    [
        (TWO % "false" + NAME + ALT, "en", "Mara Quill"),
        (TWO % "false" + NAME + ALT, "de", "Mara Kiel"),
        (TWO % "true" + NAME, "en", "Mara Quill"),
        (TWO % "false" + NAME.replace("projectCharacterName", "name"), "en", None),
    ],
    ids=["en", "de", "with a fallback", "another field"],
)
async def test_names_are_read_in_the_language_of_the_setting(
    world_of: NewWorld, change: str, locale: str, name: str | None
) -> None:
    world = world_of(change, more={"PAYLOAD_LOCALE": locale} if locale else None)
    async with world.cms() as payload:
        characters = payload.collection("character-references")
        made = await characters.create({"projectCharacterName": "Mara Kiel", "libraryDbId": "mara"}, locale="de")
        other = {"projectCharacterName": "Mara Quill", "name": "Mara Quill"}
        await characters.update(made["id"], other, locale="en")
        await characters.create({"projectCharacterName": "Nur Deutsch"}, locale="de")
    await world.control("POST", "characters", json={"id": "mara", "name": "Mara", "pictureSize": [192, 256]})
    character, name = Character(made["id"], "", "mara"), name or "Mara Quill"
    image: Doc = dict(await a_reference(world, character))
    alt = image["media"]["alt"]
    assert str(alt).startswith(f"Reference image of {name}")
    async with world.api() as api:
        listed = (await api.get(character.url("images"))).json()
        assert (listed["character"]["name"], listed["images"][0]["media"]["alt"]) == (name, alt)
        assert (await api.post(character.url("recover-images"), json={})).json()["count"] == 0
    async with world.browser(world.editor) as browser:
        for address in (
            "/screenplay/characters",
            f"/screenplay/characters/{character.id}",
            page(character, "").rstrip("/"),
            page(character, str(image["id"])),
        ):
            shown = await browser.get(address)
            assert shown.status_code == 200
            assert name in shown.text, address


@pytest.mark.parametrize("locale", ["en", ""], ids=["without a name in it", "without the setting"])
async def test_a_character_without_a_name_in_the_language_is_shown_all_the_same(
    world_of: NewWorld, locale: str
) -> None:
    # Without a locale and without a fallback Payload 3.90 stores no localized field, and cannot sort by one.
    world = world_of(TWO % "false" + NAME + ALT, more={"PAYLOAD_LOCALE": locale})
    async with world.cms() as payload:
        made = await payload.collection("character-references").create(
            {"projectCharacterName": "Nur Deutsch", "libraryDbId": "nur"}, locale="de"
        )
    await world.control("POST", "characters", json={"id": "nur", "name": "Nur", "pictureSize": [192, 256]})
    character = Character(made["id"], "", "nur")
    image = dict(await a_reference(world, character))
    async with world.browser(world.editor) as browser:
        for address in ("/screenplay/characters", page(character, "").rstrip("/"), page(character, str(image["id"]))):
            shown = await browser.get(address)
            assert shown.status_code == 200
            assert f"/screenplay/characters/{character.id}/images" in shown.text
