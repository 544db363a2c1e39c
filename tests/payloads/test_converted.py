"""What a Payload that converts files makes of an image is in its record, and its page says so."""

from __future__ import annotations

import base64

from PIL import Image

from tests.payloads.conftest import NewWorld
from tests.support.pages import browser
from tests.support.pictures import encoded
from tests.support.steps import a_reference, page


async def test_an_image_that_payload_converts_is_described_as_it_is_stored(world_of: NewWorld) -> None:
    world = world_of("get('media').upload.formatOptions = { format: 'webp', options: { quality: 20 } }")
    noise = Image.effect_noise((192, 256), 60).convert("RGB")
    for body, drawn in ((encoded(noise, "PNG"), "PNG"), (encoded(noise, "WEBP", lossless=True), "WebP")):
        character = await world.character()
        content = base64.b64encode(body).decode()
        await world.fault(character, "file", times=-1, status=200, bodyBase64=content, contentType="image/png")
        image = await a_reference(world, character)
        [record] = await world.records(character)
        async with browser(world) as client:
            shown = (await client.get(page(character, str(image["id"])))).text
        stored = record["media"]
        assert stored["mimeType"] == "image/webp"
        assert stored["filesize"] < len(body)
        assert record["metrics"]["bytes"] == stored["filesize"]
        assert record["metrics"]["drawnType"] == f"image/{drawn.lower()}"
        assert record["metrics"]["drawnBytes"] == len(body)
        sizes = [(count + 999) // 1000 for count in (stored["filesize"], len(body))]
        assert f"Payload stores it as WebP, {sizes[0]} kB; the library drew {drawn}, {sizes[1]} kB" in shown
