"""Images side by side: the contact sheet of a set, with its turntable, or a comparison of chosen ones."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.cms.caller import Caller
from app.pages.images.comparing import differing_words
from app.pages.images.gallery import set_shown
from app.pages.images.turntable import Frame, frames_of
from app.pages.images.views import SheetView, home_of
from app.pages.view import render
from app.services import Services
from app.use_cases import listing
from app.web.request_checks import REPEATED

Http = Request[Any, Any, Any]


@get("/sheet", include_in_schema=False, opt={REPEATED: ["image"]})
async def sheet(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    set_id: Annotated[str, QueryParameter(name="set")] = "",
    image: Annotated[list[str] | None, QueryParameter()] = None,
) -> Response[str]:
    """Show a set, or chosen images, side by side."""
    if set_id:
        finding = listing.set_of(services, caller, character_id, set_id)
    else:
        finding = listing.chosen(services, caller, character_id, image or [])
    images, character = await asyncio.gather(finding, listing.character(services, caller, character_id))
    shown_set = set_shown(images, []) if set_id else None
    frames = (
        frames_of(images, shown_set.total if shown_set else None)
        if set_id
        else [Frame(at, image_, image_.angle) for at, image_ in enumerate(images)]
    )
    title = f"Set of {len(frames)}" if shown_set else "One image" if len(images) == 1 else f"{len(images)} images"
    view = SheetView(
        title=f"{title}: {character.name or character.id}",
        signed_in=caller.person,
        home=home_of(character_id),
        query="?" + urlencode({"set": set_id} if set_id else {"image": [image_.id for image_ in images]}, doseq=True),
        set=shown_set,
        frames=frames,
        words={} if set_id else differing_words(images),
    )
    return await render(request, view)


handlers = [sheet]
