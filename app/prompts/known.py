"""Known: what a character's facts say, word by word: which words, in which phrases, tied to what."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
from msgspec import field

from app.prompts.details import detail
from app.prompts.facts import Fact, Facts
from app.prompts.spoken import Word, phrases_of, tokens_of, words_of
from app.prompts.vocabulary import FAMILY, HE, MARKS, NEGATIONS, PEOPLE, PERSONAL, SAYS_HE, SAYS_SHE, SCAFFOLD_OF, SHE

T = TypeVar("T")
_COLOURED = ("eyes", "hair", "hairstyle", "skin")


def told(facts: Facts) -> list[tuple[str, Fact]]:
    """What a prompt may say, by kind; the life only of somebody about whom nothing else is known."""
    known = [(slot, fact) for slot in facts.__struct_fields__ if (fact := getattr(facts, slot))]
    better = facts.role or facts.archetype or facts.description
    return [(slot, fact) for slot, fact in known if not (slot == "biography" and better)]


def _sets() -> Any:
    return defaultdict(set)


class Known(msgspec.Struct, frozen=True):
    """An index of the facts by the forms of their words."""

    # in which of their phrases; in facts of which kind; affirmed, denied, or both
    phrases: dict[str, set[int]] = field(default_factory=_sets)
    kinds: dict[str, set[str]] = field(default_factory=_sets)
    affirmed: dict[str, set[bool]] = field(default_factory=_sets)
    # a word and its preposition to the words of the phrase behind
    tied: dict[tuple[str, str], set[str]] = field(default_factory=_sets)
    # a number to what follows it ("" at an end) and the kind of its fact
    followers: dict[str, set[tuple[str, str]]] = field(default_factory=_sets)
    runs: set[tuple[str, str]] = field(default_factory=set)  # which word or mark follows which; "" at an end
    personal: set[str] = field(default_factory=set)  # words that tell of the whole person
    marks: set[str] = field(default_factory=set)  # characters that are neither letters nor digits
    needy: set[str] = field(default_factory=set)  # values that say nothing without their noun: grey
    unspeakable: set[str] = field(default_factory=set)  # connecting words that these facts do not bear out

    def shares(self, first: frozenset[str], second: frozenset[str]) -> bool:
        """Whether the two words stand in one phrase of the facts."""
        phrases = _any(self.phrases, first)
        others = _any(self.phrases, second)
        return not phrases.isdisjoint(others)

    def kinds_of(self, word: Word) -> set[str]:
        """The kinds of fact in which the word stands."""
        return _any(self.kinds, word.forms)

    def holds(self, word: Word) -> bool:
        """Whether the facts have the word, and deny it if it is denied."""
        return (not word.negation) in _any(self.affirmed, word.forms)

    def ties(self, first: Word, link: str, phrase: list[Word]) -> bool:
        """Whether the facts tie the phrase to the word by that preposition."""
        behind: set[str] = set().union(*(self.tied.get((form, link), set()) for form in first.forms))
        return not behind.isdisjoint(phrase[-1].forms)

    def is_personal(self, word: Word) -> bool:
        """Whether the word tells of the whole person."""
        return not self.personal.isdisjoint(word.forms)


def known(facts: Facts) -> Known:
    """What the facts say."""
    index = Known()
    keys: set[str] = set()
    for slot, fact in told(facts):
        run = [token.key for token in tokens_of(fact.text)]
        keys.update(run)
        index.runs.update(pairwise([*run, ""]))
        index.marks.update(character for character in fact.text if not character.isalnum())
        _add(index, FAMILY.get(slot, slot), slot, words_of(fact.text))
    index.marks.update(MARKS)
    index.needy.update(form for form, kinds in index.kinds.items() if len(kinds) == 1 and kinds <= _needy(facts))
    index.unspeakable.update(_unspeakable(keys, {slot for slot, _ in told(facts)}))
    return index


def _needy(facts: Facts) -> set[str]:
    """The kinds of value that are colours or the like, and do not name what has them: not "bald"."""
    slots = [slot for slot in _COLOURED if (fact := getattr(facts, slot)) and len(detail(slot, fact)) > 1]
    return {FAMILY.get(slot, slot) for slot in slots}


def _add(index: Known, kind: str, slot: str, words: list[Word]) -> None:
    """The words of one fact."""
    phrases = phrases_of(words)
    for place, phrase in enumerate(phrases):
        number = _next(index)
        for word in phrase:
            _add_word(index, kind, word, number)
        if _is_personal(slot, phrase):
            index.personal.update(*(word.forms for word in phrase))
        for word, follower in zip(phrase, [*phrase[1:], None], strict=True):
            if word.token.is_number:
                index.followers[word.token.key].update(
                    (form, kind) for form in (follower.forms if follower else frozenset(("",)))
                )
        if place and (link := phrase[0].link):
            for form in phrases[place - 1][-1].forms:
                index.tied[form, link].update(*(word.forms for word in phrase))


def _add_word(index: Known, kind: str, word: Word, phrase: int) -> None:
    for form in word.forms:
        index.phrases[form].add(phrase)
        index.kinds[form].add(kind)
        index.affirmed[form].add(not word.negation)


def _next(index: Known) -> int:
    return 1 + max((max(numbers) for numbers in index.phrases.values()), default=0)


def _is_personal(slot: str, phrase: list[Word]) -> bool:
    """A person's word, or one alone: tall | a scar."""
    if slot in PERSONAL or any(not PEOPLE.isdisjoint(word.forms) for word in phrase):
        return True
    return len(phrase) == 1 and slot in ("description", "build", "bearing")


def _unspeakable(keys: set[str], slots: set[str]) -> set[str]:
    """Words that need a fact, of those that these facts have not."""
    needs = [words for slot, words in SCAFFOLD_OF.items() if slot not in slots]
    needs += [SHE] if SAYS_SHE.isdisjoint(keys) else []
    needs += [HE] if SAYS_HE.isdisjoint(keys) else []
    return set().union(*needs, NEGATIONS) - keys


def _any(index: dict[str, set[T]], forms: frozenset[str]) -> set[T]:
    return set().union(*(index.get(form, ()) for form in forms))
