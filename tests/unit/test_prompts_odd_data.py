"""Whatever shape a character's data has, it is read, and what says nothing is left out."""

import json
import sys
import time
import unicodedata

import pytest

from app.prompts import FRAMING, MAX_LENGTH, suggest
from app.prompts.assemble.clean import QUOTES, clean_text
from app.prompts.assemble.fields import READINGS

BARE = suggest("Ada", None, None).prompt
NOTHING = ["", " ", "None", "(None)", "null", "N/A", "n.a.", "unknown", "undefined", "-", "TBD", '""']
NO_VALUES: list[object] = ["[object Object]", None, True, [], {}, [None, "-"], {"a": [{}]}, float("nan"), -1, 10**400]


def prompt(data: object) -> str:
    """What is said beyond the name."""
    said = suggest("Ada", None, data).prompt
    return said.removeprefix("Master reference image of Ada").removesuffix(f"Framing: {FRAMING}").strip(". ")


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("O'Brien, O’Brien", "O'Brien, O’Brien"),
        ("O`Brien and l´eau", "O'Brien and l'eau"),
        ("sailors’ coat", "sailors coat"),
        ("‘tis “the” «Ox»", "tis the Ox"),
        ('the"Ox"man', "the Ox man"),
        ("Hawaiʻi, ג׳ורג׳, Pugachëvʹ, צה״ל", "Hawaiʻi, ג׳ורג׳, Pugachëvʹ, צה״ל"),
        ("5'8\" tall, 5’11 or 6' 1''", "5 ft 8 in tall, 5 ft 11 in or 6 ft 1 in"),
        ('tall, "", thin ("")', "tall, thin"),
        (", tall,, thin;", "tall, thin"),
        ("tall ... old!? ()", "tall ... old!? ()"),
        ("**bold** C# *_1_* [x](y)", "bold C# *_1_* [x](y)"),
        ("<p>tall</p><br/>&amp; &quot;thin&quot; 1 < 2 > 0", "tall & thin 1 < 2 > 0"),
        ("a\x00b\r\n\tc\u202e\ud800d\u3000e", "a b cd e"),
        ("- TBD -", ""),
        ("None, brown, N/A, unknown. Still", "brown, unknown. Still"),
        ("…", ""),
        ("🙂", ""),
        ("\u3164\u2800", ""),
        ("Zoë 👩‍🚀 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "Zoë 👩‍🚀 🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
        ("e\u0301le\u0300ve", "e\u0301le\u0300ve"),
    ],
)
def test_text_is_kept_but_for_quotation_marks_and_what_no_line_can_hold(typed: str, clean: str) -> None:
    assert clean_text(typed) == clean


def test_every_quotation_mark_that_unicode_knows_is_removed() -> None:
    every = {chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in {"Pi", "Pf"}}
    assert every <= set(QUOTES)
    assert clean_text(" ".join(["tall", *QUOTES, "man"])) == "tall man"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"physicalDescription": "tall"}, "Appearance: tall"),
        ({"physicalDescription": ["tall", None, 3, "thin"]}, "Appearance: tall, thin"),
        ({"physical_description": {"Hair-Color": "red"}}, "with red hair"),
        ({"hairColor": None, "hair_color": "red"}, "with red hair"),
        ({"appearance": {"details": {"hairColour": "red"}}}, "with red hair"),
        ({"data": {"character": {"physicalDescription": {"age": "28"}}}}, ", 28 years old"),
        ({"description": "tall", "age": 28.0}, ", 28 years old. Appearance: tall"),
        ('{"physicalDescription": "{\\"age\\": 28}"}', ", 28 years old"),
        ([1, {"physicalDescription": "tall"}, {"physicalDescription": "thin"}], "Appearance: tall"),
        (
            {"clothing": {"root": {"type": "x", "children": [{"text": "Coat,"}, {"text": "hat"}]}}},
            "Clothing: Coat, hat",
        ),
        ("a tall man", "Appearance: a tall man"),
        (["a tall man", "in black"], "Appearance: a tall man, in black"),
        ({"physicalDescription": {"height": "6’"}}, ", 6 ft tall"),
        ({"physicalDescription": {"height": '70"'}}, "Height: 70 in"),
        ({"physicalDescription": {"height": 1.725}}, "Height: 1.725"),
        ({"physicalDescription": {"height": {"value": 172, "unit": "cm"}}}, ", 172 cm tall"),
        ({"physicalDescription": {"age": "28", "relationships": [{"age": 90, "hairColor": "red"}]}}, ", 28 years old"),
        ({"characterDevelopment": {"personality": {"traits": ["dry", "kind"]}}}, "Personality: dry, kind"),
        ({"clothing": "* coat\n\n* hat"}, "Clothing: coat, hat"),
        ({"clothing": "- never a hat"}, "Clothing: - never a hat"),
        ({"clothing": [f"h{number}" for number in range(99)]}, f"Clothing: {', '.join(f'h{n}' for n in range(12))}"),
    ],
)
def test_an_odd_shape_is_read(data: object, said: str) -> None:
    assert prompt(data) == said.removeprefix(", ") or prompt(data) == said


@pytest.mark.parametrize("nothing", [*NOTHING, *NO_VALUES])
def test_a_value_that_says_nothing_is_absent(nothing: object) -> None:
    known = dict.fromkeys(("name", "role", "archetype", "personality", "biography", "relationships"), nothing)
    body = dict.fromkeys(("description", "age", "height", "eyeColor", "hairColor", "clothing"), nothing)
    data = {**known, "physicalDescription": body}
    assert suggest("Ada", None, data).prompt == BARE
    assert suggest("Ada", None, {"physicalDescription": nothing}).prompt == BARE


@pytest.mark.parametrize("number", ["-5", -5, 1e9, float("inf"), True, {"value": None}])
def test_a_number_that_cannot_be_an_age_is_absent(number: object) -> None:
    assert prompt({"physicalDescription": {"age": number, "height": number}}) == ""


@pytest.mark.parametrize("data", [None, "", "pending", '{"age": 2', 28, True, [], [[]], {}, {"x": {"y": 1}}])
def test_data_of_no_use_leaves_the_name(data: object) -> None:
    assert suggest("Ada", None, data).prompt == BARE


def nested(value: object, key: str) -> object:
    for _ in range(20_000):
        value = {key: value} if key else [value]
    return value


@pytest.mark.parametrize(
    "data",
    [
        {"physicalDescription": nested("tall", "")},
        {"character": nested("tall", "character")},
        "[" * 200_000,
        {"physicalDescription": '{"age":' * 100_000},
        {"physicalDescription": json.dumps("x" * 2_000_000)},
        {"clothing": [" \n<a '(" * 200_000] * 1_000},
        {slot: " \n<p '(" * 20_000 for reading in READINGS.values() for slot in reading.keys},
        {"character": {slot: ["“" * 9_000] * 50 for reading in READINGS.values() for slot in reading.keys}},
        {f"{'_' * number}age": "-" for number in range(3_000)},
        {"description": "Dr. " * 500, "clothing": "5'5 " * 500},
    ],
    ids=["lists", "objects", "text", "JSON", "long JSON", "items", "values", "quotes", "keys", "pauses"],
)
def test_the_hugest_data_is_read_in_little_processor_time(data: object) -> None:
    begun = time.process_time()
    assert len(suggest("Ada", "x " * 500_000, data).prompt) <= MAX_LENGTH
    assert time.process_time() - begun < 2
