"""Suggestion: a prompt that knows where its words came from."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from app.prompts.facts import Fact

# What a sentence is made of: our own words, and facts.
Phrase = tuple[str | Fact, ...]


class Span(msgspec.Struct, frozen=True, rename="camel"):
    """A part of the prompt, in code points with the end exclusive, and the field of the character it came from."""

    start: int
    end: int
    field: str


class Suggestion(msgspec.Struct, frozen=True, rename="camel"):
    """A prompt to edit, who wrote it, and where its words came from: spans in order, none overlapping."""

    prompt: str
    source: Literal["character-data", "baml"]
    provenance: list[Span]


def suggested(sentences: Iterable[Phrase], ending: str, most: int) -> Suggestion:
    """The sentences that fit before the ending in `most` code points; the next may fit where one does not."""
    prompt, spans = "", list[Span]()
    for sentence in sentences:
        text = "".join(map(_text, sentence))
        if len(prompt) + len(text) + 1 + len(ending) <= most:
            spans.extend(_spans(sentence, len(prompt)))
            prompt += text + " "
    return Suggestion(prompt + ending, "character-data", spans)


def _spans(phrase: Phrase, start: int) -> Iterator[Span]:
    """The spans of a phrase that begins at `start`."""
    for piece in phrase:
        end = start + len(_text(piece))
        if isinstance(piece, Fact):
            yield Span(start, end, piece.field)
        start = end


def _text(piece: str | Fact) -> str:
    return piece if isinstance(piece, str) else piece.text
