"""Solid forms that turn: stacks of ellipses, seen from any side without perspective."""

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

from PIL import Image, ImageDraw, ImageFilter

from .easel import Colour, Easel, Point, Stencil, curve, mix, tint

LIGHT = (-0.52, 0.85)  # from the upper left, always: the figure turns, the lamp does not
BANDS = 22


class View(NamedTuple):
    """Where the figure stands on the sheet and how far it is turned, in degrees to the viewer's right."""

    turn: float
    x: float = 384.0
    foot: float = 1024.0
    size: float = 1.0

    @property
    def sin(self) -> float:
        """How much of the depth is seen sideways."""
        return math.sin(math.radians(self.turn))

    @property
    def cos(self) -> float:
        """How much of the front is seen: 1 from the front, -1 from the back."""
        return math.cos(math.radians(self.turn))

    def place(self, x: float, y: float, z: float = 0.0) -> Point:
        """A point of the figure on the sheet: x to its left hand, y down, z towards its front."""
        return self.at(x * self.cos + z * self.sin, y)

    def at(self, x: float, y: float) -> Point:
        """A point already turned, on the sheet."""
        return self.x + x * self.size, self.foot + (y - 1024) * self.size


class Level(NamedTuple):
    """One ellipse of a form: its height, half its width, its front and its back."""

    y: float
    half: float
    front: float
    back: float


class Form:
    """A stack of ellipses."""

    def __init__(self, levels: Sequence[Level]) -> None:
        halves = curve([(level.y, level.half) for level in levels], 5)
        fronts = curve([(level.y, level.front) for level in levels], 5)
        backs = curve([(level.y, level.back) for level in levels], 5)
        self.levels = [
            Level(y, max(0.0, half), front, min(front, back))
            for (y, half), (_, front), (_, back) in zip(halves, fronts, backs, strict=True)
        ]

    def grown(self, by: float, deeper: float | None = None) -> Self:
        """The same form with a thicker skin."""
        depth = by if deeper is None else deeper
        other = object.__new__(type(self))
        other.levels = [Level(y, half + by, front + depth, back - depth) for y, half, front, back in self.levels]
        return other

    def level(self, y: float) -> Level:
        """The ellipse at a height, or the nearest end."""
        if y <= self.levels[0].y:
            return self.levels[0]
        for above, below in zip(self.levels, self.levels[1:], strict=False):
            if y <= below.y:
                t = (y - above.y) / (below.y - above.y or 1.0)
                return Level(*(a + (b - a) * t for a, b in zip(above, below, strict=True)))
        return self.levels[-1]

    def seen(self, y: float, view: View) -> tuple[float, float, float]:
        """At a height: the middle of what is seen, half its width, and how far round its front has gone (degrees)."""
        _, half, front, back = self.level(y)
        depth = (front - back) / 2
        wide, deep = half * view.cos, depth * view.sin
        return (front + back) / 2 * view.sin, math.hypot(wide, deep), math.degrees(math.atan2(deep, wide))

    def point(self, around: float, y: float, view: View, middle: Point | None = None) -> Point:
        """A point of the surface, `around` degrees from its front; where that is hidden, the nearest point in sight.

        Points of one patch are given the patch's middle (around, y), so that all of them hide on the same side.
        """
        home, height = middle or (around, y)
        hide = (home + self.seen(height, view)[2] + 180) % 360 - 180
        centre, reach, front = self.seen(y, view)
        bearing = hide + (around + front - hide + 180) % 360 - 180
        return view.at(centre + reach * math.sin(math.radians(max(-90.0, min(90.0, bearing)))), y)

    def patch(self, corners: Sequence[Point], view: View) -> list[Point]:
        """An outline on the surface from (around, y) corners, folded at the edge of sight."""
        count = len(corners)
        middle = sum(around for around, _ in corners) / count, sum(y for _, y in corners) / count
        return [self.point(around, y, view, middle) for around, y in corners]

    def outline(self, view: View) -> list[Point]:
        """The silhouette."""
        rows = [(level.y, *self.seen(level.y, view)[:2]) for level in self.levels]
        right = [view.at(middle + reach, y) for y, middle, reach in rows]
        left = [view.at(middle - reach, y) for y, middle, reach in rows]
        return right + left[::-1]

    def paint(self, easel: Easel, view: View, colour: Colour, rim: Colour, gloss: float = 0.5) -> Stencil | None:
        """Lay the form on the canvas with the light rolling over it; answers its stencil."""
        stencil = easel.stencil(self.outline(view))
        if stencil is not None:
            easel.lay(stencil, self.shading(easel, stencil, view, colour, rim, gloss))
        return stencil

    def shading(
        self, easel: Easel, stencil: Stencil, view: View, colour: Colour, rim: Colour, gloss: float
    ) -> Image.Image:
        """The form's own light as a soft picture, at half size: bands from one edge to the other."""
        half = easel.scale / 2
        size = stencil.alpha.width // 2 + 1, stencil.alpha.height // 2 + 1
        patch = Image.new("RGB", size, shade(colour, -1.0, rim, gloss))
        draw = ImageDraw.Draw(patch)
        rows = [(level.y, *self.seen(level.y, view)[:2]) for level in self.levels]
        for band in range(BANDS):
            u = -1.12 + 2.24 * band / BANDS
            left = [view.at(middle + reach * u - 3, y) for y, middle, reach in rows]
            right = [(px + 900, py) for px, py in left[::-1]]
            outline = [(px * half - stencil.x / 2, py * half - stencil.y / 2) for px, py in left + right]
            draw.polygon(outline, fill=shade(colour, u + 1.12 / BANDS, rim, gloss))
        soft = patch.filter(ImageFilter.GaussianBlur(2.2 * easel.scale))
        return soft.resize(stencil.alpha.size, Image.Resampling.BILINEAR)


def shade(colour: Colour, u: float, rim: Colour, gloss: float) -> Colour:
    """The colour of a rounded surface where it faces `u` (-1 left edge, 1 right edge)."""
    u = max(-1.0, min(1.0, u))
    facing = math.sqrt(1 - u * u)
    light = max(0.0, LIGHT[0] * u + LIGHT[1] * facing) + 0.20 * max(0.0, 0.8 * u + 0.3 * facing)
    dark = tint(colour, (0.44, 0.41, 0.50))
    bright = mix(tint(colour, (1.07, 1.04, 0.98)), (255, 244, 226), 0.15 * gloss)
    lit = mix(dark, colour, min(1.0, light * 1.35))
    lit = mix(lit, bright, max(0.0, min(1.0, (light - 0.7) * 2.6)))
    return mix(lit, rim, 0.28 * gloss * max(0.0, u - 0.84) / 0.16)
