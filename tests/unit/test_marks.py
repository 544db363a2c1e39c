"""Marks in a file change nothing that its pixels are decoded from, and stand where readers look for them."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from datetime import UTC, datetime
from typing import Any
from xml.dom import minidom

import msgspec
import pytest
from PIL import Image as Pillow

from app.cms.image import Image, unreadable
from app.export.marks import Marked, mark
from app.export.xmp import LARGEST_PACKET, packet_of
from app.limits import PROMPT
from tests.support.pictures import FOREIGN, IEND, JPEG, KINDS, PNG, WEBP, WHOLE, canvas, chunk, encoded

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
OURS = ["DigitalSourceType", "AISystemUsed", "AIPromptInformation", "DateCreated", "CreateDate"]
RIGHTS = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xr="http://ns.adobe.com/xap/1.0/rights/" xr:WebStatement="https://film.example"'
    b' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="2020-01-01"/></rdf:RDF></x:xmpmeta>'
)


def image(**fields: Any) -> Image:
    at = datetime(2026, 11, 22, 9, 41, tzinfo=UTC)
    plain = {"prompt": "A wiry woman", "provider": "character-library", "created_at": at}
    return msgspec.structs.replace(unreadable(1), **plain | fields)


def marked(content: bytes, **fields: Any) -> tuple[Marked, bytes]:
    file = io.BytesIO(content)
    result = mark(file, image(**fields))
    leaving = b"".join(result.read(file))
    assert len(leaving) == result.length
    return result, leaving


def xmp_in(content: bytes) -> bytes:
    with Pillow.open(io.BytesIO(content)) as picture:
        found = picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"].encode()
    return bytes(found)


def values(packet: bytes) -> dict[str, str]:
    """What the packet says of our properties, each of which is there once at most."""
    read, tree = dict[str, str](), minidom.parseString(packet)  # noqa: S318 - a packet that we wrote
    for name in OURS:
        for element in tree.getElementsByTagNameNS("*", name):
            assert name not in read
            read[name] = "".join(child.nodeValue or "" for child in element.childNodes)
    return read


@pytest.mark.parametrize("name", [name for name in WHOLE if "avif" not in name])
def test_a_file_leaves_with_its_marks_and_its_pixels(name: str) -> None:
    result, leaving = marked(WHOLE[name])
    assert result.is_embedded
    with Pillow.open(io.BytesIO(WHOLE[name])) as before, Pillow.open(io.BytesIO(leaving)) as after:
        assert result.media_type == Pillow.MIME[str(before.format)]
        assert (after.mode, after.size) == (before.mode, before.size)
        assert after.tobytes() == before.tobytes()
        assert after.info.get("exif") == before.info.get("exif")
    told = values(xmp_in(leaving))
    assert told["DigitalSourceType"] == SOURCE_TYPE
    assert told["AIPromptInformation"] == "A wiry woman"
    assert told["AISystemUsed"] == "character-library"
    assert told["DateCreated"] == told["CreateDate"] == "2026-11-22T09:41:00+00:00"


@pytest.mark.parametrize("name", list(KINDS))
def test_marking_again_changes_nothing(name: str) -> None:
    _, once = marked(KINDS[name])
    assert marked(once)[1] == once


def test_what_stands_before_and_behind_our_mark_is_the_file() -> None:
    for content, place in ((PNG, 33), (JPEG, 20)):
        _, leaving = marked(content)
        added = len(leaving) - len(content)
        assert leaving[:place] + leaving[place + added :] == content


C2PA = {
    "png": PNG[:-12] + chunk(b"caBX", b"manifest") + IEND,
    "jpg": JPEG[:2] + b"\xff\xeb\0\x0aJP\0\1\0\0\0\1" + JPEG[2:],
    "webp": (len(WEBP) + 4).to_bytes(4, "little").join((b"RIFF", WEBP[8:] + b"C2PA\4\0\0\0maxi")),
}
CUT = {f"{name}, cut off": content[:60] for name, content in KINDS.items()}
GARBAGE = {
    "garbage between segments": JPEG[:20] + b"\0" + JPEG[20:],
    "a segment too long": JPEG[:2] + b"\xff\xe1\xff\xff",
    "a webp of nothing": b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0",
    "too many chunks": PNG[:33] + chunk(b"tEXt", b"a\0") * 20_001 + PNG[33:],
}


@pytest.mark.parametrize(
    "content", [*C2PA.values(), *CUT.values(), *GARBAGE.values(), KINDS["avif"], *FOREIGN.values()]
)
def test_a_file_that_takes_no_mark_leaves_as_it_is(content: bytes) -> None:
    result, leaving = marked(content)
    assert not result.is_embedded
    assert leaving == content


def with_xmp(name: str, packet: bytes) -> bytes:
    if name == "png, packed":
        text = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(packet)
        return PNG[:33] + chunk(b"iTXt", text) + PNG[33:]
    if name == "png, last":
        return PNG[:-12] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0en\0words\0" + packet) + IEND
    kind = name.partition(",")[0]
    return encoded(canvas(), {"jpg": "JPEG", "webp": "WEBP"}[kind], xmp=packet)


@pytest.mark.parametrize("name", ["png, last", "jpg", "webp"])
def test_an_earlier_packet_stays_and_gets_what_it_lacks(name: str) -> None:
    _, leaving = marked(with_xmp(name, RIGHTS))
    packet = xmp_in(leaving)
    assert b'xr:WebStatement="https://film.example"' in packet
    assert b'xmp:CreateDate="2020-01-01"' in packet
    assert list(values(packet)) == OURS[:4]
    assert leaving.count(b"adobe:ns:meta/") == 1


REPLACED = {
    "another source": RIGHTS.replace(b"xr:WebStatement", b"xr:DigitalSourceType"),
    "malformed": RIGHTS.replace(b"</x:xmpmeta>", b"</x:other>"),
    "no end": RIGHTS.replace(b"</rdf:RDF>", b""),
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]>' + RIGHTS,
    "no utf-8": RIGHTS.replace(b"film", b"f\xe9lm"),
    "no room": RIGHTS.replace(b"film", b"f" * (LARGEST_PACKET - len(RIGHTS))),
    "empty": b"",
}


@pytest.mark.parametrize("name", ["png, last", "png, packed", "jpg", "webp"])
@pytest.mark.parametrize("why", list(REPLACED))
def test_an_earlier_packet_that_cannot_stay_gives_way(name: str, why: str) -> None:
    _, leaving = marked(with_xmp(name, REPLACED[why]))
    packet = xmp_in(leaving)
    assert list(values(packet)) == OURS
    assert b"WebStatement" not in packet
    assert leaving.count(b"adobe:ns:meta/") == 1


@pytest.mark.parametrize(
    "prompt", ["&" * PROMPT, "\r" * PROMPT, "😀" * PROMPT, "a\r\nb\tc <b> ]]> ", "x\0y\ud800\uffff"]
)
def test_each_prompt_is_told_exactly_but_for_what_xml_cannot_hold(prompt: str) -> None:
    packet = packet_of(image(prompt=prompt, provider="&" * 999))
    assert len(packet) <= LARGEST_PACKET
    expected = prompt.replace("\0", "\ufffd").replace("\ud800", "\ufffd").replace("\uffff", "\ufffd")
    assert values(packet)["AIPromptInformation"] == expected


def test_a_prompt_that_is_too_long_is_cut_and_says_so() -> None:
    told = values(packet_of(image(prompt="&" * (PROMPT + 1))))["AIPromptInformation"]
    assert told.startswith("&" * PROMPT + "…")
    assert "The first 10,000 of 10,001 characters" in told


def test_what_is_not_known_is_not_told() -> None:
    assert values(packet_of(image(prompt=None, provider=None, created_at=None))) == {"DigitalSourceType": SOURCE_TYPE}


def test_a_large_file_is_never_in_memory() -> None:
    file = io.BytesIO(encoded(canvas(size=(64, 64)), "PNG")[:-12] + chunk(b"teSt", bytes(12_000_000)) + IEND)
    tracemalloc.start()
    try:
        total = sum(map(len, mark(file, image()).read(file)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 12_000_000
    assert peak < 2_000_000, f"{peak:,} bytes"
