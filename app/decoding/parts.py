"""What a picture's file consists of: the parts that its pixels are decoded from, and where the picture ends.

Only those parts are decoded. Profiles, texts and further images beside them cost nothing then, however large they
unpack, and what is damaged in them spoils nothing, as in a browser.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import msgspec

from app.decoding.messages import Wrong
from app.limits import JPEG_SCANS

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PARTS = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")
_EOI, _SOS = 0xD9, 0xDA
_APP0, _APP1, _APP14, _APP15, _COM = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
_ARITHMETIC = (0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF)
# Not a stuffed byte, a restart or what else stands alone. Without `+`: 20 times faster, and no slower on the worst.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")
_AVIF_PARTS = (b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"uuid")


class Unfit(Exception):
    """A file that is not taken as a picture. `wrong`: the kind of reason; the text is for people."""

    def __init__(self, wrong: Wrong, message: str) -> None:
        super().__init__(message)
        self.wrong = wrong


class Parts(msgspec.Struct, frozen=True):
    """A file's one picture. `content`: what it is decoded from. `length`: bytes of the file up to the picture's end.

    `frames`: how many pictures the file itself says that it shows in turn. `unfit`: why it is not taken, where that
    shows without decoding it.
    """

    content: bytes
    length: int
    frames: int = 1
    unfit: Unfit | None = None


def parts_of(content: bytes) -> Parts:
    """Return the parts of the file's picture; of a file of another format, all of it."""
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp(content)
    if content[4:8] == b"ftyp":
        return _avif(content)
    return Parts(content, len(content))


def _png(content: bytes) -> Parts:
    """Chunks up to the first IEND. Each that is decoded must have its checksum, which Pillow does not look at."""
    position, frames, kept, names = len(_PNG), 1, [_PNG], set[bytes]()
    unfit: Unfit | None = None
    while len(head := content[position : position + 8]) == 8:
        name, end = head[4:], position + 12 + int.from_bytes(head[:4], "big")
        if end > len(content):
            break
        is_intact = zlib.crc32(memoryview(content)[position + 4 : end - 4]) == int.from_bytes(
            content[end - 4 : end], "big"
        )
        is_critical = not name[0] & 0x20  # bit 5 of the first letter (RFC 2083, 3.3)
        if is_critical and unfit is None:
            unfit = _png_fault(name, is_intact=is_intact)
        if name in _PNG_PARTS and (is_critical or is_intact):
            kept.append(content[position:end])
        if name == b"acTL" and is_intact and b"IDAT" not in names:
            frames = int.from_bytes(content[position + 8 : position + 12], "big")
        names.add(name)
        position = end
        if name == b"IEND":
            return Parts(b"".join(kept), position, frames, unfit)
    return Parts(b"".join(kept), len(content), frames, unfit or _cut_off())


def _cut_off() -> Unfit:
    return Unfit("damaged", "The picture is cut off: its file ends before the picture does.")


def _png_fault(name: bytes, *, is_intact: bool) -> Unfit | None:
    """Why a critical chunk makes a PNG one that is not taken."""
    if not is_intact:
        return Unfit("damaged", "The picture is damaged: its bytes do not match their checksum.")
    if name not in _PNG_PARTS:
        shown_name = name.decode("ascii", "backslashreplace")
        return Unfit("not_an_image", f"The picture is a PNG of its own kind ({shown_name}) that browsers do not show.")
    return None


def _jpeg(content: bytes) -> Parts:
    """Segments up to the first end marker that is not inside of one, without what stands between and beside them.

    Raises `Unfit` where there are too many scans: a JPEG that goes over all of its blocks again and again costs that
    for each scan, even an empty one.
    """
    kept, scans, after_scans = [b"\xff\xd8"], 0, 1
    unfit: Unfit | None = None
    for marker, start, end, following in _jpeg_segments(content):
        if marker == _EOI:
            return Parts(b"".join(kept[:after_scans]) + b"\xff\xd9", end, unfit=unfit)
        if marker in _ARITHMETIC and not scans:
            unfit = Unfit("not_an_image", "The picture is a JPEG in arithmetic coding, which browsers do not show.")
        if _decoded(marker, content[start + 4 : start + 10]):
            kept.append(content[start:following])
        if marker == _SOS:
            scans, after_scans = scans + 1, len(kept)
        if scans > JPEG_SCANS:
            raise Unfit("too_large", f"The picture is a JPEG of more than {JPEG_SCANS} scans.")
    return Parts(b"".join(kept), len(content), unfit=_cut_off())


def _decoded(marker: int, beginning: bytes) -> bool:
    """Whether pixels, colours or the orientation are told in a segment that begins so."""
    if marker == _APP1:
        return beginning == b"Exif\0\0"
    return marker in (_APP0, _APP14) or not (_APP0 <= marker <= _APP15 or marker == _COM)


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Each segment's marker, start and end, and the end of the scan that it heads, up to the end marker.

    Bytes between segments are passed over, as libjpeg does. Behind a scan, a marker whose segment has no end is none.
    """
    position, is_scanned = 2, False
    while match := _JPEG_MARKER.search(content, position):
        marker, start = match[1][0], match.start()
        if marker == _EOI:
            yield marker, start, match.end(), match.end()
            return
        size = int.from_bytes(content[start + 2 : start + 4], "big")
        position = start + 2 + size
        if size < 2 or position > len(content):
            if not is_scanned:
                return
            position = start + 2
            continue
        end, is_scanned = position, is_scanned or marker == _SOS
        if marker == _SOS and (following := _JPEG_MARKER.search(content, end)):
            position = following.start()
        yield marker, start, end, position


def _webp(content: bytes) -> Parts:
    declared = int.from_bytes(content[4:8], "little") + 8
    length = min(len(content), declared + declared % 2)
    return Parts(content[:length], length, unfit=_cut_off() if length < declared else None)


def _avif(content: bytes) -> Parts:
    """Boxes up to the last one that belongs to the picture: not another file's (`ftyp`), nor a motion photo's film."""
    position = length = 0
    unfit = None
    while len(head := content[position : position + 16]) >= 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        size = int.from_bytes(head[8:16], "big") if size == 1 else len(content) - position if size == 0 else size
        if size < 8 or (kind == b"ftyp" and position):
            break
        if position + size > len(content):
            unfit = _cut_off() if kind in _AVIF_PARTS else None
            break
        position += size
        length = position if kind in _AVIF_PARTS else length
    return Parts(content[:length], length, unfit=unfit)
