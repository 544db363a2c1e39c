"""The largest page that there is: a hundred times forty-eight cards, and nobody else waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx

from payload_client import Payload, field
from scripts.local_stack import stack
from tests.support.record_bombs import store
from tests.support.spared import spared
from tests.support.world import Character, people

CARDS = 4_800
SECONDS = 5.0
COPIES = """
INSERT INTO character_image_metadata (character_reference_id, media_id, kind, provider, prompt, status, created_by_id)
WITH RECURSIVE copies(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM copies WHERE number < ?)
SELECT character_reference_id, media_id, kind, provider, prompt, status, created_by_id
FROM character_image_metadata, copies
"""


async def test_a_page_of_4800_cards_leaves_everybody_else_their_turn(tmp_path: Path) -> None:
    with stack.payload(tmp_path / "payload") as server:
        editor, _ = people(server.url)
        async with Payload(server.url, auth=editor.auth) as payload:
            made = await payload.collection("character-references").create({"projectCharacterName": "Ada"})
            await store(payload, Character(made["id"], "Ada", None), prompt="A wiry woman in a green coat. " * 3)
            with closing(sqlite3.connect(tmp_path / "payload/payload.db", timeout=10)) as database:
                database.execute(COPIES, (CARDS,))
                database.commit()
            images = payload.collection("character-image-metadata")
            assert await images.count(field("characterReference") == made["id"]) == CARDS
        settings = {"PAYLOAD_URL": server.url, "CHARACTER_LIBRARY_API_URL": "http://127.0.0.1:9"}
        with stack.app(tmp_path, settings) as app:
            asked = len(server.log.read_text().splitlines())
            async with (
                httpx.AsyncClient(base_url=app.url, headers=editor.headers, trust_env=False) as api,
                spared(app, SECONDS),
            ):
                page = await api.get(f"/screenplay/characters/{made['id']}/images?page=100", timeout=60)
            asked = len(server.log.read_text().splitlines()) - asked
    assert page.status_code == 200, page.text
    assert page.text.count('<li id="card-') == CARDS
    assert asked <= 7
