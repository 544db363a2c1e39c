"""Images to take along: a set, or chosen ones, as a zip or a contact sheet; one as its original."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import IO, Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Stream

from app.cms.caller import Caller
from app.cms.image import Image
from app.errors import InvalidRequest
from app.export.file_names import FileNames, beside, file_name, title_of
from app.export.marks import Marked
from app.export.xmp import packet_of
from app.services import Services
from app.use_cases import archive, contact_sheet, listing, original
from app.web.auth import shared_of
from app.web.request_checks import REPEATED
from app.web.request_state import state_of
from payload_client import FieldError

Http = Request[Any, Any, Any]
_PIECE = 256 * 1024


class Wanted(msgspec.Struct, frozen=True):
    """The pictures that are asked for, and the name of their character."""

    character: str
    images: list[Image]

    def headers(self, extension: str) -> dict[str, str]:
        """The Content-Disposition with the name under which a browser saves the answer."""
        return disposition("attachment", file_name(self.character, title_of(self.images).lower(), extension=extension))


def disposition(kind: Literal["inline", "attachment"], name: str) -> dict[str, str]:
    """The Content-Disposition of a file of that name."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return {"Content-Disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}


async def provide_wanted(
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    set_id: Annotated[str | None, QueryParameter(name="set")] = None,
    image: Annotated[list[str] | None, QueryParameter()] = None,
) -> Wanted:
    """The set or the images that the address names."""
    if (set_id is None) == (not image):
        raise InvalidRequest("Name either a set or some images.", FieldError("set", "a set, or images"))
    finding = (
        listing.chosen(services, caller, character_id, image)
        if image
        else listing.set_of(services, caller, character_id, set_id or "")
    )
    character, images = await asyncio.gather(listing.character(services, caller, character_id), finding)
    return Wanted(character.name or f"Character {character.id}", images)


async def provide_one(
    character_id: FromPath[str],
    image_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
) -> Wanted:
    """The image that the path names."""
    character, image = await asyncio.gather(
        listing.character(services, caller, character_id), listing.image(services, caller, character_id, image_id)
    )
    return Wanted(character.name or f"Character {character.id}", [image])


def show_page(request: Http) -> Redirect | None:
    """The page of the same images, to whom a page of another site leads here: it costs little, and has a button."""
    is_foreign = shared_of(request).rules.is_foreign(request)
    return Redirect(f"sheet?{request.url.query}", status_code=303) if is_foreign else None


@get(
    "/sheet.zip",
    before_request=show_page,
    include_in_schema=False,
    dependencies={"wanted": Provide(provide_wanted)},
    opt={REPEATED: ("image",)},
)
async def zipped(
    request: Http, caller: NamedDependency[Caller], services: NamedDependency[Services], wanted: NamedDependency[Wanted]
) -> Stream:
    """The files themselves, with their prompts, as a zip."""
    content = _nothing()
    if not state_of(request.scope).is_head:
        services.scarce.hold_download(str(caller.id))
        pieces = archive.archive(services, caller, wanted.character, wanted.images)
        # Before the answer begins: where nothing can be had, it is the reason.
        content = _go_on(await anext(pieces), pieces)
    return Stream(content, headers=wanted.headers(".zip"), media_type="application/zip")


@get(
    "/sheet.png",
    before_request=show_page,
    include_in_schema=False,
    dependencies={"wanted": Provide(provide_wanted)},
    opt={REPEATED: ("image",)},
)
async def sheet(
    request: Http, caller: NamedDependency[Caller], services: NamedDependency[Services], wanted: NamedDependency[Wanted]
) -> Stream:
    """The contact sheet."""
    content = _nothing()
    if not state_of(request.scope).is_head:
        services.scarce.hold_download(str(caller.id))
        content = _pieces(await contact_sheet.contact_sheet(services, caller, wanted.character, wanted.images))
    return Stream(content, headers=wanted.headers(".png"), media_type="image/png")


def show_image(request: Http) -> Redirect | None:
    """The page of the image, to whom a page of another site leads to its original."""
    is_foreign = shared_of(request).rules.is_foreign(request)
    return Redirect(request.url.path.removesuffix("/original"), status_code=303) if is_foreign else None


@get(
    "/{image_id:str}/original",
    before_request=show_image,
    include_in_schema=False,
    dependencies={"wanted": Provide(provide_one)},
)
async def show_original(
    request: Http, caller: NamedDependency[Caller], services: NamedDependency[Services], wanted: NamedDependency[Wanted]
) -> Stream:
    """The file of an image with its marks, which Payload's own address of it does not have.

    Always the whole: its bytes are not those that Payload gives ranges and validators of.
    """
    [image], headers = wanted.images, {"Accept-Ranges": "none"}
    name = FileNames(wanted.character).name(image)
    if state_of(request.scope).is_head:
        return Stream(_nothing(), headers=headers | disposition("inline", name))
    services.scarce.hold_download(str(caller.id))
    marked, file = await original.original(services, caller, image)
    is_shown = marked.media_type.startswith("image/")
    headers |= disposition("inline" if is_shown else "attachment", name) | {"Content-Length": str(marked.length)}
    return Stream(_marked_pieces(marked, file), headers=headers, media_type=marked.media_type)


@get(
    "/{image_id:str}/original.xmp",
    include_in_schema=False,
    dependencies={"wanted": Provide(provide_one)},
    sync_to_thread=False,
)
def show_marks(wanted: NamedDependency[Wanted]) -> Response[bytes]:
    """The marks by themselves, to be put beside a file that does not take them."""
    [image] = wanted.images
    headers = disposition("attachment", beside(FileNames(wanted.character).name(image)))
    return Response(packet_of(image), headers=headers, media_type="application/rdf+xml")


async def _marked_pieces(marked: Marked, file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        pieces = marked.read(file)
        while piece := await asyncio.to_thread(next, pieces, None):
            yield piece


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece


async def _go_on(first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(pieces):
        yield first
        async for piece in pieces:
            yield piece


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


handlers = [zipped, sheet, show_original, show_marks]
