"""Whatever shape a character's data has, it is read, and what says nothing is left out."""

import sys
import unicodedata

import pytest

from app.prompts import FRAMING, MAX_LENGTH, suggest
from app.prompts.clean import QUOTES, cleaned
from app.prompts.fields import READINGS

BARE = suggest("Ada", None, None).prompt
NOTHING = ["", " ", "None", "null", "N/A", "unknown", "undefined", "-", "TBD", '""', "[object Object]", None, True]
NO_VALUES = [[], {}, [None, "-"], {"a": [{}]}, float("nan"), -1, 10**400]


def prompt(data: object) -> str:
    """What is said beyond the name."""
    said = suggest("Ada", None, data).prompt
    return said.removeprefix("Master reference image of Ada.").removesuffix(f"Framing: {FRAMING}").strip()


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("O’Brien", "O'Brien"),
        ("O`Brien and l´eau", "O'Brien and l'eau"),
        ("sailors’ coat", "sailors coat"),
        ("‘tis “the” «Ox»", "tis the Ox"),
        ('the"Ox"man', "the Ox man"),
        ("5'8\" tall, 5’11 or 6' 1''", "5 ft 8 in tall, 5 ft 11 in or 6 ft 1 in"),
        ("**bold** _old_ `code` [sea](http://x.y/z)", "bold old code sea"),
        ("# Looks\n\n- tall\n- thin", "Looks. tall, thin"),
        ("<p>tall</p><br/>&amp; &lt;b&gt;thin&lt;/b&gt; &quot;man&quot;", "tall & thin man"),
        ("tall ,, thin ; . old ...", "tall, thin. old"),
        ("3,000 years, 1.5 m", "3,000 years, 1.5 m"),
        ("a\x00b\r\n\tc\u202e\u200b\ud800d\ue000", "a b cd"),
        ("- TBD -", ""),
        ("…", ""),
        ("🙂", ""),
        ("Zoë 👩‍🚀", "Zoë 👩‍🚀"),
        ("שלום עולם", "שלום עולם"),
    ],
)
def test_text_is_cleaned(typed: str, clean: str) -> None:
    assert cleaned(typed) == clean


def test_every_quotation_mark_that_unicode_knows_is_removed() -> None:
    every = {chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in {"Pi", "Pf"}}
    assert every <= set(QUOTES)
    assert cleaned(" ".join(["tall", *QUOTES, "man"])) == "tall man"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"physicalDescription": "tall"}, "Tall."),
        ({"physicalDescription": ["tall", None, 3, "thin"]}, "Tall, thin."),
        ({"physical_description": {"Hair-Color": "red"}}, "Red hair."),
        ({"hairColor": None, "hair_color": "red"}, "Red hair."),
        ({"appearance": {"details": {"hairColour": "red"}}}, "Red hair."),
        ({"data": {"character": {"physicalDescription": {"age": "28"}}}}, "Age 28."),
        ({"description": "tall", "age": 28.0}, "Tall. Age 28."),
        ('{"physicalDescription": "{\\"age\\": 28}"}', "Age 28."),
        ([1, {"physicalDescription": "tall"}, {"physicalDescription": "thin"}], "Tall."),
        (
            {"physicalDescription": {"root": {"type": "root", "children": [{"text": "Tall,"}, {"text": "thin"}]}}},
            "Tall, thin.",
        ),
        ("a tall man", "A tall man."),
        (["a tall man", "in black"], "A tall man, in black."),
        ({"physicalDescription": {"height": "5'8\""}}, "Height 5 ft 8 in."),
        ({"physicalDescription": {"height": "6’"}}, "Height 6 ft."),
        ({"physicalDescription": {"height": '70"'}}, "Height 70 in."),
        ({"physicalDescription": {"height": 1.72}}, "Height 1.72."),
        ({"physicalDescription": {"height": {"value": 172, "unit": "cm"}}}, "Height 172."),
        ({"physicalDescription": {"age": "28", "relationships": [{"age": 90, "hairColor": "red"}]}}, "Age 28."),
        ({"characterDevelopment": {"personality": {"traits": ["dry", "kind"]}}}, "Expression and bearing: dry, kind."),
    ],
)
def test_an_odd_shape_is_read(data: object, said: str) -> None:
    assert prompt(data) == said


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


@pytest.mark.parametrize(
    "data", [None, "", "pending", "[object Object]", '{"age": 2', 28, True, [], [[]], {}, {"x": {"y": 1}}]
)
def test_data_of_no_use_leaves_the_name(data: object) -> None:
    assert suggest("Ada", None, data).prompt == BARE


def test_of_a_long_list_the_first_dozen_counts() -> None:
    assert prompt({"clothing": [f"h{number}" for number in range(99)]}).endswith("h10, h11.")


@pytest.mark.timeout(5)
def test_thousands_of_levels_are_no_trouble() -> None:
    lists: object = "tall"
    objects: object = "tall"
    for _ in range(20_000):
        lists, objects = [lists], {"character": objects}
    assert suggest("Ada", None, {"physicalDescription": lists, "character": objects}).prompt == BARE
    assert suggest("Ada", None, "[" * 200_000).prompt == BARE
    assert suggest("Ada", None, {"physicalDescription": '{"age":' * 100_000}).prompt == BARE


@pytest.mark.timeout(5)
def test_a_huge_value_is_read_in_good_time() -> None:
    huge = {slot: " \n<a '(" * 200_000 for reading in READINGS.values() for slot in reading.keys}
    assert len(suggest("Ada", "x " * 500_000, huge).prompt) <= MAX_LENGTH
