"""What is behind a figure: a studio for references and sets, a place with weather and light for scenes."""

import functools
import random
import re
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from .geometry import Colour, blend, tint
from .look import TABLES, colour

SMALL = (192, 256)  # what is out of focus is painted small and enlarged
# each as large as SMALL, side by side: how dark its things are (red), how much of its lamps' light is seen (green)
PLACES = Path(__file__).with_name("places.webp")


class Light(NamedTuple):
    """The colours of a scene: sky or upper wall, ground or lower wall, lamps, and what it does to the whole picture."""

    high: Colour
    low: Colour
    lamp: Colour
    cast: Colour
    rain: bool


def light_for(words: str, scene_type: str) -> Light:
    """The light that the words ask for, or else the type of the scene; rain falls in any light."""
    lights = TABLES["lights"]["all"]
    said = [bool(re.search(rf"\b({pattern})\b", words.lower())) and bool(pattern) for pattern, *_ in lights[:7]]
    number = said.index(True) if True in said else next(i for i in range(7, 11) if lights[i][0] in ("", scene_type))
    high, low, lamp, cast = map(colour, lights[number][1:])
    return Light(high, low, lamp, cast, said[2])  # the third is rain


def paint_studio(paper: Colour, size: tuple[int, int], x: float, y: float, wide: float) -> Image.Image:
    """A seamless paper backdrop with a pool of light behind the head, and a figure's shadow on its floor at a place."""
    ground, pool = _gradient(tint(paper, 0.84), paper, tint(paper, 0.76), 0.62), Image.new("L", SMALL)
    ImageDraw.Draw(pool).ellipse((26, 2, 176, 150), fill=180)
    ground.paste(blend(paper, (255, 250, 240), 0.6), mask=pool.filter(ImageFilter.GaussianBlur(26)))
    ground, shade = ground.resize(size, Image.Resampling.BICUBIC), Image.new("L", (64, 24))
    ImageDraw.Draw(shade).ellipse((14, 8, 50, 16), fill=150)
    shade = shade.filter(ImageFilter.GaussianBlur(3)).resize((round(wide * 2) + 1, round(wide * 0.6) + 1))
    ground.paste((24, 22, 30), (round(x - wide), round(y - wide * 0.3)), shade)
    return ground


def paint_place(words: str, light: Light, seed: int, size: tuple[int, int]) -> Image.Image:
    """A place out of focus, by the words: platform, street, room, wood, sea; otherwise hills."""
    patterns = TABLES["places"]["words"]
    left = SMALL[0] * next(
        i for i, pattern in enumerate(patterns) if re.search(rf"\b({pattern})\b", f"{words.lower()}.x")
    )
    with Image.open(PLACES) as places:
        things, lamps, _ = places.convert("RGB").crop((left, 0, left + SMALL[0], SMALL[1])).split()
    ground = _gradient(light.high, blend(light.high, light.low, 0.75), light.low, 0.62)
    ground.paste(tint(light.high, 0.46, 0.45, 0.52), mask=things)
    ground.paste(light.lamp, mask=lamps)
    return ImageOps.fit(ImageOps.mirror(ground) if seed % 2 else ground, size, Image.Resampling.BICUBIC)


def finish(picture: Image.Image, light: Light | None, seed: int) -> Image.Image:
    """The colour of the light, rain, a vignette and a little film grain."""
    grain, vignette = _film(picture.size)
    if light is not None:
        picture = ImageChops.multiply(picture, Image.new("RGB", picture.size, light.cast))
    if light is not None and light.rain:
        (width, height), drops = picture.size, Image.new("L", picture.size)
        for index in range(240):
            x, y = (seed * (index + 3) * 7919 >> 5) % (width + 80), (seed * (index + 5) * 104729 >> 7) % height
            fall = height * (20 + (index * 13) % 44) // 1024
            ImageDraw.Draw(drops).line((x, y, x - fall // 5, y + fall), 50 + (index * 29) % 80, 1 + (index % 7 == 0))
        picture.paste((226, 234, 240), mask=drops)
    return ImageChops.overlay(ImageChops.multiply(picture, vignette), grain)


@functools.lru_cache(maxsize=4)
def _film(size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    noise = Image.frombytes("L", size, random.Random(1).randbytes(size[0] * size[1]))  # noqa: S311  # always the same grain
    noise, dim = noise.point(lambda value: 117 + value // 12), Image.new("L", SMALL, 190)
    ImageDraw.Draw(dim).ellipse((-26, -30, 218, 286), fill=255)
    dim = dim.filter(ImageFilter.GaussianBlur(30)).resize(size, Image.Resampling.BICUBIC)
    return Image.merge("RGB", [noise] * 3), Image.merge("RGB", [dim] * 3)


def _gradient(high: Colour, middle: Colour, low: Colour, at: float) -> Image.Image:
    """A run of colours from above to below."""
    column, shares = Image.new("RGB", (1, SMALL[1])), (y / SMALL[1] for y in range(SMALL[1]))
    column.putdata([blend(high, middle, s / at) if s < at else blend(middle, low, (s - at) / (1 - at)) for s in shares])
    return column.resize(SMALL)
