"""Faithful: whether a prompt that a model wrote says only what the character's facts say.

Every word with a meaning of its own must be a fact's. Words that stand together must do so in a fact, or be a short
value with its noun; what a preposition ties together must be tied so in a fact. In doubt, the answer is no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.prompts.clean import cleaned, trimmed
from app.prompts.compose import ENDING, FRAMING, MAX_LENGTH
from app.prompts.grammar import raised
from app.prompts.known import Known
from app.prompts.placed import families, misplaced
from app.prompts.spoken import Token, Word, tokens_of, words_of
from app.prompts.vocabulary import LINKS

_FRAMING = re.compile(
    rf"(?:\bframing:?\s*)?(?:{'|'.join(re.escape(part.strip(' .')) for part in FRAMING.split(', '))})\b", re.IGNORECASE
)
_MOST_NAMED = 12


def body_of(answer: str) -> str:
    """The model's sentence in one clean line, without the framing, which is ours to add; "" when it says nothing."""
    return raised(trimmed(cleaned(_FRAMING.sub(" ", cleaned(answer)))))


def refused(body: str, known: Known) -> list[str]:
    """The words and combinations that the facts do not hold, and so many only as are useful; none: it is faithful."""
    return list(dict.fromkeys(_refused(body, known)))[:_MOST_NAMED]


def _refused(body: str, known: Known) -> Iterator[str]:
    words = words_of(body)
    if not any(known.kinds_of(word) for word in words):
        yield "(it says nothing of the character)"
    if len(body) + len(". ") + len(ENDING) > MAX_LENGTH:
        yield "(it is too long)"
    yield from (mark for mark in body if not (mark.isalnum() or mark in known.marks))
    yield from (_said(body, token) for token in tokens_of(body) if token.key in known.unspeakable)
    yield from (_said(body, token) for token in _loose(tokens_of(body), known))
    yield from (_said(body, word.token) for word in words if not (known.holds(word) or _is_noun(word)))
    yield from (body[first.token.start : last.token.end] for first, last in misplaced(words, known))


def _loose(tokens: list[Token], known: Known) -> Iterator[Token]:
    """Prepositions with nothing behind them, which say where somebody looks from: shown from behind."""
    for token, behind in zip(tokens, [*tokens, None][1:], strict=True):
        holds_nothing = behind is None or behind.key in LINKS or not (behind.is_word or behind.key == "-")
        if token.key in LINKS and holds_nothing and (token.key, behind.key if behind else "") not in known.runs:
            yield token


def _said(body: str, token: Token) -> str:
    return body[token.start : token.end]


def _is_noun(word: Word) -> bool:
    return not word.negation and bool(families(word))
