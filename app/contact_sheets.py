"""Contact sheets: pictures in a grid on light paper, with a title and captions. Drawing blocks, so it has a thread."""

from __future__ import annotations

import asyncio
import io
import math
import unicodedata
import warnings
from bisect import bisect_right
from functools import cache, lru_cache
from pathlib import Path
from typing import IO

import msgspec
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps

from app.limits import NAME

_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF")
_WIDEST, _TALLEST, _NARROWEST = 320, 480, 200  # of a cell; a thumbnail is no wider, and never made larger
_MOST_COLUMNS = 6
_MARGIN, _GAP, _CAPTION, _HEAD = 88, 32, 64, 176
_LEAST_WIDTH = 640
_PAPER, _MAT, _LINE, _FAINT, _INK = "#f7f5f0", "#ebe7de", "#d6d0c4", "#857f74", "#24221e"
_NOWHERE = "\U0010ffff"  # no font has a glyph for it

_FONT = Path(__file__).parent / "fonts" / "OpenSans-Regular.ttf"


class Frame(msgspec.Struct, frozen=True):
    """One picture of a sheet, no larger than its cell; None where it is missing."""

    picture: Pillow.Image | None
    caption: str


class ContactSheets:
    """Draws sheets, one picture at a time: a decoded one is large. `max_pixels`: of one picture."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._drawing = asyncio.Lock()

    async def frame(self, file: IO[bytes] | None, caption: str) -> Frame:
        """The picture in a file as it goes onto a sheet; missing where there is none, or none that can be drawn."""
        if file is None:
            return Frame(None, caption)
        async with self._drawing:
            return Frame(await asyncio.to_thread(shrunk, file, self._max_pixels), caption)

    async def png(self, title: str, subtitle: str, frames: list[Frame]) -> bytes:
        """The sheet."""
        async with self._drawing:
            return await asyncio.to_thread(drawn, title, subtitle, frames)


def shrunk(file: IO[bytes], max_pixels: int) -> Pillow.Image | None:
    """The picture in the size of a cell; None where it cannot be drawn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes, which are judged here, and of odd EXIF data
        try:
            with Pillow.open(file, formats=_FORMATS) as picture:
                if picture.width * picture.height > max_pixels:
                    return None
                picture.draft("RGB", (_WIDEST, _TALLEST))
                upright = ImageOps.exif_transpose(picture).convert("RGBA")
        except (OSError, SyntaxError, ValueError, EOFError, RuntimeError, Pillow.DecompressionBombError):
            return None
    upright.thumbnail((_WIDEST, _TALLEST), Pillow.Resampling.LANCZOS)
    flat = Pillow.new("RGB", upright.size, _MAT)
    flat.paste(upright, mask=upright)
    return flat


def drawn(title: str, subtitle: str, frames: list[Frame]) -> bytes:
    """The sheet as a PNG."""
    pictures = [frame.picture for frame in frames if frame.picture]
    across = max([_NARROWEST, *(one.width for one in pictures)])
    down = max([one.height for one in pictures], default=across * 4 // 3)
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
        if frame.picture:
            corner = left + (across - frame.picture.width) // 2, top + (down - frame.picture.height) // 2
            sheet.paste(frame.picture, corner)
        else:
            pen.rectangle((left, top, left + across - 1, top + down - 1), outline=_LINE)
            pen.text((left + across / 2, top + down / 2), "missing", _FAINT, _font(20), anchor="mm")
        baseline = top + down + 30
        pen.text((left, baseline), f"{place + 1:02}", _FAINT, _font(17), anchor="ls")
        _write(pen, (left + 32, baseline), frame.caption, 17, _INK, across - 32)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


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
