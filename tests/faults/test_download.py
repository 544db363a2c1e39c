"""A4: the download and the check of a picture that is paid for. What cannot be kept leaves nothing, and stays there."""

from __future__ import annotations

import asyncio
import re
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from scripts.local_stack import stack
from tests.faults.matrix import cell
from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.pictures import (
    AVIF,
    FOREIGN,
    IEND,
    JPEG,
    PNG,
    WEBP,
    bare_png,
    canvas,
    encoded,
    many_scans,
    moving,
    pixel_bomb,
    zeros,
)
from tests.support.raw_server import HANG, Drip, Pause, Reset, Script, answer, clogged, json_answer
from tests.support.replica import asking, lean, replica
from tests.support.world import Character

REFERENCE, SET = "generate-initial-image", "generate-360-set"
FILE = r"\.jpg"
LINE = b"HTTP/1.1 200 OK\r\n"
TO_ITS_END = LINE + b"Connection: close\r\n\r\n"
MOST = 15 * 1024 * 1024
ROOM = 1536 * 1024
TWO_IN_ONE = moving("MPO")
FIRST_OF_TWO = TWO_IN_ONE.index(b"\xff\xd9") + 2
LARGE = encoded(canvas(size=(64, 64)).effect_spread(9), "PNG") + bytes(2 * 1024 * 1024)


AGAIN = 0
NOT_YET = (202, 403, 404, 425, 429, 503)


class Told(msgspec.Struct, frozen=True):
    """What is told of a picture that was not kept; `gets`: how often it was asked for, or `AGAIN` and again."""

    code: str
    words: str
    gets: int = 1


def failed(words: str, gets: int = 1) -> Told:
    return Told("image_download_failed", words, gets)


def no_picture(words: str) -> Told:
    return Told("not_an_image", words)


LATE = failed(r"127\.0\.0\.1 did not deliver the picture within 2 s")
BROKE = Told("image_truncated", r"The connection to 127\.0\.0\.1 broke in the middle", 2)
DAMAGED, CUT_OFF = Told("image_truncated", "damaged"), Told("image_truncated", "cut off")
TOO_LARGE = Told("image_too_large", r"more than 15,728,640 bytes")

SPOILT: dict[str, tuple[Script, Told]] = {
    "A4-09 says nothing": ([HANG], LATE),
    "A4-09 drips its header": ([Drip(LINE + b"X: y\r\n" * 1000, 0.05)], LATE),
    "A4-09 drips its body": ([*answer(200, b"", length=len(PNG)), Drip(PNG, 0.05)], LATE),
    "A4-10 reset": ([*answer(200, PNG[:900], length=len(PNG)), Reset()], BROKE),
    "A4-10 reset at once": ([Reset()], BROKE),
    "A4-10 too short": (answer(200, PNG[:900], length=len(PNG)), BROKE),
    "A4-10 chunks": ([LINE + b"Transfer-Encoding: chunked\r\n\r\n400\r\n" + PNG[:900]], BROKE),
    "A4-11 png": ([TO_ITS_END + PNG[:-20]], CUT_OFF),
    "A4-11 jpeg": ([TO_ITS_END + JPEG[:-2]], CUT_OFF),
    "A4-11 webp": ([TO_ITS_END + WEBP[:-9]], CUT_OFF),
    "A4-11 avif": ([TO_ITS_END + AVIF[:-9]], CUT_OFF),
    "A4-12 too small": (answer(200, PNG, length=len(PNG) - 9), CUT_OFF),
    "A4-12 too large": (answer(200, PNG, length=len(PNG) + 9), BROKE),
    "A4-12 no number": ([LINE + b"Content-Length: many\r\n\r\n" + PNG], BROKE),
    "A4-12 negative": ([LINE + b"Content-Length: -1\r\n\r\n" + PNG], BROKE),
    "A4-12 two": ([LINE + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + PNG], BROKE),
    "A4-12 beyond counting": ([LINE + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + PNG], BROKE),
    **{f"A4-13 {status}": (answer(status), failed(f"answered {status} instead")) for status in (401, 410)},
    **{f"A4-13 {status}": (answer(status), failed(f"answered {status} instead", AGAIN)) for status in (403, 404)},
    **{f"A4-14 {status}": (answer(status), failed(f"{status} instead", 2)) for status in (500, 502)},
    **{f"A4-14 {status}": (answer(status), failed(f"{status} instead", AGAIN)) for status in (429, 503)},
    "A4-14 much later": (answer(503, b"", "Retry-After: 3600"), failed("503 instead")),
    "A4-15 HTML": (answer(200, FOREIGN["a web page"], "Content-Type: image/png"), no_picture("but a web page")),
    "A4-15 JSON": (json_answer(200, {"error": "Not Found"}), no_picture("but JSON")),
    "A4-16 204": (answer(204), failed("answered 204 instead")),
    "A4-16 206": (answer(206, PNG[:900], "Content-Range: bytes 0-899/9000"), failed("answered 206 instead")),
    "A4-16 empty": (answer(200, b"", "Content-Type: image/png"), no_picture("but an empty file")),
    **{
        f"A4-18 {what}": (answer(200, content, "Content-Type: image/png"), no_picture(f"but {what}"))
        for what, content in FOREIGN.items()
        if content
    },
    "A4-19 JAR behind a GIF": (answer(200, FOREIGN["a GIF"] + b"PK\x03\x04"), no_picture("but a GIF")),
    "A4-20": ([*answer(200, b"", length=MOST + 1), HANG], TOO_LARGE),
    "A4-21": ([TO_ITS_END + b"x" * (MOST + 1), HANG], TOO_LARGE),
    **{
        f"A4-22 {encoding}": (
            answer(200, zeros(200, gzipped=True), f"Content-Encoding: {encoding}"),
            failed("in an encoding that was not asked for"),
        )
        for encoding in ("br", "zstd")
    },
    "A4-22 gzip": (answer(200, zeros(200, gzipped=True), "Content-Encoding: gzip"), TOO_LARGE),
    "A4-22 untold": (answer(200, zeros(200, gzipped=True), "Content-Type: image/png"), no_picture("something else")),
    "A4-23": (answer(200, pixel_bomb()), Told("image_too_large", "more than 25,000,000 pixels")),
    "A4-24 png": (answer(200, moving("PNG")), no_picture("an animation of 3 frames")),
    "A4-24 webp": (answer(200, moving("WEBP")), no_picture("an animation of 3 frames")),
    "A4-24 avif": (answer(200, moving("AVIF")), no_picture("an animation of 3 frames")),
    "A4-25 png": (answer(200, PNG[:900] + bytes([PNG[900] ^ 1]) + PNG[901:]), DAMAGED),
    "A4-25 jpeg": (answer(200, JPEG.replace(b"\xff\xc4\x00", b"\xff\xc4\xff", 1)), CUT_OFF),
    "A4-25 scans": (answer(200, many_scans(50_000, (2000, 2000))), Told("image_too_large", "more than 500 scans")),
    "A4-25 a line": (
        answer(200, bare_png(1, 25_000_000, zeros(50), colours=0)),
        Told("image_too_large", "sides of at"),
    ),
    "A4-25 slow": (
        answer(200, many_scans(499, (5000, 5000))),
        Told("image_too_large", "takes more than 1 s to decode"),
    ),
    "A4-25 webp": (answer(200, WEBP[:30] + b"\xff" * 40 + WEBP[70:]), DAMAGED),
    "A4-25 avif": (answer(200, AVIF.replace(b"iloc", b"free")), DAMAGED),
    "A4-26": ([LINE + b"X: " + b"x" * 300_000 + b"\r\n\r\n" + PNG], BROKE),
}


def is_asked(told: Told, gets: int, *, addresses: int = 1) -> bool:
    """Whether a picture that has so many addresses was asked for as often as it may."""
    return 3 <= gets <= 12 * addresses if told.gets == AGAIN else gets == told.gets * addresses


def held_to(told: Told, given: httpx.Response, status: int = 502) -> None:
    """The answer tells that it was paid for and why it was not kept, in a sentence that gives nothing away."""
    problem = given.json()
    assert (given.status_code, problem["code"]) == (status, told.code), given.text
    assert problem["upstream"]["charged"] == "yes"
    assert problem["prompt"]
    assert problem["sourceUrl"].startswith("http")
    assert re.search(rf"^The image was drawn, but could not be kept\. .*{told.words}.*\.$", problem["error"]), (
        given.text
    )
    said = {name: value for name, value in problem.items() if name != "sourceUrl"}  # where the picture still is
    assert not re.search(r"Traceback|http://|eyJ|Error\(", str(said)), given.text


async def nothing_kept(world: FaultyWorld, character: Character, media: int) -> None:
    """No record, no file in Payload, none of ours left open."""
    await world.until_idle(character)
    assert await world.records(character) == []
    assert await world.media_count() == media
    assert open_files(world.app) == []


def open_files(server: stack.Server) -> list[str]:
    """The files without a name that the process holds open."""
    links = [link.readlink() for link in Path(f"/proc/{server.process.pid}/fd").iterdir() if link.is_symlink()]
    return [str(link) for link in links if str(link).endswith("(deleted)")]


async def recovered(world: FaultyWorld, character: Character) -> int:
    """How many pictures come in once nothing is wrong any more."""
    async with world.api() as api:
        count: int = (await api.post(character.url("recover-images"))).json()["count"]
    return count


@pytest.mark.parametrize(("script", "told"), [cell(name, *row) for name, row in SPOILT.items()])
async def test_a_picture_that_cannot_be_kept_leaves_nothing_here_and_can_be_recovered(
    world: FaultyWorld, script: Script, told: Told
) -> None:
    character, media = await world.character(), await world.media_count()
    world.library.order(Fault(method="GET", path=FILE, times=ALWAYS, instead=script))
    async with world.api() as api:
        with lean(world.app):
            held_to(told, await api.post(character.url(REFERENCE), json={"prompt": "x"}))
    assert is_asked(told, len(world.library.asked("GET", FILE)), addresses=2)  # DINO's, and the library's own
    await nothing_kept(world, character, media)
    world.calm()
    assert await recovered(world, character) == 1
    assert len(await world.calls(character, "POST")) == 1


@pytest.mark.parametrize("half", [0, 1])
async def test_in_a_set_each_failure_costs_its_own_picture_only(world: FaultyWorld, half: int) -> None:
    character, media = await world.character(), await world.media_count()
    spoilt = {f"/pictures/{index}.png": row for index, row in enumerate(list(SPOILT.values())[half::2])}
    for path, (script, _) in spoilt.items():
        world.library.order(Fault(method="GET", path=f"{path}$", times=ALWAYS, instead=script))
    world.library.order(Fault(method="GET", path="/whole.png$", instead=answer(200, PNG)))
    addresses = [world.library.url + path for path in (*spoilt, "/whole.png")]
    world.library.order(Fault(method="POST", path=SET, instead=json_answer(200, {"images": addresses})))
    async with world.api() as api:
        given = await api.post(character.url(SET), json={})
    assert given.status_code == 207, given.text
    assert [image["sourceUrl"] for image in given.json()["images"]] == addresses[-1:]
    failures = given.json()["failures"]
    assert [(one["index"], one["sourceUrl"]) for one in failures] == list(enumerate(addresses[:-1]))
    for failure, (path, (_, told)) in zip(failures, spoilt.items(), strict=True):
        assert failure["code"] == told.code, failure
        assert re.search(told.words, failure["error"]), failure
        assert is_asked(told, len(world.library.asked("GET", f"{path}$")))
    assert len(await world.records(character)) == 1
    assert await world.media_count() == media + 1
    assert open_files(world.app) == []


# Where it is fetched from


@contextmanager
def nobody() -> Iterator[str]:
    yield f"127.0.0.1:{stack.free_port()}"


@contextmanager
def silence() -> Iterator[str]:
    with clogged() as port:
        yield f"127.0.0.1:{port}"


@pytest.mark.parametrize("place", [cell("A4-08 refused", nobody), cell("A4-08 no answer", silence)])
async def test_a_host_without_an_answer_is_told_as_such(
    world: FaultyWorld, tmp_path: Path, place: Callable[[], AbstractContextManager[str]]
) -> None:
    character, media = await world.character(), await world.media_count()
    with place() as host, replica(world, tmp_path, IMAGE_HOSTS=host) as app:
        made = json_answer(200, {"publicUrl": f"http://{host}/a.png"})
        world.library.order(Fault(method="POST", path=REFERENCE, instead=made))
        async with asking(world, app) as api:
            given = await api.post(character.url(REFERENCE), json={})
    held_to(failed(r"127\.0\.0\.1 could not be reached"), given)
    await nothing_kept(world, character, media)


@pytest.mark.parametrize("host", [cell("A4-07", "pictures.invalid")])
async def test_a_host_that_no_name_server_knows_is_told_as_such(world: FaultyWorld, host: str) -> None:
    character, media = await world.character(), await world.media_count()
    made = json_answer(200, {"publicUrl": f"https://{host}/a.png"})
    world.library.order(Fault(method="POST", path=REFERENCE, instead=made))
    async with world.api() as api:
        held_to(failed(f"{host} could not be reached"), await api.post(character.url(REFERENCE), json={}))
    await nothing_kept(world, character, media)


# What is kept


@pytest.mark.parametrize(
    ("faults", "mime", "gets"),
    [
        cell("A4-06", [answer(302, b"", "Location: /elsewhere.jpg"), answer(200, JPEG)], "image/jpeg", 2),
        cell("A4-08 mended", [[Reset()], answer(200, PNG)], "image/png", 2),
        cell("A4-10 mended", [answer(200, PNG[:900], length=len(PNG)), answer(200, PNG)], "image/png", 2),
        cell("A4-14 mended", [answer(503), answer(200, PNG)], "image/png", 2),
        cell("A4-17", [answer(200, JPEG, "Content-Type: image/png")], "image/jpeg", 1),
        cell("A4-17 a page", [answer(200, PNG, "Content-Type: text/html")], "image/png", 1),
        cell("A4-17 nothing", [answer(200, WEBP)], "image/webp", 1),
        cell("A4-18 avif", [answer(200, AVIF, "Content-Type: image/avif")], "image/avif", 1),
        cell("A4-18 two in one", [answer(200, TWO_IN_ONE)], "image/jpeg", 1),
        cell("A4-19 PHP behind a PNG", [answer(200, PNG + b"<?php phpinfo(); ?>")], "image/png", 1),
        cell("A4-19 PHP and an end", [answer(200, PNG + b"<?php ?>" + IEND)], "image/png", 1),
        cell("A4-19 ZIP behind a JPEG", [answer(200, JPEG + b"PK\x03\x04\xff\xd9")], "image/jpeg", 1),
        cell("A4-19 HTML behind a WebP", [answer(200, WEBP + b"<script>alert(1)</script>")], "image/webp", 1),
    ],
)
async def test_the_bytes_decide_what_a_picture_is_and_one_failure_is_mended(
    world: FaultyWorld, faults: list[Script], mime: str, gets: int
) -> None:
    character, media = await world.character(), await world.media_count()
    for script in faults:
        world.library.order(Fault(method="GET", path=FILE, instead=script))
    async with world.api() as api:
        given = await api.post(character.url(REFERENCE), json={})
    assert given.status_code == 201, given.text
    assert given.json()["image"]["media"]["mimeType"] == mime
    [record] = await world.records(character)
    assert (record["media"]["mimeType"], record["media"]["width"], record["media"]["height"]) == (mime, 96, 64)
    extension = mime.rpartition("/")[2].replace("jpeg", "jpg")
    assert re.fullmatch(rf"ci-[0-9A-Z]{{26}}\.{extension}", record["media"]["filename"])
    assert record["metrics"]["bytes"] == record["media"]["filesize"]
    if mime != "image/webp":  # Payload writes it anew
        assert record["media"]["filesize"] in (len(PNG), len(JPEG), len(AVIF), FIRST_OF_TWO)
    assert len(world.library.asked("GET", FILE)) == gets
    assert await world.media_count() == media + 1


@pytest.mark.parametrize("status", [cell(f"A4-14 {status} at first", status) for status in NOT_YET])
@pytest.mark.parametrize("header", ["X-Cache: MISS", "Retry-After: 1"])
async def test_a_picture_that_its_host_has_only_in_a_moment_is_waited_for(
    world: FaultyWorld, status: int, header: str
) -> None:
    character = await world.character()
    times = 3 if header.startswith("X") else 1
    world.library.order(Fault(method="GET", path=FILE, times=times, instead=answer(status, b"", header)))
    async with world.api() as api:
        given = await api.post(character.url(REFERENCE), json={"prompt": "x"})
    assert given.status_code == 201, given.text
    assert len(await world.calls(character, "POST")) == 1


ELSEWHERE: dict[str, tuple[str, Script]] = {
    "A4-13 gone": ("{library}/gone.jpg", answer(410)),
    "A4-13 forbidden": ("{library}/gone.jpg", answer(403)),
    "A4-15 HTML": ("{library}/gone.jpg", answer(200, FOREIGN["a web page"])),
    "A4-11 cut off": ("{library}/gone.jpg", [TO_ITS_END + JPEG[:-9]]),
    "A4-10 reset": ("{library}/gone.jpg", [Reset()]),
    "A4-09 says nothing": ("{library}/gone.jpg", [HANG]),
    "A4-05 barred": ("http://10.0.0.1/a.jpg", []),
    "A4-07 unknown": ("https://pictures.invalid/a.jpg", []),
}


@pytest.mark.parametrize(("address", "script"), [cell(name, *row) for name, row in ELSEWHERE.items()])
async def test_whatever_is_wrong_with_its_address_the_library_is_asked_for_another(
    world: FaultyWorld, address: str, script: Script
) -> None:
    character = await world.character()
    world.library.order(Fault(method="GET", path="gone.jpg$", times=ALWAYS, instead=script))
    media = {"id": "m7", "url": f"{world.library.url}/there.jpg"}
    world.library.order(Fault(method="GET", path="/api/media/m7$", times=ALWAYS, instead=json_answer(200, media)))
    world.library.order(Fault(method="GET", path="there.jpg$", times=ALWAYS, instead=answer(200, JPEG)))
    drawn = {"publicUrl": address.replace("{library}", world.library.url), "imageId": "m7"}
    world.library.order(Fault(method="POST", path=REFERENCE, instead=json_answer(200, drawn)))
    async with world.api() as api:
        given = await api.post(character.url(REFERENCE), json={"prompt": "x"})
    assert given.status_code == 201, given.text
    assert given.json()["image"]["sourceUrl"] == f"{world.library.url}/there.jpg"


# What happens meanwhile


async def test_one_persons_bombs_keep_nobody_else_waiting(world: FaultyWorld) -> None:
    """All of a set are within every limit and slow; another's picture is kept, and the server answers, meanwhile."""
    slow, honest = await world.character(), await world.character()
    other = await world.newcomer()
    addresses = [f"{world.library.url}/pictures/{index}.jpg" for index in range(5)]
    bomb = answer(200, many_scans(499, (5000, 5000)))
    world.library.order(Fault(method="GET", path=r"/pictures/\d\.jpg$", times=ALWAYS, instead=bomb))
    world.library.order(Fault(method="POST", path=SET, instead=json_answer(200, {"images": addresses})))
    async with world.api() as api, world.api(other) as another:
        bombing = asyncio.create_task(api.post(slow.url(SET), json={}))
        await until(lambda: len(world.library.asked("GET", r"/pictures/")) >= 4)
        given = asyncio.create_task(another.post(honest.url(REFERENCE), json={"prompt": "x"}))
        while not given.done():
            await asyncio.wait_for(another.get("/health/live"), 2)
            await asyncio.sleep(0.1)
        assert (await given).status_code == 201, (await given).text
        assert not bombing.done()
        failed_set = await bombing
    assert failed_set.status_code == 502, failed_set.text
    assert "none of its 5 pictures could be kept. The picture takes more than 1 s" in failed_set.json()["error"]


@contextmanager
def full_disk(server: stack.Server, room: int) -> Iterator[None]:
    """The process can write no file of more than so many bytes, as if the disk had no more, within the block."""
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (room, most))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.parametrize(
    ("room", "script"),
    [
        cell("A4-27 at once", 512 * 1024, [TO_ITS_END + LARGE]),
        cell("A4-27 later", ROOM, [TO_ITS_END + LARGE]),
        cell("A4-27 by a little", ROOM, [TO_ITS_END + LARGE[:ROOM], Pause(0.2), LARGE[:500], Pause(0.2)]),
    ],
)
async def test_a_full_disk_of_ours_is_told_and_survived(world: FaultyWorld, room: int, script: Script) -> None:
    character, media = await world.character(), await world.media_count()
    world.library.order(Fault(method="GET", path=FILE, times=ALWAYS, instead=script))
    async with world.api() as api:
        with full_disk(world.app, room):
            held_to(failed("temporary folder is full.*ask the library"), await api.post(character.url(REFERENCE)))
    assert len(world.library.asked("GET", FILE)) == 2
    await nothing_kept(world, character, media)
    world.calm()
    assert await recovered(world, character) == 1


@pytest.mark.parametrize("pictures", [cell("A4-28", 4)])
async def test_asked_to_end_it_keeps_every_picture_of_a_set(world: FaultyWorld, tmp_path: Path, pictures: int) -> None:
    character = await world.character()
    async with world.api() as api:
        await api.post(character.url(REFERENCE), json={})
    world.library.order(Fault(method="GET", path=FILE, skip=1, times=ALWAYS, before=lambda: asyncio.sleep(0.5)))
    with replica(world, tmp_path) as app:
        async with asking(world, app) as api:
            asked = asyncio.create_task(api.post(character.url(SET), json={"imageCount": pictures}))
            await until(lambda: len(world.library.asked("GET", FILE)) == 1 + pictures)
            app.process.send_signal(signal.SIGTERM)
            given = await asked
        await asyncio.to_thread(app.process.wait, 10)
    assert (given.status_code, given.json()["count"]) == (201, pictures), given.text
    assert len(await world.records(character)) == 1 + pictures


@pytest.mark.parametrize("script", [cell("A4-29", [TO_ITS_END + LARGE, HANG])])
async def test_killed_meanwhile_it_leaves_no_file_anywhere(world: FaultyWorld, tmp_path: Path, script: Script) -> None:
    character, media = await world.character(), await world.media_count()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    world.library.order(Fault(method="GET", path=FILE, instead=script))
    with replica(world, tmp_path, TMPDIR=str(temporary), IMAGE_TIMEOUT="20") as app:
        async with asking(world, app) as api:
            asked = asyncio.create_task(api.post(character.url(REFERENCE), json={}))
            await until(lambda: any(str(temporary) in path for path in open_files(app)))
            assert list(temporary.iterdir()) == []
            app.process.kill()
            with pytest.raises(httpx.TransportError):
                await asked
    assert list(temporary.iterdir()) == []
    await nothing_kept(world, character, media)
    assert await recovered(world, character) == 1


@pytest.mark.parametrize("route", [cell("A4-30", REFERENCE)])
async def test_a_caller_who_goes_away_changes_nothing(world: FaultyWorld, route: str) -> None:
    character = await world.character()
    world.library.order(Fault(method="GET", path=FILE, before=lambda: asyncio.sleep(0.3)))
    async with world.api() as api:
        asked = asyncio.create_task(api.post(character.url(route), json={}))
        await until(lambda: bool(world.library.asked("GET", FILE)))
        asked.cancel()
    await world.until_idle(character)
    assert len(await world.records(character)) == 1
    assert len(world.library.asked("GET", FILE)) == 1


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    for _ in range(2500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")
