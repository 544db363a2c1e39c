"""The canvas: antialiased and airbrushed shapes, in the coordinates of a 768×1024 sheet."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Colour = tuple[int, int, int]

SHEET = (768, 1024)


class Stencil(NamedTuple):
    """Where paint may go: an alpha image and the pixel of its upper left corner."""

    alpha: Image.Image
    x: int
    y: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Its place on the canvas, as Pillow boxes go."""
        return self.x, self.y, self.x + self.alpha.width, self.y + self.alpha.height

    def within(self, other: Self) -> "Stencil":
        """This stencil where the other one lets paint through too."""
        theirs = other.alpha.crop((self.x - other.x, self.y - other.y, *_sum(self.alpha.size, self, other)))
        return Stencil(ImageChops.multiply(self.alpha, theirs), self.x, self.y)


def _sum(size: tuple[int, int], one: Stencil, other: Stencil) -> tuple[int, int]:
    return size[0] + one.x - other.x, size[1] + one.y - other.y


class Easel:
    """One picture in the making; `scale` is pixels for each unit of the sheet."""

    def __init__(self, backdrop: Image.Image, scale: float) -> None:
        self.canvas = backdrop
        self.scale = scale

    def stencil(self, *outlines: Sequence[Point], soft: float = 0.0) -> Stencil | None:
        """The union of outlines; `soft` is the radius of its airbrushed edge. None where nothing is on the sheet."""
        points = [point for outline in outlines for point in outline]
        margin = 2.5 * soft + 1
        left, top = min(x for x, _ in points) - margin, min(y for _, y in points) - margin
        right, bottom = max(x for x, _ in points) + margin, max(y for _, y in points) + margin
        x0, y0 = max(0, int(left * self.scale)), max(0, int(top * self.scale))
        x1 = min(self.canvas.width, int(right * self.scale) + 2)
        y1 = min(self.canvas.height, int(bottom * self.scale) + 2)
        if x1 <= x0 or y1 <= y0:
            return None
        finer = _fineness((x1 - x0) * (y1 - y0), soft * self.scale)
        size = max(1, round((x1 - x0) * finer)), max(1, round((y1 - y0) * finer))
        alpha = Image.new("L", size)
        draw = ImageDraw.Draw(alpha)
        zoom = self.scale * finer
        for outline in outlines:
            draw.polygon([(x * zoom - x0 * finer, y * zoom - y0 * finer) for x, y in outline], fill=255)
        if soft:
            alpha = alpha.filter(ImageFilter.GaussianBlur(soft * zoom))
        if finer > 1:
            alpha = alpha.reduce(int(finer))
        elif alpha.size != (x1 - x0, y1 - y0):
            alpha = alpha.resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR)
        return Stencil(alpha, x0, y0)

    def lay(self, stencil: Stencil | None, paint: Colour | Image.Image, strength: float = 1.0) -> None:
        """Put a colour, or a picture as large as the stencil, through a stencil."""
        if stencil is None:
            return
        alpha = stencil.alpha.point(lambda value: value * strength) if strength < 1 else stencil.alpha
        self.canvas.paste(paint, stencil.box, alpha)

    def fill(
        self,
        outline: Sequence[Point],
        paint: Colour,
        strength: float = 1.0,
        *,
        soft: float = 0.0,
        inside: Stencil | None = None,
    ) -> None:
        """Paint one outline, if asked only inside a stencil."""
        stencil = self.stencil(outline, soft=soft)
        if stencil is not None and inside is not None:
            stencil = stencil.within(inside)
        self.lay(stencil, paint, strength)


def _fineness(pixels: float, soft: float) -> float:
    """How much finer than the canvas to draw: small things finest, airbrushed ones coarser than it."""
    if soft > 0:
        return 1.0 if soft < 3 else 0.5 if soft < 8 else 0.25
    return 4.0 if pixels < 40_000 else 2.0


def ribbon(line: Sequence[Point], widths: Sequence[float]) -> list[Point]:
    """The outline of a brush stroke along a line; widths are given at its points."""
    left: list[Point] = []
    right: list[Point] = []
    for index, (x, y) in enumerate(line):
        before, after = line[max(index - 1, 0)], line[min(index + 1, len(line) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = (dx * dx + dy * dy) ** 0.5 or 1.0
        nx, ny = -dy / length * widths[index] / 2, dx / length * widths[index] / 2
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


def curve(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A smooth line through points (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    smooth: list[Point] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            smooth.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    return [*smooth, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def oval(x: float, y: float, rx: float, ry: float) -> list[Point]:
    """An ellipse as an outline."""
    return [(x + rx * dx, y + ry * dy) for dx, dy in _CIRCLE]


_CIRCLE = curve(
    [
        (1, 0),
        (0.7071, 0.7071),
        (0, 1),
        (-0.7071, 0.7071),
        (-1, 0),
        (-0.7071, -0.7071),
        (0, -1),
        (0.7071, -0.7071),
        (1, 0),
    ],
    6,
)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """So much of the other colour in the one, 0 to 1."""
    r, g, b = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return r, g, b


def tint(colour: Colour, by: tuple[float, float, float]) -> Colour:
    """A colour multiplied by another, channel by channel."""
    r, g, b = (min(255, max(0, round(a * c))) for a, c in zip(colour, by, strict=True))
    return r, g, b
