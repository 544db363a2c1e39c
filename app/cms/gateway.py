"""Payload as this product sees it: its collections, typed, for one caller."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import quote

import msgspec

from app.cms.character import LISTED, CharacterReference
from app.cms.image import Image, join
from app.cms.image_record import CharacterImageMetadata
from app.cms.media import POPULATED, Media
from app.cms.site_fields import SiteFields
from app.cms.token_scheme import TokenScheme
from payload_client import (
    Answer,
    Auth,
    AuthCollection,
    Collection,
    Forbidden,
    Id,
    Payload,
    PayloadError,
    ValidationFailed,
    Where,
    field,
)

NEWEST_FIRST = "-createdAt,-id"
"""A `sort`; documents of one instant keep a stable order by their id."""
_LINKS = ("libraryDbId", "libraryIntegration.libraryDbId")
_NONE = SiteFields()
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
    """The collections for one caller.

    `origin`: Payload as the browser reaches it; `scheme`: of session tokens; `site_fields`: of what is written.
    """

    def __init__(
        self,
        payload: Payload,
        slugs: Slugs,
        origin: str,
        scheme: TokenScheme | None = None,
        site_fields: SiteFields = _NONE,
    ) -> None:
        self.payload = payload
        self.slugs = slugs
        self.origin = origin
        self.scheme = scheme or TokenScheme()
        self.site_fields = site_fields

    def as_user(self, auth: Auth | None) -> Cms:
        """The same Payload for another caller."""
        return Cms(self.payload.as_user(auth), self.slugs, self.origin, self.scheme, self.site_fields)

    async def writing_for(self, character_id: Id) -> Cms:
        """The same, with the fields that what is written gets from that character. Raises `PayloadError`."""
        if not self.site_fields.copied:
            return self
        select = dict.fromkeys(self.site_fields.copied, True)
        character = await self.payload.collection(self.slugs.characters).find_by_id(character_id, select=select)
        return Cms(self.payload, self.slugs, self.origin, self.scheme, self.site_fields.copy_from(character))

    @property
    def users(self) -> AuthCollection:
        """Who may sign in."""
        return self.payload.auth_collection(self.slugs.users)

    def users_noting_cookies(self, cookies: list[str]) -> AuthCollection:
        """The same, whose answers' `Set-Cookie` are added to `cookies`, each as it came."""

        def note(answer: Answer) -> None:
            cookies.extend(answer.headers.get_list("Set-Cookie"))

        return self.payload.using(on_answer=note).auth_collection(self.slugs.users)

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
        """A `populate` with what is shown of related documents: not a character's long data, of a person the id.

        Of a file it is what is read of it, whatever the collection's own `defaultPopulate` leaves out.
        """
        return {self.slugs.characters: LISTED, self.slugs.users: {"id": True}, self.slugs.media: POPULATED}

    async def newest(self, where: Where, *, trash: bool = False) -> CharacterImageMetadata | None:
        """The newest record that matches, also of those in the trash if `trash`."""
        result = await self.images.find(where, sort=NEWEST_FIRST, limit=1, trash=trash)
        return result.docs[0] if result.docs else None

    async def uses(self, media_id: Id, but: Id | None = None) -> bool:
        """Whether anything that is known to point at files points at that one, be it a draft or in the trash.

        `but`: an image record that does not count.
        """
        for used_in in self.slugs.users_of_media:
            slug, _, path = used_in.partition(".")
            for draft in (False, True):
                where, shown = field(path) == media_id, {"id": True}
                if but is not None and slug == self.slugs.images:
                    where &= field("id") != but
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

    async def with_files(self, records: list[CharacterImageMetadata]) -> list[CharacterImageMetadata]:
        """The same records with their files, also where Payload did not fill them in or has them in its trash.

        Asks only where one is missing: a `maxDepth`, a trash and a file that is gone look alike in a record.
        """
        bare = [record for record in records if not isinstance(record.media, Media)]
        if not bare:
            return records
        if nameless := [record.id for record in bare if record.media is None]:
            named = await self.images.find(
                field("id").is_in(*nameless), limit=len(nameless), select={"media": True}, trash=True
            )
            ids = {record.id: record.media_id for record in named.docs}
            bare = [msgspec.structs.replace(record, media=ids.get(record.id, record.media)) for record in bare]
        files = await self.find_files([record.media_id for record in bare])
        found = {
            record.id: msgspec.structs.replace(record, media=files.get(record.media_id, record.media))
            for record in bare
        }
        return [found.get(record.id, record) for record in records]

    async def find_files(self, ids: Iterable[Id | None]) -> dict[Id | None, Media]:
        """The files of those ids that are there for the caller, be they in the trash."""
        wanted = [media_id for media_id in dict.fromkeys(ids) if media_id is not None]
        if not wanted:
            return {}
        try:
            result = await self.media.find(field("id").is_in(*wanted), limit=len(wanted), trash=True)
        except Forbidden:
            return {}
        return {media.id: media for media in result.docs}

    def image(self, record: CharacterImageMetadata, file: Media | None = None) -> Image:
        """The picture of a record that was read with its file, or of the two."""
        result = file or (record.media if isinstance(record.media, Media) else None)
        if result and result.filename and not result.url:
            address = f"/api/{self.slugs.media}/file/{quote(result.filename, safe='')}"
            result = msgspec.structs.replace(result, url=address)
        return join(record, result, self.origin)
