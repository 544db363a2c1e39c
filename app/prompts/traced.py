"""Traced: which words of a prompt came from which field."""

from __future__ import annotations

from app.prompts.facts import Fact, Facts
from app.prompts.inflection import forms
from app.prompts.known import told
from app.prompts.spoken import Token, tokens_of
from app.prompts.suggestion import Span
from app.prompts.vocabulary import CONNECTING, FAMILY, HE, NOUNS, SHE


def traced(body: str, facts: Facts) -> list[Span]:
    """The longest runs of words that a fact has too, in order, none overlapping."""
    tokens = _spoken(body)
    sources = [(FAMILY.get(slot, slot), fact, _spoken(fact.text)) for slot, fact in told(facts)]
    spans: list[Span] = []
    place = 0
    while place < len(tokens):
        length, fact = _longest(tokens, place, sources)
        if fact:
            spans.append(Span(tokens[place].start, tokens[place + length - 1].end, fact.field))
        place += max(length, 1)
    return spans


def _spoken(text: str) -> list[Token]:
    """The words and marks; a hyphen makes no difference."""
    return [token for token in tokens_of(text) if token.key != "-"]


def _longest(tokens: list[Token], place: int, sources: list[tuple[str, Fact, list[Token]]]) -> tuple[int, Fact | None]:
    """The longest run that begins here, and its fact; of equal ones that whose noun is near: dark of dark eyes."""
    best: tuple[int, bool, Fact | None] = (0, False, None)
    for kind, fact, source in sources:
        length = max((_run(tokens[place:], source[start:]) for start in range(len(source))), default=0)
        if length and (length, _is_near(tokens, place, length, kind)) > best[:2]:
            best = (length, _is_near(tokens, place, length, kind), fact)
    return best[0], best[2]


def _is_near(tokens: list[Token], place: int, length: int, kind: str) -> bool:
    near = [*tokens[max(place - 2, 0) : place], *tokens[place + length : place + length + 2]]
    return any(token.key in NOUNS.get(kind, ()) for token in near)


def _run(tokens: list[Token], source: list[Token]) -> int:
    """How many tokens the two begin with in common, up to the last with a meaning of its own."""
    if not (tokens and _has_meaning(tokens[0])):
        return 0
    length = 0
    for at, (token, other) in enumerate(zip(tokens, source, strict=False), 1):
        if not _is_same(token, other):
            break
        length = at if _has_meaning(token) else length
    return length


def _has_meaning(token: Token) -> bool:
    return token.is_word and token.key not in CONNECTING | SHE | HE


def _is_same(token: Token, other: Token) -> bool:
    if token.is_word != other.is_word or token.key == other.key:
        return token.key == other.key
    return not (token.is_number or other.is_number) and not forms(token.key).isdisjoint(forms(other.key))
