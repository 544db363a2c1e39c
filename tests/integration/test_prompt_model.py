"""The suggested prompt of a product with a model behind it, over HTTP."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from app.prompts import FRAMING
from scripts.local_stack import stack
from tests.support.serving import settings_of
from tests.support.world import Character, World

KEY = "sk-integration-key"
PARTS = '["with", "hair", "and", "eyes"]'
DATA = {"bamlData": {"physicalDescription": {"hairColor": "auburn", "eyeColor": "grey"}}}


@asynccontextmanager
async def film(world: World, folder: Path, **answer: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Character, Path]]:
    """The product with a model that answers so, a character, and the product's log."""
    character = await world.character(generationMetadata=DATA)
    with stack.prompt_model(folder) as model:
        async with httpx.AsyncClient(base_url=model.url, trust_env=False) as control:
            (await control.post("/_control/always", json=answer)).raise_for_status()
        wanted = {"PROMPT_MODEL_URL": f"{model.url}/v1", "PROMPT_MODEL": "writer-1", "PROMPT_MODEL_KEY": KEY}
        wanted |= {"PROMPT_MODEL_TIMEOUT": "4", "LOG_LEVEL": "debug"}
        with stack.app(folder, settings_of(world) | wanted) as app:
            async with httpx.AsyncClient(base_url=app.url, headers=world.editor.headers, trust_env=False) as api:
                yield api, character, app.log


async def test_the_models_arrangement_comes(world: World, tmp_path: Path) -> None:
    async with film(world, tmp_path, content=PARTS) as (api, character, log):
        made = (await api.get(character.url("initial-image-prompt"))).json()
        own = (await api.get(character.url("initial-image-prompt?source=character-data"))).json()
        wrong = [await api.get(character.url(f"initial-image-prompt?source={one}")) for one in ("baml", "", "x")]
        page = await api.get(f"/screenplay/characters/{character.id}/images", follow_redirects=True)
    assert (made["success"], made["source"]) == (True, "baml")
    assert made["prompt"].endswith(f"Mara Quill with auburn hair and grey eyes. Framing: {FRAMING}")
    named = {span["field"]: made["prompt"][span["start"] : span["end"]] for span in made["provenance"]}
    assert named["physicalDescription.hairColor"] == "auburn"
    assert own["source"] == "character-data"
    assert [answer.status_code for answer in wrong] == [400, 400, 400]
    assert page.status_code == 200
    assert not [word for word in (KEY, "auburn", "Mara") if word in log.read_text()]


async def test_a_slow_model_holds_up_neither_the_page_nor_a_generation_nor_the_data(
    world: World, tmp_path: Path
) -> None:
    async with film(world, tmp_path, content=PARTS, delay=30) as (api, character, _):
        waiting = asyncio.create_task(api.get(character.url("initial-image-prompt")))
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        own = await api.get(character.url("initial-image-prompt?source=character-data"))
        page = await api.get(f"/screenplay/characters/{character.id}/images")
        drawn = await api.post(character.url("generate-initial-image"))
        quick = time.monotonic() - begun
        assert not waiting.done()
        late = (await waiting).json()
    assert own.json()["source"] == late["source"] == "character-data"
    assert (page.status_code, drawn.status_code) == (200, 201)
    assert drawn.json()["prompt"] == own.json()["prompt"]
    assert quick < 3.5


async def test_a_model_without_a_name_ends_the_start(tmp_path: Path) -> None:
    needed = dict.fromkeys(("SITE_URL", "PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL"), "https://x.example")
    environment = {**needed, "PATH": os.environ["PATH"], "PYTHONPATH": str(stack.ROOT)}
    environment["PROMPT_MODEL_URL"] = "https://models.example/v1"
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            [sys.executable, "-m", "app"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    )
    assert (done.returncode, done.stderr.partition(":")[0]) == (2, "PROMPT_MODEL")
