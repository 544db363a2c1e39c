"""Sets and chosen pictures to take along: as a zip of their files, and as a contact sheet."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote
from zipfile import ZIP_STORED, ZipFile

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

from scripts.local_stack import stack
from tests.support.raw_server import answer, raw_server
from tests.support.steps import a_reference, a_set, files_read, page
from tests.support.world import Doc, Person, World, beside, both_kinds_of_id, plain

ODD_NAME = "Zoë Quill: 90°/\u202e<b>"
NO_SET = "01JD0000000000000000000000"


async def get(world: World, address: str, person: Person | None = None) -> httpx.Response:
    async with world.browser(person or world.editor) as client:
        return await client.get(address)


async def stored(image: Doc) -> bytes:
    """The file of a picture, as Payload serves it."""
    async with plain() as client:
        return (await client.get(image["media"]["url"])).raise_for_status().content


def lose(world: World, image: Doc) -> None:
    """Delete a picture's file and its smaller copies behind Payload's back."""
    stem = Path(image["media"]["url"]).stem
    for file in (world.log.parent / "media").glob(f"{stem}*"):
        file.unlink()
    if world.bucket:
        for key in filter(lambda key: key.startswith(stem), world.bucket.keys()):
            world.bucket.lose(key)


def opened(got: httpx.Response) -> tuple[ZipFile, list[str], str]:
    """A zip, what its pictures are called, and its text."""
    assert (got.status_code, got.headers["Content-Type"]) == (200, "application/zip"), got.text[:500]
    zipped = ZipFile(io.BytesIO(got.content))
    assert zipped.testzip() is None
    *names, told = zipped.namelist()
    assert told == "prompts.txt"
    return zipped, names, zipped.read(told).decode()


def same_picture(marked: bytes, file: bytes) -> bool:
    """Whether a file that left has the pixels of the stored one, and is larger by its marks."""
    with Image.open(io.BytesIO(marked)) as after, Image.open(io.BytesIO(file)) as before:
        return after.tobytes() == before.tobytes() and len(marked) > len(file)


async def test_a_set_comes_as_a_zip_of_its_files(world: World) -> None:
    character = await world.character()
    reference = await a_reference(world, character)
    made = await a_set(world, character, 4)
    got = await get(world, page(character, f"sheet.zip?set={made['setId']}"), world.viewer)
    zipped, names, words = opened(got)
    assert [name.split(" - ")[:2] for name in names] == [["Mara Quill", f"portfolio 0{n}"] for n in (1, 2, 3, 4)]
    for name, image in zip(names, made["images"], strict=True):
        assert same_picture(zipped.read(name), await stored(image))
        assert zipped.getinfo(name).compress_type == ZIP_STORED
        assert Path(name).suffix == Path(image["media"]["url"]).suffix
        assert f"{name}\n  id: {image['id']}\n  kind: portfolioItem\n  angle: " in words
        assert f"  original file: {image['media']['url'].rpartition('/')[2]}\n  prompt: none\n" in words
    assert words.count(f"  reference: {reference['id']}\n") == 4
    assert got.headers["Cache-Control"] == "no-store"
    assert got.headers["Content-Disposition"].startswith('attachment; filename="Mara Quill - set of 4.zip"')


@both_kinds_of_id
async def test_chosen_pictures_come_with_their_exact_prompts_under_sound_names(world: World) -> None:
    character, another = await world.character(projectCharacterName=ODD_NAME), await world.character()
    prompts = ["First\n  line two  ", "Second ° ü 李", "third"]
    one, two, three = [await a_reference(world, character, prompt) for prompt in prompts]
    theirs = await a_reference(world, another, "a stranger")
    asked = "&".join(f"image={image['id']}" for image in (three, theirs, one, two))
    got = await get(world, page(character, f"sheet.zip?{asked}&image=nonsense"))
    zipped, names, words = opened(got)
    for name, image in zip(names, (three, one, two), strict=True):
        assert same_picture(zipped.read(name), await stored(image))
    base = f"Zoë Quill 90° b - reference - {str(one['createdAt'])[:10]}"
    extension = Path(names[0]).suffix
    assert names == [f"{base}{extension}", f"{base} (2){extension}", f"{base} (3){extension}"]
    assert all(f"  prompt:\n{prompt}\n" in words for prompt in prompts)
    assert "a stranger" not in words
    plain, _, encoded = got.headers["Content-Disposition"].partition("; filename*=UTF-8''")
    assert plain == 'attachment; filename="Zo_ Quill 90_ b - 3 images.zip"'
    assert unquote(encoded) == "Zoë Quill 90° b - 3 images.zip"


async def test_a_file_that_is_gone_is_told_and_the_others_come(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    made = await a_set(world, character, 3)
    first, lost, last = made["images"]
    whole = {image["id"]: await stored(image) for image in made["images"]}
    lose(world, lost)
    zipped, names, words = opened(await get(world, page(character, f"sheet.zip?set={made['setId']}")))
    for name, image in zip(names, (first, last), strict=True):
        assert same_picture(zipped.read(name), whole[image["id"]])
    [block] = [block for block in words.split("\n\n") if f"  id: {lost['id']}\n" in block]
    assert "portfolio 02" in block
    # Of a file that its disk has lost, Payload says 500.
    why = "Its file is not there any more." if world.bucket else "Its file could not be read. It may be gone."
    assert f"  not in this archive: {why}\n" in block
    assert words.count("not in this archive") == 1
    sheet = await get(world, page(character, f"sheet.png?set={made['setId']}"))
    shown = [is_at(sheet.content, place, whole[image["id"]]) for place, image in enumerate(made["images"])]
    assert shown == [True, False, True]


async def test_a_contact_sheet_has_every_picture_in_its_place(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    made = await a_set(world, character, 3)
    got = await get(world, page(character, f"sheet.png?set={made['setId']}"), world.viewer)
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/png"), got.text[:500]
    assert got.headers["Content-Disposition"].startswith('attachment; filename="Mara Quill - set of 3.png"')
    assert got.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(got.content)).format == "PNG"
    files = [await stored(image) for image in made["images"]]
    assert [is_at(got.content, place, file) for place, file in enumerate(files)] == [True] * 3
    assert [is_at(got.content, place, file) for place, file in enumerate(files[::-1])] == [False, True, False]


def is_at(sheet: bytes, place: int, file: bytes) -> bool:
    """Whether a picture of 192 by 256 is in the middle of that cell of the first row, which is 200 wide."""
    picture, left = Image.open(io.BytesIO(file)).convert("RGB"), 88 + place * 232 + 4
    cut = Image.open(io.BytesIO(sheet)).convert("RGB").crop((left, 176, left + picture.width, 176 + picture.height))
    return sum(ImageStat.Stat(ImageChops.difference(cut, picture)).mean) < 9


@pytest.mark.parametrize("route", ["sheet.zip", "sheet.png"])
@both_kinds_of_id
async def test_what_is_not_there_is_not_found(world: World, route: str) -> None:
    character, another = await world.character(), await world.character()
    await a_reference(world, character)
    await a_reference(world, another)
    made, theirs = await a_set(world, character, 1), await a_set(world, another, 1)
    for query in (
        f"set={NO_SET}",
        f"set={theirs['setId']}",
        f"image={theirs['images'][0]['id']}",
        "image=nonsense",
        "set=x",
    ):
        got = await get(world, page(character, f"{route}?{query}"))
        assert (got.status_code, got.headers["Content-Type"]) == (404, "text/html; charset=utf-8"), query
    nowhere = f"/screenplay/characters/nobody/images/{route}?set={made['setId']}"
    assert (await get(world, nowhere)).status_code == 404


@pytest.mark.parametrize("route", ["sheet.zip", "sheet.png"])
async def test_what_is_asked_for_must_be_clear(world: World, route: str) -> None:
    character = await world.character()
    many = "&".join(f"image={n}" for n in range(201))
    for query in ("", "set=", "image=", f"set={NO_SET}&image=1", f"set={NO_SET}&set={NO_SET}", many):
        got = await get(world, page(character, f"{route}?{query}"))
        assert got.status_code == (404 if query in ("set=", "image=") else 400), query
        assert got.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("route", ["sheet.zip", "sheet.png"])
async def test_nobody_is_sent_to_sign_in_and_back(world: World, route: str) -> None:
    character = await world.character()
    address = page(character, f"{route}?set={NO_SET}")
    async with world.browser() as client:
        got = await client.get(address)
    assert got.status_code == 303
    assert unquote(got.headers["Location"]) == f"/login?next={address}"


@pytest.mark.parametrize("route", ["sheet.zip", "sheet.png"])
async def test_who_asks_for_the_head_alone_has_no_file_read(world: World, route: str) -> None:
    character = await world.character()
    await a_reference(world, character)
    made = await a_set(world, character, 2)
    address = page(character, f"{route}?set={made['setId']}")
    async with world.browser(world.editor) as client:
        with files_read(world) as read:
            head = await client.head(address)
        with files_read(world) as all_read:
            whole = await client.get(address)
    assert head.status_code == 200
    assert head.headers["Content-Disposition"] == whole.headers["Content-Disposition"]
    assert read == []
    assert len(all_read) == 2


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose Payload knows its own address, and so tells others that are in Media as they are."""
    folder, port = tmp_path_factory.mktemp("known"), stack.free_port()
    knows = {"PAYLOAD_SERVER_URL": f"http://127.0.0.1:{port}"}
    with (
        stack.payload(folder / "payload", port=port, settings=knows) as payload,
        beside(payload, folder, "number") as around,
    ):
        yield around


async def test_an_address_that_somebody_put_into_media_is_not_asked(known: World) -> None:
    character = await known.character()
    await a_reference(known, character)
    made = await a_set(known, character, 2)
    good, bad = made["images"]
    async with raw_server(answer(200, b"secret")) as trap:
        with closing(sqlite3.connect(known.log.parent / "payload.db")) as database, database:
            database.execute("update media set url = ? where id = ?", (f"{trap.url}/a.png", bad["media"]["id"]))
        async with known.api() as api:
            told = (await api.get(character.url("images"))).json()["images"]
        zipped, names, words = opened(await get(known, page(character, f"sheet.zip?set={made['setId']}")))
        sheet = await get(known, page(character, f"sheet.png?set={made['setId']}"))
    [shown] = [image["media"] for image in told if image["id"] == bad["id"]]
    assert {shown["url"], shown["thumbnailUrl"]} == {f"{trap.url}/a.png"}, "Payload hides it, so this shows nothing"
    assert trap.connections == 0
    [name] = names
    assert same_picture(zipped.read(name), await stored(good))
    assert "an address that none is read from" in words
    assert sheet.status_code == 200


async def test_a_payload_that_knows_its_address_is_read_as_well(known: World) -> None:
    character = await known.character()
    image = await a_reference(known, character)
    zipped, [name], _ = opened(await get(known, page(character, f"sheet.zip?image={image['id']}")))
    assert same_picture(zipped.read(name), await stored(image))
