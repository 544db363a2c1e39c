"""Placed: whether words that the facts hold also stand where the facts have them: grey eyes, and not grey hair."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from app.prompts.known import Known
from app.prompts.spoken import Word, phrases_of
from app.prompts.vocabulary import AFTER_NUMBERS, CLOSES, LENGTHS, NOUNS, OPENS, WEARING

_WORN = frozenset({"clothing", "accessories", "features", "description"})
_MEASURES = frozenset({"age", "height"})

Pair = tuple[Word, Word]


def families(word: Word) -> set[str]:
    """The kinds of value that the word is the noun of: eyes, hair, age."""
    return {kind for kind, nouns in NOUNS.items() if word.token.key in nouns}


def misplaced(words: list[Word], known: Known) -> Iterator[Pair]:
    """The first and the last word of each combination that the facts do not have."""
    yield from ((word, word) for place, word in enumerate(words) if not _is_bound(words, place, known))
    before: list[Word] = []
    phrases = phrases_of(words)
    yield from ((phrase[0], phrase[-1]) for place, phrase in enumerate(phrases) if not _is_named(phrases, place, known))
    for phrase in phrases:
        for place, (first, second) in enumerate(pairwise(phrase), 2):
            if not _belong(first, second, phrase[place:], known):
                yield (first, second)
        yield from _miscounted(phrase, known)
        if not _is_tied(before, phrase, known):
            yield ((before or phrase)[-1], phrase[-1])
        before = phrase


def _is_bound(words: list[Word], place: int, known: Known) -> bool:
    """Whether a noun of ours stands beside a value of its kind: grey eyes, eyes of grey, 41 years old."""
    word = words[place]
    if known.holds(word) or not families(word):
        return True
    before = [one for one in _run(words[place::-1]) if one is not word]
    if word.token.key in AFTER_NUMBERS:
        return bool(before) and (before[0].token.is_number or before[0].token.key in LENGTHS | AFTER_NUMBERS)
    behind = [] if word.token.key in CLOSES - OPENS else words[place + 1 : place + 2]
    near = [*before[:1], *(one for one in behind if _reaches(one))]
    return any(known.holds(one) and known.kinds_of(one) & families(word) for one in near)


def _is_named(phrases: list[list[Word]], place: int, known: Known) -> bool:
    """Whether a colour has its noun in the phrase or in the one beside it: eyes: one blue, one green."""
    phrase = phrases[place]
    if not all(known.needy & word.forms for word in phrase):
        return True
    kinds: set[str] = set().union(*map(known.kinds_of, phrase))
    for beside in (phrases[place - 1 :: -1] if place else [], phrases[place + 1 :]):
        for other in beside:
            if any(kinds & families(word) for word in other):
                return True
            if not any(kinds & known.kinds_of(word) for word in other):
                break
    return False


def _run(backwards: list[Word]) -> Iterator[Word]:
    """The words back to the last pause."""
    for word in backwards:
        yield word
        if not _reaches(word):
            return


def _reaches(word: Word) -> bool:
    """Whether a noun and a value may be that far apart."""
    return word.joins or word.link == "of"


def _belong(first: Word, second: Word, rest: list[Word], known: Known) -> bool:
    """Whether two neighbours may be neighbours. `rest`: what follows them in the phrase."""
    kinds, others = known.kinds_of(first), known.kinds_of(second)
    if known.shares(first.forms, second.forms) or families(second) & (kinds | families(first)):
        return True
    if families(first) & others or kinds & others & NOUNS.keys():
        return True
    if any(others & families(noun) and known.shares(first.forms, noun.forms) for noun in rest):
        return True  # tired eyes that are hazel: tired hazel eyes
    if not (first.token.key in CLOSES or (known.is_personal(first) and not first.token.is_number)):
        return False
    opens = second.token.key in OPENS or _closes_later(second, rest, known)
    return opens or known.is_personal(second)


def _closes_later(value: Word, rest: list[Word], known: Known) -> bool:
    """Whether a value's own adjective follows: grey of grey green eyed."""
    kinds = known.kinds_of(value)
    return any(word.token.key in CLOSES and kinds & families(word) for word in rest)


def _miscounted(phrase: list[Word], known: Known) -> Iterator[Pair]:
    """Numbers that do not count what they count in the facts."""
    for place, word in enumerate(phrase):
        if not word.token.is_number:
            continue
        behind, before = phrase[place + 1 : place + 2], phrase[place - 1 : place] if place else []
        if not (_counts(word, behind[0], known) if behind else _stands_alone(word, before, known)):
            yield (word, (behind or [word])[0])


def _counts(number: Word, counted: Word, known: Known) -> bool:
    followers = known.followers.get(number.token.key, set())
    alone = {kind for form, kind in followers if not form}  # 41 years of 41, but not 172 tall of 172 cm
    return any(form in counted.forms for form, _ in followers) or bool(families(counted) & alone)


def _stands_alone(number: Word, before: list[Word], known: Known) -> bool:
    """Whether the facts have the number alone; a bare height must be called one."""
    alone = {kind for form, kind in known.followers.get(number.token.key, ()) if not form}
    return bool(alone - {"height"}) or bool(alone and before and families(before[0]) & alone)


def _is_tied(before: list[Word], phrase: list[Word], known: Known) -> bool:
    """Whether a preposition ties the phrase to what the facts tie it to."""
    first = phrase[0]
    if not WEARING.isdisjoint(first.between):
        return bool(known.kinds_of(first) & _WORN)
    if not (before and first.link) or known.ties(before[-1], first.link, phrase):
        return True
    holder = before[-1]
    if first.link == "of" and families(holder) & known.kinds_of(first):
        return True
    if first.link == "in" and all(known.kinds_of(word) & {"clothing", "accessories"} for word in phrase):
        return "clothing" not in known.kinds_of(holder)
    measured = all((known.kinds_of(word) | families(word)) & _MEASURES for word in phrase)
    return measured and first.link in ("at", "of", "in") and known.is_personal(holder)
