"""Neck, head and face."""

import math

from .easel import Easel, Point, Stencil, curve, mix, oval, ribbon, tint
from .form import Form, Level, View, shade
from .look import Look

HEAD = Form(
    [
        Level(108, 0, -10, -12),
        Level(112, 24, 18, -40),
        Level(122, 40, 38, -60),
        Level(140, 54, 55, -76),
        Level(162, 62, 65, -86),
        Level(186, 65, 69, -89),
        Level(206, 65, 66, -86),
        Level(226, 62, 67, -76),
        Level(244, 57, 66, -58),
        Level(254, 52, 70.5, -44),
        Level(261, 49, 67, -34),
        Level(267, 45, 69.5, -24),
        Level(273, 40, 64, -8),
        Level(281, 32, 65, 6),
        Level(289, 22, 60, 24),
        Level(294, 6, 50, 38),
    ]
)
NECK = Form(
    [
        Level(236, 33, 26, -50),
        Level(270, 34, 22, -48),
        Level(300, 34, 18, -50),
        Level(330, 40, 22, -56),
        Level(372, 60, 34, -62),
    ]
)
NOSE = [(196.0, 66.0), (212.0, 73.0), (226.0, 83.0), (235.0, 89.0), (240.0, 87.0), (244.0, 72.0)]


def paint_neck(easel: Easel, view: View, look: Look) -> None:
    """The neck, in the shadow of the chin."""
    neck = NECK.paint(easel, view, tint(look.skin, (0.94, 0.9, 0.89)), look.backdrop, 0.2)
    middle, reach, _ = HEAD.seen(270, view)
    chin = [
        view.at(middle + dx * reach * 1.5 + 10, y) for dx, y in ((-1, 258), (1, 258), (1.0, 292), (0.2, 306), (-1, 290))
    ]
    easel.fill(chin, tint(look.skin, (0.45, 0.36, 0.38)), 0.55, soft=7 * view.size, inside=neck)


def paint_head(easel: Easel, view: View, look: Look) -> None:
    """The head with whatever of its face is in sight."""
    head = HEAD.paint(easel, view, look.skin, mix(look.skin, look.backdrop, 0.5), 0.5)
    for side in () if look.cut in ("bob", "long") else (-1, 1):
        _paint_ear(easel, view, look, side)
    if head is None or view.cos < -0.55:
        return
    _paint_cheeks(easel, view, look, head)
    for side in (-1, 1):
        _paint_eye(easel, view, look, side, head)
    _paint_mouth(easel, view, look, head)
    if look.beard:
        _paint_beard(easel, view, look, head)
    _paint_nose(easel, view, look)
    if look.glasses:
        _paint_glasses(easel, view)


def _paint_ear(easel: Easel, view: View, look: Look, side: int) -> None:
    """An ear, where it is not behind the head."""
    x, z = side * 64, -14
    if -x * view.sin + z * view.cos < -46:
        return
    breadth = 7 + 10 * abs(view.sin)
    px, py = view.place(x, 216, z)
    lobe = [
        (px + dx * breadth * view.size * (1.0 if dy < 0.2 else 0.78), py + dy * 22 * view.size)
        for dx, dy in oval(0, 0, 1, 1)
    ]
    tone = shade(look.skin, max(-1.0, min(1.0, (px - view.x) / 80 / view.size)), look.skin, 0.3)
    easel.fill(lobe, tint(tone, (0.95, 0.86, 0.84)))
    easel.fill(
        oval(px, py - 2, breadth * 0.5 * view.size, 13 * view.size), tint(tone, (0.66, 0.5, 0.48)), 0.6, soft=2.2
    )


def _paint_cheeks(easel: Easel, view: View, look: Look, head: Stencil) -> None:
    """Warm cheeks, shaded eye sockets, freckles."""
    warm = mix(tint(look.skin, (0.98, 0.72, 0.66)), (206, 96, 84), 0.25)
    for side in (-1, 1):
        cheek = HEAD.patch([(side * 46 + dx, 238 + dy) for dx, dy in _ring(17, 13)], view)
        easel.fill(cheek, warm, 0.36, soft=7 * view.size, inside=head)
        socket = HEAD.patch([(side * 25 + dx, 203 + dy) for dx, dy in _ring(17, 12)], view)
        easel.fill(socket, tint(look.skin, (0.66, 0.52, 0.5)), 0.42, soft=5 * view.size, inside=head)
    if look.freckles:
        for index in range(26):
            around = -48 + (index * 37) % 97
            y = 222 + (index * 23) % 22 - abs(around) * 0.08
            if (speck := HEAD.patch([(around + dx, y + dy) for dx, dy in _ring(1.3, 1.5)], view)) and view.cos > 0:
                easel.fill(speck, tint(look.skin, (0.7, 0.5, 0.42)), 0.5, inside=head)


def _paint_eye(easel: Easel, view: View, look: Look, side: int, head: Stencil) -> None:
    """An almond with iris, lid and brow."""

    def on_face(*corners: Point) -> list[Point]:
        return HEAD.patch([(side * 25.5 + dx * side, y) for dx, y in corners], view)

    middle, reach, front = HEAD.seen(207, view)
    bearing = side * 25.5 + front
    if abs(bearing) > 88:
        return
    upper = curve([(-13, 209.5), (-7, 203), (1, 200.4), (8, 202.5), (14, 208)], 4)
    lower = curve([(14, 208), (8, 212), (0, 214), (-8, 213), (-13, 209.5)], 4)
    white = easel.stencil(on_face(*upper, *lower))
    if white is None:
        return
    white = white.within(head)
    easel.lay(white, (238, 234, 228))
    wide = max(0.25, math.cos(math.radians(bearing)))
    x, y = view.at(middle + reach * math.sin(math.radians(bearing)), 206.5)
    iris = oval(x, y, 7.6 * wide * view.size, 8.0 * view.size)
    easel.fill(iris, look.eyes, inside=white)
    easel.fill(oval(x, y, 3.6 * wide * view.size, 3.8 * view.size), (20, 16, 18), inside=white)
    easel.fill(
        oval(x - 2.4 * wide * view.size, y - 2.8 * view.size, 1.9 * wide * view.size, 1.9 * view.size),
        (255, 253, 248),
        inside=white,
    )
    easel.fill(
        on_face(*upper, *((dx, y + 4.5) for dx, y in reversed(upper))), (60, 44, 44), 0.35, soft=1.2, inside=white
    )
    dark = mix(tint(look.skin, (0.3, 0.22, 0.22)), look.hair, 0.25)
    lid = ribbon(on_face((-13.5, 210), *upper[2:-1], (16, 206)), [1.0, *[2.6 * view.size] * (len(upper) - 3), 0.8])
    easel.fill(lid, dark, 0.95)
    crease = ribbon(on_face((-11, 202), (-5, 196.5), (3, 194.8), (12, 199)), [0.6, 1.6, 1.6, 0.5])
    easel.fill(crease, tint(look.skin, (0.62, 0.48, 0.46)), 0.7, inside=head)
    brow = on_face(*curve([(-15, 187.5), (-6, 184), (6, 182.6), (17, 189)], 4))
    widths = [(4.6 - 3.4 * index / len(brow)) * view.size for index in range(len(brow))]
    easel.fill(ribbon(brow, widths), mix(look.hair, (40, 30, 28), 0.35), 0.85, soft=0.7, inside=head)


def _paint_mouth(easel: Easel, view: View, look: Look, head: Stencil) -> None:
    """Two lips and the line between them."""
    lip = mix(tint(look.skin, (0.84, 0.55, 0.52)), (168, 74, 72), 0.3 + 0.25 * look.slender)
    smile = 1.5 + look.seed % 3
    upper = [
        (-19, 259 - smile),
        (-9, 254.2),
        (-3, 252.6),
        (0, 253.8),
        (3, 252.6),
        (9, 254.2),
        (19, 259 - smile),
        (8, 259),
        (0, 260),
        (-8, 259),
    ]
    lower = [(-19, 259 - smile), (-8, 259), (0, 260), (8, 259), (19, 259 - smile), (10, 266.5), (0, 269), (-10, 266.5)]
    easel.fill(HEAD.patch(upper, view), tint(lip, (0.84, 0.8, 0.8)), 0.92, inside=head)
    easel.fill(HEAD.patch(lower, view), lip, 0.92, inside=head)
    easel.fill(
        HEAD.patch([(-6, 262), (5, 262), (3, 265), (-5, 265)], view), (255, 236, 226), 0.28, soft=1.4, inside=head
    )
    line = HEAD.patch(curve([(-20, 258.4 - smile), (-9, 259), (0, 260.4), (9, 259), (20, 258.4 - smile)], 4), view)
    easel.fill(ribbon(line, [1.5 * view.size] * len(line)), tint(lip, (0.4, 0.32, 0.34)), 0.8, inside=head)
    under = HEAD.patch([(-13, 272), (13, 272), (9, 277), (-9, 277)], view)
    easel.fill(under, tint(look.skin, (0.6, 0.46, 0.45)), 0.4, soft=3, inside=head)


_JAW: list[Point] = [(98, 226), (98, 244), (98, 258), (94, 268), (80, 280), (52, 290), (0, 297)]


def _paint_beard(easel: Easel, view: View, look: Look, head: Stencil) -> None:
    """A full beard around the mouth."""
    edge = [(-92, 204), (-74, 232), (-44, 246), (-22, 245), (0, 243), (22, 245), (44, 246), (74, 232), (92, 204)]
    whole = HEAD.patch([*edge, *((a, y) for a, y in _JAW), *((-a, y) for a, y in reversed(_JAW))], view)
    lips = HEAD.patch([(-16, 258), (0, 254), (16, 258), (10, 266), (0, 268), (-10, 266)], view)
    beard = easel.stencil(whole, soft=2.4)
    easel.lay(beard.within(head) if beard else None, tint(look.hair, (0.92, 0.9, 0.9)), 0.92)
    easel.fill(lips, tint(look.skin, (0.78, 0.5, 0.48)), 0.85, inside=head)


def _paint_nose(easel: Easel, view: View, look: Look) -> None:
    """A ridge with a lit and a shaded flank; in profile it stands out of the face."""
    if view.cos < -0.25:
        return
    ridge = [view.place(0, y, z) for y, z in curve(NOSE, 4)]
    tip, under = view.place(0, 234, 89), view.place(0, 242, 84)
    left, right = (view.place(side * 15, 239, 64) for side in (-1, 1))
    drop = 4 * view.size
    hull = [ridge[0], left, (left[0], left[1] + drop), under, (right[0], right[1] + drop), right]
    body = easel.stencil(hull, ridge)
    if body is None:
        return
    skin = shade(look.skin, 0.62 * view.sin, look.skin, 0.4)
    if abs(view.sin) > 0.3:
        edge = easel.stencil(hull, ridge, soft=0.6 if abs(view.sin) > 0.9 else 1.6)
        easel.lay(edge, skin, min(1.0, abs(view.sin) * 1.7 - 0.4))
    if right[0] > tip[0] + 1:
        flank = [view.place(2, 204, 68), tip, right, view.place(11, 212, 62)]
        easel.fill(flank, tint(skin, (0.66, 0.5, 0.48)), 0.42, soft=2.6 * view.size, inside=body)
    lit = [view.place(-2, 206, 71), view.place(-1, 232, 88), view.place(-6, 232, 82), view.place(-6, 210, 66)]
    easel.fill(lit, (255, 240, 224), 0.26 * max(0.0, 1 - 1.3 * abs(view.sin)), soft=2.6 * view.size, inside=body)
    base = [(left[0] + 3, left[1] + 1), (right[0] - 3, right[1] + 1), (under[0], under[1] + 3 * view.size)]
    easel.fill(base, tint(look.skin, (0.42, 0.28, 0.28)), 0.55, soft=1.6 * view.size, inside=body)
    easel.fill(oval(tip[0] - 3 * view.size, tip[1] - 3, 4, 4), (255, 246, 236), 0.4, soft=2.2, inside=body)


def _paint_glasses(easel: Easel, view: View) -> None:
    """Round wire glasses."""
    for side in (-1, 1):
        ring = HEAD.grown(4).patch([(side * 25.5 + dx, 208 + dy) for dx, dy in _ring(18, 17)], view)
        easel.fill(ring, (214, 226, 232), 0.14)
        easel.fill(ribbon([*ring, ring[0]], [2.2 * view.size] * (len(ring) + 1)), (44, 40, 42), 0.9)
        temple = [HEAD.grown(4).point(side * around, 204, view, (side * 60, 204)) for around in (43, 60, 78, 92)]
        easel.fill(ribbon(temple, [2.2] * 4), (44, 40, 42), 0.9)
    bridge = [HEAD.grown(6).point(around, 205, view, (0, 205)) for around in (-8, 0, 8)]
    easel.fill(ribbon(bridge, [2.2] * 3), (44, 40, 42), 0.9)


def _ring(wide: float, high: float) -> list[Point]:
    return oval(0, 0, wide, high)[::3]
