"""The coat: its body with lapels, belt, folds and seams."""

import math

from .easel import Easel, Stencil, curve, mix, oval, ribbon, tint
from .form import Form, Level, View, shade
from .look import Look
from .sleeves import paint_arm


def torso(look: Look) -> Form:
    """The coat's body, broad or slender."""
    broad = 0.98 - 0.14 * look.slender
    waist = 1.03 - 0.20 * look.slender if look.belt else 1.0 - 0.10 * look.slender
    levels = [
        Level(326, 46, 30, -56),
        Level(340, 86 * broad, 40, -64),
        Level(356, 126 * broad, 50, -72),
        Level(378, 152 * broad, 62, -80),
        Level(420, 154 * broad, 78, -84),
        Level(480, 142 * broad, 84, -80),
        Level(560, 126 * waist, 74, -66),
        Level(600, 125 * waist, 73, -65),
        Level(640, 134 * waist, 78, -74),
        Level(720, 150, 88, -92),
        Level(820, 162, 94, -98),
        Level(940, 176, 104, -104),
        Level(1040, 186, 110, -108),
    ]
    return Form(levels)


def paint_coat(easel: Easel, view: View, look: Look) -> None:
    """Body, lapels, belt and arms in the order in which they lie."""
    body = torso(look)
    near = {side: -side * 150 * view.sin + 26 * view.cos for side in (-1, 1)}
    for side in near:
        if near[side] < 0:
            paint_arm(easel, view, look, side, None)
    shape = body.paint(easel, view, look.coat, look.backdrop, 0.6)
    if shape is not None:
        _paint_folds(easel, view, look, body, shape)
        _paint_front(easel, view, look, body, shape)
        _paint_back(easel, view, look, body, shape)
        if look.belt:
            _paint_belt(easel, view, look, body, shape)
    for side in near:
        if near[side] >= 0:
            paint_arm(easel, view, look, side, shape)


def _paint_front(easel: Easel, view: View, look: Look, body: Form, shape: Stencil) -> None:
    """Shirt, lapels, the closing line and its buttons."""
    dark, line = tint(look.coat, (0.66, 0.63, 0.7)), tint(look.coat, (0.42, 0.4, 0.46))
    bright = mix(look.coat, (255, 246, 230), 0.14)
    shirt = body.patch([(-64, 318), (64, 318), (24, 396), (0, 500), (-24, 396)], view)
    cloth = easel.stencil(shirt)
    cloth = cloth.within(shape) if cloth else None
    easel.lay(cloth, shade(look.shirt, 0.45 * view.sin, look.shirt, 0.3))
    throat = body.patch(curve([(-66, 312), (-44, 336), (-22, 356), (0, 364), (22, 356), (44, 336), (66, 312)], 4), view)
    bare = shade(tint(look.skin, (0.92, 0.87, 0.86)), 0.4 * view.sin, look.skin, 0.2)
    easel.fill(throat, bare, inside=cloth)
    if view.cos > 0.2:
        x, y = view.place(0, 327, 8)
        easel.fill(oval(x, y, 30 * view.size, 7 * view.size), bare, 0.85, soft=5 * view.size)
    hem = ribbon(throat, [2.6 * view.size] * len(throat))
    easel.fill(hem, tint(look.shirt, (0.74, 0.71, 0.72)), 0.9, inside=cloth)
    for side in (-1, 1):
        lapel = [
            (side * a, y)
            for a, y in (
                (58, 342),
                (52, 356),
                (46, 386),
                (33, 396),
                (36, 412),
                (18, 470),
                (0, 504),
                (12, 430),
                (24, 372),
                (40, 346),
            )
        ]
        shadow = body.patch([(a + 3, y + 9) for a, y in lapel], view)
        easel.fill(shadow, tint(look.coat, (0.3, 0.28, 0.34)), 0.5, soft=5 * view.size, inside=shape)
        easel.fill(body.patch(lapel, view), bright if side < 0 else dark, inside=shape)
        notch = body.patch([(side * 46, 386), (side * 33, 396)], view)
        easel.fill(ribbon(notch, [1.2, 2.2]), line, 0.9, inside=shape)
        pocket = body.patch([(side * a, y) for a, y in ((36, 752), (44, 734), (53, 708))], view)
        easel.fill(ribbon(pocket, [2.6 * view.size] * 3), line, 0.6, inside=shape)
    closing = [body.point(2, y, view, (2, y)) for y in range(500, 1040, 45)]
    if abs(view.turn % 360 - 180) > 85:
        easel.fill(ribbon(closing, [2.4 * view.size] * len(closing)), line, 0.75, inside=shape)
        for y in (540, 690, 770, 850):
            button = body.patch([(-5 + dx, y + dy) for dx, dy in oval(0, 0, 3.0, 7)[::3]], view)
            easel.fill(button, mix(line, (20, 18, 20), 0.3), 0.95, inside=shape)


def _paint_back(easel: Easel, view: View, look: Look, body: Form, shape: Stencil) -> None:
    """The seam down the back, the yoke and the vent."""
    if view.cos > 0.45:
        return
    line = tint(look.coat, (0.45, 0.43, 0.5))
    seam = [body.point(180, y, view) for y in range(345, 1040, 40)]
    easel.fill(ribbon(seam, [1.8 * view.size] * len(seam)), line, 0.6, inside=shape)
    yoke = [body.point(180 + around, 430 + abs(around) * 0.1, view, (180, 430)) for around in range(-80, 81, 16)]
    easel.fill(ribbon(yoke, [1.8 * view.size] * len(yoke)), line, 0.5, inside=shape)
    vent = body.patch([(178, 800), (184, 1040), (172, 1040)], view)
    easel.fill(vent, tint(look.coat, (0.4, 0.38, 0.44)), 0.7, inside=shape)


def _paint_folds(easel: Easel, view: View, look: Look, body: Form, shape: Stencil) -> None:
    """Cloth: soft folds from waist and armpit, and less light below."""
    dark = tint(look.coat, (0.34, 0.32, 0.4))
    for index in range(14):
        around = -180 + index * 25.7 + (look.seed >> index) % 13
        length = 150 + (look.seed >> index) % 170
        fold = [
            body.point(around + drift, 620 + length * share, view)
            for drift, share in ((0, 0), (2, 0.3), (4, 0.65), (5, 1.0))
        ]
        if abs((around + view.turn + 180) % 360 - 180) < 78:
            widths = [w * view.size for w in (2, 12, 16, 3)]
            easel.fill(ribbon(fold, widths), dark, 0.34, soft=5 * view.size, inside=shape)
            lit = [(x - 11 * view.size, y) for x, y in fold]
            easel.fill(ribbon(lit, widths), mix(look.coat, (255, 244, 226), 0.3), 0.2, soft=5 * view.size, inside=shape)
    x, y = view.at(0, 1000)
    easel.fill(
        [(x - 300, y - 140), (x + 300, y - 140), (x + 300, y + 200), (x - 300, y + 200)],
        dark,
        0.5,
        soft=70,
        inside=shape,
    )
    neck = view.place(0, 340, -10)
    easel.fill(oval(neck[0] + 8, neck[1], 62 * view.size, 20 * view.size), dark, 0.55, soft=9 * view.size, inside=shape)


def _paint_belt(easel: Easel, view: View, look: Look, body: Form, shape: Stencil) -> None:
    """A belt of the same cloth with a buckle at the front."""
    skin = body.grown(2)
    upper, lower = [], []
    for bearing in range(-90, 91, 10):
        sag = 6 * math.cos(math.radians(bearing))
        middle, reach, _ = skin.seen(590, view)
        x = middle + reach * math.sin(math.radians(bearing))
        upper.append(view.at(x, 578 + sag))
        lower.append(view.at(x, 606 + sag))
    easel.fill(
        [(x, y + 9 * view.size) for x, y in upper + lower[::-1]],
        tint(look.coat, (0.3, 0.28, 0.34)),
        0.5,
        soft=6 * view.size,
        inside=shape,
    )
    easel.fill(upper + lower[::-1], tint(look.coat, (0.72, 0.69, 0.74)), 0.96)
    easel.fill(ribbon(upper, [1.8] * len(upper)), mix(look.coat, (255, 246, 230), 0.35), 0.6)
    buckle = skin.patch([(-13, 580), (9, 580), (9, 616), (-13, 616)], view)
    hole = skin.patch([(-9, 587), (5, 587), (5, 609), (-9, 609)], view)
    if view.cos > 0.1:
        easel.fill(buckle, (196, 172, 120), 0.95)
        easel.fill(hole, tint(look.coat, (0.6, 0.57, 0.62)), 0.95)
