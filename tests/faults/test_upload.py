"""A6: the upload of a picture that was paid for."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from scripts.local_stack import stack
from tests.faults.matrix import cell
from tests.support.between import ALWAYS
from tests.support.faulty_world import FaultyWorld
from tests.support.raw_server import HANG, Reset, answer, json_answer
from tests.support.storing import (
    KEPT,
    MEDIA,
    Left,
    Lock,
    Scene,
    Upset,
    another_payload,
    api_of,
    at,
    check,
    delivers,
    draws,
    ends,
    is_demoted,
    jpeg,
    limit_files,
    replica,
    scene_of,
    sent_file,
    sent_name,
    signs_out,
    somebody,
    sweep,
    until,
    upload,
    uploaded,
    webp,
    words_for_people,
)

TAKEN = {"errors": [{"message": "Value must be unique", "path": "filename"}]}
UNIQUE = {"errors": [{"data": TAKEN, "message": "The following field is invalid: filename"}]}
NO_ALT = {"errors": [{"data": {"errors": [{"path": "alt", "message": "required"}]}, "message": "Invalid: alt"}]}
HTML = answer(200, b"<html>hello</html>", "Content-Type: text/html")
BUSY = json_answer(500, {"errors": [{"message": "Something went wrong."}]})

REJECTED = Left(status=502, code="payload_rejected", says="Payload refused the picture")
UNAVAILABLE = Left(status=503, code="payload_unavailable", says="ask the library what it has")


async def the_same_arrives_first(scene: Scene) -> None:
    """As where a proxy sends a request twice: Payload has stored the picture by the time that it gets this one."""
    seen = scene.world.payload.seen[-1]
    await uploaded(scene.world, sent_name(seen), sent_file(seen))


async def another_of_that_name_arrives_first(scene: Scene) -> None:
    """Somebody else's file has our name."""
    await uploaded(scene.world, sent_name(scene.world.payload.seen[-1]))


def half(raw: bytes) -> bytes:
    """An answer whose body is cut, and which does not say so."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body[: len(body) // 2]


def other_size(raw: bytes) -> bytes:
    """A document that tells another size than was sent."""
    return re.sub(rb'"filesize":\d', b'"filesize":9', raw)


def other_type(raw: bytes) -> bytes:
    """A document that tells another type than was sent."""
    return raw.replace(b'"mimeType":"image/jpeg"', b'"mimeType":"image/avif"')


def kept_alive(raw: bytes) -> bytes:
    """An answer that promises to keep the connection, which is then closed."""
    return raw.replace(b"onnection: close", b"onnection: keep-alive")


@pytest.mark.parametrize(
    ("upsets", "left"),
    [
        cell("A6-01", [upload(is_demoted)], Left(status=403, code="forbidden", says="does not allow you"), real=True),
        cell("A6-02", [upload(signs_out)], Left(status=401, code="unauthenticated", says="Sign in again"), real=True),
        cell("A6-03", [upload(instead=json_answer(400, NO_ALT))], REJECTED),
        cell("A6-04 ours", [upload(the_same_arrives_first, instead=json_answer(400, UNIQUE))], KEPT),
        cell("A6-04 conflict", [upload(the_same_arrives_first, instead=json_answer(409, UNIQUE))], KEPT),
        cell(
            "A6-04 another's",
            [upload(another_of_that_name_arrives_first, instead=json_answer(400, UNIQUE))],
            Left(status=502, code="payload_rejected", says="(filename)", media=1),
        ),
        cell("A6-07", [upload(instead=json_answer(423, {"errors": [{"message": "Locked"}]}))], REJECTED),
        cell("A6-08 not stored", [upload(instead=BUSY)], UNAVAILABLE),
        cell("A6-08 stored", [upload(lost=BUSY)], KEPT),
        cell("A6-09 503", [upload(instead=answer(503))], UNAVAILABLE),
        cell("A6-10 stored", [upload(lost=[HANG])], KEPT),
        cell("A6-10 not stored", [upload(instead=[HANG])], UNAVAILABLE),
        cell("A6-11 stored", [upload(lost=[Reset()])], KEPT),
        cell("A6-11 not stored", [upload(instead=[Reset()])], UNAVAILABLE),
        cell("A6-12 stored", [upload(lost=HTML)], KEPT),
        cell("A6-12 not stored", [upload(instead=HTML)], UNAVAILABLE),
        cell(
            "A6-13 cut",
            [upload(changed=other_size), at("GET", "/api/media/file/", changed=half)],
            Left(status=502, code="payload_rejected", says="not the whole picture"),
        ),
        cell(
            "A6-13 another type",
            [upload(changed=other_type)],
            Left(status=502, code="payload_rejected", says="not the whole picture"),
        ),
        cell("A6-13 converted", [upload(changed=other_size)], KEPT),
        cell(
            "A6-13 unreadable", [upload(changed=other_size), at("GET", "/api/media/file/", instead=answer(404))], KEPT
        ),
        cell("A6-14", [upload(another_of_that_name_arrives_first)], replace(KEPT, media=2), real=True),
        cell("A6-15", [upload(instead=json_answer(307, {"doc": {"id": 1}}, "Location: /login"))], UNAVAILABLE),
        cell(
            "A6-15 within the API",
            [upload(instead=json_answer(307, {"doc": {"id": 1}}, "Location: /api/media"))],
            replace(KEPT, uploads=2),
        ),
        cell("A6-17", [at("GET", "/api/", times=ALWAYS, changed=kept_alive)], KEPT),
    ],
)
async def test_an_upload_ends_as_both_or_neither(world: FaultyWorld, upsets: list[Upset], left: Left) -> None:
    person = await somebody(world) if left.status in (401, 403) else None
    scene, before = await scene_of(world, *upsets, person=person), await world.media_count()
    await check(scene, await draws(scene), left, before)


@pytest.mark.parametrize(
    ("content", "upsets", "left"),
    [
        cell("A6-06", jpeg(700), [upload(early=[Reset()])], UNAVAILABLE),
        cell("A6-13 webp", webp(), [], KEPT, real=True),
    ],
)
async def test_what_is_uploaded_matters_too(
    world: FaultyWorld, content: bytes, upsets: list[Upset], left: Left
) -> None:
    scene, before = await scene_of(world, *upsets), await world.media_count()
    await delivers(scene, content)
    await check(scene, await draws(scene), left, before)


@pytest.fixture(scope="module")
def strained(faulty: FaultyWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Server]:
    """A second Payload at the same database, with small limits; unused outside of `through`."""
    with another_payload(faulty, tmp_path_factory.mktemp("strained"), UPLOAD_LIMIT="30000") as other:
        yield other


@pytest.mark.parametrize(
    ("size", "file_limit", "left"),
    [
        cell("A6-05", 300, None, replace(REJECTED, says="File size limit has been reached"), real=True),
        cell("A6-08 disk full", 64, 20_000, UNAVAILABLE, real=True),
        cell("A6-16", 150, 20_000, replace(REJECTED, says="problem while uploading"), real=True),
    ],
)
async def test_a_payload_that_has_no_room(
    world: FaultyWorld, strained: stack.Server, size: int, file_limit: int | None, left: Left
) -> None:
    scene, before = await scene_of(world), await world.media_count()
    await delivers(scene, jpeg(size))
    if file_limit:
        limit_files(strained.process, file_limit)
    try:
        with world.payload.through(strained.url):
            drawn = await draws(scene)
    finally:
        limit_files(strained.process, None)
    await check(scene, drawn, left, before)


@pytest.mark.parametrize(
    ("how", "moment", "left"),
    [
        cell("A6-08 busy", "IMMEDIATE", False, UNAVAILABLE, real=True),
        cell("A6-08 busy for a moment", "EXCLUSIVE", True, KEPT, real=True),
    ],
)
async def test_a_payload_whose_database_is_busy(
    world: FaultyWorld, tmp_path: Path, how: str, moment: bool, left: Left
) -> None:
    lock = Lock(world, how)
    # Its connection is of no use any more after it was refused once, so it gets a process of its own.
    with another_payload(world, tmp_path, BUSY_TIMEOUT="1500" if moment else "50") as other:
        scene = await scene_of(world, upload(lock.take_for_a_moment if moment else lock.take))
        before = await world.media_count()
        with world.payload.through(other.url):
            drawn = await draws(scene)
        lock.let_go()
    await check(scene, drawn, left, before)


@pytest.mark.parametrize("seconds", [cell("A6-10 stopped", None, real=True)])
async def test_an_upload_that_arrives_after_we_gave_up_is_swept(
    world: FaultyWorld, strained: stack.Server, seconds: None
) -> None:
    scene, before = await scene_of(world, upload(ends(strained.process, signal.SIGSTOP))), await world.media_count()
    with world.payload.through(strained.url):
        drawn = await draws(scene)
        strained.process.send_signal(signal.SIGCONT)
        await until(lambda: world.media_count(), before + 1)
    await check(scene, drawn, replace(UNAVAILABLE, media=1), before)
    assert (await sweep(world, "--older-than", "0", "--delete")).returncode == 0
    assert await world.media_count() <= before


@pytest.mark.parametrize(
    ("how", "code"),
    [
        cell("A6-02 set", "signed out", "unauthenticated", real=True),
        cell("A6-09 killed", "killed", "payload_unavailable", real=True),
    ],
)
async def test_a_set_is_not_stored_any_further_and_recovered_later(
    world: FaultyWorld, tmp_path: Path, how: str, code: str
) -> None:
    with another_payload(world, tmp_path) as other:
        spoils = signs_out if how == "signed out" else ends(other.process, signal.SIGKILL)
        asked = list[int]()

        async def after_the_first_has_landed(scene: Scene) -> None:
            async def landed() -> bool:
                return len(await world.records(scene.character)) > 1

            await until(landed, wanted=True)
            await spoils(scene)
            asked.append(len(world.payload.asked("POST", MEDIA)))

        scene = await scene_of(world, person=await somebody(world), dialect="job", shots=14, jobStepMs=1)
        await draws(scene)
        files = await world.media_count()
        world.payload.calm()
        world.payload.order(upload(after_the_first_has_landed, skip=3)(scene))
        with world.payload.through(other.url):
            async with api_of(scene) as api:
                made = (await api.post(scene.character.url("generate-360-set"), json={"imageCount": 14})).json()
    images, failures = made["images"], made["failures"]
    assert {failure["code"] for failure in failures} == {code}
    for failure in failures:
        words_for_people(failure["error"])
    assert len(world.payload.asked("POST", MEDIA)) <= min(asked[0] + 4, 13)  # four are under way at once
    assert len(images) + len(failures) == 14
    # One whose answer was lost may be there without being told.
    assert len(images) + 1 <= len(await world.records(scene.character)) <= 14
    async with world.api() as api:
        recovered = (await api.post(scene.character.url("recover-images"))).json()
    assert recovered["success"], recovered
    assert len(await world.records(scene.character)) == 14 + 1
    assert len(await world.calls(scene.character, "POST")) == 2
    assert files + 14 <= await world.media_count() <= files + 14 + len(failures)


@pytest.mark.parametrize(
    ("sent", "left"),
    [cell("A6-18", signal.SIGTERM, KEPT), cell("A6-19", signal.SIGKILL, Left(status=0, media=1))],
)
async def test_a_server_that_ends_while_it_uploads(
    world: FaultyWorld, tmp_path: Path, sent: signal.Signals, left: Left
) -> None:
    with replica(world, tmp_path) as app:
        scene, before = await scene_of(world), await world.media_count()

        def end(raw: bytes) -> bytes:
            app.process.send_signal(sent)
            return raw

        world.payload.order(upload(changed=end)(scene))
        if left.status:
            await check(scene, await draws(scene, app.url), left, before)
        else:
            with pytest.raises(httpx.TransportError):
                await draws(scene, app.url)
        await asyncio.to_thread(app.process.wait, 20)
    assert await world.media_count() == before + left.media
    assert len(await world.records(scene.character)) == left.records
    assert (await sweep(world, "--older-than", "0", "--delete")).returncode == 0
    assert await world.media_count() <= before + left.records


@pytest.mark.parametrize("count", [cell("A6-20", 2)])
async def test_two_replicas_never_share_a_file_name(world: FaultyWorld, tmp_path: Path, count: int) -> None:
    scene = await scene_of(world)
    await draws(scene)
    async with world.cms() as payload:
        [known] = await world.records(scene.character)
        await payload.collection("character-image-metadata").delete(known["id"])
    before = await world.media_count()
    with replica(world, tmp_path) as app:
        urls = [world.app_url, app.url][:count]

        async def recovers(url: str) -> int:
            async with api_of(scene, url) as api:
                answered = await api.post(scene.character.url("recover-images"))
                return answered.status_code

        assert await asyncio.gather(*map(recovers, urls)) == [200] * count
    records = await world.records(scene.character)
    names = {sent_name(seen) for seen in world.payload.asked("POST", MEDIA)}
    assert len(names) == len(world.payload.asked("POST", MEDIA)) == 1 + len(records)
    assert await world.media_count() == before + len(records)
    assert {record["media"]["filename"] for record in records} <= names
