"""Media that are elsewhere: behind signed addresses, at a name of the site's own, without an extension."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from scripts.local_stack.stack import free_port
from tests.payloads.conftest import NewWorld
from tests.support import steps
from tests.support.raw_server import Seen, answer, raw_server
from tests.support.steps import page
from tests.support.world import Character, Doc, World

SIGNED = """
get('media').upload.handlers = [(req, { params }) =>
  Response.redirect(`%s/bucket/${params.filename}?X-Signature=abc`, %d)]
"""
AFTER_READ = "get('media').hooks = { afterRead: [({ doc }) => ({ ...doc, url: %s })] }"


async def a_reference(world: World, character: Character) -> Doc:
    return dict(await steps.a_reference(world, character))


async def taken_along(world: World, character: Character, image: Doc) -> tuple[list[str], str]:
    """The names in the zip of an image, or the error in its place; the contact sheet fares alike."""
    async with world.browser(world.editor) as browser:
        zipped, sheet = [
            await browser.get(page(character, f"sheet.{kind}?image={image['id']}")) for kind in ("zip", "png")
        ]
    assert zipped.status_code == sheet.status_code
    if zipped.status_code == 200:
        with Image.open(io.BytesIO(sheet.content)) as drawn, ZipFile(io.BytesIO(zipped.content)) as archive:
            assert drawn.format == "PNG"
            return archive.namelist(), ""
    assert zipped.headers["Content-Type"].startswith("text/html")
    return [], zipped.text


def _files(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.glob("ci-*")]


@asynccontextmanager
async def bucket(world_files: Path, port: int) -> AsyncIterator[list[Seen]]:
    """A storage with Payload's own files at that port; the requests that it got."""
    [file] = await asyncio.to_thread(_files, world_files)
    async with raw_server(answer(200, file), port=port) as server:
        yield server.requests


@pytest.mark.parametrize("status", [302, 307])
async def test_a_signed_address_at_a_listed_origin_is_read_without_the_session(
    world_of: NewWorld, tmp_path: Path, status: int
) -> None:
    port = free_port()
    storage = f"http://127.0.0.1:{port}"
    world = world_of(SIGNED % (storage, status), more={"MEDIA_ORIGINS": storage})
    character = await world.character()
    image = await a_reference(world, character)
    async with bucket(tmp_path / "payload" / "media", port) as asked:
        names, _ = await taken_along(world, character, image)
    assert [name.rpartition(".")[2] for name in names] == ["jpg", "txt"]
    assert {seen.target.rpartition("?")[2] for seen in asked} == {"X-Signature=abc"}
    assert {(seen.header("Authorization"), seen.header("Cookie")) for seen in asked} == {(None, None)}
    async with world.browser(world.editor) as browser:
        policy = (await browser.get(page(character, "").rstrip("/"))).headers["Content-Security-Policy"]
    assert storage in policy.partition("img-src")[2].partition(";")[0]


async def test_a_signed_address_at_another_origin_names_the_setting(world_of: NewWorld) -> None:
    storage = f"http://127.0.0.1:{free_port()}"
    world = world_of(SIGNED % (storage, 302))
    character = await world.character()
    names, words = await taken_along(world, character, await a_reference(world, character))
    assert names == []
    assert "MEDIA_ORIGINS" in words
    assert storage not in words


async def test_files_that_payload_does_not_keep_are_an_error_with_a_reason(world_of: NewWorld) -> None:
    world = world_of("get('media').upload.disableLocalStorage = true")
    character = await world.character()
    names, words = await taken_along(world, character, await a_reference(world, character))
    assert names == []
    assert "Its file could not be read" in words


@pytest.mark.parametrize(
    "address",
    ["`/api/media/file/${doc.filename}`", "`%s/api/media/file/${doc.filename}`"],
    ids=["relative", "absolute"],
)
async def test_files_of_payloads_own_route_are_read_however_they_are_written(world_of: NewWorld, address: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    change = AFTER_READ % (address % url if "%s" in address else address)
    world = world_of(change, settings={"PORT": str(port)})
    character = await world.character()
    image = await a_reference(world, character)
    assert str(image["media"]["url"]).startswith(f"{url}/api/media/file/ci-")
    names, _ = await taken_along(world, character, image)
    assert len(names) == 2


async def test_an_address_of_payload_under_another_name_says_which_setting_gives_it(world_of: NewWorld) -> None:
    world = world_of("base.serverURL = 'https://cms.film.example'")
    character = await world.character()
    image = await a_reference(world, character)
    assert str(image["media"]["url"]).startswith("https://cms.film.example/api/media/file/")
    names, words = await taken_along(world, character, image)
    assert names == []
    assert "PAYLOAD_PUBLIC_URL" in words


async def test_a_server_url_that_is_the_public_one_is_read_inside(world_of: NewWorld) -> None:
    world = world_of(
        "base.serverURL = 'https://cms.film.example'", more={"PAYLOAD_PUBLIC_URL": "https://cms.film.example"}
    )
    character = await world.character()
    names, _ = await taken_along(world, character, await a_reference(world, character))
    assert len(names) == 2


async def test_a_file_without_an_extension_in_its_address_has_one_in_the_zip(
    world_of: NewWorld, tmp_path: Path
) -> None:
    port = free_port()
    cdn = f"http://127.0.0.1:{port}"
    world = world_of(AFTER_READ % f"`{cdn}/deliver/${{doc.id}}`", more={"MEDIA_ORIGINS": cdn})
    character = await world.character()
    image = await a_reference(world, character)
    async with bucket(tmp_path / "payload" / "media", port):
        names, _ = await taken_along(world, character, image)
    assert [name.rpartition(".")[2] for name in names] == ["jpg", "txt"]
