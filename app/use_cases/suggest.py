"""The prompt that the workspace suggests for a character's reference."""

from __future__ import annotations

import msgspec

from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.prompts import Span, suggest_by_model, suggest_for
from app.services import Services, find_character

_MINUTE = 60.0


class SuggestedPrompt(msgspec.Struct, frozen=True):
    """A prompt. `provenance`: which spans of it (code points, end exclusive) come from which field."""

    prompt: str
    source: str
    provenance: list[Span]
    success: bool = True


async def prompt(services: Services, caller: Caller, character_id: str, *, by_model: bool = False) -> SuggestedPrompt:
    """A prompt from what the character already has, and from nothing else. `by_model`: wait for one, where there is.

    Raises `CharacterNotFound`, and `TooManyRequests` or `Busy` where the model was asked often enough.
    """
    character = await find_character(services.cms.as_user(caller.auth), caller, character_id)
    writer = services.writer if by_model else None
    if writer:
        services.scarce.model.spend(str(caller.id), _MINUTE)
    if not writer:
        return assembled(character)
    suggestion = await suggest_by_model(character, writer)
    return SuggestedPrompt(suggestion.prompt, suggestion.source, suggestion.provenance)


def assembled(character: CharacterReference) -> SuggestedPrompt:
    """The prompt that is assembled from a character's data alone."""
    suggestion = suggest_for(character)
    return SuggestedPrompt(suggestion.prompt, suggestion.source, suggestion.provenance)
