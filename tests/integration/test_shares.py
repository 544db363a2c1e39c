"""Shares: whatever one person asks for, others go on working; and what another site causes costs nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from scripts.local_stack import stack
from tests.support.events import EVENTS
from tests.support.serving import settings_of
from tests.support.steps import ROUTE, a_reference, a_set, files_read, page
from tests.support.world import Person, World, plain

FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Server]:
    """A model that words suggestions."""
    with stack.prompt_model(tmp_path_factory.mktemp("model")) as running:
        yield running


@pytest.fixture
def scarce(world: World, model: stack.Server, tmp_path: Path) -> Iterator[World]:
    """The world with a product that has four of everything, and a model."""
    settings = {
        "GENERATION_SLOTS": "4",
        "PROMPT_MODEL_URL": f"{model.url}/v1",
        "PROMPT_MODEL": "writer-1",
        "PROMPT_MODEL_PER_MINUTE": "4",
    }
    with stack.app(tmp_path, settings_of(world) | settings, module="tests.support.scarce") as app:
        yield msgspec.structs.replace(world, app_url=app.url)


def is_told(answer: httpx.Response, what: str) -> None:
    """That somebody's share is used up."""
    assert answer.status_code == 429, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert f"You have as many {what} under way as one person may; nothing was started." in answer.text
    if answer.headers["Content-Type"].startswith("application/problem+json"):
        assert answer.json()["code"] == "too_many_requests"


async def test_one_person_leaves_others_slots_to_draw(scarce: World) -> None:
    slow = [await scarce.character(settings={"delayMs": 1500}) for _ in range(2)]
    other, another = await scarce.character(), await scarce.newcomer()
    async with scarce.api() as api, scarce.api(another) as theirs:
        drawing = [
            asyncio.create_task(api.post(one.url("generate-initial-image"), json={"prompt": "x"})) for one in slow
        ]
        for one in slow:
            await scarce.until_asked(one)
        is_told(await api.post(other.url("generate-initial-image"), json={"prompt": "x"}), "generations")
        assert await scarce.calls(other, "POST") == []
        async with scarce.browser(scarce.editor) as browser:
            home = f"/screenplay/characters/{other.id}/images"
            form = await browser.post(f"{home}/reference", data={"prompt": "my own words"})
        is_told(form, "generations")
        assert "my own words</textarea>" in form.text
        landed = await theirs.post(other.url("generate-initial-image"), json={"prompt": "x"})
        assert landed.status_code == 201, landed.text
        assert {answer.status_code for answer in await asyncio.gather(*drawing)} == {201}
        again = await api.post(other.url("generate-initial-image"), json={"prompt": "x"})
        assert again.status_code == 201, again.text


async def test_one_person_leaves_others_event_streams(scarce: World) -> None:
    character = await scarce.character(settings={"delayMs": 2500})
    another, free = await scarce.newcomer(), await scarce.character()
    async with scarce.api() as api, scarce.api(another) as theirs, AsyncExitStack() as open_streams:
        drawing = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "x"}))
        await scarce.until_asked(character)
        for _ in range(2):
            opening = api.stream("GET", character.url("runs"), headers=EVENTS)
            assert (await open_streams.enter_async_context(opening)).status_code == 200
        is_told(await api.get(character.url("runs"), headers=EVENTS), "event streams")
        refused = await api.post(free.url("generate-initial-image"), json={"prompt": "x"}, headers=EVENTS)
        is_told(refused, "event streams")
        assert await scarce.calls(free, "POST") == []
        assert (await api.get(character.url("runs"))).status_code == 200
        async with theirs.stream("GET", character.url("runs"), headers=EVENTS) as stream:
            assert stream.status_code == 200
        await open_streams.aclose()
        assert await freed(api, character.url("runs"), EVENTS)
        assert (await drawing).status_code == 201


async def freed(api: httpx.AsyncClient, address: str, headers: dict[str, str] | None = None) -> bool:
    """Whether a share comes back."""
    for _ in range(100):
        async with api.stream("GET", address, headers=headers) as answer:
            if answer.status_code == 200:
                return True
        await asyncio.sleep(0.05)
    return False


@asynccontextmanager
async def stalled(world: World, person: Person, address: str) -> AsyncIterator[socket.socket]:
    """Somebody who asks for something and reads no more than how it begins."""
    host, port = str(urlsplit(world.app_url).hostname), int(urlsplit(world.app_url).port or 0)
    with closing(socket.socket()) as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        caller.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(caller, (host, port))
        header = f"GET {address} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {person.auth.header}\r\n\r\n"
        await loop.sock_sendall(caller, header.encode())
        begins = await loop.sock_recv(caller, 12)
        assert begins == b"HTTP/1.1 200", begins
        yield caller


@pytest.mark.parametrize("route", ["sheet.zip", "sheet.png"])
async def test_one_persons_stalled_downloads_leave_others_theirs(scarce: World, route: str) -> None:
    character = await scarce.character(settings={"pictureSize": [1536, 2048]})
    another = await scarce.newcomer()
    await a_reference(scarce, character)
    made = await a_set(scarce, character, 12)
    address = page(character, f"sheet.zip?set={made['setId']}")
    async with AsyncExitStack() as open_downloads:
        for _ in range(2):
            await open_downloads.enter_async_context(stalled(scarce, scarce.editor, address))
        async with scarce.browser(scarce.editor) as browser, scarce.browser(another) as theirs:
            refused = await browser.get(page(character, f"{route}?set={made['setId']}"))
            is_told(refused, "downloads")
            assert refused.headers["Content-Type"].startswith("text/html")
            assert (await browser.head(page(character, f"{route}?set={made['setId']}"))).status_code == 200
            assert (await theirs.get(page(character, f"{route}?set={made['setId']}"))).status_code == 200
            await open_downloads.aclose()
            assert await freed(browser, address)


async def test_one_persons_look_ups_at_the_library_leave_others_theirs(scarce: World) -> None:
    character, another = await scarce.character(), await scarce.newcomer()
    await scarce.fault(character, "images", delayMs=1500, times=2)
    async with scarce.api() as api, scarce.api(another) as theirs:
        asking = [asyncio.create_task(api.get(character.url("library-images"))) for _ in range(2)]
        for _ in range(100):
            if len(await scarce.calls(character, "GET")) == 2:
                break
            await asyncio.sleep(0.02)
        is_told(await api.get(character.url("library-images")), "look-ups at the Character Library")
        assert (await theirs.get(character.url("library-images"))).status_code == 200
        await asyncio.gather(*asking)
        assert await freed(api, character.url("library-images"))


async def words(model: stack.Server) -> int:
    """How often the model was asked."""
    async with plain(base_url=model.url) as control:
        return len((await control.get("/_control/log")).json())


async def test_a_persons_suggestions_by_the_model_are_bounded_in_a_minute(scarce: World, model: stack.Server) -> None:
    details = {"bamlData": {"physicalDescription": {"hairColor": "auburn", "eyeColor": "grey"}}}
    character = await scarce.character(generationMetadata=details)
    another = await scarce.newcomer("viewer")
    before = await words(model)
    async with scarce.api(another) as api, scarce.browser(another) as browser, scarce.api() as theirs:
        answers = [await api.get(character.url("initial-image-prompt")) for _ in range(2)]
        answers += [await browser.get(page(character, "suggestion?by_model=true"))]
        answers += [await api.get(character.url("initial-image-prompt")) for _ in range(20)]
        assert [answer.status_code for answer in answers] == [200, 200] + [429] * 21
        assert answers[-1].headers["Retry-After"] == "60"
        own = await api.get(character.url("initial-image-prompt?source=character-data"))
        assert own.status_code == 200
        assert (await theirs.get(character.url("initial-image-prompt"))).status_code == 200
    assert 3 <= await words(model) - before <= 6, "what is not made of the facts is asked for once more"


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda headers: headers["Sec-Fetch-Site"])
async def test_what_another_site_causes_costs_nothing(
    scarce: World, model: stack.Server, foreign: dict[str, str]
) -> None:
    character = await scarce.character()
    await a_reference(scarce, character)
    made = await a_set(scarce, character, 2)
    before, asked = await words(model), len(await scarce.calls(character))
    async with scarce.browser(scarce.editor) as browser:
        browser.headers.update(foreign)
        for address in (character.url("initial-image-prompt"), page(character, "suggestion?by_model=true")):
            for _ in range(5):
                assert (await browser.get(address)).status_code == 200
        held = await browser.get(character.url("library-images"))
        runs = await browser.get(character.url("runs"), headers=EVENTS)
        with files_read(scarce) as read:
            for route in ("sheet.zip", "sheet.png"):
                moved = await browser.get(page(character, f"{route}?set={made['setId']}"))
                assert moved.status_code == 303
                shown = await browser.get(str(moved.next_request.url if moved.next_request else ""))
                assert (shown.status_code, shown.url.path) == (200, page(character, "sheet"))
                assert f"sheet.zip?set={made['setId']}" in shown.text
    assert [(answer.status_code, answer.json()["code"]) for answer in (held, runs)] == [(403, "cross_site_request")] * 2
    assert read == []
    assert await words(model) == before
    assert len(await scarce.calls(character)) == asked
    async with scarce.api(headers=foreign) as program:  # no browser adds a token by itself
        assert (await program.get(character.url("library-images"))).status_code == 200


async def test_without_room_for_pictures_nothing_is_drawn_and_nothing_downloaded(world: World, tmp_path: Path) -> None:
    character = await world.character()
    await a_reference(world, character)
    made = await a_set(world, character, 1)
    asked = len(await world.calls(character, "POST"))
    with stack.app(tmp_path, settings_of(world) | {"IMAGE_MAX_BYTES": str(2**40)}) as app:
        async with plain(base_url=app.url, headers=world.editor.headers) as api:
            for route in ("generate-initial-image", ROUTE, "recover-images"):
                refused = await api.post(character.url(route), json={})
                assert (refused.status_code, refused.json()["code"]) == (503, "busy"), refused.text
                assert "temporary folder is full. Nothing was started" in refused.json()["error"]
                assert int(refused.headers["Retry-After"]) > 0
            for route in ("sheet.zip", "sheet.png"):
                refused = await api.get(page(character, f"{route}?set={made['setId']}"))
                assert refused.status_code == 503
                assert "no room for a download" in refused.text
            assert (await api.get(page(character, f"sheet?set={made['setId']}"))).status_code == 200
    assert len(await world.calls(character, "POST")) == asked
