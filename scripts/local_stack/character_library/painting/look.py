"""What a figure looks like: from the words of its prompt, and where they say nothing from its name."""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from .geometry import Colour

TABLES: dict[str, Any] = msgspec.toml.decode(Path(__file__).with_name("tables.toml").read_bytes())
CUTS = {"bald": "bald", "shaved head": "bald", "bun": "bun", "bob": "bob", "ponytail": "bun"}
LENGTHS = {"short": "short", "cropped": "short", "shoulder-length": "bob", "long": "long"}
GARMENTS = "coat|jacket|cloak|cape|dress|shirt|sweater|jumper|suit|uniform|raincoat|peacoat|parka|robe|tunic|clothes"
WOMAN = r"(woman|girl|she|her|lady|mother|queen|sister|actress)\b"
MAN = r"(man|boy|he|his|father|king|brother|gentleman|bearded)\b"


def colour(code: str) -> Colour:
    """A colour from its six hexadecimal digits."""
    return int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)


COLOURS = {
    name: {word: colour(code) for word, code in re.findall(r"(\w+) (\w+)", text)}
    for name, text in TABLES["colours"].items()
}


class Look(msgspec.Struct, frozen=True):
    """All that the painter needs to know of a figure; `cut` is a form of hair, or bald; `slender` goes from 0 to 1."""

    seed: int
    hair: Colour
    eyes: Colour
    coat: Colour
    shirt: Colour
    skin: Colour
    backdrop: Colour
    cut: str
    slender: float
    belt: bool
    freckles: bool
    glasses: bool
    beard: bool
    curly: bool


def look_of(words: str, name: str) -> Look:
    """The look for a prompt; what it leaves open comes from the name, always the same way."""
    text = words[:4000].lower()
    seed = int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest()[:8])

    def says(pattern: str) -> bool:
        return bool(re.search(rf"\b({pattern})", text))

    def coloured(things: str, kind: str) -> Colour | None:
        """The colour named shortly before (or straight after) one of the things."""
        names = "|".join(COLOURS[kind])
        before = re.search(rf"\b({names})\b(?:[ -]\w+){{0,2}}?[ -](?:{things})\b", text)
        found = before or re.search(rf"\b(?:{things})\b(?: is| are|:|,)? ({names})\b", text)
        return COLOURS[kind][found[1]] if found else None

    def any_of(kind: str, by: int, most: int = 99) -> Colour:
        choice = list(COLOURS[kind].values())[:most]
        return choice[seed // by % len(choice)]

    woman, man = says(WOMAN), says(MAN)
    hair = coloured("hair|haired|curls|braid|ponytail|bob|fringe|bun|beard", "hair") or any_of("hair", 1, 13)
    skin = coloured("skin|complexion|skinned", "skin") or any_of("any_skin", 29, 3 if sum(hair) > 330 else 6)
    cuts = ("long", "bob", "bun") if woman else ("short",) if man else ("short", "bob", "long", "bun")
    lengths = "|".join(LENGTHS)
    length = re.search(rf"\b({lengths})\b(?:\W+\w+){{0,3}}?\W+(?:hair|curls|haired)\b|\bhair ({lengths})\b", text)
    said = LENGTHS[length[1] or length[2]] if length else None
    cut = next((cut for word, cut in CUTS.items() if says(rf"{word}\b")), said)
    return Look(
        seed=seed,
        hair=hair,
        eyes=coloured("eyes|eyed", "eyes") or any_of("eyes", 17, 2 if sum(skin) < 400 else 10),
        coat=coloured(GARMENTS, "cloth") or any_of("cloth", 5),
        shirt=coloured("scarf|collar|blouse|turtleneck|tie", "cloth") or (226, 218, 204),
        skin=skin,
        backdrop=any_of("any_backdrop", 11),
        cut=cut or cuts[seed // 41 % len(cuts)],
        slender=0.85 if woman else 0.25 if man else 0.3 + (seed // 7 % 5) / 8,
        belt=bool(seed // 3 % 2) or says("belt|trench"),
        freckles=says("freckle"),
        glasses=says(r"(glasses|spectacles)\b"),
        beard=says("beard"),
        curly=says("curl|wavy"),
    )
