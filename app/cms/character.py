"""A Character Reference: the film's character as its writers keep it. Only read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from app.limits import ID, NAME, cut
from payload_client import Id, Lenient


class CharacterReference(Lenient, frozen=True, rename="camel"):
    """The fields that matter here. All but the id may be of any shape, so each is read through a property."""

    id: Id
    project_character_name: Any = None
    name_: Any = msgspec.field(default=None, name="name")
    character_role: Any = None
    library_db_id_: Any = msgspec.field(default=None, name="libraryDbId")
    library_integration: Any = None
    library_character_id_: Any = msgspec.field(default=None, name="libraryCharacterId")
    generation_metadata: Any = None
    updated_at: datetime | None = None

    @property
    def name(self) -> str | None:
        """What the film calls the character."""
        return _words(self.project_character_name) or _words(self.name_)

    @property
    def role(self) -> str | None:
        """The part that the character plays."""
        return _words(self.character_role)

    @property
    def library_db_id(self) -> str | None:
        """Its id in the Character Library; None where it was never linked. Dots alone would name another route."""
        linked = _id(self.library_db_id_) or _id(_member(self.library_integration, "libraryDbId"))
        return linked if linked and linked.strip(".") else None

    @property
    def library_character_id(self) -> str | None:
        """Its name in the Character Library's own scheme; shown, never sent."""
        return _words(self.library_character_id_)

    @property
    def baml_data(self) -> object:
        """What is known about the character, of any shape."""
        return _member(self.generation_metadata, "bamlData")


LISTED = {
    "projectCharacterName": True,
    "name": True,
    "characterRole": True,
    "libraryDbId": True,
    "libraryIntegration": True,
    "libraryCharacterId": True,
    "updatedAt": True,
}
"""A `select` or `populate` without the character's data, which can be long."""


def _words(value: object) -> str | None:
    """A text that is not blank, no longer than names are."""
    return (cut(value.strip(), NAME) or None) if isinstance(value, str) else None


def _id(value: object) -> str | None:
    """A text that is not blank; what is longer than ids are is none."""
    return (value.strip() or None) if isinstance(value, str) and len(value) <= ID else None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None
