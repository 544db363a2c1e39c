"""The collar that stands around the neck."""

import math

from .easel import Easel, Point, mix, ribbon, tint
from .form import Form, Level, View
from .look import Look

COLLAR = Form([Level(302, 45, 10, -68), Level(318, 50, 26, -72), Level(338, 60, 42, -76), Level(356, 76, 52, -80)])


def paint_collar_inside(easel: Easel, view: View, look: Look) -> None:
    """The far side of the collar, behind the neck."""
    rim = _collar_rim(view, far=True)
    easel.fill(
        [*rim, *(view.at(COLLAR.seen(346, view)[0] + dx, 346) for dx in (52, -52))], tint(look.coat, (0.44, 0.42, 0.5))
    )


def paint_collar(easel: Easel, view: View, look: Look) -> None:
    """The standing part of the collar on the near side of the neck."""
    middle, reach, _ = COLLAR.seen(356, view)
    bright = mix(look.coat, (255, 246, 230), 0.1)
    for bearings, rim in _standing(view):
        foot = [
            view.at(middle + reach * math.sin(math.radians(bearing)), 352 + 10 * math.cos(math.radians(bearing)))
            for bearing in reversed(bearings)
        ]
        if (stencil := easel.stencil(rim + foot)) is not None:
            easel.lay(stencil, COLLAR.shading(easel, stencil, view, bright, look.backdrop, 0.5))
            easel.fill(ribbon(rim, [2.0] * len(rim)), mix(look.coat, (255, 246, 230), 0.4), 0.5, inside=stencil)


def _standing(view: View) -> list[tuple[list[int], list[Point]]]:
    """The stretches of the near rim which stand up: two from the front, with the throat between them, else one."""
    stretches: list[tuple[list[int], list[Point]]] = [([], [])]
    for bearing, point in zip(range(-90, 91, 6), _collar_rim(view, far=False), strict=True):
        if 1024 + (point[1] - view.foot) / view.size < 362:
            stretches[-1][0].append(bearing)
            stretches[-1][1].append(point)
        elif stretches[-1][0]:
            stretches.append(([], []))
    return [stretch for stretch in stretches if len(stretch[0]) > 1]


def _collar_rim(view: View, *, far: bool) -> list[Point]:
    """The collar's upper edge on one side of the neck, from left to right: high at the nape, open at the throat."""
    front = COLLAR.seen(320, view)[2]
    rim = []
    for bearing in range(-90, 91, 6):
        around = ((180 - bearing if far else bearing) - front + 180) % 360 - 180
        y = 304 + 66 * max(0.0, min(1.0, (88 - abs(around)) / 50))
        middle, reach, _ = COLLAR.seen(y, view)
        rim.append(view.at(middle + reach * math.sin(math.radians(bearing)), y))
    return rim
