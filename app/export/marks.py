"""XMP in the file of an image: put beside the parts that its pixels are decoded from, none of which changes.

A file is changed on its way out only, and is never in memory as a whole: what leaves is a row of bytes and of ranges.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

import msgspec

from app.cms.image import Image
from app.export.xmp import LARGEST_PACKET, packet_of

_PIECE = 256 * 1024
_MOST_PARTS = 20_000
"""Chunks or segments that are looked at: encoders write a few thousand for the largest file."""

_PNG, _ITXT = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp\0"
_JPEG, _EXIF, _XAP, _JUMBF = b"\xff\xd8\xff", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"JP"
_APP0, _APP1, _APP11, _SOS = 0xE0, 0xE1, 0xEB, 0xDA
_LARGEST_TEXT = LARGEST_PACKET + 1024
"""Bytes of an iTXt chunk that are read: more than a packet that is kept has, with what stands before it."""

_WEBP_ALPHA, _WEBP_XMP = 0x10, 0x04

Packet = Callable[[bytes | None], bytes]
"""Writes an XMP packet, given the one that the file has."""


class Marked(msgspec.Struct, frozen=True):
    """A file on its way out: new bytes, and ranges of the file. `is_embedded`: else its XMP belongs beside it."""

    media_type: str
    parts: list[bytes | range]
    is_embedded: bool

    @property
    def length(self) -> int:
        """Bytes in all."""
        return sum(map(len, self.parts))

    def read(self, file: IO[bytes]) -> Iterator[bytes]:
        """Iterate over the bytes that leave, in pieces."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                for start in part[::_PIECE]:
                    yield _read(file, start, min(_PIECE, part.stop - start))


class _Unfit(Exception):
    """A file that takes no XMP: of another format, malformed, or with a C2PA manifest, whose hashes would break."""


class _Edit(msgspec.Struct, frozen=True, order=True):
    """Bytes in the place of those from `start` to `end`."""

    start: int
    end: int
    new: bytes = b""


def mark(file: IO[bytes], image: Image) -> Marked:
    """Find out how the file of an image leaves with its XMP. Reads no more of it than heads and an earlier packet."""
    size, head = file.seek(0, 2), _read(file, 0, 12)
    media_type, edits_of = _format_of(head)
    try:
        edits = edits_of(file, size, partial(packet_of, image))
    except _Unfit:
        return Marked(media_type, [range(size)], is_embedded=False)
    return Marked(media_type, [part for part in _parts(sorted(edits), size) if part], is_embedded=True)


def _format_of(head: bytes) -> tuple[str, Callable[[IO[bytes], int, Packet], list[_Edit]]]:
    if head.startswith(_PNG):
        return "image/png", _png
    if head.startswith(_JPEG):
        return "image/jpeg", _jpeg
    if head.startswith(b"RIFF") and head[8:] == b"WEBP":
        return "image/webp", _webp
    return "image/avif" if head[4:8] == b"ftyp" else "application/octet-stream", _other


def _parts(edits: list[_Edit], size: int) -> Iterator[bytes | range]:
    position = 0
    for edit in edits:
        yield range(position, edit.start)
        yield edit.new
        position = edit.end
    yield range(position, size)


def _other(file: IO[bytes], size: int, packet: Packet) -> list[_Edit]:
    raise _Unfit


def _png(file: IO[bytes], size: int, packet: Packet) -> list[_Edit]:
    """In an iTXt chunk behind the header."""
    edits, old, place = list[_Edit](), None, 0
    for name, start, end in _png_chunks(file, size):
        if name == b"caBX":
            raise _Unfit
        if name == b"IHDR":
            place = end
        content = _read(file, start + 8, min(end - start - 12, _LARGEST_TEXT)) if name == b"iTXt" else b""
        if content.startswith(_ITXT):
            edits.append(_Edit(start, end))
            old = _itxt_text(content)
    text = _ITXT + b"\0\0\0\0" + packet(old)
    checksum = zlib.crc32(b"iTXt" + text).to_bytes(4, "big")
    return [_Edit(place, place, len(text).to_bytes(4, "big") + b"iTXt" + text + checksum), *edits]


def _itxt_text(content: bytes) -> bytes | None:
    """The text of an iTXt chunk, behind a flag, a method and two texts that end with NUL; None where it is packed."""
    flag, rest = content[len(_ITXT) :][:1], content[len(_ITXT) + 2 :]
    return rest.split(b"\0", 2)[-1] if flag == b"\0" else None


def _png_chunks(file: IO[bytes], size: int) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name, start and end."""
    position = len(_PNG)
    for _ in range(_MOST_PARTS):
        head = _read(file, position, 8)
        end = position + 12 + int.from_bytes(head[:4], "big")
        if len(head) < 8 or end > size:
            break
        yield head[4:], position, end
        if head[4:] == b"IEND":
            return
        position = end
    raise _Unfit


def _jpeg(file: IO[bytes], size: int, packet: Packet) -> list[_Edit]:
    """In an APP1 segment behind those of JFIF and Exif, which have to come first."""
    edits, old, place = list[_Edit](), None, 2
    for marker, start, end in _jpeg_segments(file, size):
        beginning = _read(file, start + 4, min(end - start - 4, len(_XAP)))
        if marker == _APP11 and beginning.startswith(_JUMBF):
            raise _Unfit
        if start == place and (marker == _APP0 or (marker == _APP1 and beginning.startswith(_EXIF))):
            place = end
        if marker == _APP1 and beginning == _XAP:
            edits.append(_Edit(start, end))
            old = _read(file, start + 4 + len(_XAP), end - start - 4 - len(_XAP))
    content = _XAP + packet(old)
    return [_Edit(place, place, b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content), *edits]


def _jpeg_segments(file: IO[bytes], size: int) -> Iterator[tuple[int, int, int]]:
    """Each segment's marker, start and end, up to the first scan."""
    position = 2
    for _ in range(_MOST_PARTS):
        head = _read(file, position, 4)
        if len(head) < 4 or head[0] != 0xFF:
            break
        if head[1] == 0xFF:  # a fill byte
            position += 1
            continue
        if head[1] == _SOS:
            return
        end = position + 2 + int.from_bytes(head[2:], "big")
        if end > size:
            break
        yield head[1], position, end
        position = end
    raise _Unfit


def _webp(file: IO[bytes], size: int, packet: Packet) -> list[_Edit]:
    """In a chunk at the end, with a flag in the header, which a plain file gets as well."""
    edits, old = list[_Edit](), None
    chunks = list(_webp_chunks(file, size))
    for name, start, end in chunks:
        if name == b"C2PA":
            raise _Unfit
        if name == b"XMP ":
            edits.append(_Edit(start, end))
            old = _read(file, start + 8, min(int.from_bytes(_read(file, start + 4, 4), "little"), LARGEST_PACKET))
    name, start, last = *chunks[0][:2], chunks[-1][2]
    if name == b"VP8X":
        flags = _read(file, start + 8, 1)[0] | _WEBP_XMP
        edits.append(_Edit(start + 8, start + 9, bytes([flags])))
    else:
        edits.append(_Edit(start, start, _webp_header(name, _read(file, start + 8, 10))))
    edits.append(_Edit(last, last, _webp_chunk(b"XMP ", packet(old))))
    length = last - 8 + sum(len(edit.new) - (edit.end - edit.start) for edit in edits)
    return [_Edit(4, 8, length.to_bytes(4, "little")), *edits]


def _webp_chunks(file: IO[bytes], size: int) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name, start and end with its padding."""
    position, last = 12, int.from_bytes(_read(file, 4, 4), "little") + 8
    for _ in range(_MOST_PARTS):
        head = _read(file, position, 8)
        length = int.from_bytes(head[4:], "little")
        end = position + 8 + length + length % 2
        if len(head) < 8 or end > min(last, size):
            break
        yield head[:4], position, end
        if end == last:
            return
        position = end
    raise _Unfit


def _webp_header(name: bytes, data: bytes) -> bytes:
    """The header of an extended file around a plain picture, by the size that the picture's own data begin with."""
    if name == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        flags = _WEBP_XMP
        width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    elif name == b"VP8L" and data[:1] == b"\x2f":
        bits = int.from_bytes(data[1:5], "little")
        flags = _WEBP_XMP | (_WEBP_ALPHA if bits >> 28 & 1 else 0)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        raise _Unfit
    if not (width and height):
        raise _Unfit
    sides = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    return _webp_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


def _webp_chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _read(file: IO[bytes], start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(max(0, count))
