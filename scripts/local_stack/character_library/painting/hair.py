"""Hair: a shell around the head with a hairline, a fall behind the face, and strands that turn with it."""

import math

from .easel import Easel, Point, curve, mix, oval, ribbon, tint
from .form import Form, Level, View
from .head import HEAD
from .look import Look

FALLS = {"short": 274.0, "bob": 304.0, "long": 430.0, "bun": 272.0, "bald": 0.0}
SHELLS = {
    "short": Form(
        [
            Level(96, 0, -10, -14),
            Level(100, 30, 22, -46),
            Level(112, 50, 46, -70),
            Level(134, 64, 66, -90),
            Level(162, 71, 74, -100),
            Level(196, 73, 74, -102),
            Level(230, 66, 62, -90),
            Level(254, 52, 44, -72),
            Level(276, 34, 20, -56),
        ]
    ),
    "bun": Form(
        [
            Level(99, 0, -10, -14),
            Level(103, 30, 20, -46),
            Level(115, 48, 44, -68),
            Level(136, 61, 63, -86),
            Level(162, 68, 71, -96),
            Level(196, 70, 72, -98),
            Level(230, 63, 58, -84),
            Level(254, 50, 40, -68),
            Level(276, 32, 16, -54),
        ]
    ),
    "bob": Form(
        [
            Level(94, 0, -10, -14),
            Level(98, 34, 26, -48),
            Level(110, 56, 50, -74),
            Level(134, 71, 70, -96),
            Level(166, 79, 77, -107),
            Level(206, 84, 76, -112),
            Level(248, 87, 68, -110),
            Level(284, 84, 58, -98),
            Level(304, 74, 44, -84),
        ]
    ),
    "long": Form(
        [
            Level(94, 0, -10, -14),
            Level(98, 34, 26, -48),
            Level(110, 55, 50, -74),
            Level(134, 69, 69, -95),
            Level(166, 76, 76, -105),
            Level(206, 79, 70, -110),
            Level(250, 82, 52, -110),
            Level(300, 86, 30, -112),
            Level(350, 90, 10, -116),
            Level(400, 84, -18, -112),
            Level(430, 62, -40, -100),
        ]
    ),
}


def hairline(look: Look, around: float) -> float:
    """How far down the hair comes, by the bearing from the middle of the face."""
    side = abs(around)
    part = 22 if look.seed % 2 else -22
    brow = 151 - 15 * math.exp(-(((around - part) / 20) ** 2)) + 0.006 * side * side
    covers = look.cut in ("bob", "long")
    temple, nape = (44, 62) if look.cut == "long" else (52, 72) if covers else (66, 104)
    fall = FALLS[look.cut]
    low = brow + 16 * max(0.0, min(1.0, (side - temple + 22) / 22))
    if side < temple:
        return low
    share: float = min(1.0, (side - temple) / (nape - temple))
    ease = share * share * (3 - 2 * share)
    if covers:
        return low + (fall - 10 + 10 * math.sin(side * 0.05) - low) * math.pow(ease, 0.8)
    ear: float = low + (226 - low) * min(1.0, ease * 1.6)
    return ear + (fall - 226) * math.pow(max(0.0, min(1.0, (side - 100) / 60)), 0.8)


def paint_back_hair(easel: Easel, view: View, look: Look) -> None:
    """What falls behind the face and the neck; a bun."""
    if look.cut == "bald":
        return
    if look.cut == "bun":
        x, y = view.place(0, 150, -112)
        if view.cos > 0:
            _paint_bun(easel, view, look, x, y)
    shell = SHELLS[look.cut]
    lower = [_edge(shell, view, look, bearing, behind=True) for bearing in range(90, -91, -6)]
    back = easel.stencil(_cap(shell, view, lower))
    easel.lay(back, tint(look.hair, (0.62, 0.6, 0.64)))


def paint_hair(easel: Easel, view: View, look: Look) -> None:
    """The hair that is nearer than the face, and at the back all of it."""
    if look.cut == "bald":
        return
    shell = SHELLS[look.cut]
    lower = [_edge(shell, view, look, bearing, behind=False) for bearing in range(90, -91, -3)]
    outline = _cap(shell, view, lower)
    front = easel.stencil(outline)
    if front is None:
        return
    shadow = [(x + 3 * view.size, y + 9 * view.size) for x, y in outline]
    head = easel.stencil(HEAD.outline(view))
    if head is not None:
        easel.fill(shadow, tint(look.skin, (0.4, 0.3, 0.32)), 0.5, soft=5 * view.size, inside=head)
    lit = mix(look.hair, look.backdrop, 0.25)
    easel.lay(front, shell.shading(easel, front, view, look.hair, lit, 0.8))
    for index in range(46):
        around = -180 + index * 7.83 + (look.seed >> (index % 23)) % 5
        _paint_strand(easel, view, look, around, index, front)
    crown = view.place(-30 * view.cos - 8 * view.sin, 128)
    easel.fill(
        oval(*crown, 30 * view.size, 11 * view.size),
        mix(look.hair, (255, 240, 220), 0.5),
        0.35,
        soft=8 * view.size,
        inside=front,
    )
    if look.cut == "bun" and view.cos <= 0:
        _paint_bun(easel, view, look, *view.place(0, 150, -112))


def _edge(shell: Form, view: View, look: Look, bearing: float, *, behind: bool) -> Point:
    """The lower edge of the hair at a bearing from the viewer, on the near or the far side."""
    front = shell.seen(200, view)[2]
    around = (180 - bearing if behind else bearing) - front
    around = (around + 180) % 360 - 180
    y = hairline(look, around)
    if abs(bearing) > 80:  # a lock of a few pixels at the edge would be a wire
        inward = around - math.copysign(12, bearing) * (-1 if behind else 1)
        y = min(y, hairline(look, (inward + 180) % 360 - 180))
    if look.curly:
        y += 5 * ((int(around * 7) % 5) - 2) * (1 if y > 180 else 0.4)
    middle, reach, _ = shell.seen(y, view)
    return view.at(middle + reach * math.sin(math.radians(bearing)), y)


def _cap(shell: Form, view: View, lower: list[Point]) -> list[Point]:
    """Close a lower edge (from right to left) over the top of the head along the silhouette."""
    right_y = 1024 - (view.foot - lower[0][1]) / view.size
    left_y = 1024 - (view.foot - lower[-1][1]) / view.size
    rows = [(level.y, *shell.seen(level.y, view)[:2]) for level in shell.levels]
    up = [view.at(middle - reach, y) for y, middle, reach in reversed(rows) if y < left_y]
    down = [view.at(middle + reach, y) for y, middle, reach in rows if y < right_y]
    return lower + up + down


def _paint_strand(easel: Easel, view: View, look: Look, around: float, index: int, inside: object) -> None:
    """One brush stroke from the crown towards the edge of the hair."""
    shell = SHELLS[look.cut]
    front = shell.seen(200, view)[2]
    bearing = (around + front + 180) % 360 - 180
    if abs(bearing) > 86:
        return
    end = hairline(look, (around + 180) % 360 - 180)
    sway = 6 if look.curly else 1
    heights = [112 + (end - 112) * share for share in (0.0, 0.25, 0.5, 0.75, 0.98)]
    line = [shell.point(around + sway * ((row * (index % 3 + 1)) % 3 - 1), y, view) for row, y in enumerate(heights)]
    light = index % 3 == 0 and bearing < 30
    paint = mix(look.hair, (255, 236, 208), 0.34) if light else tint(look.hair, (0.6, 0.57, 0.6))
    stroke = ribbon(curve(line, 4), [w * view.size for w in _taper(17, 1.6 + index % 4 * 0.7)])
    easel.fill(stroke, paint, 0.34 if light else 0.42, inside=inside)  # type: ignore[arg-type]


def _taper(count: int, widest: float) -> list[float]:
    return [max(0.4, widest * (1 - abs(2 * index / (count - 1) - 1) ** 1.5)) for index in range(count)]


def _paint_bun(easel: Easel, view: View, look: Look, x: float, y: float) -> None:
    bun = Form(
        [
            Level(112, 0, 0, 0),
            Level(118, 22, 22, -22),
            Level(148, 36, 36, -36),
            Level(178, 24, 24, -24),
            Level(186, 0, 0, 0),
        ]
    )
    moved = View(view.turn, x, view.foot, view.size)
    ball = bun.paint(easel, moved, look.hair, look.backdrop, 0.8)
    for dy in (-18, -4, 10):
        line = curve([(x - 34 * view.size, y + dy), (x, y + (dy + 10) * view.size), (x + 34 * view.size, y + dy)], 4)
        easel.fill(ribbon(line, [2.0] * len(line)), tint(look.hair, (0.6, 0.57, 0.6)), 0.5, inside=ball)
