"""Steps that many tests begin with: a character with a reference, a set, a file."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from payload_client import ApiKey
from scripts.local_stack.stack import ROOT
from tests.support.world import Character, Doc, Person, World

ROUTE = "generate-360-set"


async def a_reference(world: World, character: Character, prompt: str = "A wiry woman") -> dict[str, object]:
    async with world.api() as api:
        answer = await api.post(character.url("generate-initial-image"), json={"prompt": prompt})
    assert answer.status_code == 201, answer.text
    image: dict[str, object] = answer.json()["image"]
    return image


def page(character: Character, route: str) -> str:
    return f"/screenplay/characters/{character.id}/images/{route}"


async def a_set(world: World, character: Character, count: int = 3) -> Doc:
    async with world.api() as api:
        made: Doc = (await api.post(character.url(ROUTE), json={"imageCount": count})).raise_for_status().json()
    return made


@contextmanager
def files_read(world: World) -> Iterator[list[str]]:
    """The addresses at which files are read within the block: Payload's, or those of the bucket's public domain."""
    domain, read = world.bucket.asked if world.bucket else [], list[str]()
    before = len(domain)
    with world.payload_requests() as asked:
        yield read
    read += [line for line in asked if "/media/file/" in line] + domain[before:]


def sweep(
    world: World, *arguments: str, person: Person | None = None, layout: str = ""
) -> subprocess.CompletedProcess[str]:
    auth = (person or world.editor).auth
    assert not isinstance(auth, ApiKey)
    environment = os.environ | {"PAYLOAD_URL": world.payload_url, "PAYLOAD_TOKEN": auth.token, "LOG_FORMAT": layout}
    command = [sys.executable, "-m", "app", "sweep", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


async def uploaded(world: World, name: str) -> dict[str, Any]:
    """A file in Payload without a record."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    async with world.cms() as payload:
        media = payload.collection("media")
        return await media.upload(picture.getvalue(), filename=name, content_type="image/png", data={"alt": "x"})


async def reviewed(world: World, image: Doc, verdict: str, note: str | None = None) -> None:
    """Say what somebody thinks of an image."""
    async with world.cms() as payload:
        records = payload.collection("character-image-metadata")
        metrics = (await records.find_by_id(image["id"]))["metrics"] or {}
        await records.update(image["id"], {"metrics": {**metrics, "review": {"verdict": verdict, "note": note}}})
