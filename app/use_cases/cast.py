"""The cast: the film's characters with their faces, how many images there are of each, and what is under way."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import partial

import msgspec

from app.cms.caller import Caller
from app.cms.character import LISTED, CharacterReference
from app.cms.gateway import NEWEST_FIRST, Cms
from app.cms.image import Image
from app.cms.image_record import KINDS, CharacterImageMetadata, Kind
from app.generation.run import Progress
from app.services import Services
from payload_client import Page, ServerError, Unreadable, ValidationFailed, Where, field

_LISTED = 50
_COUNTED = 5_000
"""Records that are counted for one page of the cast, newest first."""
_FACES = 500
"""Images among which the faces are looked for: one of each character, and the newest that are picked."""


class Member(msgspec.Struct, frozen=True):
    """A character with its newest picked reference, else its newest; None where there is none."""

    character: CharacterReference
    face: Image | None
    counts: dict[Kind, int]
    runs: list[Progress]


class Cast(msgspec.Struct, frozen=True):
    """One page of the characters; `count`: all that match. `is_counted`: there are no more images than were counted."""

    members: list[Member]
    count: int
    has_previous: bool
    has_next: bool
    is_counted: bool


async def cast(services: Services, caller: Caller, *, page: int, search: str, by_change: bool) -> Cast:
    """A page of the cast, with three requests to Payload whatever there is."""
    cms = services.cms.as_user(caller.auth)
    characters = await _characters(cms, page, search, by_change=by_change)
    among = field("characterReference").is_in(*(character.id for character in characters.docs))
    records, total = await _records(cms, among) if characters.docs else ([], 0)
    faces = await _faces(cms, among, records)
    counts = Counter((str(record.character_id), record.kind) for record in records)
    return Cast(
        members=[
            Member(
                character,
                faces.get(str(character.id)),
                {kind: counts[str(character.id), kind] for kind in KINDS},
                [run.progress() for run in services.runs.for_character(character.id)],
            )
            for character in characters.docs
        ],
        count=characters.total_docs,
        has_previous=characters.has_prev_page,
        has_next=characters.has_next_page,
        is_counted=total <= _COUNTED,
    )


async def _characters(cms: Cms, page: int, search: str, *, by_change: bool) -> Page[CharacterReference]:
    """The characters whose name has the words in it, in order.

    Some Payloads have no field `name`, and a caller may not search or sort by a field that they may not read. Payload
    answers 500 to a sort by a localized field where it has neither a locale nor a fallback (payload 3.90).
    """
    find = partial(cms.characters.find, page=page, limit=_LISTED, select=LISTED)
    name = field("projectCharacterName").contains(search)
    wheres = [name | field("name").contains(search), name] if search else [None]
    for sort in ("-updatedAt" if by_change else "projectCharacterName,name", None):
        for where in wheres:
            with suppress(ValidationFailed, ServerError):
                return await find(where, sort=sort)
    return await find(wheres[-1])


async def _records(cms: Cms, among: Where) -> tuple[list[CharacterImageMetadata], int]:
    """The newest records of some characters, as little of each as counting needs; and how many there are."""
    select = {"characterReference": True, "kind": True, "status": True}
    found = await cms.images.find_each(among, sort=NEWEST_FIRST, limit=_COUNTED, depth=0, select=select)
    return [record for record in found.docs if not isinstance(record, Unreadable)], found.total_docs


async def _faces(cms: Cms, among: Where, records: list[CharacterImageMetadata]) -> dict[str, Image]:
    """The face of each character, by its id as text."""
    newest = dict[str, CharacterImageMetadata]()
    for record in records:
        if record.kind == "reference" and record.status == "succeeded":
            newest.setdefault(str(record.character_id), record)
    if not newest:
        return {}
    picked = among & (field("kind") == "reference") & (field("metrics.review.verdict") == "pick")
    wanted = picked | field("id").is_in(*(record.id for record in newest.values()))
    found = await cms.images.find_each(wanted, sort=NEWEST_FIRST, limit=_FACES, depth=1, populate=cms.listed)
    readable = await cms.with_files([record for record in found.docs if not isinstance(record, Unreadable)])
    faces = dict[str, Image]()
    for is_pick in (True, False):
        for record in readable:
            if is_pick == ((image := cms.image(record)).verdict == "pick"):
                faces.setdefault(str(record.character_id), image)
    return faces
