"""Check the parts that a model answers with: names of facts, and joining words out of a closed list."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from app.limits import cut
from app.prompts.assemble.facts import Fact
from app.prompts.assemble.sentences import ARTICLES, Placed

MOST_NAMED = 12
_LONGEST_NAMED = 40

_LOOKS = frozenset({"build", "skin", "eyes", "hair"})
_PERSON = frozenset({"role", "part", "occupation", "archetype", "gender", "age", "ethnicity", "height", "personality"})
_THINGS = frozenset({"features", "clothing", "accessories"})
_NOUNS = frozenset({"role", "part", "occupation", "archetype", "ethnicity", "build", "description"}) | _THINGS


class Word(msgspec.Struct, frozen=True):
    """A joining word. `rank`: the order in which such words follow each other. `before`: which facts; None: any."""

    text: str
    rank: int
    before: frozenset[str] | None = None


# By the names of the enum Joiner in baml_src. None is a noun, an adjective, a number, a negation or a direction.
JOINERS = {
    "Comma": Word(",", 0),
    "Semicolon": Word(";", 0),
    "FullStop": Word(".", 0),
    "And": Word("and", 1),
    "With": Word("with", 2, _LOOKS | {"features", "accessories"}),
    "Wearing": Word("wearing", 2, frozenset({"clothing", "accessories"})),
    "WhoIs": Word("who is", 2, _PERSON),
    "A": Word("a", 3, _NOUNS),
    "An": Word("an", 3, _NOUNS),
    "The": Word("the", 3, _NOUNS),
}
WORDS = {word.text: word for word in JOINERS.values()}

Part = Word | str
"""A joining word, or what should be the name of a fact."""


def place_parts(parts: list[Part], facts: list[Fact]) -> tuple[list[Placed], list[str]]:
    """Return the facts in the order of the parts with the words before each, and what is wrong with the parts."""
    waiting = {fact.slot: fact for fact in facts}
    names, placed, wrong = set(waiting), list[Placed](), list[str]()
    words = list[Word]()
    for part in parts:
        if isinstance(part, Word):
            words.append(part)
        elif fact := waiting.pop(part, None):
            wrong += _misused(words, fact)
            placed.append((tuple(word.text for word in words), fact))
            words = []
        else:
            what = "used twice" if part in names else "neither a fact nor a joining word"
            wrong.append(f"{cut(part, _LONGEST_NAMED)} is {what}")
    if [word.text for word in words] not in ([], ["."]):
        wrong.append(f"nothing stands behind {words[-1].text}")
    if not placed:
        wrong.append("no fact is in it")
    return placed, list(dict.fromkeys(wrong))[:MOST_NAMED]


def _misused(words: list[Word], fact: Fact) -> list[str]:
    """Name the joining words that do not follow each other in their order, or may not stand before that fact."""
    misplaced = [word for word, after in pairwise(words) if word.rank >= after.rank]
    unfit = [word for word in words if word.before is not None and fact.slot not in word.before]
    twice = [word for word in words if word.text in ARTICLES and fact.text.split()[0].lower() in ARTICLES]
    return [f"{word.text} cannot stand there, before {fact.slot}" for word in (*misplaced, *unfit, *twice)]
