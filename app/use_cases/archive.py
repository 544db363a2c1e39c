"""Pictures as one zip, sent while it is being read: as many as there are take no more memory than two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from zipfile import ZipFile, ZipInfo

from app.cms.caller import Caller
from app.cms.image import Image
from app.errors import ImageError
from app.export.file_names import FileNames, angle_of, beside, stored_name
from app.export.marks import mark
from app.export.stored_files import none_of
from app.export.xmp import packet_of
from app.services import Services

_OLDEST, _NEWEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, tzinfo=UTC)  # that a zip can tell
_READABLE = 0o100644 << 16


class _Pieces:
    """Where a zip is written to: it holds what was written since the last look. There is nothing behind it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, piece: bytes, /) -> int:
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken

    def flush(self) -> None: ...

    def close(self) -> None: ...


async def archive(
    services: Services, caller: Caller, character: str, images: list[Image]
) -> AsyncGenerator[bytes, None]:
    """A zip of the pictures, marked as generated, and a text that tells of each, also of what cannot be had.

    A file is here as a whole before its entry begins. Nothing is compressed: pictures are already. Raises the last
    `ImageError` instead of its first piece where no file at all can be had.
    """
    names, pieces, descriptions = FileNames(character), _Pieces(), list[str]()
    missing: ImageError | None = None
    is_empty = True
    addresses = [image.media.url if image.media else None for image in images]
    with ZipFile(pieces, "w") as zipped:
        async with aclosing(services.files.read_all(addresses, caller.auth)) as files:
            rest = iter(images)
            async for file in files:
                image = next(rest)
                name = names.name(image)
                if isinstance(file, ImageError):
                    missing = file
                    descriptions.append(_description(image, name, error=file))
                    continue
                is_empty = False
                marked = await asyncio.to_thread(mark, file, image)
                with zipped.open(_entry(name, image.created_at), "w") as entry:
                    read = marked.read(file)
                    while piece := await asyncio.to_thread(next, read, None):
                        entry.write(piece)
                        yield pieces.take()
                if not marked.is_embedded:
                    zipped.writestr(_entry(beside(name), image.created_at), packet_of(image))
                descriptions.append(_description(image, name, xmp=None if marked.is_embedded else beside(name)))
        if is_empty and missing:
            raise none_of(images, missing)
        zipped.writestr(
            _entry("prompts.txt", max((one.created_at for one in images if one.created_at), default=None)),
            "\n\n".join(descriptions),
        )
    yield pieces.take()


def _entry(name: str, created_at: datetime | None) -> ZipInfo:
    entry = ZipInfo(name, min(max(created_at or _OLDEST, _OLDEST), _NEWEST).astimezone(UTC).timetuple()[:6])
    entry.external_attr = _READABLE
    return entry


def _description(image: Image, name: str, *, xmp: str | None = None, error: ImageError | None = None) -> str:
    """What is known of a picture, its exact prompt last. `xmp`: the file beside it that marks it as generated."""
    facts = {
        "id": image.id,
        "kind": image.kind,
        "angle": angle_of(image),
        "created": image.created_at and image.created_at.isoformat(),
        "reference": image.reference_id,
        "original file": stored_name(image),
        "XMP": xmp,
        "not in this archive": error,
    }
    lines = [name, *(f"  {label}: {value}" for label, value in facts.items() if value not in (None, ""))]
    prompt = ["  prompt:", image.prompt] if image.prompt else ["  prompt: none"]
    return "\n".join([*lines, *prompt, ""])
