"""What to ask the Character Library for: a first prompt out of what is known about a character.

`suggest` writes the prompt of a master reference image from existing data alone and tells, span by span,
which field of the character each phrase came from. `Writer` has a model write it, and holds the model to the facts.
"""

from app.models.character_reference import CharacterReference
from app.prompts.compose import FRAMING, MAX_LENGTH, composed
from app.prompts.facts import Facts, read
from app.prompts.model import open_model
from app.prompts.suggestion import Span, Suggestion
from app.prompts.written import Writer

__all__ = [
    "FRAMING",
    "MAX_LENGTH",
    "Span",
    "Suggestion",
    "Writer",
    "open_model",
    "suggest",
    "suggest_for",
    "written_for",
]


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
    return composed(_facts(character))


async def written_for(character: CharacterReference, writer: Writer) -> Suggestion:
    """The prompt that the writer's model has for the character; where that is of no use, ours."""
    return await writer.write(_facts(character)) or suggest_for(character)


def _facts(character: CharacterReference) -> Facts:
    name_field = "projectCharacterName" if character.project_character_name else "name"
    return read(character.name, character.role, character.baml_data, name_field=name_field, role_field="characterRole")
