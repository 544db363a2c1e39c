"""A view is a Struct that knows its template; its fields are all that the template can name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response

from app.cms.caller import Person
from app.cms.image import Image
from app.cms.image_record import name_of_kind
from app.limits import ORIGINS
from app.origins import origin_of
from app.web.request_state import state_of

_APP = Path(__file__).parents[1]
_TURN_SECONDS = 0.01
# A wheel carries the templates inside the package; a checkout has them beside it.
_TEMPLATES = [_APP / "templates", _APP.parent / "templates"]

environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters["name_of_kind"] = name_of_kind


class Refresh(msgspec.Struct, frozen=True):
    """When the page loads itself again, and from where.

    The address differs each time: one with the same fragment is a jump within the page to a browser.
    """

    seconds: int
    address: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What every page has. `signed_in`: the person; `refresh`: None where the page does not reload."""

    template: ClassVar[str]

    title: str
    signed_in: Person | None = None
    refresh: Refresh | None = None

    def pictures(self) -> list[Image]:
        """The images on the page, whose origins the content security policy has to allow."""
        return []


async def render(
    request: Request[Any, Any, Any], view: View, status: int = 200, headers: dict[str, str] | None = None
) -> Response[str]:
    """Render the page of a view."""
    return _response(request, view, await html_of(view), status, headers)


def render_at_once(
    request: Request[Any, Any, Any], view: View, status: int = 200, headers: dict[str, str] | None = None
) -> Response[str]:
    """Render the page of a small view, where nothing can be awaited."""
    return _response(request, view, "".join(_pieces(view)), status, headers)


async def html_of(view: View) -> str:
    """Render the HTML of a view, letting other tasks run meanwhile: a page may have thousands of cards."""
    html, until = list[str](), time.monotonic() + _TURN_SECONDS
    for piece in _pieces(view):
        html.append(piece)
        if time.monotonic() > until:
            await asyncio.sleep(0)
            until = time.monotonic() + _TURN_SECONDS
    return "".join(html)


def _pieces(view: View) -> Iterator[str]:
    fields = {name: getattr(view, name) for name in view.__struct_fields__}
    return environment.get_template(view.template).generate(fields)


def _response(
    request: Request[Any, Any, Any], view: View, html: str, status: int, headers: dict[str, str] | None
) -> Response[str]:
    state_of(request.scope).picture_origins = list(islice(dict.fromkeys(origins_of(view.pictures())), ORIGINS))
    return Response(html, status_code=status, headers=headers, media_type=MediaType.HTML)


def origins_of(pictures: list[Image]) -> Iterator[str]:
    """The origins of images, for the content security policy. Addresses of files are what an editor wrote."""
    for file in (picture.media for picture in pictures):
        for address in (file.url, file.thumbnail_url) if file else ():
            if origin := origin_of(address or ""):
                yield origin
