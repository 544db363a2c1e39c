"""What to ask the Character Library for: a first prompt out of what is known about a character.

`suggest` writes the prompt of a master reference image from existing data alone and tells, span by span,
which field of the character each phrase came from.
"""

from app.models.character_reference import CharacterReference
from app.prompts.compose import FRAMING, MAX_LENGTH, composed
from app.prompts.facts import read
from app.prompts.suggestion import Span, Suggestion

__all__ = ["FRAMING", "MAX_LENGTH", "Span", "Suggestion", "suggest", "suggest_for"]


def suggest(
    name: str | None,
    role: str | None,
    baml_data: object,
    *,
    name_field: str = "projectCharacterName",
    role_field: str = "characterRole",
) -> Suggestion:
    """The prompt for a master reference: at most MAX_LENGTH code points, FRAMING last. Takes any JSON, never raises."""
    return composed(read(name, role, baml_data, name_field=name_field, role_field=role_field))


def suggest_for(character: CharacterReference) -> Suggestion:
    """The prompt for a character as Payload has it."""
    name_field = "projectCharacterName" if character.project_character_name else "name"
    return suggest(character.name, character.role, character.baml_data, name_field=name_field)
