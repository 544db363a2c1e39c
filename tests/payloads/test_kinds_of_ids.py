"""Ids of another kind in each collection: every route and page works, and what only looks like an id is none."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.payloads import ask, journey, payload_with, signed_in

ID = "{ name: 'id', type: '%s', required: true, defaultValue: () => %s }"
CHANGES = {
    "words of characters": "let count = 0; get('character-references').fields.unshift("
    + ID % ("text", "`mara.quill ${(count += 1)}`")
    + ")",
    "large numbers of characters": "let count = 9007199254740000; get('character-references').fields.unshift("
    + ID % ("number", "(count += 1)")
    + ")",
    "words of images that begin like numbers": "let count = 0; for (const slug of "
    "['media', 'character-image-metadata']) get(slug).fields.unshift("
    + ID % ("text", "`7-${slug}-${(count += 1)}`")
    + ")",
    "words of people": "let count = 0; get('users').fields.unshift(" + ID % ("text", "`person-${(count += 1)}`") + ")",
    "uuids": "",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_every_route_and_page_works(change: str, tmp_path: Path) -> None:
    with payload_with(tmp_path, CHANGES[change], ids="uuid" if change == "uuids" else "number") as world:
        character = await world.character()
        async with signed_in(world) as client:
            for wrong in (
                f"{character.id}abc",
                f"0{character.id}",
                f" {character.id}",
                f"{character.id}.0",
                "7",
                "%",
                "x" * 99,
            ):
                address = quote(wrong, safe="")
                await ask(client, "GET", f"/v1/characters/{address}/images", 404)
                await ask(client, "GET", f"/screenplay/characters/{address}/images", 404)
            await journey(world, client, character)
            for wrong in ("7abc", "07", "x", "9007199254740991", "a.b"):
                await ask(client, "GET", f"/v1/characters/{quote(str(character.id), safe='')}/images/{wrong}", 405)
                address = f"/screenplay/characters/{quote(str(character.id), safe='')}/images/{wrong}"
                await ask(client, "GET", address, 404)
