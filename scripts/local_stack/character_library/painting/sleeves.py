"""Arms in their sleeves, and hands at rest."""

from .easel import Colour, Easel, Point, Stencil, curve, mix, oval, ribbon, tint
from .form import View, shade
from .look import Look

# along the sleeve: x, y, z and half the width
SLEEVE: list[tuple[float, float, float, float]] = [
    (102, 356, -12, 5),
    (123, 373, -12, 19),
    (141, 408, -12, 32),
    (152, 480, -18, 34),
    (160, 560, -22, 32),
    (163, 640, -6, 29),
    (162, 704, 12, 26),
    (161, 724, 17, 25),
]
THUMB: list[Point] = [(732, 29), (752, 41), (772, 43)]


def paint_arm(easel: Easel, view: View, look: Look, side: int, shape: Stencil | None) -> None:
    """A sleeve from the shoulder to the wrist, and the hand."""
    broad = 0.98 - 0.14 * look.slender
    path = list(SLEEVE)
    if shape is None:  # behind the body: no gap at the shoulder
        path[0] = (70, 368, -12, 20)
    spots = curve([view.place(side * x * broad, y, z) for x, y, z, _ in path], 5)
    widths = [w for _, w in curve([(index, 2 * r * view.size) for index, (_, _, _, r) in enumerate(path)], 5)]
    sleeve = ribbon(spots, widths)
    dark = tint(look.coat, (0.30, 0.28, 0.35))
    if shape is not None:
        fallen = [(x + 9 * view.size, y + 8 * view.size) for x, y in sleeve]
        easel.fill(fallen, dark, 0.6, soft=9 * view.size, inside=shape)
    _paint_hand(easel, view, look, side, broad)
    stencil = easel.stencil(sleeve)
    if stencil is None:
        return
    away = 0.16 * max(0.0, side * view.sin * view.cos) + 0.10 * (side * view.cos > 0)
    cloth = tint(look.coat, (1 - away, 1 - away, 1 - away))
    easel.lay(stencil, cloth)
    for share, paint, strength in (
        (0.47, dark, 0.9),
        (-0.5, dark, 0.25),
        (-0.2, mix(cloth, (255, 244, 226), 0.3), 0.5),
    ):
        line = [(x + width * share, y) for (x, y), width in zip(spots, widths, strict=True)]
        easel.fill(ribbon(line, [w * 0.36 for w in widths]), paint, strength, soft=8 * view.size, inside=stencil)
    for y, bend in ((584, 7), (606, 13)):
        _paint_crease(easel, view.place(side * 172 * broad, y, -10), view.size, bend, dark, stencil)
    hem = ribbon([spots[-3], spots[-2]], [widths[-1] * 1.1] * 2)
    easel.fill(hem, dark, 0.35, soft=1, inside=stencil)


def _paint_hand(easel: Easel, view: View, look: Look, side: int, broad: float) -> None:
    """A hand at rest, seen from its edge or its back."""
    x, breadth = side * 160 * broad, 0.66 + 0.34 * abs(view.sin)
    down = curve([view.place(x, y, z) for y, z in ((712, 14), (736, 19), (760, 23), (786, 26), (806, 24))], 4)
    widths = [w * view.size * breadth for _, w in curve([(0, 28.0), (1, 36), (2, 40), (3, 34), (4, 19)], 4)]
    tone = shade(look.skin, 0.45 * side * view.cos, look.skin, 0.3)
    hand = easel.stencil(ribbon(down, widths), oval(*down[-1], widths[-1] / 2, widths[-1] / 2))
    easel.lay(hand, tone)
    if hand is None:
        return
    edge = ribbon([(px + w * 0.44, py) for (px, py), w in zip(down, widths, strict=True)], [w * 0.3 for w in widths])
    easel.fill(edge, tint(tone, (0.55, 0.42, 0.42)), 0.6, soft=4 * view.size, inside=hand)
    for share in (-0.22, 0.02, 0.26):
        gap = [(px + w * share, py) for (px, py), w in zip(down[9:], widths[9:], strict=True)]
        easel.fill(ribbon(gap, [1.3 * view.size] * len(gap)), tint(tone, (0.6, 0.47, 0.45)), 0.45, inside=hand)
    if view.cos > -0.5:
        lean = 2 if view.sin >= 0 else -2
        thumb = [(px + lean, py) for px, py in curve([view.place(x - side * 2, y, z) for y, z in THUMB], 4)]
        widths = [w * view.size for w in (10, 13, 14, 14, 13, 12, 11, 9, 5)]
        easel.fill(ribbon(thumb, widths), tint(tone, (0.97, 0.93, 0.92)))


def _paint_crease(easel: Easel, elbow: Point, size: float, bend: float, dark: Colour, inside: Stencil) -> None:
    """A fold of the sleeve at the elbow."""
    x, y = elbow
    line = curve([(x - 30 * size, y + bend), (x, y - 3), (x + 30 * size, y + bend * 0.3)], 4)
    widths = [w * size for w in (0.5, 2, 3.5, 4.5, 5, 4.5, 3.5, 2, 0.5)]
    easel.fill(ribbon(line, widths), dark, 0.4, soft=2, inside=inside)
