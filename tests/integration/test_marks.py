"""Every file that leaves says that a model generated it, as an independent reader sees; what is stored stays."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from tests.support.exiftool import metadata
from tests.support.pages import workspace
from tests.support.pictures import KINDS, PNG
from tests.support.steps import a_reference, a_set, files_read, page
from tests.support.world import Character, Doc, World, both_kinds_of_id, plain

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PROMPT = "A <wiry> woman & her “coat”\nin the rain 😀"


async def stored(image: Doc) -> bytes:
    """The file of an image, as Payload serves it."""
    async with plain() as client:
        return (await client.get(image["media"]["url"])).raise_for_status().content


def check_marks(file: Path, image: Doc, prompt: str | None) -> None:
    told = metadata(file)
    assert told["ExifTool:Validate"] == "0 0 0", told
    assert told["XMP-iptcExt:DigitalSourceType"] == SOURCE_TYPE
    assert told["XMP-iptcExt:AISystemUsed"] == "character-library"
    assert told.get("XMP-iptcExt:AIPromptInformation") == prompt
    day = str(image["createdAt"])[:19].replace("-", ":").replace("T", " ")
    assert told["XMP-photoshop:DateCreated"] == told["XMP-xmp:CreateDate"] == f"{day}+00:00"


def check_pixels(marked: bytes, original: bytes) -> None:
    with Image.open(io.BytesIO(marked)) as after, Image.open(io.BytesIO(original)) as before:
        assert (after.mode, after.size, after.tobytes()) == (before.mode, before.size, before.tobytes())


async def a_file(world: World, character: Character, content: bytes) -> Any:
    """A reference whose file the library serves with these bytes."""
    await world.fault(character, "file", times=-1, status=200, bodyBase64=base64.b64encode(content).decode())
    return await a_reference(world, character, PROMPT)


async def test_each_file_of_a_zip_is_marked(world: World, tmp_path: Path) -> None:
    character = await world.character()
    await a_reference(world, character)
    made = await a_set(world, character, 3)
    before = [await stored(image) for image in made["images"]]
    async with world.browser(world.editor) as client:
        answer = await client.get(page(character, f"sheet.zip?set={made['setId']}"))
    with ZipFile(io.BytesIO(answer.content)) as zipped:
        *names, _ = zipped.namelist()
        zipped.extractall(tmp_path)
    for name, image, original in zip(names, made["images"], before, strict=True):
        check_marks(tmp_path / name, image, None)
        check_pixels((tmp_path / name).read_bytes(), original)
    assert [await stored(image) for image in made["images"]] == before


@pytest.mark.parametrize("kind", list(KINDS))
async def test_an_original_is_marked_in_its_file_or_beside_it(world: World, tmp_path: Path, kind: str) -> None:
    character = await world.character()
    image = await a_file(world, character, KINDS[kind])
    address = f"{workspace(character)}/{image['id']}/original"
    async with world.browser(world.viewer) as client:
        answer, beside = await client.get(address), await client.get(f"{address}.xmp")
        zipped = ZipFile(io.BytesIO((await client.get(page(character, f"sheet.zip?image={image['id']}"))).content))
    assert answer.headers["Content-Type"] == image["media"]["mimeType"]
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["Content-Disposition"].startswith('inline; filename="Mara Quill - reference - 20')
    check_pixels(answer.content, await stored(image))
    file, xmp = tmp_path / f"a.{kind}", tmp_path / "a.xmp"
    file.write_bytes(answer.content)
    xmp.write_bytes(beside.content)
    check_marks(xmp, image, PROMPT)
    names = [name.rpartition(".") for name in zipped.namelist()]
    if kind == "avif":
        assert answer.content == await stored(image)
        assert names == [(names[0][0], ".", "avif"), (names[0][0], ".", "xmp"), ("prompts", ".", "txt")]
        assert zipped.read(zipped.namelist()[1]) == beside.content
    else:
        check_marks(file, image, PROMPT)
        assert [extension for _, _, extension in names] == [kind, "txt"]


@both_kinds_of_id
async def test_an_original_is_sent_whole_to_who_may_see_it(world: World) -> None:
    character, another = await world.character(), await world.character()
    image = await a_reference(world, character)
    address = f"{workspace(character)}/{image['id']}/original"
    async with world.browser(world.editor) as client:
        whole = await client.get(address, headers={"Accept-Encoding": "gzip"})
        part = await client.get(address, headers={"Range": "bytes=0-9", "If-None-Match": "*"})
        with files_read(world) as read:
            head = await client.head(address)
        elsewhere = await client.get(f"{workspace(another)}/{image['id']}/original")
        foreign = await client.get(address, headers={"Sec-Fetch-Site": "cross-site"})
    assert (part.status_code, part.content) == (200, whole.content)
    assert whole.headers["Accept-Ranges"] == head.headers["Accept-Ranges"] == "none"
    assert {"ETag", "Last-Modified", "Content-Encoding"}.isdisjoint(name.title() for name in whole.headers)
    assert (head.status_code, read) == (200, [])
    assert elsewhere.status_code == 404
    assert (foreign.status_code, foreign.headers["Location"]) == (303, address.removesuffix("/original"))
    async with world.browser() as nobody:
        assert (await nobody.get(address)).headers["Location"].startswith("/login?")


async def test_a_file_that_is_gone_is_told(world: World) -> None:
    character = await world.character()
    image: Any = await a_file(world, character, PNG)
    for file in (world.log.parent / "media").glob(f"{Path(image['media']['url']).stem}*"):
        file.unlink()
    if world.bucket:
        for key in list(world.bucket.keys()):
            world.bucket.lose(key)
    async with world.browser(world.editor) as client:
        answer = await client.get(f"{workspace(character)}/{image['id']}/original")
    assert answer.status_code == 502
    assert "Its file" in answer.text
