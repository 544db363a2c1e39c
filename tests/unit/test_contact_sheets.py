"""Contact sheets: a grid of any pictures, titles in any script, and what cannot be drawn."""

from __future__ import annotations

import io
import time
from typing import Any, cast

import pytest
from PIL import Image

from app.cms.caller import Caller
from app.cms.image import unreadable
from app.decoding.messages import Frame, Thumbnail
from app.decoding.parts import Unfit
from app.decoding.sheets import draw, drawable, shrink
from app.errors import InvalidRequest
from app.services import Services
from app.use_cases.contact_sheet import contact_sheet
from payload_client import Jwt
from tests.support.pictures import FOREIGN, PNG, WHOLE, bare_png, canvas, encoded, many_scans, pixel_bomb, png_of, zeros

MOST = 1_000_000
MAT = (235, 231, 222)


Cell = tuple[Image.Image | None, str]


def drawn(title: str, subtitle: str, cells: list[Cell]) -> Image.Image:
    """A sheet of such pictures, with their captions."""
    pixels, frames = bytearray(), list[Frame]()
    for picture, caption in cells:
        frames.append(Frame(Thumbnail(*picture.size, len(pixels)) if picture else None, caption))
        pixels += picture.tobytes() if picture else b""
    return draw(title, subtitle, frames, lambda one: bytes(pixels[one.at : one.end]))


@pytest.mark.parametrize("name", WHOLE)
def test_every_picture_that_is_taken_can_be_drawn(name: str) -> None:
    assert shrink(io.BytesIO(WHOLE[name]), MOST).mode == "RGB"


@pytest.mark.parametrize("content", [*FOREIGN.values(), pixel_bomb(), png_of(5000, 5000), PNG[: len(PNG) // 2]])
def test_what_cannot_be_drawn_is_refused(content: bytes) -> None:
    with pytest.raises(Unfit):
        shrink(io.BytesIO(content), MOST)


@pytest.mark.parametrize("content", [bare_png(1, 25_000_000, zeros(1)), many_scans(50_000, (500, 500))])
def test_what_would_take_a_gigabyte_or_minutes_is_refused_before_it_is_decoded(content: bytes) -> None:
    before = time.process_time()
    with pytest.raises(Unfit) as refused:
        shrink(io.BytesIO(content), 25_000_000)
    assert refused.value.wrong == "too_large"
    assert time.process_time() - before < 1


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    assert shrink(io.BytesIO(encoded(Image.new("L", (1000, 1000)), "PNG")), MOST).size == (320, 320)
    with pytest.raises(Unfit, match="1,000,000 pixels"):
        shrink(io.BytesIO(encoded(Image.new("L", (1001, 1000)), "PNG")), MOST)


def test_a_picture_is_made_no_larger_and_keeps_its_shape() -> None:
    small, wide = (encoded(canvas(size=size), "PNG") for size in ((40, 30), (2000, 400)))
    for content, size in ((small, (40, 30)), (wide, (320, 64))):
        picture = shrink(io.BytesIO(content), MOST)
        assert picture.size == size


def test_a_picture_stands_upright_and_where_it_is_see_through_the_paper_shows() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    turned = shrink(io.BytesIO(encoded(canvas(size=(60, 40)), "JPEG", exif=exif)), MOST)
    clear = shrink(io.BytesIO(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG")), MOST)
    assert turned.size == (40, 60)
    assert clear.getcolors() == [(400, MAT)]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 27, 64])
def test_any_number_fits_and_none_covers_another(count: int) -> None:
    frames: list[Cell] = [(Image.new("RGB", (8, 6), (200, place, 0)), str(place)) for place in range(count)]
    sheet = drawn("Mara Quill", "Set", frames)
    assert sheet.width <= 2400
    counts = {colour: number for number, colour in sheet.getcolors(2**24) or []}
    assert [counts.get((200, place, 0)) for place in range(count)] == [48] * count


def test_the_widest_sheet_is_no_wider_than_2400_pixels() -> None:
    frames: list[Cell] = [
        (Image.new("RGB", (320, 480), (200, place, 0)), "50mm 25° RIGHT MCU (Enhanced)") for place in range(64)
    ]
    sheet = drawn("Mara Quill", "Set of 64", frames)
    assert sheet.width <= 2400
    assert all(sheet.getpixel((x, y)) == (247, 245, 240) for x in (0, sheet.width - 1) for y in (0, sheet.height - 1))


def test_words_and_missing_pictures_are_really_drawn() -> None:
    blank, titled = (drawn("", "", [(None, "")])), (drawn("Zoë", "Set of 1", [(None, "90°")]))
    head = (0, 0, titled.width, 176)
    assert len(titled.crop(head).getcolors(2**16) or []) > 10
    assert blank.crop(head).tobytes() != titled.crop(head).tobytes()
    below = (88, 176 + 266, 288, titled.height)
    assert blank.crop(below).tobytes() != titled.crop(below).tobytes()
    assert len(titled.crop((88, 176, 288, 442)).getcolors(2**16) or []) > 5  # "missing", and the line around it


def test_a_title_that_is_too_long_stays_within_the_margins() -> None:
    sheet = drawn("Mara " * 200, "Set of 8 " * 200, [(None, "front " * 100)])
    paper = (247, 245, 240)
    assert sheet.crop((sheet.width - 80, 0, sheet.width, sheet.height)).getcolors() == [(80 * sheet.height, paper)]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Zoë Müller é ü ° ß ø Ł Č 90° – … “x”", "Zoë Müller é ü ° ß ø Ł Č 90° – … “x”"),
        ("Zoe\u0308", "Zoë"),
        ("Привет Ελλάδα", "Привет Ελλάδα"),
        ("Mara 李小龙 Quill", "Mara ? Quill"),
        ("🎬 Mara", "? Mara"),
        ("a\u202eb\u200d\0c\nd", "abc d"),
        ("ﬁne", "ﬁne"),
        ("李小龙", ""),
        ("🎬", ""),
        (" \n", ""),
    ],
)
def test_what_the_font_cannot_draw_is_replaced(text: str, seen: str) -> None:
    assert drawable(text) == seen


async def test_more_than_fit_are_refused_before_any_is_read() -> None:
    caller = Caller(1, "editor@example.com", Jwt("head.body.sign"))
    nothing = cast("Services", None)
    images: list[Any] = [unreadable(number) for number in range(65)]
    with pytest.raises(InvalidRequest, match="at most 64"):
        await contact_sheet(nothing, caller, "Mara Quill", images)
