"""For any data at all: a prompt that is clean, bounded, and says nothing that the data does not say."""

import json
import re
import unicodedata
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.prompts import FRAMING, MAX_LENGTH, Suggestion, suggest
from app.prompts.clean import QUOTES, cleaned
from app.prompts.facts import value_text
from app.prompts.fields import READINGS
from app.prompts.grammar import words
from app.prompts.sheets import opened

VOCABULARY = words(
    "master reference image of the character a an age height build skin eyes hair hairstyle distinguishing features"
    " wearing clothing accessories expression and bearing motivation behind gaze framing"
)

ODD = (
    ", ,",
    " .",
    "</b>",
    "**",
    "&quot;",
    "&amp;#39;",
    "\u0301",
    "\u200d",
    "👩",
    "黒",
    "ß",
    "ש",
    "ŉ",
    "\ud800",
    "\x00",
    "{",
    '"}',
)
ORDINARY = ("a", "the", "tall", "O’Brien", "N/A", "None", "5'8\"", "Hero", "is", "brown", "is\n\n", *" \n,.;:!?-()")
BITS = st.sampled_from([*QUOTES, *ODD, *ORDINARY, *ORDINARY])
LONG = st.lists(BITS, min_size=200, max_size=300).map(" ".join)
STRINGS = st.lists(BITS, max_size=12).map("".join) | st.text(max_size=30) | LONG
SCALARS = STRINGS | st.none() | st.booleans() | st.integers() | st.floats()
KEYS = sorted({key for reading in READINGS.values() for key in reading.keys} | {"text", "children", "character"})


def objects(inner: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)


def some(keys: str, values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Objects with some of the keys."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys.split(), values))


JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | objects(inner), max_leaves=12)
BODIES = some(
    "description age height eye_color hairColor build skin clothing scars posture",
    SCALARS | st.lists(STRINGS, max_size=3),
)
MINDS = some("personality biography", STRINGS) | some("psychology", some("motivation", STRINGS))
CHARACTERS = st.fixed_dictionaries(
    {"physicalDescription": BODIES | STRINGS, "characterDevelopment": MINDS, "archetype": STRINGS, "role": STRINGS}
)


def value_at(data: object, path: str) -> object:
    """The value that a span's field names."""
    for key in path.split("."):
        data = opened(data)
        data = data[int(key)] if isinstance(data, list) else data[key] if isinstance(data, dict) else None
    return data


def source(name: str | None, role: str | None, data: object, field: str) -> str:
    """The clean text of a span's field."""
    own = {"projectCharacterName": name, "characterRole": role, "bamlData": opened(data)}
    numeric = field.rpartition(".")[2] in ("age", "height", "apparentage")
    return value_text(own[field] if field in own else value_at(data, field), numeric=numeric)


def check(name: str | None, role: str | None, data: object) -> None:
    suggestion = suggest(name, role, data)
    check_text(suggestion.prompt)
    check_spans(suggestion)
    for span in suggestion.provenance:
        said = suggestion.prompt[span.start : span.end].casefold()
        assert said in source(name, role, data, span.field).casefold()


def check_text(text: str) -> None:
    assert text.endswith(f". Framing: {FRAMING}")
    assert len(text) <= MAX_LENGTH
    assert not set(QUOTES) & set(re.sub(r"(?<=\S)'(?=\S)", "", text))
    assert not re.search(r"\s\s|[,;:.!?]\s?[,;.!?]|\s[,;:.!?]|\(\)", text)
    assert text.isprintable() or set(text) & {"\u200c", "\u200d"}


def check_spans(suggestion: Suggestion) -> None:
    """Spans are in order, within the prompt and not empty; the words between them are the composer's own."""
    text, spans = suggestion.prompt.removesuffix(FRAMING), suggestion.provenance
    bounds = [0, *(place for span in spans for place in (span.start, span.end)), len(text)]
    assert all(start <= end for start, end in pairwise(bounds))
    assert all(span.start < span.end for span in spans)
    own = " ".join(text[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))
    assert set(re.findall(r"\w+", own.lower())) <= VOCABULARY
    assert set(re.sub(r"\w", "", own)) <= set(" ,.;:")
    assert all(not unicodedata.category(text[span.start]).startswith("M") for span in spans)


@settings(max_examples=100, deadline=None)
@given(st.none() | STRINGS, st.none() | STRINGS, JSON)
@example(None, "\u0300'0", [])
@example("Ada", "(¡. foo", {"a.b": 1, "physicalDescription": {"appearance": "N/A. Tall"}})
def test_any_json_gives_a_clean_prompt_out_of_its_own_words(name: str | None, role: str | None, data: object) -> None:
    check(name, role, data)


@settings(max_examples=100, deadline=None)
@given(st.none() | STRINGS, st.none() | STRINGS, CHARACTERS)
def test_odd_values_in_known_fields_give_a_clean_prompt(name: str | None, role: str | None, data: object) -> None:
    check(name, role, data)
    assert suggest(name, role, data) == suggest(name, role, data)


@settings(max_examples=60, deadline=None)
@given(objects(JSON))
def test_json_text_says_what_its_object_says(data: dict[str, object]) -> None:
    text = json.dumps(data)
    if not re.search("NaN|Infinity|\\\\ud[89a-f]", text):
        assert suggest("Ada", None, text) == suggest("Ada", None, json.loads(text))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["tall", "e\u0301le\u0300ve", "👩‍🚀", "of", "a", "(so", "end.", "and,"]),
        min_size=150,
        max_size=300,
    )
)
def test_a_cut_never_falls_within_a_word(given_words: list[str]) -> None:
    [span] = suggest(None, None, {"description": " ".join(["Tall", *given_words])}).provenance[-1:]
    text = suggest(None, None, {"description": " ".join(["Tall", *given_words])}).prompt[span.start : span.end]
    whole = cleaned(" ".join(["Tall", *given_words]))
    assert whole.startswith(text)
    assert not whole[len(text) :] or whole[len(text)] in " .,"
