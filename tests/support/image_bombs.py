"""Files that cost much to decode."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from tests.support.pictures import (
    PNG,
    bare_png,
    chunk,
    encoded,
    many_scans,
    moving,
    zeros,
)

BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG of a bit": lambda: bare_png(16_384, 1525, zeros(4), depth=1, colours=0),
    "PNG with a huge body": lambda: bare_png(64, 64, zeros(2048)),
    "PNG in a line": lambda: bare_png(1, 25_000_000, zeros(50), depth=8, colours=0),
    "PNG of 16 bits": lambda: bare_png(5000, 5000, zeros(200), depth=16, colours=6),
    "PNG with huge words": lambda: PNG[:33] + chunk(b"zTXt", b"Comment\0\0" + zeros(1024)) + PNG[33:],
    "JPEG of scans": lambda: many_scans(50_000, (2000, 2000)),
    "JPEG of 25 megapixels": lambda: encoded(Image.new("CMYK", (5000, 5000)), "JPEG", progressive=True),
    "WebP of 25 megapixels": lambda: encoded(Image.new("RGBA", (5000, 5000)), "WEBP", lossless=True, quality=0),
    "WebP of 268 megapixels": lambda: b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xfe\xbf\xff\x0f" + bytes(9),
    "WebP that moves": lambda: moving("WEBP", (1500, 1500)),
    "APNG": lambda: moving("PNG", (1500, 1500)),
    "AVIF of 25 megapixels": lambda: encoded(Image.new("RGB", (5000, 5000)), "AVIF", speed=10),
}
