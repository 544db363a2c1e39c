"""Files in a bucket with a public domain: what is shown comes from there, and what is deleted is gone from it."""

from __future__ import annotations

import base64
import io
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from scripts.local_stack import stack
from tests.support.bucket import Bucket
from tests.support.events import named, told
from tests.support.pages import browser, workspace
from tests.support.serving import settings_of
from tests.support.steps import a_reference
from tests.support.world import Character, World, plain

pytestmark = pytest.mark.s3

LARGE = {"pictureSize": [700, 900]}
"""Wider than each of the sizes that Payload makes."""


def bucket_of(world: World) -> Bucket:
    assert world.bucket
    return world.bucket


def names_of(media: dict[str, Any]) -> set[str]:
    """The file of a document and of each of its sizes."""
    return {media["filename"], *(size["filename"] for size in media["sizes"].values() if size["filename"])}


def links_in(page: httpx.Response) -> set[str]:
    """What a page shows or leads to elsewhere."""
    links = {unescape(link) for link in re.findall(r'(?:src|href|srcset)="([^"]+)"', page.text)}
    return {link for link in links if "://" in link}


async def pages_of(world: World, character: Character, image: dict[str, Any]) -> list[httpx.Response]:
    async with browser(world) as client:
        return [
            await client.get(workspace(character)),
            await client.get(f"{workspace(character)}/{image['id']}"),
            await client.get("/screenplay/characters"),
            await client.get(f"/screenplay/characters/{character.id}"),
            await client.get(f"{workspace(character)}/delete", params={"image": image["id"]}),
            await client.get(f"{workspace(character)}/sheet", params={"image": image["id"]}),
            await client.get(f"{workspace(character)}/suggestion"),
        ]


async def test_the_api_tells_public_addresses_percent_encoded(world: World) -> None:
    character = await world.character(settings=LARGE)
    made: Any = await a_reference(world, character)
    async with world.api() as api:
        answer = await api.get(character.url("images"))
    [listed] = answer.json()["images"]
    assert listed["media"] == made["media"]
    [record] = await world.records(character)
    assert listed["media"]["url"] == f"{bucket_of(world).media_url}{record['media']['filename']}"
    assert listed["media"]["thumbnailUrl"].startswith(bucket_of(world).media_url)
    assert "f%C3%BCr%20den%20Film/" in listed["media"]["url"]
    assert "/api/media/file" not in answer.text


async def test_the_pages_show_pictures_from_the_public_domain_only(world: World) -> None:
    character = await world.character(settings=LARGE)
    image = await a_reference(world, character)
    grid, page, *others = await pages_of(world, character, image)
    [record] = await world.records(character)
    assert f"{bucket_of(world).media_url}{record['media']['sizes']['thumbnail']['filename']}" in links_in(grid)
    assert f"{bucket_of(world).media_url}{record['media']['filename']}" in links_in(page)
    for shown in (grid, page, *others):
        assert "/api/media" not in shown.text
        assert not [link for link in links_in(shown) if link.startswith(world.payload_url)]
        sources = re.findall(r"img-src ([^;]+)", shown.headers["content-security-policy"])[0].split()
        for link in re.findall(r'<img[^>]* src="([^"]+)"', shown.text):
            parts = urlsplit(unescape(link))
            assert f"{parts.scheme}://{parts.netloc}" in sources, link


@pytest.mark.parametrize("size", [[40, 60], [240, 320], [320, 400], [700, 900]])
async def test_nothing_that_is_told_or_shown_leads_to_payloads_own_route_for_files(
    world: World, size: list[int]
) -> None:
    """Whichever of its sizes Payload makes of a picture."""
    character = await world.character(settings={"pictureSize": size})
    image: Any = await a_reference(world, character)
    async with world.api() as api:
        events = await told(api, character.url("generate-360-set"), {"imageCount": 2})
        scene = await api.post(character.url("generate-scene-image"), json={"sceneContext": "at the lamp"})
        assert scene.status_code == 201, scene.text
        gone = await api.delete(character.url(f"images/{scene.json()['image']['id']}"))
        recovered = await api.post(character.url("recover-images"))
        answers = [scene, gone, recovered]
        answers += [await api.get(character.url(route)) for route in ("images", "library-images", "runs")]
    assert len(named(events, "item")) == 2
    pages = await pages_of(world, character, image)
    for shown in (*answers, *pages):
        assert shown.status_code in (200, 201), shown.text
        assert "/api/media" not in shown.text
    assert "/api/media" not in str(events)
    assert all(link.startswith(bucket_of(world).media_url) for link in addresses_in(answers[3].json()))


def addresses_in(listed: dict[str, Any]) -> list[str]:
    """The addresses of each picture and of its small one, none missing."""
    found = [image["media"][name] for image in listed["images"] for name in ("url", "thumbnailUrl")]
    assert len(found) >= 6
    return found


async def test_whoever_follows_a_public_address_gets_the_picture(world: World) -> None:
    character = await world.character(settings=LARGE)
    image: Any = await a_reference(world, character)
    async with plain() as anybody:
        whole = await anybody.get(image["media"]["url"])
        small = await anybody.get(image["media"]["thumbnailUrl"])
    assert (whole.status_code, len(whole.content)) == (200, image["media"]["filesize"])
    assert whole.headers["content-type"] == image["media"]["mimeType"]
    assert Image.open(io.BytesIO(whole.content)).size == (700, 900)
    assert Image.open(io.BytesIO(small.content)).width == 320


async def test_a_deleted_image_is_gone_from_the_bucket_in_all_its_sizes(world: World) -> None:
    character = await world.character(settings=LARGE)
    image: Any = await a_reference(world, character)
    [record] = await world.records(character)
    names = names_of(record["media"])
    assert len(names) == 3
    assert names <= bucket_of(world).keys()
    async with world.api() as api:
        answer = await api.delete(character.url(f"images/{image['id']}"))
    assert answer.json()["media"] == "deleted"
    assert not names & bucket_of(world).keys()
    async with plain() as anybody:
        assert (await anybody.get(image["media"]["url"])).status_code == 404


async def test_a_file_that_payload_converted_is_read_back_from_the_bucket(world: World, tmp_path: Path) -> None:
    character, file = await world.character(), io.BytesIO()
    Image.effect_noise((64, 64), 60).convert("RGB").save(file, "WEBP", quality=95)
    sent = base64.b64encode(file.getvalue()).decode()
    await world.fault(character, "file", times=-1, status=200, bodyBase64=sent)
    with stack.app(tmp_path, settings_of(world)) as app:
        async with plain(base_url=app.url, headers=world.editor.headers) as api:
            with world.payload_requests() as asked:
                answer = await api.post(character.url("generate-initial-image"), json={"prompt": "x"}, timeout=30)
    assert answer.status_code == 201, answer.text
    [record] = await world.records(character)
    assert record["media"]["filesize"] != len(file.getvalue())
    assert f"GET /api/media/file/{record['media']['filename']}" in asked
    assert "cannot be read back" not in app.log.read_text()
