"""Facts: what is known about a character, clean and short, each with the field it came from."""

import msgspec

from app.prompts.clean import cleaned, measured, says_nothing
from app.prompts.fields import PROSE_KEYS, READINGS, Reading
from app.prompts.fit import first_sentence, shortened
from app.prompts.grammar import is_story_part
from app.prompts.sheets import Sheet, opened, sheets_of, texts_in

GREATEST = 1_000_000  # ages of dragons, but no telephone numbers


class Fact(msgspec.Struct, frozen=True):
    """A clean value and its field: a path in bamlData, or the document's own field."""

    text: str
    field: str


class Facts(msgspec.Struct, frozen=True):
    """All that a prompt may use; None where the character has nothing to say."""

    name: Fact | None = None
    role: Fact | None = None
    archetype: Fact | None = None
    description: Fact | None = None
    gender: Fact | None = None
    age: Fact | None = None
    ethnicity: Fact | None = None
    height: Fact | None = None
    build: Fact | None = None
    skin: Fact | None = None
    eyes: Fact | None = None
    hair: Fact | None = None
    hairstyle: Fact | None = None
    features: Fact | None = None
    clothing: Fact | None = None
    accessories: Fact | None = None
    bearing: Fact | None = None
    personality: Fact | None = None
    motivation: Fact | None = None
    biography: Fact | None = None


def read(name: object, role: object, baml_data: object, *, name_field: str, role_field: str) -> Facts:
    """The facts of a character; its own name and role go before those of bamlData."""
    data = opened(baml_data)
    sheets = sheets_of(data)
    found = {slot: _found(sheets, reading) for slot, reading in READINGS.items()}
    found["name"] = _fact(name, name_field, READINGS["name"]) or found["name"]
    found["role"] = _better_role(_fact(role, role_field, READINGS["role"]), found["role"])
    found["description"] = found["description"] or _plain_description(data, sheets)
    return Facts(**found)


def value_text(value: object, *, numeric: bool = False) -> str:
    """The clean text in a value of any shape, "" if there is none."""
    if numeric:
        return _number_text(value)
    texts, between = texts_in(value)
    if between == " ":
        return cleaned(" ".join(texts))
    return between.join(dict.fromkeys(filter(None, map(cleaned, texts))))


def _number_text(value: object) -> str:
    """A number as people write it; text that holds a number or a phrase."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.2f}".rstrip("0").rstrip(".") if 0 <= value < GREATEST else ""
    return "" if isinstance(value, str) and value.lstrip().startswith("-") else value_text(_measured(value))


def _measured(value: object) -> object:
    return measured(value) if isinstance(value, str) else value


def _fact(value: object, field: str, reading: Reading) -> Fact | None:
    text = value_text(value, numeric=reading.numeric)
    text = shortened(first_sentence(text) if reading.sentence else text, reading.limit)
    return None if says_nothing(text) else Fact(text, field)


def _found(sheets: list[Sheet], reading: Reading) -> Fact | None:
    """The first value that says something: the reading's kind of object first, then its keys in their order."""
    read_apart = {sheet.path for sheet in sheets if not sheet.entries.keys() & PROSE_KEYS}
    for sheet, plain_key in _places(sheets, reading):
        key, value = sheet.entries[plain_key]
        path = (*sheet.path, key)
        if path not in read_apart and (fact := _fact(value, ".".join(path), reading)):
            return fact
    return None


def _places(sheets: list[Sheet], reading: Reading) -> list[tuple[Sheet, str]]:
    """Where the fact may stand, best first."""
    return [
        (sheet, key)
        for kind in dict.fromkeys((reading.kind, ""))
        for key in reading.keys
        for sheet in sheets
        if sheet.kind == kind and key in sheet.entries
    ]


def _better_role(own: Fact | None, other: Fact | None) -> Fact | None:
    """The character's own role, unless it tells only the part in the story and the other what they do."""
    if own and other and is_story_part(own.text):
        return other
    return own or other


def _plain_description(data: object, sheets: list[Sheet]) -> Fact | None:
    """A description when bamlData is no object but text; one or two words are more likely a status."""
    fact = None if sheets else _fact(data, "bamlData", READINGS["description"])
    return fact if fact and len(fact.text.split()) > 2 else None
