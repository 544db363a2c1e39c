"""Files of every kind that may come instead of a picture, and pictures."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image

IEND = b"\0\0\0\0IEND\xaeB`\x82"


def canvas(seed: int = 7, size: tuple[int, int] = (96, 64), mode: str = "RGB") -> Image.Image:
    """A picture with something in every corner, so that its file has a body worth cutting."""
    coarse = random.Random(seed).randbytes(12 * 8 * len(mode))  # noqa: S311 - a picture, no secret
    return Image.frombytes(mode, (12, 8), coarse).resize(size, Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(width: int, height: int) -> bytes:
    """A small PNG that claims to be so large; there is hardly anything in it."""
    return bare_png(width, height, zlib.compress(b"\0" * 100))


def bare_png(width: int, height: int, pixels: bytes, depth: int = 8, colours: int = 2) -> bytes:
    """A PNG with just what it needs."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + IEND


def zeros(mebibytes: int, *, gzipped: bool = False) -> bytes:
    """A great many zeros in a few bytes."""
    packer, some = zlib.compressobj(wbits=31 if gzipped else 15), bytes(1024 * 1024)
    first, another = (packer.compress(some) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + another * (mebibytes - 1) + packer.flush()


def pixel_bomb(size: int = 30_000) -> bytes:
    """A PNG of so many black and white pixels a side that it would take a gigabyte to decode."""
    return bare_png(size, size, zeros((size * size // 8 + size) // 2**20 + 1), depth=1, colours=0)


def many_scans(scans: int, size: tuple[int, int]) -> bytes:
    """A progressive JPEG that goes over all of its blocks so many times, the last times for nothing."""
    whole = encoded(Image.new("L", size, 128), "JPEG", progressive=True)
    *_, first, last = (at for at in range(len(whole)) if whole.startswith(b"\xff\xda", at))
    end, has = whole.rindex(b"\xff\xd9"), whole.count(b"\xff\xda")
    tables = whole.find(b"\xff\xc4", first, last)
    scan = whole[(tables if tables > 0 else last) : end]
    return whole[:end] + scan * (scans - has) + whole[end:]


def moving(kind: str, size: tuple[int, int] = (96, 64)) -> bytes:
    """A picture of three frames."""
    first, *others = (canvas(seed, size) for seed in (7, 8, 9))
    return encoded(first, kind, save_all=True, append_images=others)


PNG, JPEG = encoded(canvas(), "PNG"), encoded(canvas(), "JPEG")
WEBP, AVIF = encoded(canvas(), "WEBP"), encoded(canvas(), "AVIF")
WHOLE = {
    "png": PNG,
    "png with transparency": encoded(canvas(mode="RGBA"), "PNG"),
    "png of one pixel": encoded(canvas(size=(1, 1)), "PNG"),
    "png in grey": encoded(canvas().convert("L"), "PNG"),
    "png with a palette": encoded(canvas().convert("P"), "PNG"),
    "png in black and white": encoded(canvas().convert("1"), "PNG"),
    "png of 16 bits": encoded(canvas().convert("I;16"), "PNG"),
    "png with words": PNG[:-12] + chunk(b"tEXt", b"Comment\0<?php phpinfo(); ?>") + IEND,
    "jpg": JPEG,
    "jpg, progressive": encoded(canvas(), "JPEG", progressive=True),
    "jpg of one pixel": encoded(canvas(size=(1, 1)), "JPEG"),
    "jpg in grey": encoded(canvas().convert("L"), "JPEG"),
    "jpg with words": encoded(canvas(), "JPEG", comment=b"<?php phpinfo(); ?>"),
    "jpg, four colours": encoded(canvas().convert("CMYK"), "JPEG"),
    "jpg with restarts": encoded(canvas(), "JPEG", restart_marker_rows=1),
    "jpg with a small one inside": encoded(canvas(), "JPEG", exif=b"Exif\0\0" + encoded(canvas(1, (8, 8)), "JPEG")),
    "webp": WEBP,
    "webp, lossless": encoded(canvas(mode="RGBA"), "WEBP", lossless=True),
    "webp with exif": encoded(canvas(), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
    "webp of one pixel": encoded(canvas(size=(1, 1)), "WEBP"),
    "avif": AVIF,
    "avif with transparency": encoded(canvas(mode="RGBA"), "AVIF"),
    "avif of one pixel": encoded(canvas(size=(1, 1)), "AVIF"),
}
MIME = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}
KINDS = {"png": PNG, "jpg": JPEG, "webp": WEBP, "avif": AVIF}
FOREIGN = {
    "a GIF": encoded(canvas(), "GIF"),
    "a TIFF": encoded(canvas(), "TIFF"),
    "a BMP": encoded(canvas(), "BMP"),
    "an icon": encoded(canvas(), "ICO"),
    "a PDF": encoded(canvas(), "PDF"),
    "PostScript": encoded(canvas(), "EPS"),
    "a JPEG 2000": encoded(canvas(), "JPEG2000"),
    "a HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + AVIF[24:],
    "an SVG drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "XML": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "a web page": b"\xef\xbb\xbf\n<!DOCTYPE html><title>504 Gateway Time-out</title>",
    "JSON": b'{"error": "Not Found"}',
    "an empty file": b"",
    "something else": b"just words",
    "a damaged PNG": PNG.replace(b"\r\n", b"\n", 1),
    "a damaged JPEG": b"\xff\xd8\0\0" + JPEG[4:],
    "a damaged WebP": b"RIFF\4\0\0\0WEBP",
}
