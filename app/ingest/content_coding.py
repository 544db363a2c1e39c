"""How the bytes of a picture are packed for their way (`Content-Encoding`), unpacked within a bound."""

from __future__ import annotations

import zlib
from typing import Any

_GZIP, _DEFLATE = ("gzip", "x-gzip"), ("deflate",)
_OTHERS = ("br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip")
_EITHER_HEADER, _NO_HEADER = 47, -15  # of zlib: its own or that of gzip, as it finds; none at all


class CodingError(Exception):
    """The bytes are packed in a way that cannot be unpacked, or not as they say."""


class Plain:
    """Bytes as they are."""

    is_whole = True

    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Return the bytes."""
        return chunk


class Unpacked:
    """Bytes that are packed with gzip or deflate."""

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._unpacking: Any = None
        self._begun = b""

    @property
    def is_whole(self) -> bool:
        """Whether the end has been there."""
        return self._unpacking is not None and bool(self._unpacking.eof)

    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Return what a chunk has in it, at most so many bytes: the rest is lost then. Raises `CodingError`."""
        if self._unpacking is None:
            self._begun += chunk
            if len(self._begun) < 2:
                return b""
            chunk = self._begun
            has_header = self._is_gzip or (int.from_bytes(chunk[:2], "big") % 31 == 0 and chunk[0] & 15 == 8)
            self._unpacking = zlib.decompressobj(_EITHER_HEADER if has_header else _NO_HEADER)
        try:
            return bytes(self._unpacking.decompress(chunk, most))
        except zlib.error as error:
            raise CodingError from error


def coding_of(header: str) -> Plain | Unpacked:
    """How to unpack what has such a header. A name that is no coding packs nothing (`aws-chunked`, `utf-8`).

    Raises `CodingError` where that cannot be done.
    """
    names = [name.strip().lower() for name in header.split(",")]
    packed = [name for name in names if name in (*_GZIP, *_DEFLATE, *_OTHERS)]
    if not packed:
        return Plain()
    if len(packed) > 1 or packed[0] in _OTHERS:
        raise CodingError
    return Unpacked(is_gzip=packed[0] in _GZIP)
