"""The suggestion as the workspace shows it: its words, and the field of the character that each phrase comes from."""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec

from app.pages.view import View
from app.use_cases.suggest import SuggestedPrompt

# What people call a field whose own name says less.
_LABELS = {"description": "appearance", "physicalDescription": "appearance"}
_OWN = re.compile(r"^(projectCharacter|character)(?=[A-Z])")


class Phrase(msgspec.Struct, frozen=True):
    """Some words of a suggestion. `origin`: what people call the field that they are from; None: they are ours."""

    text: str
    origin: str | None


class Suggested(msgspec.Struct, frozen=True):
    """A suggestion in phrases. `by_model`: a model arranged it."""

    prompt: str
    by_model: bool
    phrases: list[Phrase]

    @classmethod
    def of(cls, suggested: SuggestedPrompt) -> Suggested:
        """Split a suggested prompt into phrases."""
        return cls(suggested.prompt, suggested.source == "baml", phrases_of(suggested))


class SuggestionView(View, frozen=True, kw_only=True):
    """A suggestion by itself, which the page's script asks for and puts in its place."""

    template: ClassVar[str] = "images/suggestion.html"

    suggestion: Suggested


def phrases_of(suggested: SuggestedPrompt) -> list[Phrase]:
    """All words of a suggestion, in order."""
    phrases, at = list[Phrase](), 0
    for span in suggested.provenance:
        if span.start > at:
            phrases.append(Phrase(suggested.prompt[at : span.start], None))
        phrases.append(Phrase(suggested.prompt[span.start : span.end], label_of(span.field)))
        at = span.end
    return [*phrases, Phrase(suggested.prompt[at:], None)]


def label_of(field: str) -> str:
    """The label of a field for people: "eye color" for `physicalDescription.eyeColor`."""
    name = re.sub(r"\[\d+\]$|\.\d+$", "", field).rpartition(".")[2]
    plain = _LABELS.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _OWN.sub("", name)).replace("_", " ")
    return plain.lower()
