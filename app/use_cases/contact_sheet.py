"""Pictures on one contact sheet."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime

from app.contact_sheets import Frame
from app.errors import ImageError, InvalidRequest
from app.limits import SET_PLACES
from app.models.caller import Caller
from app.models.image import Image
from app.naming import angle_of, kind_of, title_of
from app.studio import Studio
from payload_client import FieldError


async def contact_sheet(studio: Studio, caller: Caller, character: str, images: list[Image]) -> bytes:
    """A PNG of their thumbnails in a grid. Raises `InvalidRequest` for more than fit on one."""
    if len(images) > SET_PLACES:
        raise InvalidRequest(f"A contact sheet has at most {SET_PLACES} images.", FieldError("image", "too many"))
    frames = list[Frame]()
    addresses = [image.media.thumbnail_url if image.media else None for image in images]
    async with aclosing(studio.files.each(addresses, caller.auth)) as files:
        rest = iter(images)
        async for file in files:
            image = next(rest)
            caption = angle_of(image) or kind_of(image).capitalize()
            frames.append(await studio.sheets.frame(None if isinstance(file, ImageError) else file, caption))
    day = max((image.created_at for image in images if image.created_at), default=datetime.now(UTC)).astimezone(UTC)
    return await studio.sheets.png(character, f"{title_of(images)}  ·  {day.day} {day:%B %Y}", frames)
