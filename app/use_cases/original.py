"""The file of one image on its way out, marked as generated."""

from __future__ import annotations

import asyncio
from typing import IO

from app.cms.caller import Caller
from app.cms.image import Image
from app.export.marks import Marked, mark
from app.services import Services


async def original(services: Services, caller: Caller, image: Image) -> tuple[Marked, IO[bytes]]:
    """How the file leaves, and the file as it is stored; the caller closes it. Raises an `ImageError`."""
    file = await services.files.read(image.media.url if image.media else None, caller.auth)
    try:
        return await asyncio.to_thread(mark, file, image), file
    except BaseException:
        file.close()
        raise
