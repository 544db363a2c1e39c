"""What a model may say of a character, and what it may not: a hundred answers of each kind."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.prompts import FRAMING, MAX_LENGTH, Writer
from app.prompts.clean import QUOTES as QUOTATION_MARKS
from app.prompts.compose import composed
from app.prompts.facts import Fact, Facts, read
from app.prompts.faithful import body_of, refused
from app.prompts.known import known, told
from tests.unit.prompt_catalogue import CHARACTERS, FAITHFUL, INVENTED, SWAPS, UNSEEN_SWAPS, facts_of, filled
from tests.unit.test_prompts_properties import CHARACTERS as ODD_CHARACTERS
from tests.unit.test_prompts_properties import STRINGS

ROOT = Path(__file__).parents[2]
ADA = CHARACTERS[0]
ADA_BEGINS = "Ada Marsh, a lighthouse keeper."


def named(answer: str, facts: Facts) -> list[str]:
    return refused(body_of(answer), known(facts))


def test_of_a_hundred_faithful_answers_ninety_are_taken() -> None:
    answers = [(filled(template, row), facts_of(row)) for row in CHARACTERS for template in FAITHFUL]
    lost = {answer: wrong for answer, facts in answers if (wrong := named(answer, facts))}
    assert len(answers) == 100
    assert len(lost) <= 10, lost


def test_of_more_than_a_hundred_answers_with_an_invention_none_gets_through() -> None:
    passed = []
    for place, invention in enumerate(INVENTED):
        row = CHARACTERS[place % len(CHARACTERS)]
        added, facts = filled(invention, row), facts_of(row)
        for answer in (filled(FAITHFUL[0], row), f"{row['name']}, a {row['role']}."):
            assert not named(answer, facts)
            passed += [added] if not named(f"{answer[:-1]}, {added}.", facts) else []
            passed += [added] if not named(f"{answer} {added}", facts) else []
    assert len(set(INVENTED)) >= 100
    assert passed == []


@pytest.mark.parametrize("swap", SWAPS)
def test_a_swap_is_refused(swap: str) -> None:
    assert named(f"{ADA_BEGINS} {swap}.", facts_of(ADA))


@pytest.mark.parametrize("swap", UNSEEN_SWAPS)
def test_a_swap_that_the_documentation_calls_unseen_is_unseen(swap: str) -> None:
    assert not named(f"{ADA_BEGINS} {swap}.", facts_of(ADA))
    assert f"“{swap}”" in " ".join((ROOT / "docs" / "prompts.md").read_text().split())


@pytest.mark.parametrize(
    "said",
    [
        "auburn hair and grey eyes",
        "auburn-haired, grey-eyed",
        "her hair is auburn and her eyes are grey",
        "gray eyes",
        "eyes of grey",
        "a wool sweater beneath",
        "a patched coat over a sweater",
        "forty-one years old",
        "aged 41, 172cm tall",
        "a wiry, 41-year-old woman",
        "a face weathered",
        "a burn scar along her forearm",
        "burn scars",
        "a burn scar running along her left forearm",
        "dry yet watchful",
        "a hero: a woman",
        "a scarred forearm",
        "watchfully",
    ],
)
def test_the_same_in_other_words_is_taken_unless_it_says_more(said: str) -> None:
    taken = not named(f"{ADA_BEGINS} {said}.", facts_of(ADA))
    assert taken == (said not in ("a wool sweater beneath", "a scarred forearm"))


@pytest.mark.parametrize(
    ("fact", "said", "taken"),
    [
        ("no beard, hands that never rest", "Hands that never rest", True),
        ("no beard, hands that never rest", "No beard", True),
        ("no beard, hands that never rest", "A beard", False),
        ("no beard, hands that never rest", "No hands", False),
        ("no beard, hands that never rest", "Hands rest", False),
        ("not tall or thin, kind", "Not tall or thin", True),
        ("not tall or thin, kind", "Thin", False),
        ("not tall or thin, kind", "Not kind", False),
        ("hands without rings", "Rings", False),
        ("two dogs, 3 cats", "Two dogs", True),
        ("two dogs, 3 cats", "2 dogs, three cats", True),
        ("two dogs, 3 cats", "Three dogs", False),
        ("two dogs, 3 cats", "Dogs, cats, 3", False),
        ("1,000 stitches", "1000 stitches", True),
        ("1.5 m of rope", "15 m of rope", False),
        ("in her 50s", "Her 50", False),
        ("her coat, her hat", "She has a coat", True),
        ("a coat and a hat", "She has a coat", False),
        ("a scar on the ear", "Earring", False),
        ("scared", "Scar", False),
        ("a beard", "Barely a beard", False),
        ("a coat", "The coat", True),
        ("a coat", "With and of the", False),
        ("黒髪の女", "黒髪の女", True),
        ("黒髪の女", "黒髪", False),
    ],
)
def test_denials_numbers_and_forms_stay_as_they_are(fact: str, said: str, taken: bool) -> None:
    facts = Facts(description=Fact(fact, "bamlData"))
    assert (not named(said, facts)) == taken


def test_a_height_in_feet_and_inches_stays_one() -> None:
    facts = Facts(height=Fact("5 ft 8 in", "height"), age=Fact("41", "age"), clothing=Fact("a coat", "clothing"))
    assert not named("5 ft 8 in tall, in a coat", facts)
    assert not named("Aged 41 in a coat", facts)
    assert named("8 ft 5 in tall", facts)
    assert named("41 ft tall", facts)


def test_the_prompt_of_our_own_is_faithful() -> None:
    assert [named(composed(facts_of(row)).prompt, facts_of(row)) for row in CHARACTERS] == [[]] * 10


def test_what_is_too_long_is_refused() -> None:
    assert "(it is too long)" in named("Ada Marsh, " * 140, facts_of(ADA))
    assert not named("Ada Marsh, " * 100, facts_of(ADA))


@pytest.mark.timeout(10)
def test_a_huge_answer_is_judged_in_good_time() -> None:
    for word in ("Ada ", "grey ", "41 ", "over ", "no ", "(", "coat over ", "'"):
        named(word * 200_000, facts_of(ADA))


def judged(answer: str, facts: Facts) -> None:
    """Taken or not, it is never more than the facts say, and always a prompt."""

    async def model(*_: object) -> str:
        return answer

    made = asyncio.run(Writer(model, 5).write(facts))
    if made is None:
        return
    assert made.source == "baml"
    assert made.prompt.endswith(f". Framing: {FRAMING}")
    assert len(made.prompt) <= MAX_LENGTH
    assert not set(QUOTATION_MARKS) & set(re.sub(r"(?<=\S)'(?=\S)", "", made.prompt))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", made.prompt)
    body = len(made.prompt) - len(f"Framing: {FRAMING}")
    bounds = [0, *(place for span in made.provenance for place in (span.start, span.end)), body]
    assert all(start <= end for start, end in pairwise(bounds))
    assert all(span.start < span.end for span in made.provenance)
    fields = {fact.field for _, fact in told(facts)}
    assert {span.field for span in made.provenance} <= fields


@settings(max_examples=100, deadline=None)
@given(st.none() | STRINGS, STRINGS, ODD_CHARACTERS, STRINGS, st.integers(0, 200))
def test_odd_data_and_odd_answers_give_a_clean_prompt_or_none(
    name: str | None, role: str, data: object, answer: str, cut: int
) -> None:
    facts = read(name, role, data, name_field="projectCharacterName", role_field="characterRole")
    own = composed(facts).prompt
    for text in (answer, own, own[cut:], own[:cut] + answer, f"{role} {answer} {name}"):
        judged(text, facts)
