"""What counts as a picture: the bytes decide what a file is, and whether it is whole. Nothing else does.

Decoding happens here, so the application leaves this module to its workers; it imports nothing that is slow to load.
"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from PIL import Image as Pillow
from PIL import ImageFile, JpegImagePlugin, UnidentifiedImageError

from app.decoding.messages import Picture, Wrong
from app.limits import JPEG_SCANS, LONGEST_SIDE

_MIME = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}
_MIME |= {"AVIF": ("image/avif", "avif")}
_TAKEN = "PNG, JPEG, WebP and AVIF are taken."
_HEAD = 64
# Not a stuffed byte, a restart or what else stands alone. Without `+`: 20 times faster, and no slower on the worst.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
_SCAN, _END_OF_IMAGE = b"\xda", b"\xd9"
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


class Unfit(Exception):
    """A file that is not taken as a picture. `wrong`: the kind of reason; the text is for people."""

    def __init__(self, wrong: Wrong, message: str) -> None:
        super().__init__(message)
        self.wrong = wrong


def inspect(file: IO[bytes], max_pixels: int) -> Picture:
    """Look at every byte of a picture, of at most so many pixels. Raises `Unfit`."""
    with opened(file, max_pixels) as picture:
        _check_frames(picture)
        _check_end(file, str(picture.format))
        found = Picture(*_MIME[str(picture.format)], picture.width, picture.height)
        # A JPEG's every code is read at any scale; the smallest spares three quarters of the arithmetic.
        picture.draft("L", (1, 1))
        picture.load()
    return found


@contextmanager
def opened(file: IO[bytes], max_pixels: int) -> Iterator[ImageFile.ImageFile]:
    """A picture whose header says that it can be decoded. Raises `Unfit`, also where decoding it in the block fails."""
    with warnings.catch_warnings():
        # Pillow warns of sizes, which we judge ourselves before anything is decoded, and of odd EXIF data.
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(file, formats=tuple(_MIME)) as picture:
                _check_size(picture, max_pixels)
                if isinstance(picture, JpegImagePlugin.JpegImageFile):
                    _check_scans(file)
                yield picture
        except Pillow.DecompressionBombError as error:
            raise Unfit("too_large", f"The picture has more than {max_pixels:,} pixels.") from error
        except UnidentifiedImageError as error:
            raise Unfit("not_an_image", f"What came is not a picture but {_guess(file)}. {_TAKEN}") from error
        except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:  # RuntimeError: libavif's
            raise Unfit("damaged", "The picture is damaged: it does not decode.") from error


def _check_size(picture: ImageFile.ImageFile, max_pixels: int) -> None:
    size = f"The picture has {picture.width} by {picture.height} pixels"
    if picture.width * picture.height > max_pixels:
        raise Unfit("too_large", f"{size}; at most {max_pixels:,} pixels are taken.")
    if max(picture.size) > LONGEST_SIDE:
        raise Unfit("too_large", f"{size}; sides of at most {LONGEST_SIDE:,} pixels are taken.")


def _check_scans(file: IO[bytes]) -> None:
    """Refuse a JPEG that goes over all of its blocks again and again: each scan costs that, even an empty one."""
    scans = 0
    for marker, _ in _jpeg_markers(_at(file, 0, _length(file))):
        scans += marker == _SCAN
        if scans > JPEG_SCANS:
            raise Unfit("too_large", f"The picture is a JPEG of more than {JPEG_SCANS} scans.")
    file.seek(0)


def _check_frames(picture: ImageFile.ImageFile) -> None:
    if getattr(picture, "n_frames", 1) != 1:
        raise Unfit("not_an_image", "The picture is animated; one frame is taken.")


def _check_end(file: IO[bytes], kind: str) -> None:
    """Refuse a file that does not end where its format says that it ends: before, or with something behind."""
    if not _END[kind](file, _length(file)):
        raise Unfit("damaged", "The picture is damaged or not whole, or something else is attached to it.")


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
    markers = _jpeg_markers(_at(file, 0, length))
    return next((after == length for marker, after in markers if marker == _END_OF_IMAGE), False)


def _jpeg_markers(content: bytes) -> Iterator[tuple[bytes, int]]:
    """The markers of a JPEG that are not inside of a segment, each with the position after it, up to its end."""
    position = 2
    while found := _JPEG_MARKER.search(content, position):
        yield found[1], found.end()
        if found[1] == _END_OF_IMAGE:
            return
        position = found.end() + int.from_bytes(content[found.end() : found.end() + 2], "big")


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


def _length(file: IO[bytes]) -> int:
    return file.seek(0, 2)


def _at(file: IO[bytes], position: int, count: int) -> bytes:
    file.seek(max(position, 0))
    return file.read(count)


def _guess(file: IO[bytes]) -> str:
    """A word for what the bytes look like instead, for the person who has to find out why."""
    head = _at(file, 0, _HEAD).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    unknown = "something else" if head else "an empty file"
    return next((word for offset, start, word in _OTHERS if head.startswith(start, offset)), unknown)
