"""The plate on which a camera sees surfaces: drawn from far to near, lit when all are drawn."""

import math
from collections.abc import Iterator, Sequence
from itertools import cycle, pairwise
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .geometry import Colour, Grid, Point, ease, tint

KEY = (-0.50, -0.58, 0.64)  # where the light comes from, as the camera sees it: the figure turns, the lamp does not
SHINE = (-0.29, -0.34, 0.90)  # halfway between lamp and camera
SHADE = ((0.36, 0.32, 0.42), (1.05, 1.02, 0.97))  # what the colours of a surface are multiplied by, in the dark and lit
DEEP = 0.1  # steps of the depth channel for half a unit: all of an outstretched arm is within it


class Surface(NamedTuple):
    """A grid of points, the colours of its columns in turn, and how it shines."""

    rows: Grid
    paints: Sequence[Colour]
    gloss: float = 0.15


class Camera(NamedTuple):
    """Turned round the figure, raised by `tilt` (both in degrees); the target is at `at` on the plate."""

    turn: float
    tilt: float
    target: tuple[float, float]  # y and z; x is 0
    at: tuple[float, float]
    scale: float
    distance: float

    def look(self, points: Sequence[Point]) -> list[Point]:
        """Points as pixels of the plate, and their nearness in pixels."""
        (ty, tz), (px, py) = self.target, self.at
        turn, tilt = math.radians(self.turn), math.radians(self.tilt)
        cos, sin, up, over = math.cos(turn), math.sin(turn), math.cos(tilt), math.sin(tilt)
        seen: list[Point] = []
        for x, y, z in points:
            across, near, down = x * cos + (z - tz) * sin, (z - tz) * cos - x * sin, y - ty
            down, near = down * up + near * over, near * up - down * over
            zoom = self.scale * self.distance / max(self.distance - near, 1.0)
            seen.append((px + across * zoom, py + down * zoom, near * self.scale))
        return seen


class Plate:
    """Colour, finer than the picture, and apart from it light, shine and depth, which are soft."""

    def __init__(self, size: tuple[int, int], camera: Camera) -> None:
        self.camera, self._size = camera, size
        self._fine, self._coarse = (2, 2) if size[0] > 240 else (3, 1)
        self._colours = Image.new("RGBa", (size[0] * self._fine, size[1] * self._fine))
        self._guide = Image.new("RGB", (size[0] // self._coarse + 1, size[1] // self._coarse + 1), (128, 0, 0))

    def draw(self, *surfaces: Surface, inside: float = 0.0) -> None:
        """Draw what of the surfaces faces the camera; or, darkened, what does not: the inside of open ones."""
        colours, guide = (ImageDraw.Draw(image).polygon for image in (self._colours, self._guide))
        fine, coarse = self._fine, 1 / self._coarse
        for _, xy, paint, light in sorted(facet for surface in surfaces for facet in self._facets(surface, inside)):
            guide([value * coarse for value in xy], light)
            colours([value * fine for value in xy], (*paint, 255))

    def _facets(self, surface: Surface, inside: float) -> Iterator[tuple[float, list[float], Colour, Colour]]:
        """The facets in sight: how near, where, their colour, and their light, shine and depth."""
        (kx, ky, kz), (hx, hy, hz), height, deep = KEY, SHINE, self._size[1], DEEP / self.camera.scale
        sign, base, spread = (-1, 70, 60) if inside else (1, 128, 127)
        paints = [tint(paint, inside or 1.0) for paint in surface.paints]
        for row, below in pairwise(map(self.camera.look, surface.rows)):
            if not any(0 < y < height for _, y, _ in (*row[::3], *below[::3])):
                continue
            for a, b, c, d, paint in zip(row, row[1:], below[1:], below, cycle(paints), strict=False):
                px, py, pz, qx, qy, qz = c[0] - a[0], c[1] - a[1], c[2] - a[2], d[0] - b[0], d[1] - b[1], d[2] - b[2]
                nz = (px * qy - py * qx) * sign
                if nz <= 0:
                    continue
                nx, ny, near = (py * qz - pz * qy) * sign, (pz * qx - px * qz) * sign, a[2] + c[2]
                length = math.sqrt(nx * nx + ny * ny + nz * nz)
                lit, facing = (nx * kx + ny * ky + nz * kz) / length, (nx * hx + ny * hy + nz * hz) / length
                shine = int(255 * surface.gloss * facing**14) if facing > 0.6 else 0
                guide = int(base + spread * lit), shine, int(128 + near * deep)
                yield near, [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]], paint, guide

    def lay(self, ground: Image.Image, lamp: Colour) -> None:
        """Light what is drawn and lay it on a background; what is near keeps light from what is behind it."""
        box, fine, coarse = self._guide.getchannel("B").getbbox(), self._fine, self._coarse
        if box is None:
            return
        scale = self.camera.scale
        soft, softer = (ImageFilter.GaussianBlur(by / coarse) for by in (min(5.0, 5 * scale), 14 * scale))
        light, shine, depth = self._guide.crop(box).split()
        hidden = ImageChops.subtract(depth.filter(softer), depth, 0.1).point(lambda value: 255 - min(150, value))
        light = ImageChops.multiply(light.filter(soft), hidden.filter(soft))
        box = (
            box[0] * coarse,
            box[1] * coarse,
            min(box[2] * coarse, self._size[0]),
            min(box[3] * coarse, self._size[1]),
        )
        *colours, alpha = (
            self._colours.crop((box[0] * fine, box[1] * fine, box[2] * fine, box[3] * fine)).reduce(fine).split()
        )
        light, shine = (
            channel.resize(alpha.size, Image.Resampling.BILINEAR) for channel in (light, shine.filter(soft))
        )
        shine, behind = ImageChops.multiply(shine, alpha), ImageChops.invert(alpha)
        shares = [ease((value - 52) / 176) for value in range(256)]
        figure = []
        for colour, back, dark, bright, part in zip(colours, ground.crop(box).split(), *SHADE, lamp, strict=True):
            ramp = light.point([min(255.0, 255 * (dark + (bright - dark) * share)) for share in shares])
            shone = shine.point([value * part // 255 for value in range(256)])
            lit = ImageChops.screen(ImageChops.multiply(colour, ramp), shone)
            figure.append(ImageChops.add(ImageChops.multiply(back, behind), lit))
        ground.paste(Image.merge("RGB", figure), box)
