"""Find the objects and texts in a character's data without trusting its shape: whatever holds it, in bounded time."""

import re
from collections import deque
from itertools import islice

import msgspec

from app.prompts.assemble.clean import LONGEST_READ
from app.prompts.assemble.fields import CONTAINERS, NOT_PROSE, PROSE_KEYS

MOST_OBJECTS = 40
MOST_NODES = 400
MOST_TEXTS = 12
LONGEST_KEY = 64
LONGEST_JSON = 1_000_000

_BULLET = re.compile(r"^\s*[-*+•–]\s+")
_SEPARATORS = str.maketrans("", "", "_- ")
_JSON_BEGINS = ('{"', "{'", "[{", '["')


class Described(msgspec.Struct, frozen=True):
    """An object that describes the character: path, kind (of CONTAINERS), and by plain key its key and value."""

    path: tuple[str, ...]
    kind: str
    entries: dict[str, tuple[str, object]]


def find_objects(data: object) -> list[Described]:
    """Return the objects that describe the character, nearest first; of a list, those of its first object."""
    described: list[Described] = []
    waiting = deque([_start(data)])
    while waiting and len(described) < MOST_OBJECTS:
        path, kind, value = waiting.popleft()
        if isinstance(value, dict):
            entries = _by_plain_key(value)
            described.append(Described(path, kind, entries))
            for plain_key in filter(entries.__contains__, CONTAINERS):
                key, inner = entries[plain_key]
                waiting.append(((*path, key), CONTAINERS[plain_key] or kind, open_json(inner)))
    return described


def find_texts(value: object) -> tuple[list[str], str]:
    """Return the texts in a value in their order, and what belongs between them: " " in rich text, else ", "."""
    texts: list[str] = []
    separator, waiting = ", ", [value]
    for _ in range(MOST_NODES):  # a stack and a budget, not recursion: nesting can be thousands deep
        if not waiting or len(texts) == MOST_TEXTS:
            break
        node = open_json(waiting.pop())
        if isinstance(node, str):
            texts.extend(_lines(node[:LONGEST_READ]))
        elif isinstance(node, dict) and (prose := [node[key] for key in PROSE_KEYS if key in node]):
            separator = " "
            waiting.extend(reversed(prose))
        elif isinstance(node, dict):
            parts = islice(node.items(), MOST_NODES)
            waiting.extend(reversed([part for key, part in parts if str(key).lower() not in NOT_PROSE]))
        elif isinstance(node, list):
            waiting.extend(reversed(node[:MOST_NODES]))
    return texts[:MOST_TEXTS], separator


def open_json(value: object) -> object:
    """Return the value, or what it holds if it is JSON text; None for JSON that is broken."""
    for _ in range(3):  # JSON in JSON happens; more is somebody's joke
        if not (isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"')):
            break
        value = _decode(value)
    return value


def _decode(text: str) -> object:
    if len(text) > LONGEST_JSON:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None if text.lstrip().startswith(_JSON_BEGINS) else text


def _start(data: object) -> tuple[tuple[str, ...], str, object]:
    """Return the path, the kind and the object to begin with."""
    if isinstance(data, list):
        place = next((place for place, item in enumerate(data[:MOST_NODES]) if isinstance(item, dict)), 0)
        return (str(place),), "", data[place] if data else None
    return (), "", data


def _by_plain_key(value: dict[object, object]) -> dict[str, tuple[str, object]]:
    """Return the entries by key without case and separators; of hairColor and hair_color the first with a value."""
    entries_by_key: dict[str, tuple[str, object]] = {}
    for key, inner in value.items():
        if isinstance(key, str) and len(key) <= LONGEST_KEY:
            plain = key.translate(_SEPARATORS).lower()
            if plain not in entries_by_key or (inner and not entries_by_key[plain][1]):
                entries_by_key[plain] = (key, inner)
    return entries_by_key


def _lines(text: str) -> list[str]:
    """Return the items of a list that was typed with bullets, else the text."""
    lines = [line for line in text.splitlines() if line.strip()] if "\n" in text else []
    if len(lines) > 1 and all(map(_BULLET.match, lines)):
        return [_BULLET.sub("", line, count=1) for line in lines[:MOST_TEXTS]]
    return [text]
