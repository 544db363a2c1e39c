"""Read what is known about a character: clean, short values, each with the field that it came from."""

import re
from collections.abc import Iterator

import msgspec

from app.prompts.assemble.clean import LONGEST_READ, SENTENCE_ENDS, clean_text, says_nothing, spell_measure
from app.prompts.assemble.fields import PROSE_KEYS, READINGS, Reading
from app.prompts.assemble.shapes import Described, find_objects, find_texts, open_json
from app.prompts.assemble.shorten import shorten

GREATEST = 1_000_000
"""Ages of dragons are below it, telephone numbers are not."""

MOST_TRIED = 6
"""Places that are looked at for one fact."""

_WORD = re.compile(r"[^\W_]+")
_UNITS = ("cm", "m", "ft", "in", "years", "years old", "year old")  # left of a template whose value was missing
_NEGATIVE = re.compile(r"\s*-\s?\d")
_FEWEST_WORDS = 3  # of a text that is all that is known: one or two words are rather a status


class Fact(msgspec.Struct, frozen=True):
    """A value: which of READINGS it is, its text, and its field (a path in bamlData, or the document's own field)."""

    slot: str
    text: str
    field: str


def read_facts(name: object, role: object, baml_data: object, *, name_field: str, role_field: str) -> list[Fact]:
    """Return what a prompt may use, in its order; the character's own name and role go before those of bamlData."""
    data = open_json(baml_data)
    objects = find_objects(data)
    by_slot = {slot: _find(slot, objects) for slot in READINGS}
    own = _fact("role", role, role_field)
    by_slot["name"] = _fact("name", name, name_field) or by_slot["name"]
    by_slot["role"], by_slot["part"] = own or by_slot["role"], _other_role(own, by_slot["role"])
    by_slot["description"] = by_slot["description"] or _plain_description(data, objects)
    if by_slot["role"] or by_slot["archetype"] or by_slot["description"]:
        by_slot["biography"] = None
    facts = [fact for fact in by_slot.values() if fact]
    return [fact for fact in facts if not _is_told(fact, facts)]


def read_value(value: object, *, numeric: bool = False) -> str:
    """Return the clean text in a value of any shape, "" if there is none."""
    if numeric:
        return _read_number(value)
    texts, separator = find_texts(value)
    parts = list(_cut(texts))
    if separator == " ":
        return clean_text(" ".join(parts))
    line = ""
    for text in dict.fromkeys(filter(None, map(clean_text, parts))):
        line += ("" if not line else " " if line[-1] in SENTENCE_ENDS else separator) + text
    return line


def _cut(texts: list[str]) -> Iterator[str]:
    """Cut the texts, which can be of any length, to LONGEST_READ together."""
    remaining = LONGEST_READ
    for text in texts:
        yield text[:remaining]
        remaining -= len(text[:remaining])


def _read_number(value: object) -> str:
    """Return a number as people write it, with its unit; or a text that holds a number or a phrase."""
    if isinstance(value, dict) and "value" in value:
        unit = value.get("unit")
        number = _read_number(value["value"]) if not isinstance(value["value"], dict) else ""
        return f"{number} {clean_text(unit)}".strip() if number and isinstance(unit, str) else number
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.10g}" if 0 <= value < GREATEST else ""
    if isinstance(value, str):
        return "" if _NEGATIVE.match(value) else read_value(spell_measure(value))
    return read_value(value)


def _fact(slot: str, value: object, field: str) -> Fact | None:
    reading: Reading = READINGS[slot]
    text = shorten(read_value(value, numeric=reading.numeric), reading.limit)
    bare = (reading.numeric or reading.noun) and text.casefold() in {reading.noun, *_UNITS}
    return None if bare or says_nothing(text) else Fact(slot, text, field)


def _find(slot: str, objects: list[Described]) -> Fact | None:
    """Return the first value that says something: the reading's kind of object first, then its keys in their order."""
    reading = READINGS[slot]
    read_apart = {one.path for one in objects if not one.entries.keys() & PROSE_KEYS}
    places = [
        ((*one.path, one.entries[plain_key][0]), one.entries[plain_key][1])
        for kind in dict.fromkeys((reading.kind, ""))
        for plain_key in reading.keys
        for one in objects
        if one.kind == kind and plain_key in one.entries
    ]
    apart = [(path, value) for path, value in places if path not in read_apart][:MOST_TRIED]
    return next((fact for path, value in apart if (fact := _fact(slot, value, ".".join(path)))), None)


def _other_role(own: Fact | None, other: Fact | None) -> Fact | None:
    """Return bamlData's role if Payload has another one: one is often the part in the story, the other what they do."""
    if own and other and other.text.casefold() != own.text.casefold():
        return Fact("part", other.text, other.field)
    return None


def _plain_description(data: object, objects: list[Described]) -> Fact | None:
    """Return a description if bamlData is no object but a text."""
    fact = None if objects else _fact("description", data, "bamlData")
    return fact if fact and len(fact.text.split()) >= _FEWEST_WORDS else None


def _is_told(fact: Fact, facts: list[Fact]) -> bool:
    """Whether a longer fact has the same words: "dark" for hair stands in "short dark hair", but not in "dark eyes"."""
    if fact.slot in ("name", "role", "description"):
        return False
    noun = READINGS[fact.slot].noun
    phrases = [f"{fact.text} {noun}"] if noun and not fact.text.endswith(noun) else [fact.text]
    if fact.slot == "age":
        phrases = [f"{fact.text} years old", f"{fact.text} year old"]
    elif len(fact.text.split()) == 1 and not noun and fact.slot not in ("part", "occupation", "archetype"):
        return False
    tellers = [_words(one.text) for one in facts if one.slot in ("role", "description")]
    return any(_words(phrase) in words for phrase in phrases for words in tellers)


def _words(text: str) -> str:
    """Return the words in lower case, each between two spaces."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
