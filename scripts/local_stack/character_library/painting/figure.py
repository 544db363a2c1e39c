"""The figure before a camera: its body and what it wears, in groups of surfaces that are drawn one over the other."""

import functools
import math

from .face import hair, head
from .geometry import Form, Point, blend, cross, curve, disc, ease, mirrored, mix, rings, steps, tint, tube, unit_of
from .look import TABLES, Look
from .plate import Plate, Surface

Groups = list[list[Surface]]
LIMBS = TABLES["limbs"]
NECK, COLLAR = Form(TABLES["forms"]["neck"]), Form(TABLES["forms"]["collar"])
UNITS = [0.05 * 1.7**step for step in range(9)]  # pixels of a unit, in few steps: one mesh serves many pictures


def draw_figure(plate: Plate, look: Look, pose: str, mood: str) -> None:
    """Far things first; of open ones first their inside, then what is in them, then their outside."""
    camera = plate.camera
    parts = _parts(look, next((unit for unit in UNITS if camera.scale <= unit), UNITS[-1]), pose, mood)

    def nearness(x: float, z: float) -> float:
        return camera.look([(x, 0, z)])[0][2] - camera.look([(0, 0, 0)])[0][2]

    far, near = ("right", "left") if nearness(60, 0) > 0 else ("left", "right")
    arms = [(f"{side} arm", pose != "hands" and nearness(x, 14) < 0) for side, x in (("right", -150), ("left", 150))]
    behind, before = ([arm for arm, is_behind in arms if is_behind is wanted] for wanted in (True, False))
    first, last = (["bun"], []) if nearness(0, -100) < 0 else ([], ["bun"])
    lower = [f"{far} leg", f"{near} leg", *behind, "neck", "cloth", "trimmings", "collar"]
    upper = [f"{far} ear", "head", f"{near} ear", "hair", *last, *before]
    for part in [*first, "inside of hair", "inside of collar", "inside of cloth", *lower, *upper]:
        name = part.removeprefix("inside of ")
        for group in parts[name]:
            plate.draw(*group, inside=0.0 if part == name else 0.6)


@functools.lru_cache(maxsize=32)
def _parts(look: Look, unit: float, pose: str, mood: str) -> dict[str, Groups]:
    """All of a figure, as fine as it is needed."""
    shaded, count = tint(look.skin, 0.97, 0.93, 0.92), steps(unit, 420, 10, 40)
    around = [76 + 208 * index / count for index in range(count + 1)]
    bent = [ease((abs(a - 180) - 66) / 38) for a in around]
    edges = ([(a, y + down * by) for a, by in zip(around, bent, strict=True)] for y, down in ((304, 36), (366, -24)))
    collar = COLLAR.patch(edges, 4, lambda _, share: 7 - 5 * share)
    bun = tube(LIMBS["bun"], steps(unit, 200, 8, 24), steps(unit, 24, 2, 4), (0, 1, 0))
    neck = NECK.patch(([(a, y) for a in rings(unit, 40)] for y in (240, 372)), steps(unit, 130, 3, 16), 0)
    parts = {
        "neck": [[Surface(neck, [shaded])]],
        "collar": [[Surface(collar, [blend(look.coat, (255, 246, 230), 0.06)], 0.2)]],
        "head": [[surface] for surface in head(look, unit, mood)],
        "hair": [[surface] for surface in hair(look, unit)],
        "bun": [[Surface(bun, [look.hair], 0.3)]] if look.cut == "bun" else [],
        **_coat(look, unit, shaded),
    }
    for name, side in (("right", -1), ("left", 1)):
        shoe = tube(mirrored(LIMBS["shoe"], side), steps(unit, 220, 8, 32), steps(unit, 40, 2, 8), (0, 1, 0))
        leg = tube(mirrored(LIMBS["leg"], side), steps(unit, 300, 8, 30), steps(unit, 80, 2, 5))
        trousers = blend(tint(look.coat, 0.42), (58, 56, 66), 0.6)
        parts[f"{name} leg"] = [[Surface(shoe, [(62, 50, 46)], 0.35)], [Surface(leg, [trousers])]]
        ear = tube(mirrored(LIMBS["ear"], side), steps(unit, 70, 6, 14, 9), steps(unit, 14, 2, 4, 9))
        parts[f"{name} ear"] = [[Surface(ear, [shaded])]] if look.cut not in ("bob", "long") else []
        parts[f"{name} arm"] = _arm(look, unit, pose, side)
    return parts


def _coat(look: Look, unit: float, skin: tuple[int, int, int]) -> dict[str, Groups]:
    """The coat, in folds below the waist; and what lies on it: shirt, throat, buttons, pockets, lapels, belt."""
    coat, chest, hip, seed = look.coat, 138 - 20 * look.slender, 132 + 8 * look.slender, look.seed % 360
    waist = 1.04 - (0.26 if look.belt else 0.16) * look.slender
    body = Form(
        f"322 48 28 -58, 336 84 38 -66, 352 {chest - 14} 50 -74, 372 {chest + 4} 60 -80, 420 {chest + 4} 76 -84,"
        f"490 {chest - 4} 80 -78, 570 {118 * waist} 66 -62, 602 {117 * waist} 65 -61, 650 {124 * waist} 70 -74,"
        f"730 {hip} 84 -92, 840 {hip + 14} 92 -98, 1040 {hip + 30} 104 -108"
    )

    def folds(around: float, share: float) -> float:
        wave = math.sin(math.radians(around * 7 + seed)) + 0.6 * math.sin(math.radians(around * 4 - 2 * seed))
        return 12 * max(0.0, share - 0.42) * wave

    around, rows, few = rings(unit, 140), steps(unit, 180, 3, 10), steps(unit, 90, 3, 8)
    top = [(a, 324 + 34 * ease((76 - abs(a)) / 40)) for a in around]
    cloth = Surface(body.patch((top, [(a, 1040) for a in around]), steps(unit, 360, 8, 30), folds), [coat], 0.12)
    outer, inner, throat = (curve(TABLES["lines"][name], rows) for name in ("lapel outside", "lapel inside", "throat"))
    middle = [mix(a, b, 0.5) for a, b in zip(outer, inner, strict=True)][:-1]
    made = [Surface(body.patch((middle, mirrored(middle, -1)), few, 2), [look.shirt])]
    made.append(Surface(body.patch((throat, mirrored(throat, -1)), few, 3), [skin]))
    made += [Surface(body.patch(disc(5, y, 4.6, 8), 1, 2), [tint(coat, 0.45)], 0.5) for y in (552, 664, 760, 856)]
    for side in (-1, 1):
        slit = curve(mirrored(TABLES["lines"]["pocket"], side)[::side], rows)
        made.append(Surface(body.patch((slit, [(a, y + 10) for a, y in slit]), 1, 3), [tint(coat, 0.8)]))
        lapel = body.patch((mirrored(line, side) for line in (outer, inner)[::side]), 3, 6)
        made.append(Surface(lapel, [blend(coat, (255, 246, 230), 0.10)], 0.2))
    if look.belt:
        belt = body.patch(([(a, y) for a in around] for y in (576, 606)), 2, 5)
        made.append(Surface(belt, [tint(coat, 0.72, 0.69, 0.74)], 0.25))
        for half, high, paint in ((9, 20, (198, 172, 120)), (6, 13, tint(coat, 0.6))):
            edges = ([(a, 591 + up) for a in (-half, 0, half)] for up in (-high, high))
            made.append(Surface(body.patch(edges, 1, 8), [paint], 0.6))
    return {"cloth": [[cloth]], "trimmings": [[surface] for surface in made]}


def _arm(look: Look, unit: float, pose: str, side: int) -> Groups:
    """A sleeve with its cuff, and the hand: palm and thumb, then the fingers with their nails."""
    stance = TABLES["poses"][pose]
    sleeve, (wrist, along, back) = mirrored(stance["sleeve"], side), mirrored(stance["hand"], side)
    along, back = unit_of(along), unit_of(back if pose != "hands" or side > 0 else [-value for value in back])
    elbow, curl, spread = sleeve[-1][:3], stance["curl"], stance["spread"]
    thumb = unit_of([side * value for value in cross(along, back)])

    def at(forth: float, aside: float, out: float, *radii: float) -> Point:
        spot = (w + forth * a + aside * t + out * b for w, a, t, b in zip(wrist, along, thumb, back, strict=True))
        return *spot, *radii

    path = [*sleeve, (*mix(elbow, wrist, 0.55), 28, 29), (*wrist, 25, 27)]
    hem = [(*mix(elbow, wrist, 0.84), 28, 30), (*mix(elbow, wrist, 0.98), 29, 31)]
    columns, rows = steps(unit, 62, 5, 16, 12), steps(unit, 16, 1, 3, 12)
    palm = tube([at(f, s, 0, deep, wide) for f, s, wide, deep in LIMBS["palm"]], columns * 3 // 2, rows, thumb)
    ball = tube([at(f, s * (0.5 + 0.5 * spread), o, r, r) for f, s, o, r in LIMBS["thumb"]], columns, rows, back)
    fingers, pale = [], blend(look.skin, (250, 214, 204), 0.4)
    for place, length, radius, lean in LIMBS["fingers"]:
        for line, raised, thin, paint, gloss in ("finger", 0.0, 1.0, look.skin, 0.2), ("nail", 0.42, 0.8, pale, 0.5):
            path_of = []
            for share, girth in LIMBS[line]:
                bend, thick = curl * length * share * share, radius * girth
                forth, aside = 78 + share * length - bend * share * 0.4, place - lean * spread * share * length
                path_of.append(at(forth, aside, radius * raised - bend, thick * thin, thick))
            fingers.append(Surface(tube(path_of, columns, rows, thumb), [paint], gloss))
    cloth = Surface(tube(path, steps(unit, 200, 8, 26), steps(unit, 40, 2, 4)), [tint(look.coat, 0.98)])
    cuff = Surface(tube(hem, steps(unit, 180, 8, 28), 2), [tint(look.coat, 0.84)])
    hand = [[Surface(grid, [look.skin], 0.2) for grid in (palm, ball)], fingers]
    return [[cloth, cuff], *hand] if pose == "hands" else [*hand, [cloth, cuff]]
