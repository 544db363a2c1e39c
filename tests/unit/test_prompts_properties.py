"""For any data at all: a prompt that is clean, bounded, and made of the editor's values, character for character."""

import json
import re
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.prompts import FRAMING, MAX_LENGTH, Suggestion, suggest
from app.prompts.assemble.clean import QUOTES
from app.prompts.assemble.facts import read_facts
from app.prompts.assemble.fields import READINGS
from app.prompts.assemble.shapes import open_json
from tests.support.prompts import check_text

OURS = "master reference image of the character year years old tall with and eyes hair skin framing"
OWN = set(OURS.split()) | {word for reading in READINGS.values() for word in reading.label.lower().split()}
ODD = (", ,", " .", "</b>", "**", "&quot;", "\u0301", "\u200d", "👩", "黒", "ß", "ש", "ŉ", "\ud800", "\x00", "{", '"}')
ORDINARY = ("a", "tall", "O’Brien", "N/A", "None", "5'8\"", "Hero", "is", "brown", "41", "is\n\n", *" \n,.;:!?-()")
BITS = st.sampled_from([*QUOTES, *ODD, *ORDINARY, *ORDINARY])
LONG = st.lists(BITS, min_size=1, max_size=8).map(lambda bits: " ".join(bits * 40))
STRINGS = st.lists(BITS, max_size=12).map("".join) | st.text(max_size=30) | LONG
SCALARS = STRINGS | st.none() | st.booleans() | st.integers() | st.floats()
KEYS = sorted({key for reading in READINGS.values() for key in reading.keys} | {"text", "children", "character"})


def objects(inner: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)


JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | objects(inner), max_leaves=12)
SHEETS = st.fixed_dictionaries(
    {"physicalDescription": objects(SCALARS | st.lists(STRINGS, max_size=3)), "psychology": objects(STRINGS)}
)


def skeleton(text: str) -> str:
    """The characters without those that may differ: spaces, quotation marks, commas."""
    gone = set(QUOTES) | set(",;")
    return "".join(one for one in text if not one.isspace() and one not in gone)


def check_spans(suggestion: Suggestion) -> None:
    """Spans are in order, within the prompt and not empty; the words between them are ours."""
    text, spans = suggestion.prompt.removesuffix(FRAMING), suggestion.provenance
    bounds = [0, *(place for span in spans for place in (span.start, span.end)), len(text)]
    assert all(start <= end for start, end in pairwise(bounds))
    assert all(span.start < span.end for span in spans)
    own = " ".join(text[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))
    assert set(re.findall(r"\w+", own.lower())) <= OWN
    assert set(re.sub(r"\w", "", own)) <= set(" ,.:")


@settings(max_examples=100, deadline=None)
@given(st.none() | STRINGS, st.none() | STRINGS, JSON | SHEETS)
@example(None, "\u0300'0", [])
@example("Ada", "(¡. foo", {"a.b": 1, "physicalDescription": {"appearance": "N/A. Tall"}})
def test_any_json_gives_a_clean_prompt_out_of_its_own_values(name: str | None, role: str | None, data: object) -> None:
    suggestion = suggest(name, role, data)
    check_text(suggestion.prompt)
    check_spans(suggestion)
    facts = read_facts(name, role, data, name_field="projectCharacterName", role_field="characterRole")
    texts = [suggestion.prompt[span.start : span.end] for span in suggestion.provenance]
    assert sorted(texts) == sorted(fact.text for fact in facts if fact.text in texts)
    assert len(facts) == len(texts) or len(suggestion.prompt) > MAX_LENGTH / 2
    assert suggest(name, role, data) == suggestion


# Controls and what overturns the order of a line are no text; digits before marks are feet; the rest are markup.
OVERTURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
VALUES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=OVERTURNING), max_size=30)
SLOTS = st.sampled_from(sorted(READINGS.keys() - {"biography", "part"}))


@settings(max_examples=250, deadline=None)
@given(st.dictionaries(SLOTS, VALUES, min_size=1, max_size=6))
@example({"role": "Nigerian doctor.", "hair": "Auburn", "eyes": "grey", "age": "41", "name": "Łucja"})
def test_a_value_stands_in_the_prompt_character_for_character(values: dict[str, str]) -> None:
    values = {slot: value for slot, value in values.items() if not re.search(r"\d\s?['`´’‘‛′＇\"]|[<&*{\[]", value)}
    suggestion = suggest(None, None, {READINGS[slot].keys[0]: value for slot, value in values.items()})
    said = {span.field: suggestion.prompt[span.start : span.end] for span in suggestion.provenance}
    for slot, value in values.items():
        if (text := said.get(READINGS[slot].keys[0])) is not None:
            assert skeleton(text) == skeleton(value)
            if not set(value) & {*QUOTES, *",;("}:
                assert text == " ".join(value.split())


@settings(max_examples=60, deadline=None)
@given(objects(JSON))
def test_json_text_says_what_its_object_says(data: dict[str, object]) -> None:
    text = json.dumps(data)
    if not re.search("NaN|Infinity|\\\\ud[89a-f]", text):
        assert suggest("Ada", None, text) == suggest("Ada", None, open_json(text))


WORDS = st.sampled_from(["tall", "e\u0301le\u0300ve", "👩‍🚀", "of", "a", "(so", "end.", "and,"])


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS, min_size=150, max_size=300))
def test_a_cut_never_falls_within_a_word(words: list[str]) -> None:
    whole = " ".join(["Tall", *words])
    suggestion = suggest(None, None, {"description": whole})
    [span] = suggestion.provenance
    text = suggestion.prompt[span.start : span.end].removesuffix("…")
    assert whole.startswith(text)
    assert not whole[len(text) :] or whole[len(text)] in " .,"
