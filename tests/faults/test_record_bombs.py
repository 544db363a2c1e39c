"""Work for a page is bounded by what it shows, whatever somebody has written into a record, a file or a character."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import msgspec
import pytest
from ulid import ULID

from payload_client import Payload
from tests.support.faulty_world import FaultyWorld
from tests.support.pictures import PNG
from tests.support.spared import spared
from tests.support.world import Character

SECONDS = 2.0
MARKS = "a" + "\u0316\u0301" * 200_000
DEEP: Any = msgspec.json.decode(b'{"a":' * 400 + b"1" + b"}" * 400)


async def store(payload: Payload, character: Character, *, alt: str = "x", **fields: Any) -> Any:
    """A record and its file, written into Payload by an editor and not by us."""
    media = payload.collection("media")
    file = await media.upload(PNG, filename=f"{ULID()}.png", content_type="image/png", data={"alt": alt})
    record = {"characterReference": character.id, "media": file["id"], "kind": "portfolioItem", "status": "succeeded"}
    return (await payload.collection("character-image-metadata").create({**record, "provider": "x", **fields}))["id"]


METRICS: dict[str, Any] = {
    "a total of ten million": {"setTotal": 10_000_000},
    "a total that is negative": {"setTotal": -1},
    "a total beyond integers": {"setTotal": 1e300},
    "a shot of digits": {"shot": "9" * 20_000 + "x"},
    "a shot of a megabyte": {"shot": "-1" * 500_000},
    "a shot of marks": {"shot": MARKS},
    "an angle of digits": {"angle": "9" * 1_000_000 + "x"},
    "an angle of blanks": {"angle": "3q_" + " " * 1_000_000 + "x"},
    "an angle without end": {"angle": 1e308},
    "an index beyond integers": {"index": 2**53 - 1, "durationMs": 2**53 - 1, "bytes": 1e300},
    "times before the beginning": {"durationMs": -5, "generateMs": -1e300, "index": -7},
    "a hundred thousand members": {f"m{number}": number for number in range(100_000)},
    "members with long names": {f"{number}{'n' * 5_000}": "v" * 5_000 for number in range(100)},
    "nested members": {"a": DEEP, "referenceImageId": DEEP, "setTotal": DEEP, "index": [1]},
    "a reference of a megabyte": {"referenceImageId": "r" * 1_000_000},
    "a list": [1] * 100_000,
}


@pytest.mark.parametrize("name", METRICS)
async def test_metrics_of_any_size_cost_no_page_more_than_it_shows(world: FaultyWorld, name: str) -> None:
    character, odd, set_id = await world.character(), METRICS[name], str(ULID())
    metrics = {"setId": set_id, "index": 0, "angle": 0, **odd} if isinstance(odd, dict) else odd
    async with world.cms() as payload:
        image = await store(payload, character, metrics=metrics)
        await store(payload, character, metrics={"setId": set_id, "index": 1, "angle": 90})
    home, chosen = f"/screenplay/characters/{character.id}/images", f"?set={set_id}"
    async with world.browser(world.editor) as browser, spared(world.app, 2 * SECONDS):
        grid = await browser.get(home)
        shown = await browser.get(f"{home}/{image}")
        sheet = await browser.get(f"{home}/sheet{chosen}")
        zipped = await browser.get(f"{home}/sheet.zip{chosen}")
        drawn = await browser.get(f"{home}/sheet.png{chosen}")
    for answer in (grid, shown, sheet, zipped, drawn):
        assert answer.status_code == 200, answer.text
    assert max(len(page.content) for page in (grid, shown, sheet)) < 100_000
    assert sheet.text.count('<div class="view"') <= 64
    assert len(zipfile.ZipFile(io.BytesIO(zipped.content)).read("prompts.txt")) < 10_000


TEXTS = {"letters": "x" * 20_000, "words": "word " * 7_500, "marks": MARKS[:39_000], "spaces": " " * 39_000 + "x"}


@pytest.mark.parametrize("name", TEXTS)
async def test_names_of_any_length_are_cut_before_they_are_measured(world: FaultyWorld, name: str) -> None:
    text = TEXTS[name]
    character = await world.character(projectCharacterName=text, characterRole=text, libraryCharacterId=text)
    async with world.cms() as payload:
        image = await store(payload, character, alt=text, error=text, externalId=text, sourceUrl=f"https://x/{text}")
    home = f"/screenplay/characters/{character.id}/images"
    async with world.browser(world.editor) as browser, spared(world.app, 3 * SECONDS):
        listed = await browser.get("/screenplay/characters")
        pages = [listed, await browser.get(home), await browser.get(f"{home}/delete?image={image}")]
        sheet = await browser.get(f"{home}/sheet?image={image}")
        drawn = await browser.get(f"{home}/sheet.png?image={image}")
        zipped = await browser.get(f"{home}/sheet.zip?image={image}")
    for answer in (*pages, sheet, drawn, zipped):
        assert answer.status_code == 200, answer.text
    assert max(len(page.content) for page in (*pages[1:], sheet)) < 100_000
    assert len(drawn.headers["content-disposition"]) < 1_000


DATA: dict[str, Any] = {
    "many fields": {f"field{number}": "x" for number in range(20_000)},
    "empty values": {f"field{number}": {} for number in range(20_000)},
    "a list of a hundred thousand": {"traits": ["brave"] * 100_000},
    "long names": {"aB" * 500_000: "x", "_" * 500_000: "y"},
    "a text of a megabyte": {"description": "word " * 200_000},
    "lists in lists": {"a": [[["x"] * 100] * 100] * 10},
    "deep": DEEP,
}


@pytest.mark.parametrize("name", DATA)
async def test_data_of_a_character_is_shown_up_to_a_bound(world: FaultyWorld, name: str) -> None:
    character = await world.character(generationMetadata={"bamlData": DATA[name]})
    async with world.browser(world.editor) as browser, spared(world.app, SECONDS):
        page = await browser.get(f"/screenplay/characters/{character.id}")
    assert page.status_code == 200
    assert len(page.content) < 300_000
    assert ("There is more in this character" in page.text) is (name in ("many fields", "empty values"))
