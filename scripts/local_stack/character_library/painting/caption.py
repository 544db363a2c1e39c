"""The strip at the foot of a picture: who, what kind, and the first words of the prompt."""

import functools
import re

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
WIDE = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "Arial.ttf")
HEIGHT = 88


def write_caption(picture: Image.Image, name: str, kind: str, words: str) -> Image.Image:
    """Darken the foot of the picture and write on it."""
    scale = picture.width / 768
    strip = round(HEIGHT * scale)
    if strip < 24:
        return picture
    top = picture.height - strip
    box = (0, top, picture.width, picture.height)
    picture.paste((20, 21, 26), box, Image.new("L", (picture.width, strip), 188))
    pen = ImageDraw.Draw(picture)
    pen.line((0, top, picture.width, top), fill=(222, 206, 178), width=max(1, round(scale)))
    margin, kind = round(28 * scale), _plain(kind)
    tag = _font(round(15 * scale), kind)
    tag_width = tag.getlength(kind)
    pen.text((picture.width - margin - tag_width, top + round(20 * scale)), kind, font=tag, fill=(222, 206, 178))
    big = _font(round(23 * scale), name)
    title = _elided(_plain(name), big, picture.width - 3 * margin - tag_width)
    pen.text((margin, top + round(12 * scale)), title, font=big, fill=(246, 242, 234))
    small = _font(round(15 * scale), words)
    for row, line in enumerate(_wrapped(_plain(words)[:400], small, picture.width - 2 * margin, 2)):
        pen.text((margin, top + round((43 + 19 * row) * scale)), line, font=small, fill=(196, 194, 190))
    return picture


def _plain(text: str) -> str:
    """One line of characters that a font can be asked for."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() or c.isspace() else "�" for c in text)).strip()


def _font(size: int, text: str) -> Font:
    """Pillow's own font, or for letters it lacks the widest one at hand."""
    wide = any(ord(letter) > 0x17F and letter not in "–—‘’“”…°≈" for letter in text[:400])
    return _wide_font(size) if wide else _own_font(size)


@functools.lru_cache(maxsize=32)
def _own_font(size: int) -> Font:
    return ImageFont.load_default(size=max(6, size))


@functools.lru_cache(maxsize=32)
def _wide_font(size: int) -> Font:
    for name in WIDE:
        try:
            return ImageFont.truetype(name, max(6, size))
        except OSError:
            continue
    return _own_font(size)


def _elided(text: str, font: Font, width: float) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip(" ,.;") + "…"


def _wrapped(text: str, font: Font, width: float, rows: int) -> list[str]:
    """At most so many lines; the last one is elided."""
    lines: list[str] = []
    rest = text.split(" ")
    while rest and len(lines) < rows - 1:
        count = 1
        while count < len(rest) and font.getlength(" ".join(rest[: count + 1])) <= width:
            count += 1
        lines.append(_elided(" ".join(rest[:count]), font, width))
        rest = rest[count:]
    return [*lines, _elided(" ".join(rest), font, width)] if rest else lines
