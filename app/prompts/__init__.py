"""What to ask the Character Library for: a first prompt out of what is known about a character.

`suggest` assembles the prompt of a master reference image from existing data alone and tells, span by span, which field
of the character each value came from. `Writer` has a model arrange the same values; it cannot add to them.
"""

from app.cms.character import CharacterReference
from app.limits import NAME, cut
from app.prompts.assemble.facts import Fact, read_facts
from app.prompts.assemble.sentences import arrange
from app.prompts.assemble.suggestion import FRAMING, MAX_LENGTH, Span, Suggestion
from app.prompts.model.client import open_model
from app.prompts.model.writer import Writer

__all__ = [
    "FRAMING",
    "MAX_LENGTH",
    "Span",
    "Suggestion",
    "Writer",
    "facts_of",
    "open_model",
    "suggest",
    "suggest_by_model",
    "suggest_for",
]


def suggest(
    name: str | None,
    role: str | None,
    baml_data: object,
    *,
    name_field: str = "projectCharacterName",
    role_field: str = "characterRole",
) -> Suggestion:
    """Return the prompt for a master reference: at most MAX_LENGTH code points, FRAMING last. Any JSON will do."""
    return arrange(read_facts(name, role, baml_data, name_field=name_field, role_field=role_field))


def suggest_for(character: CharacterReference) -> Suggestion:
    """Return the prompt for a character as Payload has it."""
    return arrange(_read(character))


def facts_of(character: CharacterReference) -> dict[str, str]:
    """Return what a prompt may use of a character, by the name of each fact."""
    return {fact.slot: cut(fact.text, NAME) for fact in _read(character)}


async def suggest_by_model(character: CharacterReference, writer: Writer) -> Suggestion:
    """Return the prompt as the writer's model arranges it; where that is of no use, as we do."""
    facts = _read(character)
    return await writer.write(facts) or arrange(facts)


def _read(character: CharacterReference) -> list[Fact]:
    name_field = "projectCharacterName" if character.project_character_name else "name"
    return read_facts(
        character.name, character.role, character.baml_data, name_field=name_field, role_field="characterRole"
    )
