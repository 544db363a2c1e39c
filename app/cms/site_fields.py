"""Fields that media and image records have in this Payload beyond ours, such as a tenant or a required caption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from app.cms.image_record import NewCharacterImageMetadata
from app.cms.media import NewMedia

OF_MEDIA = frozenset({"id", *(member.encode_name for member in msgspec.structs.fields(NewMedia))})
OF_RECORDS = frozenset({"id", *(member.encode_name for member in msgspec.structs.fields(NewCharacterImageMetadata))})
"""The fields that this service writes itself."""


class SiteFields(msgspec.Struct, frozen=True):
    """Values of such fields, for new media and for new records. `copied`: fields that are copied from the character."""

    copied: tuple[str, ...] = ()
    media: dict[str, Any] = {}
    records: dict[str, Any] = {}

    def copy_from(self, character: Mapping[str, Any]) -> SiteFields:
        """Return the same with the character's values. A field that it lacks keeps its constant, if it has one."""
        values = {name: _ids_only(character[name]) for name in self.copied if character.get(name) is not None}
        return SiteFields(self.copied, self.media | values, self.records | values)

    def media_data(self, new: NewMedia) -> dict[str, Any]:
        """Everything that is written beside a file."""
        return {**self.media, **msgspec.to_builtins(new)}

    def record_data(self, new: NewCharacterImageMetadata) -> dict[str, Any]:
        """Everything that is written of an image record."""
        return {**self.records, **msgspec.to_builtins(new)}


def _ids_only(value: Any) -> Any:
    """A value as it is written: of a related document, which a hook may have filled in, only its id."""
    if isinstance(value, list):
        return [_ids_only(one) for one in value]
    if isinstance(value, dict):
        return value["id"] if "id" in value else {name: _ids_only(one) for name, one in value.items()}
    return value
