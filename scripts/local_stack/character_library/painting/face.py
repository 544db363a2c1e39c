"""Head, face and hair."""

import math

from .geometry import Form, Point, blend, curve, disc, ease, mirrored, rings, steps, swollen, tint, tube
from .look import TABLES, Look
from .plate import Surface

FORMS = {name: Form(table) for name, table in TABLES["forms"].items()}
HEAD = FORMS["head"]


def head(look: Look, unit: float, mood: str) -> list[Surface]:
    """The head, and in their order what lies on it: cheeks, freckles, beard, eyes, mouth, nose, glasses."""
    around, skin = rings(unit, 68), look.skin
    skull = HEAD.patch(([(a, y) for a in around] for y in (108, 297)), steps(unit, 180, 8, 28), 0)
    made = [Surface(skull, [skin], 0.2)]
    for layer in range(steps(unit, 12, 2, 6, 6)):
        warm, size = blend(skin, tint(skin, 1.0, 0.86, 0.83), (layer + 1) / 6), 1 - layer * 0.15
        cheeks = (HEAD.patch(disc(side * 43, 240, 21 * size, 15 * size), 1, 0.3) for side in (-1, 1))
        made += [Surface(cheek, [warm], 0.2) for cheek in cheeks]
    for index in range(26 if look.freckles else 0):
        a = -48 + (index * 37) % 97
        fleck = disc(a, 222 + (index * 23) % 22 - abs(a) * 0.08, 0.9, 1.1)
        made.append(Surface(HEAD.patch(fleck), [tint(skin, 0.84, 0.72, 0.66)]))
    if look.beard:
        lines = (curve(TABLES["lines"][name], steps(unit, 30, 2, 6)) for name in ("beard above", "beard below"))
        made.append(Surface(HEAD.patch(lines, steps(unit, 60, 3, 9), swollen(2, 7)), [tint(look.hair, 0.88)], 0.05))
    face = TABLES["moods"][mood]
    made += [*_eye(look, unit, face, -1), *_eye(look, unit, face, 1), *_mouth(look, unit, face), *_nose(look, unit)]
    for line in TABLES["lines"]["glasses"] if look.glasses else ():
        wires = ([(*HEAD.at(*spot), 1.3, 1.3) for spot in mirrored(curve(line, 3), side)] for side in (-1, 1))
        made += [Surface(tube(wire, 5, 1), [(48, 44, 46)], 0.4) for wire in wires]
    return made


def _eye(look: Look, unit: float, mood: dict[str, float], side: int) -> list[Surface]:
    """An almond with iris, lids, lashes and brow."""

    def line(*spots: tuple[float, float]) -> list[Point]:
        return curve([(side * (25.5 + dx), y) for dx, y in spots][::side], steps(unit, 14, 2, 6, 3))

    lid, x, y, inner, outer = (
        208.5 - 7.5 * mood["open"],
        side * 25.5 + mood["aside"],
        208 - mood["up"],
        mood["inner"],
        mood["outer"],
    )
    upper = line((-14, 211), (-8, lid + 3.2), (0, lid), (8, lid + 2), (15, 207.5))
    lower = line((-14, 211), (-8, 214.4), (0, 216), (8, 213.8), (15, 207.5))
    lids = HEAD.patch(([(a, v - 6) for a, v in upper], lower), 3, swollen(0.6, 2.6))
    made = [
        Surface(lids, [tint(look.skin, 0.92, 0.84, 0.82)]),
        Surface(HEAD.patch((upper, lower)), [(240, 236, 230)], 0.3),
    ]

    def within(spots: list[Point]) -> list[Point]:
        ends = [[min(edge, key=lambda spot: abs(spot[0] - a))[1] for edge in (upper, lower)] for a, _ in spots]
        return [(a, max(high, min(low, v))) for (a, v), (high, low) in zip(spots, ends, strict=True)]

    for wide, high, paint in ((8.8, 8.6, tint(look.eyes, 0.6)), (7.6, 7.4, look.eyes), (4.0, 4.0, (22, 18, 20))):
        made.append(Surface(HEAD.patch(map(within, disc(x, y, wide, high)), 1, 1.6), [paint]))
    made.append(Surface(HEAD.patch(disc(x - 2.8, y - 2.6, 2.0, 1.9), 1, 2), [(255, 253, 248)]))
    lashes = ([(a, v + by) for a, v in upper] for by in (-2.6, 0.6))
    made.append(Surface(HEAD.patch(lashes, 1, 2.4), [blend(tint(look.skin, 0.28, 0.2, 0.2), look.hair, 0.2)]))
    brow = line((-16, 189 - inner), (-5, 185 - inner * 0.6), (7, 183.5 - outer * 0.6), (18, 190 - outer))
    girths = [2.9 - 1.9 * index / (len(brow) - 1) for index in range(len(brow))][::side]
    edges = ([(a, v + up * girth) for (a, v), girth in zip(brow, girths, strict=True)] for up in (-1, 1))
    return [*made, Surface(HEAD.patch(edges, 1, 1.5), [blend(tint(look.hair, 0.85), (40, 30, 28), 0.25)])]


def _mouth(look: Look, unit: float, mood: dict[str, float]) -> list[Surface]:
    """Two lips and what is between them."""
    lip = blend(tint(look.skin, 0.88, 0.64, 0.62), (176, 84, 84), 0.04 + 0.34 * look.slender)
    corner, gap = 259 - mood["smile"], mood["apart"]

    def line(*ys: float) -> list[Point]:
        spots = zip((-18, -9, -3, 0, 3, 9, 18), (corner, *ys, *ys[-2::-1], corner), strict=True)
        return curve(list(spots), steps(unit, 14, 2, 6, 4))

    top, over = line(254.8, 253, 254), line(259.2 - gap, 259.6 - gap, 260 - gap)
    under, bottom = line(259.8 + gap, 260.6 + gap, 260.8 + gap), line(266 + gap, 268.2 + gap, 268.6 + gap)
    between = [(a, y - 0.9) for a, y in over], [(a, y + 0.9) for a, y in under]
    return [
        Surface(HEAD.patch(between, 1, 0.8), [tint(lip, 0.5, 0.4, 0.42)]),
        Surface(HEAD.patch((top, over), 3, swollen(1.2, 2)), [tint(lip, 0.92, 0.88, 0.88)], 0.15),
        Surface(HEAD.patch((under, bottom), 4, swollen(1.2, 3.4)), [lip], 0.4),
    ]


def _nose(look: Look, unit: float) -> list[Surface]:
    """A ridge, a tip and two wings, risen out of the face."""

    def rise(around: float, share: float) -> float:
        tip = math.exp(-(((share - 0.80) / 0.15) ** 2))
        ridge = 15 * min(1.0, share * 1.3) ** 1.4 * (1 - max(0.0, (share - 0.84) / 0.16) ** 2) + 6 * tip
        wings = 4.5 * math.exp(-(((share - 0.86) / 0.1) ** 2)) * math.exp(-(((abs(around) - 11) / 4) ** 2))
        return float(ridge * math.exp(-((around / (5.5 + 3.2 * tip)) ** 2)) + wings)

    count = steps(unit, 60, 6, 20, 7)
    bridge = ([(34 * index / count - 17, y) for index in range(count + 1)] for y in (190, 247))
    holes = (HEAD.patch(disc(side * 6, 243, 2.6, 1.5), 1, 5) for side in (-1, 1))
    dark = [tint(look.skin, 0.62, 0.47, 0.45)]
    return [Surface(HEAD.patch(bridge, count, rise), [look.skin], 0.25), *(Surface(hole, dark) for hole in holes)]


def hair(look: Look, unit: float) -> list[Surface]:
    """The hair in locks, open at its lower edge."""
    if look.cut == "bald":
        return []
    form, around, locks = FORMS[look.cut], rings(unit, 130), 17 if look.curly else 26

    def wave(a: float, share: float) -> float:
        sway = 5 * math.sin(share * 14) if look.curly else 0.8 * math.sin(share * 5 + look.seed % 7)
        return (2.6 if look.curly else 1.3) * math.sin(math.radians(a * locks) + sway) * min(1.0, share * 3)

    edges = [(a, form.levels[0][0]) for a in around], [(a, _hairline(look, a, form.levels[-1][0])) for a in around]
    tones = [tint(look.hair, 1 + 0.07 * math.sin(math.radians(a * locks) * 0.5 + 1.3 * math.sin(a))) for a in around]
    return [Surface(form.patch(edges, steps(unit, 180, 8, 26), wave), tones[:-1], 0.3)]


def _hairline(look: Look, around: float, fall: float) -> float:
    """How far down the hair comes, by the bearing from the middle of the face."""
    side, part = abs(around), 22 if look.seed % 2 else -22
    temple, nape = {"long": (46, 76), "bob": (52, 72)}.get(look.cut, (66, 104))
    brow = 150 - 14 * math.exp(-(((around - part) / 22) ** 2)) + 0.006 * side * side
    low = brow + 16 * max(0.0, min(1.0, (side - temple + 22) / 22))
    share = ease((side - temple) / (nape - temple))
    if look.cut in ("bob", "long"):  # to the shoulders at the side, below them only behind
        down = min(fall, 306) + (fall - min(fall, 306)) * max(0.0, min(1.0, (side - 92) / 46))
        return low + (down - low) * math.pow(share, 0.8)
    return (
        low + (226 - low) * min(1.0, share * 1.6) + (fall - 226) * math.pow(max(0.0, min(1.0, (side - 100) / 60)), 0.8)
    )
