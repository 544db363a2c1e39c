"""Pictures on one contact sheet."""

from __future__ import annotations

import tempfile
from contextlib import aclosing
from datetime import UTC, datetime
from typing import IO

from app.cms.caller import Caller
from app.cms.image import Image
from app.cms.image_record import name_of_kind
from app.decoding.messages import CELL_PIXELS, Frame
from app.errors import ImageError, InvalidRequest
from app.export.file_names import angle_of, title_of
from app.export.stored_files import none_of
from app.limits import NAME, SET_PLACES, cut
from app.services import Services
from payload_client import FieldError

LARGEST = 2 * SET_PLACES * 3 * CELL_PIXELS
"""Bytes that a sheet takes on the disk, at most: its thumbnails, and itself, which packs them."""


async def contact_sheet(services: Services, caller: Caller, character: str, images: list[Image]) -> IO[bytes]:
    """A PNG of their thumbnails in a grid, in a file; the caller closes it.

    Raises `InvalidRequest` for more than fit on one, an `ImageError` or `Busy` where it cannot be drawn.
    """
    if len(images) > SET_PLACES:
        raise InvalidRequest(f"A contact sheet has at most {SET_PLACES} images.", FieldError("image", "too many"))
    day = max((image.created_at for image in images if image.created_at), default=datetime.now(UTC)).astimezone(UTC)
    subtitle = f"{title_of(images)}  ·  {day.day} {day:%B %Y}"
    with tempfile.TemporaryFile() as thumbnails:
        frames = await _frames(services, caller, images, thumbnails)
        sheet = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            await services.decoders.draw(cut(character, NAME), subtitle, frames, thumbnails, sheet, str(caller.id))
        except BaseException:
            sheet.close()
            raise
    sheet.seek(0)
    return sheet


async def _frames(services: Services, caller: Caller, images: list[Image], thumbnails: IO[bytes]) -> list[Frame]:
    """The images in order, their pixels one after the other in the file; what cannot be read or decoded is missing.

    Raises an `ImageError` where all of them are.
    """
    frames, end, rest = list[Frame](), 0, iter(images)
    missing: ImageError | None = None
    addresses = [image.media.thumbnail_url if image.media else None for image in images]
    async with aclosing(services.files.read_all(addresses, caller.auth)) as files:
        async for file in files:
            image, thumbnail = next(rest), None
            if not isinstance(file, ImageError):
                try:
                    thumbnail = await services.decoders.shrink(file, thumbnails, end, str(caller.id))
                    end = thumbnail.end
                except ImageError as error:
                    missing = error
            else:
                missing = file
            frames.append(Frame(thumbnail, cut(angle_of(image) or name_of_kind(image.kind), NAME)))
    if missing and not any(frame.thumbnail for frame in frames):
        raise none_of(images, missing)
    return frames
