"""The bytes decide what a picture is, and whether it is whole; its name and its headers decide nothing."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.decoding.formats import inspect
from app.decoding.messages import Inspected, Wrong
from app.decoding.parts import Unfit
from app.limits import JPEG_SCANS, LONGEST_SIDE
from tests.support.pictures import (
    AVIF,
    FOREIGN,
    IEND,
    JPEG,
    KINDS,
    MIME,
    PNG,
    WEBP,
    WHOLE,
    bare_png,
    canvas,
    chunk,
    encoded,
    many_scans,
    moving,
    png_of,
    zeros,
)

LIMIT = 1_000_000


@contextmanager
def refused(*wrong: Wrong, match: str | None = None) -> Iterator[None]:
    with pytest.raises(Unfit, match=match) as raised:
        yield
    assert raised.value.wrong in wrong


def looked_at(content: bytes, limit: int = LIMIT) -> Inspected:
    return inspect(io.BytesIO(content), limit)


@pytest.mark.parametrize("what", WHOLE)
def test_a_whole_picture_is_taken_for_what_its_bytes_are(what: str) -> None:
    extension = what.partition(",")[0].partition(" ")[0]
    width, height = (1, 1) if "one pixel" in what else (96, 64)
    assert looked_at(WHOLE[what]) == Inspected(MIME[extension], extension, width, height, len(WHOLE[what]))


@pytest.mark.parametrize("what", ["a.png", "a.jpg", "a.svg", "a.php"])
def test_the_name_of_a_file_decides_nothing(what: str) -> None:
    file = io.BytesIO(JPEG)
    file.name = what
    assert inspect(file, LIMIT).extension == "jpg"


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_is_cut_anywhere_is_refused(kind: str) -> None:
    whole = KINDS[kind]
    offsets = {round(len(whole) * share / 20) for share in range(20)} | {len(whole) - cut for cut in (1, 2, 3, 12, 13)}
    for offset in sorted(offsets):
        with refused("damaged", "not_an_image"):
            looked_at(whole[:offset])


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_is_cut_in_its_second_half_is_called_cut_off(kind: str) -> None:
    with refused("damaged", match="cut off"):
        looked_at(KINDS[kind][: len(KINDS[kind]) // 2 + 100])


BEHIND = {
    "a newline": b"\n",
    "zeros": bytes(40),
    "PHP": b"<?php phpinfo();",
    "a script": b"<script>alert(1)</script>",
    "a zip": b"PK\x03\x04" + bytes(40),
    "a film": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x10mdat" + bytes(8),
    "a film in a box": b"\0\0\0\x10mpvd" + bytes(8),
    "PHP and an end of a PNG": b"<?php ?>" + IEND,
    "a zip and an end of a JPEG": b"PK\x03\x04\xff\xd9",
    "another PNG": PNG,
    "another JPEG": JPEG,
    "another AVIF": AVIF,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tail", BEHIND.values(), ids=BEHIND)
def test_what_is_behind_a_picture_is_not_the_pictures(kind: str, tail: bytes) -> None:
    whole = KINDS[kind]
    assert looked_at(whole + tail) == looked_at(whole)
    assert looked_at(whole).length == len(whole)


def png_with(*chunks: bytes) -> bytes:
    """The PNG with these chunks before its pixels."""
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def misspelt(content: bytes) -> bytes:
    """A chunk whose checksum is wrong."""
    return content[:-1] + bytes([content[-1] ^ 1])


LARGE_TEXT = zlib.compress(b"a workflow, " * 2**17)
BESIDE = {
    "profile of 1.5 MB": png_with(chunk(b"iCCP", b"display\0\0" + LARGE_TEXT)),
    "text of 1.5 MB": png_with(chunk(b"zTXt", b"workflow\0\0" + LARGE_TEXT)),
    "international text of 1.5 MB": png_with(chunk(b"iTXt", b"workflow\0\1\0\0\0" + LARGE_TEXT)),
    "texts of 96 MB": png_with(*[chunk(b"zTXt", b"workflow\0\0" + LARGE_TEXT)] * 64),
    "text that unpacks to 200 MB": png_with(chunk(b"zTXt", b"workflow\0\0" + zeros(200))),
    "profile that does not unpack": png_with(chunk(b"iCCP", b"display\0\0nothing")),
    "text whose checksum is wrong": png_with(misspelt(chunk(b"tEXt", b"Comment\0hello"))),
    "chunk of nobody": png_with(chunk(b"prVt", b"x")),
    "animation of one frame": png_with(chunk(b"acTL", b"\0\0\0\1\0\0\0\0")),
    "number of frames behind its pixels": PNG[:-12] + chunk(b"acTL", b"\0\0\0\3\0\0\0\0") + IEND,
    "second picture in a JPEG": moving("MPO"),
    "bytes before the end of a JPEG": JPEG[:-2] + b"junk" + JPEG[-2:],
    "what looks like tables before the end of a JPEG": JPEG[:-2] + b"\xff\xc4\xff\xff" + JPEG[-2:],
    "tables before the end of a JPEG": JPEG[:-2] + b"\xff\xc4\x00\x05\xff\xff\xff" + JPEG[-2:],
    "bytes between the segments of a JPEG": JPEG[:20] + b"junk" + JPEG[20:],
    "fill bytes in a JPEG": JPEG[:20] + b"\xff\xff\xff" + JPEG[20:],
    "odd profile in a JPEG": JPEG[:20] + b"\xff\xe2\x00\x0fICC_PROFILE\0\7" + JPEG[20:],
    "odd MPF in a JPEG": JPEG[:20] + b"\xff\xe2\x00\x10MPF\0II*\0\x08\0\0\0\7\7" + JPEG[20:],
}


@pytest.mark.parametrize("content", BESIDE.values(), ids=BESIDE)
def test_what_is_beside_the_pixels_spoils_no_picture(content: bytes) -> None:
    before = time.process_time()
    assert (looked_at(content).width, looked_at(content).height) == (96, 64)
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png_with(chunk(b"CgBI", b"\x50\0\x20\2")), r"a PNG of its own kind \(CgBI\)"),
        (JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1), "a JPEG in arithmetic coding"),
    ],
)
def test_what_no_browser_shows_is_refused_as_what_it_is(content: bytes, words: str) -> None:
    with refused("not_an_image", match=f"{words}.* browsers do not show"):
        looked_at(content)


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_picture_is_refused_with_a_sentence_that_says_what_came(what: str) -> None:
    with refused("not_an_image", match=rf"not a picture but {what}\. PNG, JPEG, WebP and AVIF are taken\.$"):
        looked_at(FOREIGN[what])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_more_than_one_frame_is_refused(kind: str) -> None:
    with refused("not_an_image", match="an animation of 3 frames; still pictures are taken"):
        looked_at(moving(kind))


@pytest.mark.parametrize("size", [(30_000, 30_000), (20_000, 2_000), (2**31 - 1, 2**31 - 1), (1_000_001, 1)])
def test_a_pixel_bomb_is_refused_from_its_header(size: tuple[int, int]) -> None:
    bomb = png_of(*size)
    assert len(bomb) < 200
    with refused("too_large", match=r"1,000,000 pixels"):
        looked_at(bomb)


@pytest.mark.parametrize(("limit", "fits"), [(96 * 64, True), (96 * 64 - 1, False)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_limit_of_pixels_is_the_last_size_that_is_taken(kind: str, limit: int, fits: bool) -> None:
    if fits:
        looked_at(KINDS[kind], limit)
    else:
        with refused("too_large", match="96 by 64"):
            looked_at(KINDS[kind], limit)


@pytest.mark.parametrize(("side", "fits"), [(LONGEST_SIDE, True), (LONGEST_SIDE + 1, False)])
def test_the_longest_side_that_is_taken_is_what_browsers_decode(side: int, fits: bool) -> None:
    for size in ((side, 1), (1, side)):
        content = encoded(Image.new("1", size), "PNG")
        if fits:
            assert looked_at(content).width == size[0]
        else:
            with refused("too_large", match="pixels; sides of at most 16,384"):
                looked_at(content)


def test_a_line_of_25_megapixels_is_refused_from_its_header() -> None:
    with refused("too_large", match="1 by 25000000 pixels"):
        looked_at(bare_png(1, 25_000_000, zeros(1)), 25_000_000)


@pytest.mark.parametrize(("scans", "fits"), [(JPEG_SCANS, True), (JPEG_SCANS + 1, False), (50_000, False)])
def test_a_jpeg_of_more_scans_than_anybody_writes_is_refused_before_it_is_decoded(scans: int, fits: bool) -> None:
    content, before = many_scans(scans, (64, 64) if fits else (1000, 1000)), time.process_time()
    if fits:
        assert looked_at(content).extension == "jpg"
    else:
        with refused("too_large", match="more than 500 scans"):
            looked_at(content)
    assert time.process_time() - before < 1


def test_what_only_looks_like_a_scan_is_none() -> None:
    hidden = encoded(canvas(), "JPEG", comment=b"\xff\xda\0\x02" * (JPEG_SCANS + 1))
    assert looked_at(hidden).extension == "jpg"


def overwritten(content: bytes, position: int, patch: bytes) -> bytes:
    return content[:position] + patch + content[position + len(patch) :]


@pytest.mark.parametrize("share", range(1, 20))
def test_one_wrong_byte_anywhere_in_a_png_is_found(share: int) -> None:
    position = 33 + (len(PNG) - 33 - 12) * share // 20
    with refused("damaged"):
        looked_at(overwritten(PNG, position, bytes([PNG[position] ^ 0xFF])))


@pytest.mark.parametrize(
    ("content", "damaged"),
    [
        (JPEG, lambda whole: overwritten(whole, whole.index(b"\xff\xc4") + 5, b"\xff" * 16)),
        (WEBP, lambda whole: overwritten(whole, 30, b"\xff" * 40)),
        (AVIF, lambda whole: overwritten(whole, whole.index(b"iloc") + 24, b"\0")),
        (AVIF, lambda whole: whole.replace(b"iloc", b"free")),
    ],
    ids=["JPEG, its tables", "WebP, its header", "AVIF, its colours", "AVIF, its place"],
)
def test_a_picture_of_the_right_length_that_does_not_decode_is_refused(
    content: bytes, damaged: Callable[[bytes], bytes]
) -> None:
    broken = damaged(content)
    assert len(broken) == len(content)
    assert broken != content
    with refused("damaged", match="damaged"):
        looked_at(broken)


def test_odd_exif_data_is_no_damage() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\0\0\0\0\0\xff\0\0\0\0"
    assert looked_at(encoded(canvas(), "JPEG", exif=exif)).mime_type == "image/jpeg"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_whatever_comes_is_a_picture_or_an_error_of_ours(what: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[what])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        looked_at(bytes(content))
    except Unfit as error:
        assert str(error).endswith(".")  # noqa: PT017 - most of them are refused, some are not


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_no_picture(content: bytes) -> None:
    with pytest.raises(Unfit):
        looked_at(content)
