"""Contact sheets: pictures in a grid on light paper, with a title and captions. As `formats`, left to the workers."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import IO

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps

from app.decoding.formats import is_turned, opened
from app.decoding.messages import Frame, Thumbnail
from app.limits import NAME

_WIDEST, _TALLEST, _NARROWEST = 320, 480, 200  # of a cell; a thumbnail is no wider, and never made larger
_MOST_COLUMNS = 6
_MARGIN, _GAP, _CAPTION, _HEAD = 88, 32, 64, 176
_LEAST_WIDTH = 640
_PAPER, _MAT, _LINE, _FAINT, _INK = "#f7f5f0", "#ebe7de", "#d6d0c4", "#857f74", "#24221e"
_NOWHERE = "\U0010ffff"  # no font has a glyph for it

_FONT = Path(__file__).parent / "fonts" / "OpenSans-Regular.ttf"


def shrink(file: IO[bytes], max_pixels: int) -> Pillow.Image:
    """The picture in the size of a cell, upright. Raises `Unfit`."""
    with opened(file, max_pixels) as picture:
        cell = (_TALLEST, _WIDEST) if is_turned(picture) else (_WIDEST, _TALLEST)
        picture.draft("RGB", cell)
        small = picture if picture.mode in ("RGB", "L") else picture.convert("RGBA")
        small.thumbnail(cell, Pillow.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(small).convert("RGBA")
    flat = Pillow.new("RGB", upright.size, _MAT)
    flat.paste(upright, mask=upright)
    return flat


def draw(title: str, subtitle: str, frames: list[Frame], pixels: Callable[[Thumbnail], bytes]) -> Pillow.Image:
    """The sheet. `pixels`: reads those of a thumbnail."""
    thumbnails = [frame.thumbnail for frame in frames if frame.thumbnail]
    across = max([_NARROWEST, *(one.width for one in thumbnails)])
    down = max([one.height for one in thumbnails], default=across * 4 // 3)
    columns = _columns(len(frames))
    width = 2 * _MARGIN + max(_LEAST_WIDTH, columns * (across + _GAP) - _GAP)
    height = _HEAD + math.ceil(len(frames) / columns) * (down + _CAPTION) + _MARGIN - _CAPTION // 2
    sheet = Pillow.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(sheet)
    _write(pen, (_MARGIN, 96), title, 46, _INK, width - 2 * _MARGIN, or_else="Contact sheet")
    _write(pen, (_MARGIN, 136), subtitle, 22, _FAINT, width - 2 * _MARGIN)
    for place, frame in enumerate(frames):
        row, column = divmod(place, columns)
        left, top = _MARGIN + column * (across + _GAP), _HEAD + row * (down + _CAPTION)
        pen.rectangle((left, top, left + across - 1, top + down - 1), fill=_MAT)
        if one := frame.thumbnail:
            corner = left + (across - one.width) // 2, top + (down - one.height) // 2
            sheet.paste(Pillow.frombytes("RGB", (one.width, one.height), pixels(one)), corner)
        else:
            pen.rectangle((left, top, left + across - 1, top + down - 1), outline=_LINE)
            pen.text((left + across / 2, top + down / 2), "missing", _FAINT, _font(20), anchor="mm")
        baseline = top + down + 30
        pen.text((left, baseline), f"{place + 1:02}", _FAINT, _font(17), anchor="ls")
        _write(pen, (left + 32, baseline), frame.caption, 17, _INK, across - 32)
    return sheet


def _columns(count: int) -> int:
    """How many stand in a row, so that the sheet is a little wider than tall and the last row is well filled."""
    ideal = min(_MOST_COLUMNS, math.ceil(math.sqrt(1.6 * count)))
    near = range(max(1, ideal - 1), min(_MOST_COLUMNS, ideal + 1, count) + 1)
    return min(near, key=lambda columns: (-count % columns, abs(columns - ideal)))


def _write(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: str, width: int, or_else: str = ""
) -> None:
    """Write a line with its base at that place, cut off where it would be too wide."""
    font, line = _font(size), drawable(text) or or_else
    if font.getlength(line) > width:
        fitting = bisect_right(range(len(line)), width, key=lambda end: math.ceil(font.getlength(f"{line[:end]}…")))
        line = f"{line[: max(0, fitting - 1)].rstrip()}…"
    pen.text(at, line, colour, font, anchor="ls")


def drawable(text: str) -> str:
    """The text as the font can draw it: accents dropped where it must be, "?" for what has no glyph at all.

    Of a long one its beginning; nothing where no letter or digit is left.
    """
    line = ""
    seen = "".join(one for one in text[:NAME] if one.isspace() or unicodedata.category(one)[0] != "C")
    for one in " ".join(unicodedata.normalize("NFC", seen).split()):
        base = "".join(part for part in unicodedata.normalize("NFKD", one) if not unicodedata.combining(part))
        drawn = next((tried for tried in (one, base) if tried and all(map(_has_glyph, tried))), "?")
        line += "" if drawn == "?" and line.endswith("?") else drawn
    return line if any(map(str.isalnum, line)) else ""


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size)


@lru_cache(4096)  # of a million that a text may hold
def _has_glyph(one: str) -> bool:
    """Whether the font has a picture of its own for a character."""
    return one == " " or (one.isprintable() and bytes(_font(32).getmask(one)) != bytes(_font(32).getmask(_NOWHERE)))
