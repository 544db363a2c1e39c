"""What a site asks of its media and records beyond ours: nobody pays twice for what Payload would refuse again."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
from PIL import Image

from scripts.local_stack import stack
from tests.payloads.conftest import NewWorld
from tests.support.pictures import encoded
from tests.support.steps import page, sweep
from tests.support.world import Character, Doc, World

REQUIRED = "for (const slug of [%s]) get(slug).fields.push(%s);"
BOTH = "'media', 'character-image-metadata'"
ALL = f"{BOTH}, 'character-references'"
REFERENCE = ("generate-initial-image", {"prompt": "A wiry woman"})
SET = ("generate-360-set", {"imageCount": 2})
SCENE = ("generate-scene-image", {"sceneContext": "At sea"})
HOOK = """
const { existsSync } = await import('node:fs')
const { APIError } = await import('payload')
get('%s').hooks = { %s: [() => {
  if (!existsSync(`${process.env.MEDIA_DIR}/../mended`)) throw new APIError('The archive is closed.', %d, null, true)
}] }
"""
STAGE_AND_REEL = """
{ name: 'stage', type: 'select', options: ['draft', 'final'], required: true },
{ name: 'reel', type: 'number', required: true }
"""
PROJECTS = """{
  name: 'project', type: 'relationship', relationTo: ['articles', 'users'], hasMany: true, required: true,
  hooks: { afterRead: [async ({ value, req, collection }) => {
    if (collection.slug !== 'character-references' || !Array.isArray(value)) return value
    const populate = async ({ relationTo, value }) =>
      ({ relationTo, value: await req.payload.findByID({ collection: relationTo, id: value, depth: 0 }) })
    return Promise.all(value.map((one) => (typeof one.value === 'object' ? one : populate(one))))
  }] },
}"""

MENDED_BY_SETTINGS: dict[str, tuple[str, str, Doc]] = {
    # Each a change, what Payload says of it, and the settings that answer it.
    "a required text of files": (
        REQUIRED % ("'media'", "{ name: 'caption', type: 'text', required: true }"),
        "This field is required (caption)",
        {"PAYLOAD_MEDIA_DATA": '{"caption": "A character of the film"}'},
    ),
    "a required choice and a number of records": (
        REQUIRED
        % (
            "'character-image-metadata'",
            STAGE_AND_REEL,
        ),
        "This field is required (stage); This field is required (reel)",
        {"PAYLOAD_RECORD_DATA": '{"stage": "draft", "reel": 3}'},
    ),
    "a box that has to be ticked": (
        REQUIRED
        % ("'media'", "{ name: 'cleared', type: 'checkbox', validate: (on) => on === true || 'Clear it first.' }"),
        "Clear it first (cleared)",
        {"PAYLOAD_MEDIA_DATA": '{"cleared": true}'},
    ),
    "a required group of files": (
        REQUIRED
        % (
            "'media'",
            "{ name: 'rights', type: 'group', fields: [{ name: 'holder', type: 'text', required: true }] }",
        ),
        "This field is required (rights.holder)",
        {"PAYLOAD_MEDIA_DATA": '{"rights": {"holder": "The film"}}'},
    ),
    "a project of everything": (
        REQUIRED % (ALL, "{ name: 'project', type: 'relationship', relationTo: 'articles', required: true }"),
        "This field is required (project)",
        {"PAYLOAD_COPY_FIELDS": "project"},
    ),
    "several projects of any kind, which a hook fills in": (
        REQUIRED
        % (
            ALL,
            PROJECTS,
        ),
        "This field is required (project)",
        {"PAYLOAD_COPY_FIELDS": "project"},
    ),
}

MENDED_AT_PAYLOAD = {
    "a hook of files that refuses": (HOOK % ("media", "beforeValidate", 400), 502, "The archive is closed"),
    "a hook of files that forbids": (HOOK % ("media", "beforeChange", 403), 403, "The archive is closed"),
    "a hook of records that refuses": (
        HOOK % ("character-image-metadata", "beforeChange", 400),
        502,
        "The archive is closed",
    ),
}

NEVER_STORED = {
    # Only another configuration of Payload's or another library mends these.
    "another family of types": ("get('media').upload.mimeTypes = ['video/*']", "image/jpeg"),
    "files that are too large": ("base.upload = { limits: { fileSize: 400 }, abortOnLimit: true }", "size limit"),
}


async def ask(world: World, character: Character, wanted: tuple[str, Doc], **more: Any) -> tuple[int, Doc]:
    async with world.api() as api:
        answer = await api.post(character.url(wanted[0]), json={**wanted[1], **more})
    return answer.status_code, answer.json()


async def drawn(world: World, character: Character) -> int:
    """How often the library was asked to draw."""
    calls = await world.calls(character, "POST")
    return sum("generate" in call["path"] or "scene" in call["path"] for call in calls)


@contextmanager
def restarted(world: World, folder: Path, settings: Doc) -> Iterator[World]:
    """The same world behind a product with other settings."""
    ours = {"PAYLOAD_URL": world.payload_url, "CHARACTER_LIBRARY_API_URL": world.library_url, **settings}
    with stack.app(folder / "restarted", ours) as app:
        yield msgspec.structs.replace(world, app_url=app.url)


async def refused_after_payment(world: World, character: Character, wanted: tuple[str, Doc], words: str) -> int:
    """See that an image is drawn and refused; how often the library was asked to draw so far."""
    code, body = await ask(world, character, wanted)
    assert (code, body.get("code"), words in body.get("error", "")) == (502, "payload_rejected", True), body
    assert body["upstream"]["charged"] == "yes"
    return await drawn(world, character)


async def refused_once(world: World, character: Character, status: int, words: str) -> None:
    """See that an image is refused, with nothing left of it, and that nothing is paid for a second time."""
    code, body = await ask(world, character, REFERENCE)
    assert (code, words in body["error"]) == (status, True), body
    assert body["upstream"]["charged"] == "yes"
    paid = await drawn(world, character)
    for wanted in (REFERENCE, SET, SCENE):
        code, body = await ask(world, character, wanted)
        assert (code, body["code"], words in body["error"]) == (502, "payload_rejected", True), body
        assert body["upstream"]["charged"] == "no"
    assert (await drawn(world, character), await world.records(character), await world.media_count()) == (paid, [], 0)


async def recovered(world: World, character: Character) -> int:
    code, body = await ask(world, character, ("recover-images", {}))
    assert code == 200, body
    count: int = body["count"]
    return count


async def go_on(world: World, character: Character) -> None:
    """Everything that an editor does with what is stored."""
    for wanted in (SET, SCENE, REFERENCE):
        code, body = await ask(world, character, wanted)
        assert code == 201, body
    async with world.api() as api:
        images = (await api.get(character.url("images"))).json()["images"]
    assert len(images) == await world.media_count() == 5
    async with world.browser(world.editor) as browser:
        for address in ("", str(images[0]["id"]), f"delete?image={images[0]['id']}"):
            assert (await browser.get(page(character, address).rstrip("/"))).status_code == 200
        chosen = "&".join(f"image={image['id']}" for image in images)
        with ZipFile(io.BytesIO((await browser.get(page(character, f"sheet.zip?{chosen}"))).content)) as archive:
            assert sum(name.endswith((".jpg", ".png")) for name in archive.namelist()) == 5
        assert (await browser.get(page(character, f"sheet.png?{chosen}"))).headers["Content-Type"] == "image/png"
    async with world.api() as api:
        assert (await api.delete(character.url(f"images/{images[0]['id']}"))).status_code == 200
    assert await world.media_count() == 4
    assert (await recovered(world, character), sweep(world, "--older-than", "0").stdout) == (0, "")


@pytest.mark.parametrize(("change", "words", "settings"), MENDED_BY_SETTINGS.values(), ids=MENDED_BY_SETTINGS)
async def test_what_a_site_requires_is_written_where_a_setting_says_so(
    world_of: NewWorld, tmp_path: Path, change: str, words: str, settings: Doc
) -> None:
    world, fields = world_of(change), dict[str, Any]()
    async with world.cms() as payload:
        project = await payload.collection("articles").create({"title": "The film"})
    if "hasMany" in change:
        fields["project"] = [{"relationTo": "articles", "value": project["id"]}]
    elif "project" in change:
        fields["project"] = project["id"]
    character = await world.character(**fields)
    await refused_once(world, character, 502, words)
    with restarted(world, tmp_path, settings) as mended:
        assert await recovered(mended, character) == 1
        await go_on(mended, character)
        async with mended.cms() as payload:
            for slug in ("media", "character-image-metadata"):
                for doc in (await payload.collection(slug).find(limit=100)).docs:
                    if fields:
                        assert doc["project"] == fields["project"]


@pytest.mark.parametrize(("change", "status", "words"), MENDED_AT_PAYLOAD.values(), ids=MENDED_AT_PAYLOAD)
async def test_once_it_is_mended_at_payload_what_was_paid_for_comes_in_and_all_goes_on(
    world_of: NewWorld, tmp_path: Path, change: str, status: int, words: str
) -> None:
    world = world_of(change)
    character = await world.character()
    await refused_once(world, character, status, words)
    assert await recovered(world, character) == 0
    (tmp_path / "payload" / "mended").touch()
    assert (await ask(world, character, SCENE))[0] == 502
    assert await recovered(world, character) == 1
    await go_on(world, character)


@pytest.mark.parametrize(("change", "words"), NEVER_STORED.values(), ids=NEVER_STORED)
async def test_who_says_so_tries_again(world_of: NewWorld, change: str, words: str) -> None:
    world = world_of(change)
    character = await world.character()
    paid = await refused_after_payment(world, character, REFERENCE, words)
    code, body = await ask(world, character, REFERENCE)
    assert (code, words in body["error"], await drawn(world, character)) == (502, True, paid), body
    # A reference would take the place of the one that is paid for, which is stored first: nothing is drawn.
    assert (await ask(world, character, REFERENCE, tryAgain=True))[0] == 502
    if "fileSize" in change:  # that says nothing of other kinds
        assert await refused_after_payment(world, character, SCENE, words) > paid
    code, body = await ask(world, character, SCENE, tryAgain=True)
    assert (code, body["upstream"]["charged"]) == (502, "yes"), body
    assert (await drawn(world, character) > paid, await world.media_count()) == (True, 0)


async def test_a_type_that_media_do_not_take_is_named_until_the_library_draws_another(world_of: NewWorld) -> None:
    world = world_of("get('media').upload.mimeTypes = ['image/jpeg']")
    character = await world.character()
    picture = base64.b64encode(encoded(Image.new("RGB", (60, 80)), "PNG")).decode()
    await world.fault(
        character, "file", action="answer", status=200, bodyBase64=picture, contentType="image/png", times=-1
    )
    paid = await refused_after_payment(world, character, REFERENCE, "image/png")
    for wanted in (REFERENCE, SET, SCENE):
        code, body = await ask(world, character, wanted)
        assert (code, "image/png" in body["error"], await drawn(world, character)) == (502, True, paid), body
    await world.control("DELETE", "faults")
    assert await recovered(world, character) == 1
    await go_on(world, character)


async def test_the_page_has_a_button_that_tries_again_with_the_words_of_its_panel(
    world_of: NewWorld, tmp_path: Path
) -> None:
    world = world_of(HOOK % ("media", "beforeValidate", 400))
    character = await world.character()
    await ask(world, character, REFERENCE)
    paid = await drawn(world, character)
    async with world.browser(world.editor) as browser:
        told = await browser.post(page(character, "reference"), data={"prompt": "A tall man"})
        text = unescape(told.text)
        assert (told.status_code, "The archive is closed. Nothing was generated." in text) == (502, True)
        assert "Nothing was paid for." in text
        button = re.search(r'<button type="submit" form="([^"]+)" name="(\w+)" value="(\w+)">Try again</button>', text)
        assert button
        assert f'<form class="fields" id="{button[1]}" method="post" action="{page(character, "reference")}"' in text
        assert await drawn(world, character) == paid
        (tmp_path / "payload" / "mended").touch()
        sent = await browser.post(page(character, "reference"), data={"prompt": "A tall man", button[2]: button[3]})
        assert sent.status_code == 303
    await world.until_idle(character)
    assert [record["prompt"] for record in await world.records(character)][:1] == ["A tall man"]
    assert (await ask(world, character, REFERENCE))[0] == 201


async def test_a_prompt_that_is_too_long_refuses_no_shorter_one(world_of: NewWorld) -> None:
    world = world_of("field('character-image-metadata', 'prompt').maxLength = 20")
    character = await world.character()
    assert (await ask(world, character, ("generate-initial-image", {"prompt": "c"})))[0] == 201
    long, longer, short = (SCENE[0], {"sceneContext": "a" * 21}), {"sceneContext": "b" * 30}, {"sceneContext": "c"}
    code, body = await ask(world, character, long)
    assert (code, "(prompt)" in body["error"]) == (502, True), body
    paid = await drawn(world, character)
    assert (await ask(world, character, (long[0], longer)))[0] == 502
    assert await drawn(world, character) == paid
    assert (await ask(world, character, (long[0], short)))[0] == 201


async def test_a_kind_that_records_may_not_have_refuses_no_other(world_of: NewWorld) -> None:
    world = world_of("field('character-image-metadata', 'kind').options = ['reference', 'portfolioItem']")
    character = await world.character()
    assert (await ask(world, character, REFERENCE))[0] == 201
    code, body = await ask(world, character, SCENE)
    assert (code, "(kind)" in body["error"]) == (502, True), body
    paid = await drawn(world, character)
    assert (await ask(world, character, SCENE))[0] == 502
    assert await drawn(world, character) == paid
    assert (await ask(world, character, SET))[0] == 201


async def test_what_has_a_default_needs_no_setting_and_another_person_is_not_refused_unasked(
    world_of: NewWorld,
) -> None:
    world = world_of(
        REQUIRED
        % (BOTH, "{ name: 'stage', type: 'text', required: true, defaultValue: 'draft' }")
        + "get('media').hooks = { beforeValidate: [({ data, req }) => { "
        "if (req.user.email === 'editor@example.com') delete data.alt }] };"
        "field('media', 'alt').required = true"
    )
    character = await world.character()
    code, body = await ask(world, character, REFERENCE)
    assert (code, "This field is required (alt)" in body["error"]) == (502, True), body
    async with world.api(await world.newcomer()) as api:
        answer = await api.post(character.url(REFERENCE[0]), json=REFERENCE[1])
    assert answer.status_code == 201, answer.text
    assert (await ask(world, character, REFERENCE))[0] == 502


async def test_a_field_that_the_character_lacks_keeps_the_constant(world_of: NewWorld) -> None:
    change = REQUIRED % (ALL, "{ name: 'stage', type: 'text' }") + "field('media', 'stage').required = true"
    more = {"PAYLOAD_COPY_FIELDS": "stage, nothing", "PAYLOAD_MEDIA_DATA": '{"stage": "draft"}'}
    world = world_of(change, more=more)
    stages = []
    given: list[Doc] = [{"stage": "final"}, {}]
    for fields in given:
        character = await world.character(**fields)
        assert (await ask(world, character, REFERENCE))[0] == 201
        [record] = await world.records(character)
        stages.append((record["media"]["stage"], record.get("stage")))
    assert stages == [("final", "final"), ("draft", None)]
