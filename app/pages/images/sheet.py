"""Images side by side: the contact sheet of a set, with its turntable, or a comparison of chosen ones."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.cms.caller import Caller
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
    """A set by its id, or chosen images."""
    if set_id:
        finding = listing.set_of(services, caller, character_id, set_id)
    else:
        finding = listing.chosen(services, caller, character_id, image or [])
    images, character = await asyncio.gather(finding, listing.character(services, caller, character_id))
    found = set_shown(images, []) if set_id else None
    frames = (
        frames_of(images, found.total if found else None)
        if set_id
        else [Frame(at, one, one.angle) for at, one in enumerate(images)]
    )
    of = f"Set of {len(frames)}" if found else "One image" if len(images) == 1 else f"{len(images)} images"
    view = SheetView(
        title=f"{of}: {character.name or character.id}",
        signed_in=caller.person,
        home=home_of(character_id),
        query="?" + urlencode({"set": set_id} if set_id else {"image": [one.id for one in images]}, doseq=True),
        set=found,
        frames=frames,
    )
    return await render(request, view)


handlers = [sheet]
