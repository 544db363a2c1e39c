"""What is behind a figure: a studio for references and sets, a place with weather and light for scenes."""

import functools
import itertools
import re
from collections.abc import Callable

import msgspec
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .easel import Colour, mix, tint

SMALL = (192, 256)  # soft things are painted small and enlarged


class Light(msgspec.Struct, frozen=True):
    """The colours of a scene: sky or upper wall, ground or lower wall, lamps, and what it does to the whole picture."""

    high: Colour
    low: Colour
    lamp: Colour
    cast: tuple[float, float, float]
    rain: bool = False


LIGHTS: list[tuple[str, Light]] = [
    (
        r"\b(candle\w*|fire\w*|lantern|lamp\w*)\b",
        Light((84, 56, 50), (176, 116, 70), (255, 208, 126), (1.06, 0.95, 0.82)),
    ),
    (
        r"\b(night|moon\w*|midnight|dark|noir|neon)\b",
        Light((22, 30, 52), (48, 58, 82), (250, 196, 116), (0.74, 0.80, 1.0)),
    ),
    (
        r"\b(rain\w*|storm\w*|wet|drizzle)\b",
        Light((88, 104, 118), (128, 140, 144), (255, 214, 150), (0.86, 0.93, 1.0), True),
    ),
    (
        r"\b(dawn|sunrise|morning|mist\w*|fog\w*|calm)\b",
        Light((206, 196, 196), (232, 212, 190), (255, 236, 204), (1.0, 0.98, 0.96)),
    ),
    (
        r"\b(sunset|dusk|golden|evening|warm)\b",
        Light((150, 92, 74), (226, 156, 92), (255, 208, 126), (1.06, 0.96, 0.84)),
    ),
    (
        r"\b(tense|fear\w*|angry|danger\w*|chase|fight\w*)\b",
        Light((62, 44, 50), (132, 74, 62), (255, 148, 92), (1.04, 0.92, 0.88)),
    ),
    (
        r"\b(snow\w*|cold|winter|ice|icy)\b",
        Light((176, 192, 208), (226, 232, 238), (255, 240, 214), (0.94, 0.98, 1.05)),
    ),
]
BY_TYPE = {
    "dialogue": Light((146, 120, 98), (198, 166, 128), (255, 222, 160), (1.03, 0.98, 0.92)),
    "action": Light((72, 88, 104), (158, 128, 104), (255, 176, 104), (1.0, 0.96, 0.93)),
    "emotional": Light((70, 66, 92), (142, 112, 124), (255, 206, 176), (0.98, 0.94, 0.98)),
    "establishing": Light((132, 164, 186), (216, 208, 186), (255, 236, 196), (1.0, 1.0, 0.98)),
}


def light_for(words: str, scene_type: str) -> Light:
    """The light that the words ask for; rain falls in any light."""
    text = words.lower()
    found = next((light for pattern, light in LIGHTS if re.search(pattern, text)), None)
    light = found or BY_TYPE.get(scene_type, BY_TYPE["dialogue"])
    return msgspec.structs.replace(light, rain=bool(re.search(LIGHTS[2][0], text)))


def studio(colour: Colour, size: tuple[int, int]) -> Image.Image:
    """A seamless paper backdrop with a pool of light behind the head."""
    ground = _gradient(
        [(0.0, tint(colour, (0.82, 0.82, 0.84))), (0.55, colour), (1.0, tint(colour, (0.70, 0.69, 0.70)))]
    )
    pool = Image.new("L", SMALL)
    ImageDraw.Draw(pool).ellipse((26, 2, 176, 150), fill=190)
    ground.paste(mix(colour, (255, 250, 240), 0.62), mask=pool.filter(ImageFilter.GaussianBlur(26)))
    shade = Image.new("L", SMALL)
    ImageDraw.Draw(shade).polygon([(112, 70), (160, 96), (178, 256), (96, 256)], fill=120)
    ground.paste(tint(colour, (0.52, 0.50, 0.54)), mask=shade.filter(ImageFilter.GaussianBlur(12)))
    return ground.resize(size, Image.Resampling.BICUBIC)


def place(words: str, light: Light, seed: int, size: tuple[int, int]) -> Image.Image:
    """A place out of focus, by the words: platform, street, room, wood, sea; otherwise hills."""
    text = words.lower()
    draw = next((draw for pattern, draw in PLACES if re.search(pattern, text)), _hills)
    ground = _gradient([(0.0, light.high), (0.62, mix(light.high, light.low, 0.75)), (1.0, light.low)])
    draw(ground, light, seed)
    ground = ground.filter(ImageFilter.GaussianBlur(1.6)).resize(size, Image.Resampling.BICUBIC)
    glow = Image.new("L", SMALL)
    pen = ImageDraw.Draw(glow)
    for index in range(9):
        x, y, r = (seed >> index * 3) % 192, 18 + (seed >> index * 2) % 110, 4 + (seed >> index) % 9
        pen.ellipse((x - r, y - r, x + r, y + r), fill=46 + (seed >> index) % 60)
    bokeh = glow.filter(ImageFilter.GaussianBlur(0.8)).resize(size, Image.Resampling.BICUBIC)
    ground.paste(light.lamp, mask=bokeh)
    return ground


def rain(picture: Image.Image, seed: int) -> Image.Image:
    """Slanting streaks over everything."""
    w, h = picture.size
    layer = Image.new("L", (w, h))
    pen = ImageDraw.Draw(layer)
    for index in range(240):
        x, y = (seed * (index + 3) * 7919 >> 5) % (w + 80), (seed * (index + 5) * 104729 >> 7) % h
        length = h * (20 + (index * 13) % 44) // 1024
        pen.line((x, y, x - length // 5, y + length), fill=50 + (index * 29) % 80, width=1 + (index % 7 == 0))
    picture.paste((226, 234, 240), mask=layer)
    return picture


def finish(picture: Image.Image) -> Image.Image:
    """A vignette and a little film grain."""
    grain, vignette = _film(picture.size)
    return ImageChops.overlay(ImageChops.multiply(picture, vignette), grain)


@functools.lru_cache(maxsize=4)
def _film(size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    noise = Image.effect_noise(size, 8).filter(ImageFilter.GaussianBlur(0.45))
    dim = Image.new("L", SMALL, 176)
    ImageDraw.Draw(dim).ellipse((-26, -30, 218, 286), fill=255)
    dim = dim.filter(ImageFilter.GaussianBlur(30)).resize(size, Image.Resampling.BICUBIC)
    return Image.merge("RGB", [noise] * 3), Image.merge("RGB", [dim] * 3)


def _gradient(stops: list[tuple[float, Colour]]) -> Image.Image:
    """A vertical run of colours, small."""
    column = Image.new("RGB", (1, 256))
    for (start, above), (end, below) in itertools.pairwise(stops):
        for y in range(round(start * 255), round(end * 255) + 1):
            column.putpixel((0, y), mix(above, below, (y / 255 - start) / (end - start)))
    return column.resize(SMALL)


def _platform(ground: Image.Image, light: Light, seed: int) -> None:
    """A roof with iron columns running away, a wet floor, a train's windows."""
    pen, far, dark = ImageDraw.Draw(ground), mix(light.high, light.low, 0.4), tint(light.high, (0.52, 0.52, 0.56))
    pen.polygon([(0, 0), (192, 0), (192, 26), (112, 104), (0, 44)], fill=dark)
    pen.polygon([(0, 256), (0, 204), (112, 128), (192, 176), (192, 256)], fill=mix(far, dark, 0.35))
    pen.polygon([(192, 90), (118, 112), (118, 132), (192, 178)], fill=tint(light.high, (0.72, 0.6, 0.58)))
    for index in range(5):
        x = 190 - index * 17
        pen.rectangle(
            (x - 11 + index, 106 + index * 2, x - 2, 128 - index), fill=mix(light.lamp, far, 0.1 + 0.12 * index)
        )
    for x, top, width in ((8, 20, 9), (52, 56, 5), (84, 80, 3)):
        pen.rectangle((x, top, x + width, 206 - x * 0.62), fill=tint(light.high, (0.4, 0.4, 0.44)))
    for x in (24, 70, 96):
        pen.ellipse((x - 6, 54 + x * 0.34, x + 6, 66 + x * 0.34), fill=light.lamp)
    pen.polygon([(20, 256), (64, 160), (74, 160), (60, 256)], fill=mix(far, light.lamp, 0.35))


def _street(ground: Image.Image, light: Light, seed: int) -> None:
    """House fronts on both sides with lit windows."""
    pen, dark = ImageDraw.Draw(ground), tint(light.high, (0.55, 0.53, 0.58))
    for side in (0, 1):
        for index in range(4):
            depth = index * 22
            left, right = (depth, depth + 26) if not side else (166 - depth, 192 - depth)
            top = 6 + index * 26 + (seed >> index + side * 4) % 16
            pen.rectangle((left, top, right, 236 - index * 18), fill=mix(dark, light.low, index * 0.22))
            for row in range(5):
                if (seed >> (row + index * 3 + side * 5)) % 3:
                    y = top + 12 + row * 22
                    pen.rectangle((left + 6, y, left + 12, y + 9), fill=mix(light.lamp, dark, 0.15 + 0.1 * index))
    pen.polygon([(60, 256), (92, 158), (100, 158), (140, 256)], fill=mix(light.low, light.lamp, 0.25))


def _room(ground: Image.Image, light: Light, seed: int) -> None:
    """A wall with a window and a lamp, shelves, a table's edge."""
    pen, dark = ImageDraw.Draw(ground), tint(light.high, (0.62, 0.58, 0.58))
    pen.rectangle((14, 24, 70, 120), fill=mix(light.low, (255, 250, 236), 0.55))
    pen.rectangle((40, 24, 43, 120), fill=dark)
    pen.rectangle((14, 68, 70, 71), fill=dark)
    for row in range(3):
        y = 52 + row * 38
        pen.rectangle((130, y, 192, y + 3), fill=dark)
        for book in range(9):
            tall = 14 + (seed >> book + row) % 12
            pen.rectangle(
                (132 + book * 7, y - tall, 137 + book * 7, y - 1),
                fill=mix(dark, light.lamp, (seed >> book * 2 + row) % 7 / 9),
            )
    pen.polygon([(134, 150), (166, 150), (174, 176), (126, 176)], fill=light.lamp)
    pen.rectangle((0, 208, 192, 256), fill=tint(light.high, (0.48, 0.42, 0.42)))


def _wood(ground: Image.Image, light: Light, seed: int) -> None:
    """Trunks in three depths."""
    pen = ImageDraw.Draw(ground)
    for layer, share in enumerate((0.25, 0.5, 0.85)):
        paint = mix(mix(light.low, light.high, 0.5), tint((58, 74, 58), (0.8, 0.8, 0.8)), share)
        for index in range(7 - layer):
            x, width = (seed >> index * 4 + layer) % 200 - 4, 4 + layer * 4 + (seed >> index) % 4
            pen.polygon([(x, 0), (x + width, 0), (x + width + 3, 230), (x - 3, 230)], fill=paint)
        pen.ellipse((-60, 178 + layer * 16, 252, 330), fill=paint)


def _sea(ground: Image.Image, light: Light, seed: int) -> None:
    """A horizon, light on the water."""
    pen = ImageDraw.Draw(ground)
    pen.rectangle((0, 132, 192, 256), fill=mix(tint(light.high, (0.6, 0.74, 0.84)), light.low, 0.2))
    for index in range(26):
        y = 136 + index * 4
        x = 96 + (seed >> index) % 40 - 20
        pen.rectangle((x - 4 - index, y, x + 4 + index, y + 1), fill=mix(light.lamp, light.low, 0.35))
    pen.ellipse((82, 96, 112, 126), fill=light.lamp)


def _hills(ground: Image.Image, light: Light, seed: int) -> None:
    """Hills behind hills."""
    pen = ImageDraw.Draw(ground)
    for layer in range(4):
        base = 110 + layer * 28
        ridge = [(x, base + ((seed >> (x // 24 + layer * 2)) % 22) - 11) for x in range(0, 217, 24)]
        pen.polygon(
            [*ridge, (216, 256), (0, 256)],
            fill=mix(light.low, tint(light.high, (0.58, 0.64, 0.60)), 0.25 + layer * 0.2),
        )


PLACES: list[tuple[str, Callable[[Image.Image, Light, int], None]]] = [
    (r"\b(platform|station|train|tram|rails?)\b", _platform),
    (r"\b(street|city|alley|square|market|town|roof\w*|bridge|traffic)\b", _street),
    (r"\b(room|interior|kitchen|caf[eé]|bar|office|library|house|home|table|bed\w*|hall|study|indoors?)\b", _room),
    (r"\b(wood|woods|forest|trees?|garden|park)\b", _wood),
    (r"\b(sea|beach|harbour|harbor|ocean|coast|lake|ship|boat|pier)\b", _sea),
]
