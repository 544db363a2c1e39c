"""Of 500 files, with legal oddities and with damage, those are kept that Chromium shows; marked, they look the same."""

from __future__ import annotations

import base64
import io
import json
import random
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable

import msgspec
from PIL import ImageCms
from playwright.async_api import Browser, Page

from app.cms.image import unreadable
from app.decoding.formats import inspect
from app.decoding.parts import Unfit
from app.export.marks import mark
from scripts.local_stack import stack
from tests.support.pictures import FOREIGN, IEND, canvas, chunk, encoded, moving

FILES, SEED = 500, 22
_AT_ONCE = 50
_PAYLOAD = stack.ROOT / "scripts" / "local_stack" / "payload"
_ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_EXIF = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><script>alert(1)</script></x:xmpmeta>'
_SHOW = """async files => Promise.all(files.map(async file => {
    const bytes = Uint8Array.from(atob(file), one => one.charCodeAt(0))
    const image = new Image()
    image.src = URL.createObjectURL(new Blob([bytes]))
    try { await image.decode(); return image.naturalWidth > 0 } catch { return false }
    finally { URL.revokeObjectURL(image.src) }
}))"""
_SAME = """async pairs => {
    const pixels = async file => {
        const bytes = Uint8Array.from(atob(file), one => one.charCodeAt(0)), image = new Image()
        image.src = URL.createObjectURL(new Blob([bytes]))
        try { await image.decode() } catch { return 'not shown' } finally { URL.revokeObjectURL(image.src) }
        const canvas = new OffscreenCanvas(image.naturalWidth || 1, image.naturalHeight || 1)
        const pen = canvas.getContext('2d')
        pen.drawImage(image, 0, 0)
        return [canvas.width, canvas.height, ...pen.getImageData(0, 0, canvas.width, canvas.height).data].join()
    }
    return Promise.all(pairs.map(async ([one, other]) => await pixels(one) === await pixels(other)))
}"""
_DRAW = """async wishes => Promise.all(wishes.map(async ([width, height, type, quality]) => {
    const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext('2d')
    for (let at = 0; at < width; at += 4) { pen.fillStyle = `hsl(${at * 7} 80% 50%)`; pen.fillRect(at, at / 2, 9, 40) }
    const blob = await canvas.convertToBlob({type, quality})
    return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())))
}))"""
_SHARP = """const sharp = require('sharp')
Promise.all(JSON.parse(process.argv[1]).map(([type, options, width, height]) =>
    sharp({create: {width, height, channels: 4, background: {r: 200, g: 90, b: 30, alpha: 0.5},
        noise: {type: 'gaussian', mean: 128, sigma: 40}}}).toFormat(type, options).toBuffer()))
    .then(files => console.log(JSON.stringify(files.map(file => file.toString('base64')))))"""


class File(msgspec.Struct, frozen=True):
    """A made file. `how`: for who reads a failure. `refused`: the words with which it may be refused though shown."""

    how: str
    kind: str
    content: bytes
    refused: str = ""


def by_pillow(rng: random.Random) -> File:
    kind = rng.choice(("PNG", "JPEG", "WEBP", "AVIF"))
    modes = {
        "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
        "JPEG": ("L", "RGB", "CMYK", "YCbCr"),
        "WEBP": ("RGB", "RGBA"),
        "AVIF": ("RGB", "RGBA", "L"),
    }
    mode, size = rng.choice(modes[kind]), (rng.randint(1, 90), rng.randint(1, 90))
    choices: dict[str, dict[str, object]] = {
        "PNG": {"optimize": rng.random() < 0.5, "compress_level": rng.randint(0, 9)},
        "JPEG": {
            "quality": rng.randint(1, 100),
            "progressive": rng.random() < 0.5,
            "optimize": rng.random() < 0.5,
            "subsampling": rng.randint(0, 2) if mode in ("RGB", "YCbCr") else -1,
            "restart_marker_rows": rng.choice((0, 1)),
        },
        "WEBP": {"lossless": rng.random() < 0.5, "quality": rng.randint(0, 100), "method": rng.randint(0, 4)},
        "AVIF": {"quality": rng.randint(1, 100), "speed": 10, "subsampling": rng.choice(("4:2:0", "4:4:4"))},
    }
    options = choices[kind]
    if rng.random() < 0.4:
        options |= {"icc_profile": _ICC}
    if rng.random() < 0.4:
        options |= {"exif": _EXIF}
    picture = canvas(rng.randint(0, 99), size).convert("RGBA" if mode in ("RGBA", "LA") else "RGB")
    return File(f"Pillow {mode} {size} {options.keys()}", kind, encoded(picture.convert(mode), kind, **options))


def by_sharp(rng: random.Random, count: int) -> list[File]:
    wishes = list[tuple[str, dict[str, object], int, int]]()
    for _ in range(count):
        kind = rng.choice(("png", "jpeg", "webp", "avif"))
        choices: dict[str, dict[str, object]] = {
            "png": {"progressive": rng.random() < 0.5, "palette": rng.random() < 0.3},
            "jpeg": {"mozjpeg": rng.random() < 0.5, "progressive": rng.random() < 0.5, "quality": rng.randint(1, 100)},
            "webp": {"lossless": rng.random() < 0.3, "nearLossless": rng.random() < 0.3, "effort": 1},
            "avif": {"effort": 0, "quality": rng.randint(1, 100)},
        }
        wishes.append((kind, choices[kind], rng.randint(16, 90), rng.randint(16, 90)))
    node = shutil.which("node")
    assert node
    done = subprocess.run(
        [node, "-e", _SHARP, json.dumps(wishes)], cwd=_PAYLOAD, capture_output=True, text=True, check=True
    )
    return [
        File(f"sharp {wish}", wish[0].upper(), base64.b64decode(content))
        for wish, content in zip(wishes, json.loads(done.stdout), strict=True)
    ]


async def by_chromium(page: Page, rng: random.Random, count: int) -> list[File]:
    wishes = [
        (rng.randint(1, 90), rng.randint(1, 90), f"image/{rng.choice(('png', 'jpeg', 'webp'))}", rng.random())
        for _ in range(count)
    ]
    drawn = await page.evaluate(_DRAW, wishes)
    return [
        File(f"Chromium {wish}", wish[2].removeprefix("image/").upper(), base64.b64decode(content))
        for wish, content in zip(wishes, drawn, strict=True)
    ]


# Legal oddities: a browser shows the picture all the same


def beside(file: File, rng: random.Random) -> File:
    """Something beside the pixels, where the format has a place for it."""
    content = file.content
    if file.kind == "PNG":
        text = zlib.compress(b"a workflow, " * rng.choice((1, 2**17)))
        odd = rng.choice(
            (
                chunk(b"zTXt", b"workflow\0\0" + text),
                chunk(b"iTXt", b"workflow\0\1\0\0\0" + text),
                chunk(b"tEXt", b"Comment\0<?php phpinfo(); ?>"),
                chunk(b"eXIf", _EXIF[6:]),
                chunk(b"gAMA", struct.pack(">I", 45455)),
                chunk(b"prVt", rng.randbytes(9)),
                chunk(b"acTL", b"\0\0\0\1\0\0\0\0"),
                chunk(b"tEXt", b"Comment\0wrong")[:-1] + b"?",
            )
        )
        return msgspec.structs.replace(file, how=f"{file.how} {odd[4:8]!r}", content=content[:33] + odd + content[33:])
    if file.kind == "JPEG":
        what, body = rng.choice(
            (
                (0xE1, _EXIF),
                (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _XMP),
                (0xE2, b"ICC_PROFILE\0\1\1" + _ICC),
                (0xE2, b"ICC_PROFILE\0\7"),
                (0xE2, b"MPF\0II*\0\x08\0\0\0\7\7"),
                (0xED, b"Photoshop 3.0\0" + rng.randbytes(20)),
                (0xFE, b"\xff\xd9 a comment \xff\xda"),
            )
        )
        segment = rng.choice((b"", b"junk", b"\xff\xff")) + struct.pack(">BBH", 0xFF, what, len(body) + 2) + body
        after = 4 + int.from_bytes(content[4:6], "big")
        return msgspec.structs.replace(
            file, how=f"{file.how} {segment[:24]!r}", content=content[:after] + segment + content[after:]
        )
    if file.kind == "AVIF":
        box = struct.pack(">I", 20) + rng.choice((b"free", b"skip")) + rng.randbytes(12)
        return msgspec.structs.replace(file, how=f"{file.how} {box[4:8]!r}", content=content + box)
    return file


def before_end(file: File, rng: random.Random) -> File:
    """Bytes that belong to nothing before the end marker of a JPEG."""
    if file.kind != "JPEG":
        return file
    junk = rng.choice((b"junk", bytes(9), b"\xff\xff\xff", b"\xff\xc4\xff\xff", b"\xff\xc4\0\5\xff\xff\xff"))
    return msgspec.structs.replace(file, how=f"{file.how} {junk!r}", content=file.content[:-2] + junk + b"\xff\xd9")


def behind(file: File, rng: random.Random) -> File:
    """Bytes behind the picture."""
    film = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x10mdat" + bytes(8)
    tail = rng.choice((b"\n", b"\r\n", bytes(40), film, b"<script>alert(1)</script>", IEND, b"PK\3\4\xff\xd9"))
    if rng.random() < 0.3:
        tail = file.content
    return msgspec.structs.replace(file, how=f"{file.how} {tail[:16]!r} behind", content=file.content + tail)


# What is not whole: Chromium shows as much of it as there is


def cut(file: File, rng: random.Random) -> File:
    """The beginning only."""
    end = rng.randint(16, len(file.content) - 1)
    words = "cut off|damaged|not a picture"
    return msgspec.structs.replace(file, how=f"{file.how} to {end}", content=file.content[:end], refused=words)


def flip(file: File, rng: random.Random) -> File:
    """A wrong byte anywhere behind the signature. Not in an AVIF: Chromium's decoder and ours read its damage apart."""
    if file.kind == "AVIF":
        return file
    content, at = bytearray(file.content), rng.randint(16, len(file.content) - 1)
    content[at] ^= rng.randint(1, 255)
    words = "cut off|damaged|not a picture|browsers do not show|animation|pixels"
    return msgspec.structs.replace(file, how=f"{file.how} ^{at}", content=bytes(content), refused=words)


ODD: tuple[Callable[[File, random.Random], File], ...] = (beside, beside, before_end, behind)
DAMAGED: tuple[Callable[[File, random.Random], File], ...] = (cut, flip)


def changed(file: File, rng: random.Random) -> File:
    """The file with up to three oddities, or with one and damage, or as it is."""
    for _ in range(rng.randint(0, 2)):
        file = beside(file, rng)
    for change in (before_end, behind):
        if rng.random() < 0.3:
            file = change(file, rng)
    return rng.choice(DAMAGED)(file, rng) if rng.random() < 0.25 else file


def of_other_kinds() -> list[File]:
    """What is refused for what it is, though Chromium shows some of it."""
    others = [File(what, "", content, "not a picture but") for what, content in FOREIGN.items()]
    animated = [
        File(f"{kind} that moves", kind, moving(kind), "an animation of 3 frames") for kind in ("PNG", "WEBP", "AVIF")
    ]
    return [*others, *animated, File("MPO", "JPEG", moving("MPO"))]


def refusal(content: bytes) -> str:
    """Why it is refused; an empty text where it is kept."""
    try:
        inspect(io.BytesIO(content), 25_000_000)
    except Unfit as error:
        return str(error)
    return ""


async def files_by_all(page: Page) -> list[File]:
    """All the files, the same each time."""
    rng = random.Random(SEED)  # noqa: S311 - the same files each time
    files = [*by_sharp(rng, 100), *await by_chromium(page, rng, 60), *of_other_kinds()]
    files += [by_pillow(rng) for _ in range(FILES - len(files))]
    return [file if file.refused else changed(file, rng) for file in files]


async def test_what_chromium_shows_is_kept_and_what_it_does_not_show_is_refused(browser: Browser) -> None:
    page = await browser.new_page()
    files = await files_by_all(page)
    shown = list[bool]()
    for first in range(0, FILES, _AT_ONCE):
        some = [base64.b64encode(file.content).decode() for file in files[first : first + _AT_ONCE]]
        shown += await page.evaluate(_SHOW, some)
    await page.close()
    wrong = list[str]()
    for file, is_shown in zip(files, shown, strict=True):
        words = refusal(file.content)
        if is_shown == (not words):
            continue
        if is_shown and file.refused and any(reason in words for reason in file.refused.split("|")):
            continue
        wrong.append(f"{file.how}: {'shown' if is_shown else 'not shown'}, {words or 'kept'}")
    assert wrong == []
    kept = sum(1 for file in files if not refusal(file.content))
    assert FILES * 3 // 5 < kept < FILES


async def test_chromium_shows_the_same_pixels_of_a_file_that_left_with_its_marks(browser: Browser) -> None:
    page = await browser.new_page()
    files = await files_by_all(page)
    differing, embedded = list[str](), 0
    for first in range(0, FILES, _AT_ONCE):
        some = files[first : first + _AT_ONCE]
        pairs = list[tuple[str, str]]()
        for file in some:
            marked = mark(content := io.BytesIO(file.content), msgspec.structs.replace(unreadable(1), prompt="A coat"))
            embedded += marked.is_embedded
            leaving = b"".join(marked.read(content))
            pairs.append((base64.b64encode(file.content).decode(), base64.b64encode(leaving).decode()))
        same = await page.evaluate(_SAME, pairs)
        differing += [file.how for file, is_same in zip(some, same, strict=True) if not is_same]
    await page.close()
    assert differing == []
    assert embedded > FILES // 2
