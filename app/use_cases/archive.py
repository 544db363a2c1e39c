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
from app.export.file_names import FileNames, angle_of, stored_name
from app.services import Services

_PIECE = 256 * 1024
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
    """A zip of the pictures and a text that tells of each. What cannot be had is told there, and spoils nothing.

    A file is here as a whole before its entry begins. Nothing is compressed: pictures are already.
    """
    names, pieces, descriptions = FileNames(character), _Pieces(), list[str]()
    addresses = [image.media.url if image.media else None for image in images]
    with ZipFile(pieces, "w") as zipped:
        async with aclosing(services.files.read_all(addresses, caller.auth)) as files:
            rest = iter(images)
            async for file in files:
                image = next(rest)
                name = names.name(image)
                descriptions.append(_description(image, name, file if isinstance(file, ImageError) else None))
                if isinstance(file, ImageError):
                    continue
                with zipped.open(_entry(name, image.created_at), "w") as entry:
                    while piece := await asyncio.to_thread(file.read, _PIECE):
                        entry.write(piece)
                        yield pieces.take()
        zipped.writestr(
            _entry("prompts.txt", max((one.created_at for one in images if one.created_at), default=None)),
            "\n\n".join(descriptions),
        )
    yield pieces.take()


def _entry(name: str, created_at: datetime | None) -> ZipInfo:
    entry = ZipInfo(name, min(max(created_at or _OLDEST, _OLDEST), _NEWEST).astimezone(UTC).timetuple()[:6])
    entry.external_attr = _READABLE
    return entry


def _description(image: Image, name: str, error: ImageError | None) -> str:
    """What is known of a picture, its exact prompt last."""
    facts = {
        "id": image.id,
        "kind": image.kind,
        "angle": angle_of(image),
        "created": image.created_at and image.created_at.isoformat(),
        "reference": image.reference_id,
        "original file": stored_name(image),
        "not in this archive": error,
    }
    lines = [name, *(f"  {label}: {value}" for label, value in facts.items() if value not in (None, ""))]
    prompt = ["  prompt:", image.prompt] if image.prompt else ["  prompt: none"]
    return "\n".join([*lines, *prompt, ""])
