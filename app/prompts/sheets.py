"""Sheets: the objects and texts in a character's data, found without trusting its shape."""

from collections import deque
from collections.abc import Iterator

import msgspec

from app.prompts.fields import CONTAINERS, NOT_PROSE, PROSE_KEYS

MOST_SHEETS = 40
MOST_NODES = 400
MOST_TEXTS = 12


class Sheet(msgspec.Struct, frozen=True):
    """An object that describes the character: path, kind (of CONTAINERS), and by plain key its key and value."""

    path: tuple[str, ...]
    kind: str
    entries: dict[str, tuple[str, object]]


def sheets_of(data: object) -> list[Sheet]:
    """The objects that describe the character, nearest first; of a list, those of its first object."""
    found: list[Sheet] = []
    waiting = deque([_start(data)])
    while waiting and len(found) < MOST_SHEETS:
        path, kind, value = waiting.popleft()
        if isinstance(value, dict):
            found.append(Sheet(path, kind, _by_plain_key(value)))
            waiting.extend(_within(found[-1]))
    return found


def texts_in(value: object) -> tuple[list[str], str]:
    """The texts in a value in their order, and what belongs between them: " " in rich text, else ", "."""
    texts: list[str] = []
    between, waiting = ", ", [value]
    for _ in range(MOST_NODES):  # a stack and a budget, not recursion: nesting can be thousands deep
        if not waiting or len(texts) == MOST_TEXTS:
            break
        node = opened(waiting.pop())
        if isinstance(node, str):
            texts.append(node)
        elif isinstance(node, dict) and (prose := [node[key] for key in PROSE_KEYS if key in node]):
            between = " "
            waiting.extend(reversed(prose))
        else:
            waiting.extend(reversed(_parts(node)))
    return texts, between


def opened(value: object) -> object:
    """The value, or what it holds when it is JSON text; None for JSON that is broken."""
    for _ in range(3):  # JSON in JSON happens; more is somebody's joke
        if not (isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"')):
            break
        value = _decoded(value)
    return value


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None if text.lstrip().startswith(('{"', "{'", "[{", '["')) else text


def _start(data: object) -> tuple[tuple[str, ...], str, object]:
    """The path, the kind and the object to begin with."""
    if isinstance(data, list):
        place = next((place for place, item in enumerate(data) if isinstance(item, dict)), 0)
        return (str(place),), "", data[place] if data else None
    return (), "", data


def _by_plain_key(value: dict[object, object]) -> dict[str, tuple[str, object]]:
    """Entries by key without case and separators; of hairColor and hair_color the first that has a value."""
    keys = sorted((key for key in reversed(value) if isinstance(key, str)), key=lambda key: bool(value[key]))
    return {key.translate(_SEPARATORS).lower(): (key, value[key]) for key in keys}


def _within(sheet: Sheet) -> Iterator[tuple[tuple[str, ...], str, object]]:
    """What of a sheet may be a sheet itself."""
    for plain_key, kind in CONTAINERS.items():
        if plain_key in sheet.entries:
            key, value = sheet.entries[plain_key]
            yield (*sheet.path, key), kind or sheet.kind, opened(value)


def _parts(node: object) -> list[object]:
    """The parts of a list or an object in which an author may have written."""
    if isinstance(node, list):
        return node[:MOST_NODES]
    if isinstance(node, dict):
        return [item for key, item in node.items() if str(key).lower() not in NOT_PROSE]
    return []


_SEPARATORS = str.maketrans("", "", "_- ")
