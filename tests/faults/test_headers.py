"""What every answer carries, whatever kind of answer it is and whoever made it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Settings, read
from app.use_cases import listing
from tests.inputs.sending import Answer, request, send
from tests.support.between import Fault
from tests.support.faulty_world import FaultyWorld, faulty_world
from tests.support.raw_server import answer
from tests.support.world import Character

SITE = "https://film.example"
SHOWN = "http://media.film.example"
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "content-security-policy": (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {SHOWN}; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    ),
}
JSON, PROBLEM, HTML = "application/json", "application/problem+json", "text/html; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
GENERATE = "POST :api/generate-initial-image"

Arrange = Callable[[FaultyWorld, Character], Awaitable[object]]


async def nothing(world: FaultyWorld, character: Character) -> None:
    """All is well."""


async def payload_fails(world: FaultyWorld, character: Character) -> None:
    world.payload.order(Fault(method="GET", path="/api/character-references", times=3, instead=answer(500)))


async def payload_is_lost(world: FaultyWorld, character: Character) -> None:
    world.payload.order(Fault(method="GET", path="/api/users/init", times=3, instead=answer(500)))
    await asyncio.sleep(1.1)  # what was told before is told for a second


async def library_fails(world: FaultyWorld, character: Character) -> None:
    world.library.order(Fault(method="POST", path="generate", instead=answer(500)))


async def one_picture_is_lost(world: FaultyWorld, character: Character) -> None:
    async with world.api() as api:
        made = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
        assert made.status_code == 201, made.text
    await world.fault(character, "file", status=401)


# A request, the status of its answer and its type, and what makes it so; "" is an answer without a body.
KINDS: dict[str, tuple[str, int, str, Arrange]] = {
    "200 list": ("GET :api/images", 200, JSON, nothing),
    "200 page": ("GET :page", 200, HTML, nothing),
    "200 form": ("GET /login", 200, HTML, nothing),
    "200 alive": ("GET /health/live", 200, JSON, nothing),
    "200 ready": ("GET /health/ready", 200, JSON, nothing),
    "200 document": ("GET /schema/openapi.json", 200, "application/vnd.oai.openapi+json", nothing),
    "201": (GENERATE, 201, JSON, nothing),
    "204": ("OPTIONS :api/images", 204, "", nothing),
    "207": ("POST :api/generate-360-set", 207, JSON, one_picture_is_lost),
    "303 home": ("GET /", 303, "", nothing),
    "303 form": ("POST :page/recover", 303, "", nothing),
    "400": ("GET :api/images?page=0", 400, PROBLEM, nothing),
    "400 page": ("GET :page?page=0", 400, HTML, nothing),
    "403": ("POST :api/recover-images cross-site", 403, PROBLEM, nothing),
    "403 form": ("POST :page/recover cross-site", 403, HTML, nothing),
    "404": ("GET /v1/characters/999999/images", 404, PROBLEM, nothing),
    "404 route": ("GET /v1/nothing", 404, PROBLEM, nothing),
    "404 page": ("GET /nothing", 404, HTML, nothing),
    "404 file": ("GET /static/nothing.css", 404, HTML, nothing),
    "405": ("PUT :api/images", 405, PROBLEM, nothing),
    "405 page": ("DELETE :page", 405, HTML, nothing),
    "408": (f"{GENERATE} stalls", 408, PROBLEM, nothing),
    "408 form": ("POST :page/reference stalls", 408, HTML, nothing),
    "413": (f"{GENERATE} large", 413, PROBLEM, nothing),
    "413 form": ("POST :page/reference large", 413, HTML, nothing),
    "415": (f"{GENERATE} odd", 415, PROBLEM, nothing),
    "415 form": ("POST :page/reference odd", 415, HTML, nothing),
    "502": (GENERATE, 502, PROBLEM, library_fails),
    "503": (GENERATE, 503, PROBLEM, payload_fails),
    "503 page": ("GET /screenplay/characters", 503, HTML, payload_fails),
    "503 not ready": ("GET /health/ready", 503, JSON, payload_is_lost),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    """The product as a site that is served over https, which its own process is not."""
    with faulty_world(tmp_path_factory.mktemp("published"), SITE_URL=SITE, PAYLOAD_PUBLIC_URL=SHOWN) as world:
        yield world


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_answer_carries_every_header(published: FaultyWorld, kind: str) -> None:
    asked, status, media_type, arrange = KINDS[kind]
    character = await published.character(settings={"pictureSize": [24, 32]})
    published.calm()
    await arrange(published, character)
    found = await send(published.app_url, written(asked, published, character))
    assert found.status == status, found.body
    assert (found.header("content-type") or "").startswith(media_type)
    check(found, caching="no-store")
    if status == 405 and media_type == PROBLEM:
        assert "GET" in (found.header("allow") or "")
    if status == 503 and media_type == PROBLEM:
        assert int(found.header("retry-after") or 0) > 0


async def test_a_file_of_ours_is_kept_and_asked_about_each_time_and_nothing_else_is_kept(
    published: FaultyWorld,
) -> None:
    style = await send(published.app_url, request("GET", "/static/base.css", []))
    icon = await send(published.app_url, request("GET", "/static/favicon.svg", []))
    assert [(one.status, one.header("content-type")) for one in (style, icon)] == [
        (200, "text/css; charset=utf-8"),
        (200, "image/svg+xml"),
    ]
    for found in (style, icon):
        check(found, caching="public, no-cache")


@pytest.mark.parametrize(
    ("path", "media_type"), [("/v1/characters/1/images", PROBLEM), ("/screenplay/characters/1/images", HTML)]
)
async def test_a_defect_of_ours_carries_them_too_and_tells_nothing(
    published: FaultyWorld, monkeypatch: pytest.MonkeyPatch, path: str, media_type: str
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(listing, "images", broken)  # a defect that could be had otherwise would have to be mended
    told = {"PAYLOAD_URL": published.payload_url, "CHARACTER_LIBRARY_API_URL": published.library_url}
    app: Any = create_app(read(Settings, {**told, "SITE_URL": SITE, "PAYLOAD_PUBLIC_URL": SHOWN})).asgi
    transport = httpx.ASGITransport(app)
    who = published.editor.headers
    async with app.app.app.app.lifespan(), httpx.AsyncClient(transport=transport, base_url=SITE, headers=who) as client:
        found = await client.get(path)
    assert (found.status_code, found.headers["content-type"]) == (500, media_type)
    assert "secret" not in found.text
    assert "Zero" not in found.text
    check(Answer(500, [*found.headers.items(), ("date", "now")], found.content), caching="no-store")


def check(found: Answer, *, caching: str) -> None:
    """Each header once and as it should be, and none that tells what this is made with."""
    names = [name for name, _ in found.headers]
    assert {name: found.header(name) for name in ALWAYS} == ALWAYS
    assert found.header("cache-control") == caching
    assert re.fullmatch(r"[0-9A-Z]{26}", found.header("x-request-id") or "")
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert not {"server", "x-powered-by", "via", "set-cookie", "access-control-allow-origin"} & set(names)


def written(asked: str, world: FaultyWorld, character: Character) -> bytes:
    """The bytes of a request that is told in words: method, address and what is odd about it."""
    method, target, *odd = asked.split(" ")
    is_form = ":page" in target
    target = target.replace(":api", f"/v1/characters/{character.id}")
    target = target.replace(":page", f"/screenplay/characters/{character.id}/images")
    kind = "text/plain" if "odd" in odd else FORM if is_form else JSON
    site = "cross-site" if "cross-site" in odd else "same-origin"
    cookie = f"payload-token={world.editor.auth.header.removeprefix('JWT ')}"
    headers = [("Cookie", cookie), ("Sec-Fetch-Site", site), ("Content-Type", kind)]
    body = b"x" * 300_000 if "large" in odd else b"x" if "odd" in odd or "stalls" in odd else b""
    if "stalls" in odd:
        headers.append(("Content-Length", "10"))
    return request(method, target, headers, body)
