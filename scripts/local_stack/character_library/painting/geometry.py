"""Surfaces in space: pieces of stacked ellipses, and limbs along a path.

Lengths are those of a figure about 1,340 high: x to its left hand, y down, z to its front.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

Colour = tuple[int, int, int]
Point = tuple[float, ...]
Grid = list[list[Point]]
Lift = Callable[[float, float], float]  # by the bearing, and how far down


class Form:
    """A stack of ellipses, from a table: `y half front back` for each level, parted by commas."""

    def __init__(self, table: str) -> None:
        self.levels = curve([tuple(map(float, level.split())) for level in table.split(",")])

    def at(self, around: float, y: float, lift: float = 0.0) -> Point:
        """A point `lift` above the surface, `around` degrees from its front."""
        index = min(max(1, bisect_left(self.levels, (y,))), len(self.levels) - 1)
        above, below = self.levels[index - 1], self.levels[index]
        _, half, front, back = mix(above, below, min(1.0, max(0.0, (y - above[0]) / (below[0] - above[0] or 1.0))))
        sin, cos = math.sin(math.radians(around)), math.cos(math.radians(around))
        return max(0.0, half + lift) * sin, y, (front + back) / 2 + ((front - back) / 2 + lift) * cos

    def patch(self, edges: Iterable[Sequence[Point]], rows: int = 1, lift: Lift | float = 1.0) -> Grid:
        """What is between two lines of (around, y), the upper first or the right one, lifted off the surface."""
        (upper, lower), grid = edges, list[list[Point]]()
        for share in [
            (0.4 + 0.6 * row / rows) * row / rows for row in range(rows + 1)
        ]:  # closer where crowns are round
            line = [mix(a, b, share) for a, b in zip(upper, lower, strict=True)]
            grid.append([self.at(a, y, lift(a, share) if callable(lift) else lift) for a, y in line])
        return grid


def tube(path: Sequence[Point], columns: int, rows: int, wide: Point = (0.0, 0.0, 1.0)) -> Grid:
    """A limb along a path of (x, y, z, radius, radius towards `wide`)."""
    line, grid = curve(path, rows), list[list[Point]]()
    turns = [2 * math.pi * column / columns for column in range(columns + 1)]
    for before, (x, y, z, thin, thick), after in zip([line[0], *line], line, [*line[1:], line[-1]], strict=False):
        along = unit_of([b - a for a, b in zip(before[:3], after[:3], strict=True)])
        side = unit_of(cross(along, wide))
        (a, b, c), (d, e, f) = side, cross(side, along)
        ring = [(max(0.0, thin) * math.cos(turn), max(0.0, thick) * math.sin(turn)) for turn in turns]
        grid.append([(x + u * a + v * d, y + u * b + v * e, z + u * c + v * f) for u, v in ring])
    return grid


def disc(around: float, y: float, wide: float, high: float) -> list[list[Point]]:
    """The upper and the lower half of an oval on a form."""
    turns = [math.pi * index / 8 for index in range(9)]
    return [[(around - wide * math.cos(t), y - up * math.sin(t)) for t in turns] for up in (high, -high)]


def swollen(lift: float, by: float) -> Lift:
    """Lifted, and in the middle more."""
    return lambda _, share: lift + by * math.sin(math.pi * share)


def steps(unit: float, length: float, least: int = 3, most: int = 48, pixels: float = 19) -> int:
    """Into how many facets to cut a length, so that each is a few pixels wide where a unit has so many."""
    return max(least, min(most, round(length * unit / pixels)))


def rings(unit: float, radius: float) -> list[float]:
    """The bearings of the facets around a form, from its back round to its back."""
    count = steps(unit, 2 * math.pi * radius, 14)
    return [360 * index / count - 180 for index in range(count + 1)]


def curve(points: Sequence[Point], count: int = 6) -> list[Point]:
    """A smooth line through points of any dimension (Catmull-Rom)."""
    smooth: list[Point] = []
    for four in zip([points[0], *points], points, points[1:], [*points[2:], points[-1]], strict=False):
        for t in (step / count for step in range(count)):
            w = (t * (-1 + t * (2 - t)), 2 + t * t * (3 * t - 5), t * (1 + t * (4 - 3 * t)), t * t * (t - 1))
            smooth.append(
                tuple(sum(v * by for v, by in zip(values, w, strict=True)) / 2 for values in zip(*four, strict=True))
            )
    return [*smooth, points[-1]]


def mirrored(path: Sequence[Point], side: int) -> list[Point]:
    """A path of the figure's left side (1), or the same on its right (-1)."""
    return [(point[0] * side, *point[1:]) for point in path]


def cross(a: Point, b: Point) -> Point:
    """The vector at right angles to two."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def ease(share: float) -> float:
    """From 0 to 1 without a corner."""
    share = max(0.0, min(1.0, share))
    return share * share * (3 - 2 * share)


def unit_of(vector: Sequence[float]) -> Point:
    """The same direction, one long."""
    length = math.hypot(*vector) or 1.0
    return tuple(value / length for value in vector)


def mix(one: Point, other: Point, share: float) -> Point:
    """So much of the other point in the one, 0 to 1."""
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """So much of the other colour in the one, 0 to 1."""
    r, g, b = mix(one, other, share)
    return round(r), round(g), round(b)


def tint(colour: Colour, *by: float) -> Colour:
    """A colour multiplied by a number, or by one for each channel."""
    r, g, b = (min(255, max(0, round(a * c))) for a, c in zip(colour, by if len(by) == 3 else by * 3, strict=True))
    return r, g, b
