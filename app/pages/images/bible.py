"""The bible of a character: one page for print, with what was picked of it, or with chosen images."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, ClassVar

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.cms.image import Image
from app.limits import SET_PLACES
from app.pages.facts import Fact, facts_of
from app.pages.images.gallery import ImageSet, set_shown
from app.pages.images.turntable import Frame, frames_of
from app.pages.images.views import home_of
from app.pages.view import View, render
from app.services import Services
from app.use_cases import listing
from app.web.request_checks import REPEATED

Http = Request[Any, Any, Any]
_MOST_SCENES = 24
_NEWEST = 12


class BibleView(View, frozen=True, kw_only=True):
    """A character for print. `reference`: the picked one, else the newest; `frames`: the set that turns it around.

    `chosen`: the images that were asked for, instead of a turnaround and scenes.
    """

    template: ClassVar[str] = "images/bible.html"

    home: str
    character: CharacterReference
    facts: list[Fact]
    reference: Image | None
    set: ImageSet | None
    frames: list[Frame]
    scenes: list[Image]
    chosen: list[Image]

    def pictures(self) -> list[Image]:
        """All of them."""
        turned = [frame.image for frame in self.frames if frame.image]
        return [*([self.reference] if self.reference else []), *turned, *self.scenes, *self.chosen]


@get("/bible", include_in_schema=False, opt={REPEATED: ["image"]})
async def bible(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    image: Annotated[list[str] | None, QueryParameter()] = None,
) -> Response[str]:
    """Show the bible of a character, or of chosen images of it."""
    character, picked, newest, chosen = await asyncio.gather(
        listing.character(services, caller, character_id),
        listing.picked(services, caller, character_id, ("reference", "scene"), limit=SET_PLACES),
        listing.references(services, caller, character_id, limit=_NEWEST),
        _chosen(services, caller, character_id, image),
    )
    reference = _first_of_kind("reference", [*chosen, *picked, *(one for one in newest if one.verdict != "reject")])
    turned = [] if chosen else await _turnaround(services, caller, character_id, reference)
    shown_set = set_shown(turned, newest) if turned else None
    view = BibleView(
        title=f"Bible: {character.name or character.id}",
        signed_in=caller.person,
        home=home_of(character_id),
        character=character,
        facts=facts_of(character)[0],
        reference=reference,
        set=shown_set,
        frames=[frame for frame in frames_of(turned, None) if not frame.beside],
        scenes=[] if chosen else [one for one in picked if one.kind == "scene"][:_MOST_SCENES],
        chosen=[one for one in chosen if one is not reference],
    )
    return await render(request, view)


async def _chosen(services: Services, caller: Caller, character_id: str, ids: list[str] | None) -> list[Image]:
    return await listing.chosen(services, caller, character_id, ids) if ids else []


async def _turnaround(services: Services, caller: Caller, character_id: str, reference: Image | None) -> list[Image]:
    """The newest set that was drawn from the reference, else the newest of all, without what somebody rejected."""
    if not reference:
        return []
    _, images = await listing.drawn_from(
        services, caller, character_id, reference, kind="portfolioItem", limit=SET_PLACES
    )
    images = images or await listing.newest(services, caller, character_id, "portfolioItem", limit=SET_PLACES)
    set_id = next((one.typed_metrics.set_id for one in images if one.typed_metrics.set_id), None)
    return [one for one in images if set_id and one.typed_metrics.set_id == set_id and one.verdict != "reject"]


def _first_of_kind(kind: str, images: list[Image]) -> Image | None:
    return next((one for one in images if one.kind == kind), None)


handlers = [bible]
