"""What counts as a picture: the bytes decide what a file is, and whether it is whole. Nothing else does.

Decoding happens here, so the application leaves this module to its workers; it imports nothing that is slow to load.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import ExifTags, ImageFile, UnidentifiedImageError
from PIL import Image as Pillow

from app.decoding.messages import Inspected
from app.decoding.parts import Parts, Unfit, parts_of
from app.limits import LONGEST_SIDE

_MIME = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}
_MIME |= {"AVIF": ("image/avif", "avif")}
_TAKEN = "PNG, JPEG, WebP and AVIF are taken."
_HEAD = 64
_ON_ITS_SIDE = (5, 6, 7, 8)  # values of the orientation in EXIF
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


def inspect(file: IO[bytes], max_pixels: int) -> Inspected:
    """Decode a picture of at most so many pixels, and tell where in the file it ends. Raises `Unfit`."""
    file.seek(0)
    parts = parts_of(file.read())
    with _opened(parts, max_pixels) as picture:
        if parts.unfit:
            raise parts.unfit
        _check_frames(max(parts.frames, getattr(picture, "n_frames", 1)))
        mime_type, extension = _MIME[str(picture.format)]
        turned = is_turned(picture)
        inspected = Inspected(mime_type, extension, picture.width, picture.height, parts.length, turned)
        # A JPEG's every code is read at any scale; the smallest spares three quarters of the arithmetic.
        picture.draft("L", (1, 1))
        picture.load()
    return inspected


def is_turned(picture: Pillow.Image) -> bool:
    """Whether its EXIF has it shown with width and height the other way round; damaged EXIF data say nothing."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation) in _ON_ITS_SIDE
    except (OSError, SyntaxError, ValueError, struct.error):
        return False


@contextmanager
def opened(file: IO[bytes], max_pixels: int) -> Iterator[ImageFile.ImageFile]:
    """A picture whose header says that it can be decoded. Raises `Unfit`, also where decoding it in the block fails."""
    file.seek(0)
    with _opened(parts_of(file.read()), max_pixels) as picture:
        yield picture


@contextmanager
def _opened(parts: Parts, max_pixels: int) -> Iterator[ImageFile.ImageFile]:
    with warnings.catch_warnings():
        # Pillow warns of sizes, which we judge ourselves before anything is decoded, and of odd EXIF data.
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(io.BytesIO(parts.content), formats=tuple(_MIME)) as picture:
                _check_size(picture, max_pixels)
                yield picture
        except Pillow.DecompressionBombError as error:
            raise Unfit("too_large", f"The picture has more than {max_pixels:,} pixels.") from error
        except UnidentifiedImageError as error:
            if parts.unfit:
                raise parts.unfit from error
            sentence = f"What came is not a picture but {_guess(parts.content)}. {_TAKEN}"
            raise Unfit("not_an_image", sentence) from error
        except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:  # RuntimeError: libavif's
            raise parts.unfit or Unfit("damaged", "The picture is damaged: it does not decode.") from error


def _check_size(picture: ImageFile.ImageFile, max_pixels: int) -> None:
    size = f"The picture has {picture.width} by {picture.height} pixels"
    if picture.width * picture.height > max_pixels:
        raise Unfit("too_large", f"{size}; at most {max_pixels:,} pixels are taken.")
    if max(picture.size) > LONGEST_SIDE:
        raise Unfit("too_large", f"{size}; sides of at most {LONGEST_SIDE:,} pixels are taken.")


def _check_frames(frames: int) -> None:
    if frames > 1:
        raise Unfit("not_an_image", f"The picture is an animation of {frames} frames; still pictures are taken.")


def _guess(content: bytes) -> str:
    """A word for what the bytes look like instead, for the person who has to find out why."""
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    unknown = "something else" if head else "an empty file"
    return next((word for offset, start, word in _OTHERS if head.startswith(start, offset)), unknown)
