"""Payload as this product sees it: its collections, typed, for one caller."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import msgspec

from app.cms.character import LISTED, CharacterReference
from app.cms.image import Image, join
from app.cms.image_record import CharacterImageMetadata
from app.cms.media import Media
from payload_client import Auth, AuthCollection, Collection, Id, Payload, PayloadError, ValidationFailed, Where, field

NEWEST_FIRST = "-createdAt,-id"
"""A `sort`; documents of one instant keep a stable order by their id."""
_LINKS = ("libraryDbId", "libraryIntegration.libraryDbId")
_NEAR = 100
"""Characters with nearly the same library id that are looked at; of more, one is taken to be the same."""


class Slugs(msgspec.Struct, frozen=True):
    """What the collections are called in this Payload. `media_fields`: others' fields that point at files."""

    users: str = "users"
    media: str = "media"
    characters: str = "character-references"
    images: str = "character-image-metadata"
    media_fields: tuple[str, ...] = ()

    @property
    def users_of_media(self) -> list[str]:
        """Every field that is known to point at files, with its collection before the first dot."""
        return [f"{self.images}.media", *self.media_fields]


class Cms:
    """The collections for one caller. `origin`: Payload as the browser reaches it."""

    def __init__(self, payload: Payload, slugs: Slugs, origin: str) -> None:
        self.payload = payload
        self.slugs = slugs
        self.origin = origin

    def as_user(self, auth: Auth | None) -> Cms:
        """The same Payload for another caller."""
        return Cms(self.payload.as_user(auth), self.slugs, self.origin)

    @property
    def users(self) -> AuthCollection:
        """Who may sign in."""
        return self.payload.auth_collection(self.slugs.users)

    @property
    def media(self) -> Collection[Media]:
        """The files."""
        return self.payload.collection(self.slugs.media, Media)

    @property
    def characters(self) -> Collection[CharacterReference]:
        """The film's characters."""
        return self.payload.collection(self.slugs.characters, CharacterReference)

    @property
    def images(self) -> Collection[CharacterImageMetadata]:
        """The records of the pictures."""
        return self.payload.collection(self.slugs.images, CharacterImageMetadata)

    @property
    def listed(self) -> dict[str, Any]:
        """A `populate` with what is shown of related documents: not a character's long data, of a person the id."""
        return {self.slugs.characters: LISTED, self.slugs.users: {"id": True}}

    async def newest(self, where: Where) -> CharacterImageMetadata | None:
        """The newest record that matches."""
        result = await self.images.find(where, sort=NEWEST_FIRST, limit=1)
        return result.docs[0] if result.docs else None

    async def uses(self, media_id: Id) -> bool:
        """Whether anything that is known to point at files points at that one, be it a draft or in the trash."""
        for used_in in self.slugs.users_of_media:
            slug, _, path = used_in.partition(".")
            for draft in (False, True):
                where, shown = field(path) == media_id, {"id": True}
                users = self.payload.collection(slug)
                if (await users.find(where, limit=1, select=shown, draft=draft, trash=True)).docs:
                    return True
        return False

    async def shares_library_id(self, library_id: str, character_id: Id) -> bool:
        """Whether another character that the caller may see has that id in the library."""
        try:
            return await self._is_linked(library_id, character_id, *_LINKS)
        except ValidationFailed:  # the characters of this Payload have no such group
            return await self._is_linked(library_id, character_id, *_LINKS[:1])

    async def _is_linked(self, library_id: str, but: Id, *links: str) -> bool:
        # `contains`, since an id counts without the blanks around it; what is not quite the same is sorted out here.
        near = reduce(or_, (field(link).contains(library_id) for link in links))
        result = await self.characters.find(near & (field("id") != but), limit=_NEAR, select=LISTED)
        return result.total_docs > _NEAR or any(one.library_db_id == library_id for one in result.docs)

    async def knows_caller(self) -> bool:
        """Whether Payload still recognises who is calling; so it is taken to be where it cannot be asked."""
        try:
            return (await self.users.me()).user is not None
        except PayloadError:
            return True

    def image(self, record: CharacterImageMetadata, file: Media | None = None) -> Image:
        """The picture of a record that was read with its file, or of the two."""
        result = file or (record.media if isinstance(record.media, Media) else None)
        return join(record, result, self.origin)
