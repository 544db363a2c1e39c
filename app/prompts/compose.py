"""Compose: a prompt out of facts, as someone would write it who knows what an image model looks for."""

from collections.abc import Iterator

import msgspec

from app.prompts.details import DETAILS, detail, is_told
from app.prompts.facts import Fact, Facts
from app.prompts.grammar import article, is_clause, is_determined, is_story_adjective, lowered, raised, words
from app.prompts.suggestion import Phrase, Suggestion, suggested

FRAMING = (
    "chest-to-mid-thigh crop, equal headroom, characters pinned to left/right thirds, "
    "inter-subject gap ≈ 7% of frame width, matched eye level, 35mm lens."
)
ENDING = f"Framing: {FRAMING}"
MAX_LENGTH = 1_500

_WORN = words("wears wearing wear dressed dresses clad prefers favors favours always usually often mostly")


def composed(facts: Facts) -> Suggestion:
    """A prompt of at most MAX_LENGTH code points: what can be seen first, FRAMING last and always whole."""
    return suggested(_sentences(_untold(facts)), ENDING, MAX_LENGTH)


def _untold(facts: Facts) -> Facts:
    """The facts without those that the description or the role already tells."""
    known = {slot: getattr(facts, slot) for slot in facts.__struct_fields__ if slot not in ("name", "description")}
    told = {slot: None for slot, fact in known.items() if fact and is_told(slot, fact, facts.description)}
    if facts.archetype and is_told("archetype", facts.archetype, facts.role):
        told["archetype"] = None
    return msgspec.structs.replace(facts, **told)


def _sentences(facts: Facts) -> Iterator[Phrase]:
    """The sentences of the prompt, in their order; character comes last, as far as a face and a posture show it."""
    parts = [fact for fact in (facts.role, facts.archetype) if fact]
    yield _subject(facts.name, [fact for fact in parts if not is_clause(fact.text)])
    yield from (_sentence(fact) for fact in parts if is_clause(fact.text))
    if facts.description:
        yield _sentence(facts.description)
    yield from _details(facts)
    yield from _labelled("Distinguishing features: ", facts.features)
    if facts.clothing:
        yield _clothing(facts.clothing)
    yield from _labelled("Accessories: ", facts.accessories)
    yield from _labelled("Expression and bearing: ", facts.bearing, facts.personality)
    yield from _labelled("Motivation behind the gaze: ", facts.motivation)
    if facts.biography and not (parts or facts.description):
        yield _sentence(facts.biography)


def _subject(name: Fact | None, parts: list[Fact]) -> Phrase:
    """Master reference image of Ada Marsh, a lighthouse keeper, the reluctant hero."""
    who: Phrase = ("Master reference image of ", name or "the character")
    return (*who, *(piece for part in parts for piece in (", ", *_part(part))), ".")


def _part(fact: Fact) -> Phrase:
    """A role or an archetype with its article."""
    noun = (" character",) if is_story_adjective(fact.text) else ()
    text = lowered(fact.text)
    return (article(text), Fact(text, fact.field), *noun)


def _sentence(fact: Fact) -> Phrase:
    return (Fact(raised(fact.text), fact.field), ".")


def _details(facts: Facts) -> Iterator[Phrase]:
    """Age 28, height 172 cm, brown eyes, dark hair; with semicolons where a value has commas of its own."""
    known = [(slot, fact) for slot in DETAILS if (fact := getattr(facts, slot))]
    if known:
        between = "; " if any("," in fact.text for _, fact in known) else ", "
        yield (*_raised(_joined([detail(slot, fact) for slot, fact in known], between)), ".")


def _clothing(fact: Fact) -> Phrase:
    """Wearing a long green coat. / Clothing: green coat."""
    if not _WORN.isdisjoint(fact.text.lower().split()[:3]):
        return _sentence(fact)
    if is_determined(fact.text):
        return ("Wearing ", Fact(lowered(fact.text), fact.field), ".")
    return ("Clothing: ", fact, ".")


def _labelled(label: str, *facts: Fact | None) -> Iterator[Phrase]:
    known: list[Phrase] = [(fact,) for fact in facts if fact]
    if known:
        yield (label, *_joined(known, "; "), ".")


def _joined(phrases: list[Phrase], between: str) -> Phrase:
    first, *others = phrases
    return (*first, *(piece for phrase in others for piece in (between, *phrase)))


def _raised(phrase: Phrase) -> Phrase:
    """The phrase with a capital."""
    first, *others = phrase
    return (raised(first) if isinstance(first, str) else Fact(raised(first.text), first.field), *others)
