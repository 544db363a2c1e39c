"""The image gate: the bytes decide what a file is, and whether it is whole. Nothing else does."""

from __future__ import annotations

import re
import warnings
import zlib
from typing import IO, Any

import msgspec
from PIL import Image as Pillow
from PIL import ImageFile, UnidentifiedImageError

from app.errors import ImageTooLarge, ImageTruncated, NotAnImage

_MIME = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}
_MIME |= {"AVIF": ("image/avif", "avif")}
_TAKEN = "PNG, JPEG, WebP and AVIF are taken."
_HEAD = 64
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")  # not a stuffed byte, not a restart
# What begins so, from this byte on; the longer beginnings first.
_OTHERS = (
    (0, b"<svg", "an SVG drawing"),
    (0, b"<?xml", "XML"),
    (0, b"<", "a web page"),
    (0, b"{", "JSON"),
    (0, b"[", "JSON"),
    (0, b"gif8", "a GIF"),
    (0, b"%pdf", "a PDF"),
    (0, b"%!ps", "PostScript"),
    (0, b"bm", "a BMP"),
    (0, b"ii*\0", "a TIFF"),
    (0, b"mm\0*", "a TIFF"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"\x89png", "a damaged PNG"),
    (0, b"\xff\xd8", "a damaged JPEG"),
    (8, b"webp", "a damaged WebP"),
    (4, b"ftypavif", "a damaged AVIF"),
    (4, b"ftypheic", "a HEIC"),
    (4, b"jp  ", "a JPEG 2000"),
)


class Picture(msgspec.Struct, frozen=True):
    """What the gate found: the type and extension that the bytes have, and pixels."""

    mime_type: str
    extension: str
    width: int
    height: int


def inspect(file: IO[bytes], max_pixels: int) -> Picture:
    """Look at every byte of a picture; blocks, so call it in a thread. The file is at its start afterwards.

    Raises `NotAnImage`, `ImageTooLarge` or `ImageTruncated`.
    """
    with warnings.catch_warnings():
        # Pillow warns of sizes, which we judge ourselves before anything is decoded, and of odd EXIF data.
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(file, formats=tuple(_MIME)) as picture:
                _fits(picture, max_pixels)
                _ends(file, str(picture.format))
                found = Picture(*_MIME[str(picture.format)], picture.width, picture.height)
                # A JPEG's every code is read at any scale; the smallest spares three quarters of the arithmetic.
                picture.draft("L", (1, 1))
                picture.load()
        except Pillow.DecompressionBombError as error:
            raise ImageTooLarge(f"The picture has more than {max_pixels:,} pixels.") from error
        except UnidentifiedImageError as error:
            raise NotAnImage(f"What came is not a picture but {_guess(file)}. {_TAKEN}") from error
        except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:  # RuntimeError: libavif's
            raise ImageTruncated("The picture is damaged: it does not decode.") from error
    file.seek(0)
    return found


def _fits(picture: ImageFile.ImageFile, max_pixels: int) -> None:
    if picture.width * picture.height > max_pixels:
        raise ImageTooLarge(
            f"The picture has {picture.width} by {picture.height} pixels; at most {max_pixels:,} pixels are taken."
        )
    if getattr(picture, "n_frames", 1) != 1:
        raise NotAnImage("The picture is animated; one frame is taken.")


def _ends(file: IO[bytes], kind: str) -> None:
    """The file ends where its format says that it ends: not before, and with nothing behind."""
    length = file.seek(0, 2)
    if not _END[kind](file, length):
        raise ImageTruncated("The picture is damaged or not whole, or something else is attached to it.")


def _png_ends(file: IO[bytes], length: int) -> bool:
    """The first end chunk is the last thing in the file, and every chunk has its checksum, which Pillow skips."""
    position = 8
    while size := _at(file, position, 4):
        chunk = _at(file, position + 4, int.from_bytes(size, "big") + 8)
        if zlib.crc32(chunk[:-4]) != int.from_bytes(chunk[-4:], "big"):
            return False
        position += 4 + len(chunk)
        if chunk.startswith(b"IEND"):
            return position == length
    return False


def _jpeg_ends(file: IO[bytes], length: int) -> bool:
    """The first end marker that is not inside of a segment is the last thing in the file."""
    content, position = _at(file, 0, length), 2
    while found := _JPEG_MARKER.search(content, position):
        if found[1] == b"\xd9":
            return found.end() == length
        position = found.end() + int.from_bytes(content[found.end() : found.end() + 2], "big")
    return False


def _webp_ends(file: IO[bytes], length: int) -> bool:
    declared = int.from_bytes(_at(file, 4, 4), "little") + 8
    return length in (declared, declared + declared % 2)


def _avif_ends(file: IO[bytes], length: int) -> bool:
    """The boxes of the file add up to its length."""
    position = 0
    while position < length:
        head = _at(file, position, 16)
        size = int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[8:16], "big") if size == 1 else length - position if size == 0 else size
        if size < 8 or position + size > length:  # a box has at least its own head
            return False
        position += size
    return True


_END: dict[str, Any] = {"PNG": _png_ends, "JPEG": _jpeg_ends, "WEBP": _webp_ends, "AVIF": _avif_ends}


def _at(file: IO[bytes], position: int, count: int) -> bytes:
    file.seek(max(position, 0))
    return file.read(count)


def _guess(file: IO[bytes]) -> str:
    """A word for what the bytes look like instead, for the person who has to find out why."""
    head = _at(file, 0, _HEAD).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    unknown = "something else" if head else "an empty file"
    return next((word for offset, start, word in _OTHERS if head.startswith(start, offset)), unknown)
