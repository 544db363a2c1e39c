"""A prompt that knows where its words came from."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from app.prompts.assemble.facts import Fact

FRAMING = (
    "chest-to-mid-thigh crop, equal headroom, characters pinned to left/right thirds, "
    "inter-subject gap ≈ 7% of frame width, matched eye level, 35mm lens."
)
ENDING = f"Framing: {FRAMING}"
MAX_LENGTH = 1_500

Phrase = tuple[str | Fact, ...]
"""What a sentence is made of: our own words, and facts."""

Source = Literal["character-data", "baml"]


class Span(msgspec.Struct, frozen=True, rename="camel"):
    """A part of the prompt, in code points with the end exclusive, and the field of the character it came from."""

    start: int
    end: int
    field: str


class Suggestion(msgspec.Struct, frozen=True, rename="camel"):
    """A prompt to edit, who arranged it, and where its words came from: spans in order, none overlapping."""

    prompt: str
    source: Source
    provenance: list[Span]


def suggest_sentences(sentences: Iterable[Phrase], source: Source) -> Suggestion:
    """Join the sentences that fit into MAX_LENGTH code points with the framing, which always stands at the end."""
    prompt, spans = "", list[Span]()
    for sentence in sentences:
        text = "".join(map(_text, sentence))
        if len(prompt) + len(text) + 1 + len(ENDING) <= MAX_LENGTH:
            spans.extend(_spans(sentence, len(prompt)))
            prompt += text + " "
    return Suggestion(prompt + ENDING, source, spans)


def _spans(phrase: Phrase, start: int) -> Iterator[Span]:
    """The spans of a phrase that begins at `start`."""
    for piece in phrase:
        end = start + len(_text(piece))
        if isinstance(piece, Fact):
            yield Span(start, end, piece.field)
        start = end


def _text(piece: str | Fact) -> str:
    return piece if isinstance(piece, str) else piece.text
