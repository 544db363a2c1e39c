"""A view is a Struct that knows its template; its fields are all that the template can name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response

from app.headers import SHOWN_FROM
from app.models.image import Image

_APP = Path(__file__).parents[1]
# A wheel carries the templates inside the package; a checkout has them beside it.
_TEMPLATES = [_APP / "templates", _APP.parent / "templates"]

environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Refresh(msgspec.Struct, frozen=True):
    """When and where the page asks for itself again.

    The address differs each time: one with the same fragment is a jump within the page to a browser.
    """

    seconds: int
    address: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What every page has. `signed_in`: e-mail of who is; `refresh`: None where it stands still."""

    template: ClassVar[str]

    title: str
    signed_in: str | None = None
    refresh: Refresh | None = None

    def pictures(self) -> list[Image]:
        """The pictures on it, whose origins the content security policy has to allow."""
        return []


def render(
    request: Request[Any, Any, Any], view: View, status: int = 200, headers: dict[str, str] | None = None
) -> Response[str]:
    """The page of a view."""
    request.scope["state"][SHOWN_FROM] = list(_origins(view.pictures()))
    fields = {name: getattr(view, name) for name in view.__struct_fields__}
    html = environment.get_template(view.template).render(fields)
    return Response(html, status_code=status, headers=headers, media_type=MediaType.HTML)


def _origins(pictures: list[Image]) -> Iterator[str]:
    for file in (picture.media for picture in pictures):
        for address in (file.url, file.thumbnail_url) if file else ():
            parts = urlsplit(address or "")
            if parts.scheme in ("http", "https") and parts.netloc:
                yield f"{parts.scheme}://{parts.netloc}"
