"""Arrange facts into a prompt: in our own order, or in one that a model chose. No value is changed."""

import unicodedata
from collections.abc import Iterable, Iterator

from app.prompts.assemble.facts import Fact
from app.prompts.assemble.phrases import close_sentence, make_sentence, place_inline, read_well
from app.prompts.assemble.suggestion import Phrase, Source, Suggestion, suggest_sentences

OPENING = "Master reference image of "
NAMELESS = "the character"
PUNCTUATION = (",", ";", ".")
ARTICLES = ("a", "an", "the")

Placed = tuple[tuple[str, ...], Fact]
"""A fact and the joining words before it."""


def arrange(facts: list[Fact]) -> Suggestion:
    """Return the prompt in our own order: first what reads well in one sentence, then a sentence for each fact."""
    return join_placed(facts, _place(facts), "character-data")


def join_placed(facts: list[Fact], placed: Iterable[Placed], source: Source) -> Suggestion:
    """Return the prompt that says the facts in that order; those not placed follow in sentences of their own."""
    order = list(placed)
    used = {fact.slot for _, fact in order}
    rest: list[Placed] = [((".",), fact) for fact in facts if fact.slot not in {*used, "name"}]
    name = next((fact for fact in facts if fact.slot == "name"), NAMELESS)
    return suggest_sentences(_sentences((OPENING, name), [*order, *rest]), source)


def _place(facts: list[Fact]) -> Iterator[Placed]:
    """Ada Marsh, 41 years old, 172 cm tall, with grey eyes and auburn hair."""
    name = next((fact.text for fact in facts if fact.slot == "name"), "")
    # Behind a name in Arabic or Hebrew a number would be drawn on the name's other side.
    apart = ("age", "height") if name and unicodedata.bidirectional(name[-1]) in ("R", "AL") else ()
    well = [fact for fact in facts if fact.slot not in apart and read_well(fact)]
    looks = [fact for fact in well if fact.slot in ("skin", "eyes", "hair")]
    others = [fact for fact in well if fact not in looks]
    yield from (((",",), fact) for fact in others)
    for fact in looks:
        if fact is looks[0]:
            yield ((",", "with") if others else ("with",)), fact
        else:
            yield (("and",) if fact is looks[-1] else (",",)), fact


def _sentences(opening: Phrase, placed: list[Placed]) -> Iterator[Phrase]:
    """Yield the sentences. A fact that cannot stand inside one ends it; what follows a full stop begins a new one."""
    sentence: Phrase = opening
    for words, fact in placed:
        phrase = place_inline(fact)
        if sentence and (phrase is None or "." in words):
            yield close_sentence(sentence)
            sentence = ()
        joining = " ".join(word for word in words if word not in PUNCTUATION)
        if sentence and phrase:
            mark = next(
                (word for word in words if word in PUNCTUATION), "" if joining and words[0] not in ARTICLES else ","
            )
            sentence = (*sentence, f"{mark} {joining} " if joining else f"{mark} ", *phrase)
        elif phrase and (begun := joining.removeprefix("and").lstrip()) and not begun.startswith("who is"):
            sentence = (f"{begun[0].upper()}{begun[1:]} ", *phrase)
        else:
            yield make_sentence(fact)
    if sentence:
        yield close_sentence(sentence)
