"""Pictures keep their shape, whatever sizes a Payload cuts: nothing that is cut, or lies on its side, is shown."""

from __future__ import annotations

import base64
import io
import re
from html import unescape
from typing import Any

import pytest
from PIL import Image

from tests.payloads.conftest import NewWorld
from tests.support.pictures import encoded
from tests.support.steps import page
from tests.support.world import plain

HEAD, FEET = (200, 30, 30), (30, 30, 200)
SIZES = "get('media').upload.imageSizes = [%s];"
CHANGES = {
    "sizes of Payload's documentation": SIZES
    % """
        { name: 'thumbnail', width: 400, height: 300, position: 'centre' },
        { name: 'card', width: 768, height: 1024, position: 'centre' },
        { name: 'tablet', width: 1024, height: undefined, position: 'centre' },
    """
    + "get('media').upload.adminThumbnail = 'thumbnail'",
    "sizes of the website template": SIZES
    % """
        { name: 'thumbnail', width: 300 },
        { name: 'square', width: 500, height: 500 },
        { name: 'small', width: 600 },
        { name: 'medium', width: 900 },
        { name: 'large', width: 1400 },
        { name: 'xlarge', width: 1920 },
        { name: 'og', width: 1200, height: 630, crop: 'center' },
    """
    + "get('media').upload.adminThumbnail = 'thumbnail'; get('media').upload.focalPoint = true",
    "sizes that are enlarged": SIZES
    % """
        { name: 'a', width: 300, height: 300, withoutEnlargement: false },
        { name: 'b', width: 2000, withoutEnlargement: false },
    """,
    "sizes that are never cut": SIZES % "{ name: 'a', width: 300, fit: 'inside' }, { name: 'b', height: 500 }",
    "sizes that are all cut": SIZES % "{ name: 'a', width: 300, height: 300 }, { name: 'b', width: 500, height: 260 }",
    "a size with bars": SIZES % "{ name: 'a', width: 300, height: 300, fit: 'contain', background: 'black' }",
    "no sizes": SIZES % "",
    "files that Payload scales and turns": "get('media').upload.resizeOptions = { width: 480, fit: 'inside' }",
    "files in another format": "get('media').upload.formatOptions = { format: 'webp' }",
}


def figure(width: int, height: int, *, turned: bool) -> bytes:
    """A picture with a red head and blue feet, so large as it is shown; `turned`: its file lies, and EXIF turns it."""
    picture = Image.new("RGB", (width, height), (120, 120, 120))
    picture.paste(HEAD, (0, 0, width, height // 8))
    picture.paste(FEET, (0, height - height // 8, width, height))
    if not turned:
        return encoded(picture, "JPEG", quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(picture.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif)


def is_whole(content: bytes, proportions: float) -> bool:
    """Whether a file shows all of the figure, upright, as a browser shows it."""
    with Image.open(io.BytesIO(content)) as file:
        orientation = file.getexif().get(0x0112)
        shown = file.convert("RGB")
        if orientation == 6:
            shown = shown.transpose(Image.Transpose.ROTATE_270)
    middle = shown.width // 2
    ends = [shown.getpixel((middle, at)) for at in (2, shown.height - 3)]
    near = all(_near(end, expected) for end, expected in zip(ends, (HEAD, FEET), strict=True))
    return near and abs(shown.width / shown.height - proportions) < 0.01


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_all_that_a_page_and_a_contact_sheet_show_is_the_whole_picture_upright(
    world_of: NewWorld, change: str
) -> None:
    world = world_of(change)
    for width, height, turned in ((768, 1024, False), (480, 640, True), (1600, 900, False), (640, 480, False)):
        character, proportions = await world.character(), width / height
        file = base64.b64encode(figure(width, height, turned=turned)).decode()
        await world.fault(character, "file", action="answer", status=200, bodyBase64=file, times=-1)
        async with world.api() as api:
            made = await api.post(character.url("generate-initial-image"), json={"prompt": "A figure"})
            assert made.status_code == 201, made.text
            media = made.json()["image"]["media"]
            assert abs(media["width"] / media["height"] - proportions) < 0.01, media
            [listed] = (await api.get(character.url("images"))).json()["images"]
            assert listed["media"] == media
        async with world.browser(world.editor) as browser, plain() as client:
            for address in ("", str(listed["id"]), f"sheet?image={listed['id']}"):
                html = (await browser.get(page(character, address).rstrip("/"))).text
                sources = re.findall(r'<img src="([^"]+)"', html) + [
                    one.split()[0] for every in re.findall(r'srcset="([^"]+)"', html) for one in every.split(", ")
                ]
                assert sources
                for source in set(sources):
                    content = (await client.get(unescape(source))).content
                    assert is_whole(content, proportions), f"{source} of {width} x {height}"
                assert f'width="{media["width"]}" height="{media["height"]}"' in html
                if not address:
                    assert ("card-wide" in html) is (width > 1.2 * height)
            sheet = await browser.get(page(character, f"sheet.png?image={listed['id']}"))
        with Image.open(io.BytesIO(sheet.content)) as drawn:
            rows = [at for at in range(drawn.height) for colour in (HEAD, FEET) if _has(drawn, at, colour)]
        with Image.open(io.BytesIO(sheet.content)) as drawn:
            across = [at for at in range(drawn.width) if _near(drawn.getpixel((at, rows[0] + 3)), HEAD)]
        assert abs((len(across)) / (rows[-1] - rows[0] + 1) - proportions) < 0.03


def _has(sheet: Image.Image, row: int, colour: tuple[int, int, int]) -> bool:
    return any(_near(sheet.getpixel((at, row)), colour) for at in range(90, sheet.width - 90, 8))


def _near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    distance: int = sum(abs(one - other) for one, other in zip(pixel[:3], colour, strict=True))
    return distance < 90
