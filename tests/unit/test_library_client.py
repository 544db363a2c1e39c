"""Every request to the Character Library is sent once, and what became of the money is told, however it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.character_library import CharacterLibrary, LibraryImage, Scene
from app.errors import (
    CharacterUnknown,
    LibraryBadResponse,
    LibraryError,
    LibraryOutcomeUnknown,
    LibraryRefused,
    LibraryRouteMissing,
    LibraryTimeout,
    LibraryUnreachable,
    MasterExists,
    MasterMissing,
)
from app.limits import Limits
from tests.support.raw_server import (
    HANG,
    NO_RECORD,
    Beneath,
    Drip,
    Reset,
    Script,
    answer,
    json_answer,
    nobody_listening,
    raw_server,
)
from tests.support.tls import Tls

ADA = "66f1/ü?#"
ADA_PATH = "/api/v1/characters/66f1%2F%C3%BC%3F%23"
PROMPT = 'A wiry woman,\n"grey" eyes – 60 % grey & tired'
MADE = json_answer(200, {"success": True, "data": {"imageId": "m1", "publicUrl": "https://cdn.test/a.jpg"}})

Ask = Callable[[CharacterLibrary], Awaitable[Any]]
REFERENCE: Ask = lambda library: library.generate_reference(ADA, PROMPT)  # noqa: E731
SCENE: Ask = lambda library: library.generate_scene(ADA, Scene("At sea", "action"))  # noqa: E731
SET: Ask = lambda library: library.generate_set(ADA, 5, lambda *_: None)  # noqa: E731
GENERATING = {"a reference": REFERENCE, "a scene": SCENE, "a set": SET}
FREE: dict[str, Ask] = {
    "GET the master": lambda library: library.reference_image(ADA),
    "GET the images": lambda library: library.images(ADA),
    "PUT": lambda library: library.set_reference_image(ADA, "m1"),
    "PATCH": lambda library: library.free_master(ADA),
    "DELETE": lambda library: library.delete_reference_image(ADA),
}


def library_at(url: str, seconds: float = 20) -> CharacterLibrary:
    limits = Limits(job_seconds=(0.01, 0.02))
    return CharacterLibrary(url, timeout=seconds, set_timeout=seconds, limits=limits, stalled=5)


def asking(*cases: dict[str, Ask]) -> pytest.MarkDecorator:
    known = {name: ask for case in cases for name, ask in case.items()}
    return pytest.mark.parametrize("ask", known.values(), ids=known)


async def test_a_prompt_goes_out_exactly_as_it_is_and_the_picture_comes_back() -> None:
    async with raw_server(MADE) as server:
        library = library_at(f"{server.url}/")
        made = await REFERENCE(library)
        [request] = server.requests
    assert made == LibraryImage("https://cdn.test/a.jpg", "m1")
    assert request.line == f"POST {ADA_PATH}/generate-initial-image HTTP/1.1"
    assert json.loads(request.body) == {"prompt": PROMPT}
    assert request.header("Content-Type") == "application/json"
    assert request.header("Accept-Encoding") == "identity"


@pytest.mark.parametrize(
    ("scene", "sent"),
    [
        (Scene("At sea", "action"), {"sceneContext": "At sea", "sceneType": "action"}),
        (
            Scene("At sea", "dialogue", mood="grim", lighting_style="low"),
            {"sceneContext": "At sea", "sceneType": "dialogue", "mood": "grim", "lightingStyle": "low"},
        ),
    ],
)
async def test_a_scene_goes_out_with_what_is_known_of_it(scene: Scene, sent: dict[str, str]) -> None:
    async with raw_server(MADE) as server:
        library = library_at(server.url)
        await library.generate_scene("1", scene)
        [request] = server.requests
    assert request.line == "POST /api/v1/characters/1/generate-scene-image HTTP/1.1"
    assert json.loads(request.body) == sent


@pytest.mark.parametrize(
    ("ask", "line", "body"),
    [
        (FREE["GET the master"], f"GET {ADA_PATH}/reference-image", None),
        (FREE["GET the images"], f"GET {ADA_PATH}/images", None),
        (FREE["PUT"], f"PUT {ADA_PATH}/reference-image", {"mediaId": "m1"}),
        (FREE["PATCH"], f"PATCH {ADA_PATH}", {"masterReferenceImage": None}),
        (FREE["DELETE"], f"DELETE {ADA_PATH}/reference-image", None),
        (SET, f"POST {ADA_PATH}/generate-360-set", {"imageCount": 5, "maxRetries": 1}),
    ],
)
async def test_each_question_is_one_request(ask: Ask, line: str, body: Any) -> None:
    images = json_answer(200, {"success": True, "images": [{"url": "https://cdn.test/a.jpg"}]})
    async with raw_server(images) as server:
        library = library_at(server.url)
        await ask(library)
        [request] = server.requests
    assert request.line == f"{line} HTTP/1.1"
    assert (json.loads(request.body) if request.body else None) == body


@asking(GENERATING, FREE)
async def test_where_nobody_listens_nothing_was_paid_for(ask: Ask) -> None:
    async with nobody_listening() as url:
        library = library_at(url)
        with pytest.raises(LibraryUnreachable) as caught:
            await ask(library)
    assert caught.value.charged == "no"
    assert ("nothing was generated" in str(caught.value)) == (ask in GENERATING.values())


async def test_a_name_that_nobody_knows_is_not_reached() -> None:
    with pytest.raises(LibraryUnreachable) as caught:
        await REFERENCE(library_at("http://library.invalid"))
    assert caught.value.charged == "no"


BROKEN: dict[str, Script] = {
    "reset before the request is read": [Reset(unread=True)],
    "reset after the request": [Reset()],
    "closed without an answer": [b""],
    "reset in the header": [b"HTTP/1.1 200 OK\r\nContent-", Reset()],
    "reset in the body": [*answer(200, b'{"success": true', length=100), Reset()],
    "closed in the body": answer(200, b'{"success": true', length=100),
    "not HTTP": [b"hello\r\n\r\n"],
    "a header without an end": [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000],
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
@asking(GENERATING)
async def test_a_connection_that_breaks_leaves_the_outcome_unknown_and_nothing_is_sent_again(
    ask: Ask, script: Script
) -> None:
    async with raw_server(script) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryOutcomeUnknown, match="recover images") as caught:
            await ask(library)
    assert caught.value.charged == "unknown"
    assert server.connections == 1


async def test_a_connection_that_breaks_beneath_its_encryption_is_a_broken_connection(tls: Tls) -> None:
    script: Script = [*answer(200, b"{", length=100), Beneath(NO_RECORD)]
    async with raw_server(script, tls=tls.server) as server:
        library = CharacterLibrary(server.url, timeout=20, set_timeout=20, tls=tls.client)
        with pytest.raises(LibraryOutcomeUnknown, match="broke before it answered"):
            await library.generate_reference(ADA, PROMPT)
    assert len(server.requests) == 1


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
@asking(FREE)
async def test_what_generates_nothing_costs_nothing_however_it_ends(ask: Ask, script: Script) -> None:
    async with raw_server(script) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryOutcomeUnknown) as caught:
            await ask(library)
    assert caught.value.charged == "no"
    assert server.connections == 1


SLOW: dict[str, Script] = {
    "says nothing": [HANG],
    "drips its header": [Drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, 0.02)],
    "drips its body": [*answer(200, b"", length=1000), Drip(b" " * 1000, 0.02)],
    "never gets to the point": [Drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.02)],
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
@asking(GENERATING)
async def test_a_slow_answer_is_given_up_at_the_deadline(ask: Ask, script: Script) -> None:
    started = time.monotonic()
    async with raw_server(script) as server:
        library = library_at(server.url, seconds=0.2)
        with pytest.raises(LibraryTimeout, match="recover images") as caught:
            await ask(library)
    assert caught.value.charged == "unknown"
    assert time.monotonic() - started < 15
    assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@asking(GENERATING)
async def test_a_redirect_is_not_followed_since_that_would_generate_twice(ask: Ask, status: int) -> None:
    async with raw_server(answer(status, b"", "Location: /elsewhere"), MADE) as server:
        with pytest.raises(LibraryBadResponse, match=f"{status}, a redirect") as caught:
            await ask(library_at(server.url))
    assert caught.value.charged == "unknown"
    assert server.connections == 1


ODD: dict[str, Script] = {
    "a page": answer(200, b"<!doctype html><title>Welcome</title>", "Content-Type: text/html"),
    "nothing": answer(200),
    "half of it": answer(200, b'{"success": true, "data"'),
    "not in UTF-8": answer(200, b'{"url": "\xff"}'),
    "nested without end": answer(200, b"[" * 200_000),
    "a huge number": answer(200, b"1" * 10_000),
    "an encoding": json_answer(200, {"url": "/a.jpg", "images": ["/a.jpg"]}, "Content-Encoding: gzip"),
    "no address": json_answer(200, {"success": True, "data": {"imageId": "m1"}}),
    "a list": json_answer(200, []),
    "null": json_answer(200, None),
}


@pytest.mark.parametrize("script", ODD.values(), ids=ODD)
@asking(GENERATING)
async def test_an_answer_that_is_not_in_the_contract_is_told_as_such(ask: Ask, script: Script) -> None:
    async with raw_server(script) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryBadResponse) as caught:
            await ask(library)
    assert caught.value.charged == "unknown"
    assert server.connections == 1


@pytest.mark.parametrize(("length", "fits"), [(8 * 1024 * 1024, True), (8 * 1024 * 1024 + 1, False)])
async def test_an_answer_of_more_than_8_mib_is_not_read(length: int, fits: bool) -> None:
    picture = b'{"url": "https://cdn.test/a.jpg"}'
    async with raw_server(answer(200, picture.ljust(length))) as server:
        library = library_at(server.url)
        if fits:
            assert await REFERENCE(library)
        else:
            with pytest.raises(LibraryBadResponse, match="more than can be read"):
                await REFERENCE(library)


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    endless: Script = [b"HTTP/1.1 200 OK\r\n\r\n", *([b" " * 1024 * 1024] * 9), HANG]
    async with raw_server(endless) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryBadResponse, match="more than can be read"):
            await REFERENCE(library)


async def test_a_cookie_is_never_sent_back() -> None:
    picture = json_answer(200, {"url": "https://cdn.test/a.jpg"}, "Set-Cookie: payload-token=secret; Path=/")
    async with raw_server(picture) as server:
        library = library_at(server.url)
        await REFERENCE(library)
        await REFERENCE(library)
        await library.reference_image(ADA)
        assert [request.header("Cookie") for request in server.requests] == [None, None, None]


async def test_each_request_has_a_connection_of_its_own() -> None:
    body = b'{"url": "/a.jpg"}'
    kept_open: Script = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body), HANG]
    async with raw_server(kept_open) as server:
        library = library_at(server.url)
        for _ in range(3):
            await REFERENCE(library)
        assert server.connections == 3


REFUSALS = [
    (400, {"success": False, "error": "Prompt is required"}, LibraryRefused, "no"),
    (400, {"error": "Character already has a master reference image. Use …"}, MasterExists, "no"),
    (400, {"error": "No reference image available for character consistency"}, MasterMissing, "no"),
    (404, {"message": 'Route not found "/api/v1/nothing"'}, LibraryRouteMissing, "no"),
    (422, {"error": "Unprocessable"}, LibraryRefused, "no"),
    (429, {"error": "Slow down"}, LibraryRefused, "no"),
    (500, {"success": False, "error": "Internal server error", "details": "Not Found"}, CharacterUnknown, "no"),
    (500, {"success": False, "error": "Image generation failed"}, LibraryRefused, "unknown"),
    (502, None, LibraryRefused, "unknown"),
    (200, {"success": False, "images": [], "status": "failed"}, LibraryRefused, "unknown"),
    (200, {"success": False, "error": "Image generation failed"}, LibraryRefused, "unknown"),
    (200, {"status": "failed", "error": "Image generation failed"}, LibraryRefused, "unknown"),
]


@pytest.mark.parametrize(("status", "body", "kind", "charged"), REFUSALS)
@asking(GENERATING)
async def test_a_refusal_tells_what_it_may_have_cost_and_is_not_tried_again(
    ask: Ask, status: int, body: Any, kind: type[LibraryError], charged: str
) -> None:
    async with raw_server(json_answer(status, body)) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryRefused) as caught:
            await ask(library)
    assert type(caught.value) is kind
    assert caught.value.charged == charged
    assert caught.value.status == status
    assert server.connections == 1


@pytest.mark.parametrize("status", [400, 500, 503])
@asking(FREE)
async def test_a_refusal_of_what_generates_nothing_costs_nothing(ask: Ask, status: int) -> None:
    async with raw_server(json_answer(status, {"error": "No"})) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryRefused, match=f"answered {status}: No") as caught:
            await ask(library)
    assert caught.value.charged == "no"
    assert server.connections == 1


@pytest.mark.parametrize("name", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("script", [answer(204), answer(200), json_answer(200, {"success": True})])
async def test_a_change_may_be_answered_with_nothing(name: str, script: Script) -> None:
    async with raw_server(script) as server:
        library = library_at(server.url)
        await FREE[name](library)


@pytest.mark.parametrize("name", ["PUT", "PATCH", "DELETE"])
async def test_a_change_that_was_not_made_is_no_success(name: str) -> None:
    denied = json_answer(200, {"success": False, "updated": False, "error": "Locked"})
    async with raw_server(denied) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryRefused, match="Locked"):
            await FREE[name](library)


async def test_a_library_without_a_master_says_so_by_leaving_it_out() -> None:
    async with raw_server(json_answer(200, {"success": True, "updated": True})) as server:
        assert await library_at(server.url).reference_image("1") is None


@pytest.mark.parametrize(
    ("script", "address"),
    [
        (json_answer(200, {"id": "m1", "url": "/api/media/file/a.jpg"}), "{base}/api/media/file/a.jpg"),
        (json_answer(200, {"id": "m1", "url": "https://cdn.test/a.jpg"}), "https://cdn.test/a.jpg"),
        (json_answer(200, {"id": "m1", "url": None}), None),
        (json_answer(404, {"errors": [{"message": "Not Found"}]}), None),
        ([Reset()], None),
        (answer(200, b"<html>"), None),
    ],
)
async def test_the_address_of_a_picture_is_looked_up_by_its_media_id(script: Script, address: str | None) -> None:
    async with raw_server(script) as server:
        library = library_at(server.url)
        found = await library.media_url("m/1")
        assert server.requests[0].line == "GET /api/media/m%2F1 HTTP/1.1"
    assert found == (address and address.format(base=server.url))


async def test_a_set_that_comes_at_once_needs_no_job() -> None:
    body = {
        "success": True,
        "images": [{"url": "/a.jpg", "mediaId": "m1", "angle": "front", "quality": 91}, {"mediaId": "m2"}],
        "failedImages": [{"angle": "back", "error": "No images returned"}],
    }
    async with raw_server(json_answer(200, body)) as server:
        library = library_at(server.url)
        made = await library.generate_set("1", 8, lambda *_: None)
        assert len(server.requests) == 1
    told = {"angle": "front", "quality": 91}
    assert made.images == [LibraryImage(f"{server.url}/a.jpg", "m1", facts=told), LibraryImage(None, "m2")]
    assert made.failures == ["back: No images returned"]


async def test_a_set_without_a_single_picture_says_why() -> None:
    body = {"success": True, "images": [], "failedImages": [{"angle": "back", "error": "Fal.ai API error: 422"}]}
    async with raw_server(json_answer(200, body)) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryRefused, match=r"made no picture of the set: back: Fal\.ai API error: 422") as caught:
            await SET(library)
    assert caught.value.charged == "unknown"


@pytest.mark.parametrize("status", [502, 503, 504])
@asking(GENERATING)
async def test_a_proxy_that_gave_up_is_told_with_what_to_do_since_the_library_may_draw_on(
    ask: Ask, status: int
) -> None:
    async with raw_server(answer(status, b"<html>")) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryRefused, match=rf"answered {status}: .*\. If it makes .*recover images") as caught:
            await ask(library)
    assert caught.value.charged == "unknown"


async def test_a_proxy_that_gives_up_on_a_question_says_nothing_of_pictures() -> None:
    async with raw_server(answer(504, b"<html>")) as server:
        library = library_at(server.url)
        with pytest.raises(LibraryRefused, match=r"answered 504: Gateway Timeout$") as caught:
            await library.images(ADA)
    assert caught.value.charged == "no"


async def test_a_question_that_breaks_off_does_not_speak_of_pictures() -> None:
    async with raw_server([Reset()]) as server:
        library = CharacterLibrary(server.url, timeout=5, set_timeout=5)
        with pytest.raises(LibraryOutcomeUnknown) as caught:
            await library.images("1")
    assert "picture" not in str(caught.value)
    assert caught.value.charged == "no"
