"""What a figure looks like: from the words of its prompt, and where they say nothing from its name."""

import hashlib
import re

import msgspec

from .easel import Colour

HAIR: dict[str, Colour] = {
    "black": (38, 33, 38), "dark": (52, 40, 38), "brown": (92, 60, 42), "chestnut": (112, 62, 40),
    "auburn": (138, 58, 34), "red": (172, 66, 34), "ginger": (196, 98, 42), "copper": (184, 86, 44),
    "blond": (214, 176, 112), "blonde": (214, 176, 112), "golden": (214, 166, 84), "fair": (206, 174, 120),
    "grey": (142, 142, 146), "gray": (142, 142, 146), "silver": (184, 188, 194), "white": (226, 222, 214),
    "blue": (62, 92, 158), "pink": (208, 120, 150), "green": (70, 122, 88), "purple": (108, 74, 138),
}  # fmt: skip
EYES: dict[str, Colour] = {
    "brown": (92, 58, 34), "dark": (60, 42, 32), "black": (40, 32, 30), "hazel": (126, 94, 48),
    "green": (74, 118, 78), "blue": (72, 112, 160), "grey": (112, 124, 134), "gray": (112, 124, 134),
    "amber": (168, 108, 38), "violet": (108, 84, 150),
}  # fmt: skip
CLOTH: dict[str, Colour] = {
    "black": (50, 48, 56), "charcoal": (66, 68, 76), "grey": (126, 130, 136), "gray": (126, 130, 136),
    "white": (222, 218, 208), "cream": (220, 206, 178), "beige": (196, 174, 140), "camel": (184, 140, 92),
    "brown": (112, 78, 56), "tan": (182, 142, 100), "red": (164, 48, 44), "crimson": (148, 32, 48),
    "burgundy": (106, 34, 48), "orange": (206, 110, 48), "rust": (166, 84, 48), "ochre": (190, 138, 60),
    "yellow": (214, 172, 62), "mustard": (196, 150, 56), "green": (58, 100, 74), "emerald": (36, 110, 84),
    "olive": (104, 106, 64), "teal": (38, 104, 110), "turquoise": (58, 146, 150), "blue": (52, 84, 138),
    "navy": (40, 54, 92), "indigo": (62, 58, 122), "purple": (94, 62, 118), "violet": (112, 82, 148),
    "pink": (206, 134, 146), "lilac": (168, 146, 186),
}  # fmt: skip
SKIN: dict[str, Colour] = {
    "pale": (240, 208, 188), "fair": (236, 200, 176), "olive": (206, 164, 124), "tan": (208, 158, 118),
    "tanned": (204, 152, 112), "brown": (156, 104, 72), "dark": (112, 74, 54), "black": (92, 62, 48),
}  # fmt: skip
SKINS: list[Colour] = [(238, 202, 178), (228, 184, 152), (210, 164, 128), (178, 126, 92), (136, 92, 66), (102, 70, 52)]
BACKDROPS: list[Colour] = [
    (176, 190, 188),
    (198, 184, 164),
    (164, 178, 196),
    (190, 176, 184),
    (172, 184, 160),
    (202, 178, 156),
    (158, 170, 180),
]
GARMENTS = (
    "coat|jacket|cloak|cape|dress|shirt|sweater|jumper|suit|uniform|raincoat|parka|robe|tunic|vest|trenchcoat|clothes"
)


class Look(msgspec.Struct, frozen=True):
    """All that the painter needs to know of a figure."""

    seed: int
    hair: Colour
    eyes: Colour
    coat: Colour
    shirt: Colour
    skin: Colour
    backdrop: Colour
    cut: str  # short | bob | long | bun | bald
    slender: float  # 0 broad to 1 slender
    belt: bool
    freckles: bool
    glasses: bool
    beard: bool
    curly: bool


def look_of(words: str, name: str) -> Look:
    """The look for a prompt; what it leaves open comes from the name, always the same way."""
    text = words[:4000].lower()
    seed = int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest()[:8])
    woman = bool(re.search(r"\b(woman|girl|she|her|lady|mother|queen|sister|actress)\b", text))
    man = bool(re.search(r"\b(man|boy|he|his|father|king|brother|gentleman|bearded)\b", text))
    said = _coloured(text, "hair|haired|curls|braid|ponytail|bob|fringe", HAIR)
    hair = said or list(HAIR.values())[seed % 13]
    skin = _coloured(text, "skin|complexion|skinned", SKIN) or SKINS[seed // 29 % (3 if sum(hair) > 330 else 6)]
    eyes = list(EYES.values())[seed // 17 % (2 if sum(skin) < 400 else len(EYES))]
    cuts = ("long", "bob", "bun") if woman else ("short",) if man else ("short", "bob", "long", "bun")
    return Look(
        seed=seed,
        hair=hair,
        eyes=_coloured(text, "eyes|eyed", EYES) or eyes,
        coat=_coloured(text, GARMENTS, CLOTH) or list(CLOTH.values())[seed // 5 % len(CLOTH)],
        shirt=_coloured(text, "scarf|collar|blouse|turtleneck|tie", CLOTH) or (226, 218, 204),
        skin=skin,
        backdrop=BACKDROPS[seed // 11 % len(BACKDROPS)],
        cut=_cut(text) or cuts[seed // 41 % len(cuts)],
        slender=0.85 if woman else 0.25 if man else 0.3 + (seed // 7 % 5) / 8,
        belt=bool(seed // 3 % 2) or "belt" in text or "trench" in text,
        freckles="freckle" in text,
        glasses=bool(re.search(r"\b(glasses|spectacles)\b", text)),
        beard="beard" in text,
        curly=bool(re.search(r"\b(curl|wavy)", text)),
    )


def _cut(text: str) -> str | None:
    for word, cut in (("bald", "bald"), ("shaved head", "bald"), ("bun", "bun"), ("bob", "bob"), ("ponytail", "bun")):
        if re.search(rf"\b{word}\b", text):
            return cut
    found = re.search(r"\b(short|cropped|shoulder-length|long)\b(?:\W+\w+){0,3}?\W+(?:hair|curls|haired)\b", text)
    return {"short": "short", "cropped": "short", "shoulder-length": "bob", "long": "long"}[found[1]] if found else None


def _coloured(text: str, things: str, colours: dict[str, Colour]) -> Colour | None:
    """The colour named shortly before (or straight after) one of the things."""
    names = "|".join(colours)
    before = re.search(rf"\b({names})\b(?:[ -]\w+){{0,2}}?[ -](?:{things})\b", text)
    found = before or re.search(rf"\b(?:{things})\b(?: is| are|:|,)? ({names})\b", text)
    return colours[found[1]] if found else None
