"""Whatever a Payload shows of its documents, or leaves out: every picture is stored once, shown, and taken along.

Each test has a real Payload with one change, an ordinary one that an owner made for reasons of their own.
"""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from time import time
from zipfile import ZipFile

import pytest
from PIL import Image
from ulid import ULID

from app.ingest.file_names import new_name
from tests.payloads.conftest import NewWorld
from tests.support.steps import a_reference, a_set, page, sweep, uploaded
from tests.support.world import Character, Doc, World, plain

AFTER_READ = "get('media').hooks = { afterRead: [({ doc }) => (%s)] }"
AFTER_RECORD = "get('character-image-metadata').hooks = { afterRead: [({ doc }) => (%s)] }"
HIDDEN = "field('%s', '%s').hidden = true"
FOR_ADMINS = "field('%s', '%s').access = { read: ({ req }) => req.user?.role === 'admin' }"
BARE = "field('character-image-metadata', '%s').maxDepth = 0"

CHANGES = {
    # What a hook makes of a document.
    "a size for people": AFTER_READ % "{ ...doc, filesize: `${Math.round(doc.filesize / 1024)} kB` }",
    "no size": AFTER_READ % "{ ...doc, filesize: null }",
    "a time as a number": AFTER_READ % "{ ...doc, createdAt: Date.parse(doc.createdAt), updatedAt: 1 }",
    "a text as an object": AFTER_READ % "{ ...doc, alt: { en: doc.alt } }",
    "pixels as text": AFTER_READ % "{ ...doc, width: `${doc.width} px`, height: `${doc.height}` }",
    "no pixels": AFTER_READ % "{ ...doc, width: null, height: null, sizes: null }",
    "odd sizes": AFTER_READ % "{ ...doc, sizes: { thumbnail: 'none', card: { url: 3, width: 'x' } } }",
    "no address": AFTER_READ % "{ ...doc, url: undefined }",
    "an odd type": AFTER_READ % "{ ...doc, mimeType: 7 }",
    "a record's odd values": AFTER_RECORD
    % "{ ...doc, prompt: undefined, metrics: 'none', status: 1, createdAt: 5, error: [], createdBy: { name: 'x' } }",
    "metrics as a list": AFTER_RECORD % "{ ...doc, metrics: [doc.metrics], updatedAt: null }",
    # What is filled in of a related document.
    "a file's fields without its name": "get('media').defaultPopulate = { alt: true, url: true, width: true }",
    "a file's alternative text alone": "get('media').defaultPopulate = { alt: true }",
    "a character's role alone": "get('character-references').defaultPopulate = { characterRole: true }",
    "files as ids": BARE % "media",
    "characters as ids": BARE % "characterReference",
    "everything as ids": "; ".join(BARE % name for name in ("media", "characterReference", "createdBy")),
    "depth of one": "base.maxDepth = 1",
    # What is nobody's to read.
    "no alternative text": HIDDEN % ("media", "alt"),
    "no author": FOR_ADMINS % ("character-image-metadata", "createdBy"),
    "no error": HIDDEN % ("character-image-metadata", "error"),
    "no character's data": FOR_ADMINS % ("character-references", "generationMetadata"),
    "no names": FOR_ADMINS % ("character-references", "projectCharacterName"),
    # Where files are.
    "a thumbnail of the site's own": "get('media').upload.adminThumbnail = ({ doc }) => `/logo-of-${doc.filename}`",
    "a trash": "for (const slug of ['media', 'character-image-metadata']) get(slug).trash = true",
    "a trash of files": "get('media').trash = true",
    "a trash of records": "get('character-image-metadata').trash = true",
}


async def shown(world: World, character: Character) -> list[Doc]:
    async with world.api() as api:
        listed = (await api.get(character.url("images"))).raise_for_status().json()
    assert listed["count"] == len(listed["images"])
    images: list[Doc] = listed["images"]
    return images


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_everything_works_as_beside_an_ordinary_payload(world_of: NewWorld, change: str) -> None:
    world = world_of(change)
    character = await world.character(settings={"pictureSize": [480, 640]})
    reference = await a_reference(world, character)
    made = await a_set(world, character, 2)
    async with world.api() as api:
        scene = await api.post(character.url("generate-scene-image"), json={"sceneContext": "At sea"})
    assert (made["count"], scene.status_code) == (2, 201)
    images = await shown(world, character)
    assert len(images) == await world.media_count() == 4

    async with plain() as client:
        for image in images:
            for address in (image["media"]["url"], image["media"]["thumbnailUrl"]):
                file = await client.get(address)
                with Image.open(io.BytesIO(file.content)) as picture:
                    assert abs(picture.width * 4 - picture.height * 3) < 4, address

    async with world.browser(world.editor) as browser:
        answers = [
            await browser.get(address)
            for address in (
                "/screenplay/characters",
                f"/screenplay/characters/{character.id}",
                page(character, "").rstrip("/"),
                page(character, str(reference["id"])),
                page(character, f"delete?image={reference['id']}"),
            )
        ]
        assert [answer.status_code for answer in answers] == [200] * 5
        assert answers[2].text.count('class="card') == 4
        assert all(words not in answer.text for answer in answers for words in ("is missing", "cannot be read"))
        chosen = "&".join(f"image={image['id']}" for image in images)
        zipped = await browser.get(page(character, f"sheet.zip?{chosen}"))
        with ZipFile(io.BytesIO(zipped.content)) as archive:
            assert sum(name.endswith(".jpg") for name in archive.namelist()) == 4, archive.namelist()
        sheet = await browser.get(page(character, f"sheet.png?{chosen}"))
        assert sheet.headers["Content-Type"] == "image/png"

    swept = sweep(world, "--older-than", "0")
    assert (swept.returncode, swept.stdout) == (0, ""), swept
    async with world.api() as api:
        known = (await api.get(character.url("library-images"))).raise_for_status().json()["images"]
        recovered = (await api.post(character.url("recover-images"), json={})).raise_for_status().json()
        deleted = await api.delete(character.url(f"images/{images[0]['id']}"))
    assert {image["known"] for image in known} == {True}
    assert (recovered["count"], deleted.status_code) == (0, 200)
    assert len(await shown(world, character)) == 3
    swept = sweep(world, "--older-than", "0")
    assert (swept.returncode, swept.stdout) == (0, ""), swept


@pytest.mark.parametrize(
    "change",
    [
        AFTER_READ % "{ ...doc, filesize: '4 kB' }",
        AFTER_READ % "{ ...doc, createdAt: Date.parse(doc.createdAt), updatedAt: null }",
        AFTER_READ % "{ ...doc, createdAt: undefined, alt: [], sizes: 1 }",
        AFTER_RECORD % "{ ...doc, createdAt: 5, metrics: 'none', prompt: {} }",
        BARE % "media",
        "get('media').defaultPopulate = { alt: true }",
        HIDDEN % ("media", "alt"),
    ],
    ids=[
        "a size for people",
        "a time as a number",
        "no time",
        "odd records",
        "files as ids",
        "unnamed files",
        "no alt",
    ],
)
async def test_the_sweep_finds_what_it_finds_elsewhere(world_of: NewWorld, change: str) -> None:
    world = world_of(change, database=None)
    character = await world.character()
    image = await a_reference(world, character)
    orphan = await uploaded(world, new_name("png"))
    old = f"ci-{ULID.from_timestamp(time() - 3_600)}.png"  # of another day, uploaded again by an editor
    await uploaded(world, old)
    dangling = await a_set(world, character, 1)
    gone = dangling["images"][0]
    with closing(sqlite3.connect(world.log.parent / "payload.db")) as database, database:
        database.execute("DELETE FROM media WHERE id = ?", [gone["media"]["id"]])
    left = f"dangling record {gone['id']}: media {gone['media']['id']}; delete it in Payload\n"
    found = f"orphan media {orphan['id']}: {orphan['filename']}"
    assert sweep(world, "--older-than", "0").stdout == f"{found}\n{left}"
    swept = sweep(world, "--older-than", "0", "--delete")
    assert (swept.returncode, swept.stdout) == (0, f"{found}; deleted\n{left}")
    listed = await shown(world, character)
    assert [one["media"] is None for one in listed] == [True, False]
    assert listed[-1]["id"] == image["id"]
