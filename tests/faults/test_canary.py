"""Secrets that are known to the test go through everything, failures included, and are then looked for everywhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from select import select

import httpx
import msgspec
import pytest

from tests.inputs.sending import neighbour
from tests.support.between import Fault
from tests.support.faulty_world import FaultyWorld, faulty_world
from tests.support.raw_server import HANG, Reset, Script, answer, json_answer
from tests.support.world import Character, plain

EMAIL = "canary@example.com"
PASSWORD = "canary-password-8F3kq"  # noqa: S105 - of a Payload that lives for one test run
PROMPT = "canary-prompt-auburn"
KEY = "canary-key-2b9d1c7e-5a64-4f0e-9d1e-77aa"

TROUBLE: list[Script] = [
    [Reset()],
    answer(500, b"<h1>Boom</h1>", "Content-Type: text/html"),
    json_answer(500, {"errors": [{"message": "Something went wrong."}]}),
    json_answer(403, {"errors": [{"message": "You are not allowed to perform this action."}]}),
    json_answer(200, ["not", "what", "was", "asked"]),
    answer(302, b"", "Location: /elsewhere"),
]
AT_PAYLOAD = [
    ("GET", r"/api/users/me"),
    ("POST", r"/api/media"),
    ("POST", r"/api/character-image-metadata"),
    ("GET", r"/api/character-image-metadata"),
]


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    """The product at its most talkative."""
    with faulty_world(tmp_path_factory.mktemp("chatty"), LOG_LEVEL="debug") as world:
        yield world


class Heard(msgspec.Struct):
    """Everything that the product has said, and the sessions that it has handed out."""

    said: list[str] = []
    issued: list[str] = []

    async def note(self, found: httpx.Response) -> None:
        """Keep an answer: status line, header, body; of the session it sets only who may have it."""
        await found.aread()
        headers = dict(found.headers)
        headers.pop("set-cookie", "")
        for cookie in found.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie
            assert found.request.url.path in ("/login", "/logout")
            self.issued += [token] if (token := cookie.partition("=")[2].partition(";")[0].strip('"')) else []
        self.said.append(f"{found.request.method} {found.request.url} {found.status_code} {headers} {found.text}")


async def test_no_secret_is_in_any_log_answer_or_address(chatty: FaultyWorld) -> None:
    world, heard = chatty, Heard()
    async with plain(base_url=f"{world.payload_url}/api/users") as users:
        body = {"email": EMAIL, "password": PASSWORD, "role": "editor", "enableAPIKey": True, "apiKey": KEY}
        (await users.post("", json=body, headers=world.editor.headers)).raise_for_status()
        token = (await users.post("/login", json=body)).raise_for_status().json()["token"]
    for headers in (
        {"Cookie": f"payload-token={token}", "Sec-Fetch-Site": "same-origin"},
        {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "same-origin"},
        {"Authorization": f"users API-Key {KEY}", "Sec-Fetch-Site": "same-origin"},
    ):
        async with caller(world, heard, headers) as client:
            await everything(world, client)
            await everything_malformed(client, token)
    async with caller(world, heard, {"Cookie": f"payload-token={token}", "Sec-Fetch-Site": "same-origin"}) as client:
        await everything_failing(world, client)
    await signing_in(world, heard)
    secrets = {PASSWORD, KEY, *(part for one in (token, *heard.issued) for part in one.split(".")[1:])}
    assert len(heard.said) > 100
    assert len(heard.issued) >= 2
    for text in (*heard.said, *logged(world), *asked_of_payload(world), *asked_of_the_library(world)):
        assert not [secret for secret in secrets if secret in text], text
    for line in logged(world):
        assert not [words for words in (EMAIL, "example.com", PROMPT) if words in line], line
        assert "?" not in json.loads(line).get("path", ""), line


async def everything(world: FaultyWorld, client: httpx.AsyncClient) -> None:
    """Every route and page, as it is meant."""
    character = await world.character(settings={"pictureSize": [24, 32]})
    page = f"/screenplay/characters/{character.id}/images"
    for route in ("images", "initial-image-prompt", "library-images", "runs"):
        await client.get(character.url(route))
    for address in (
        "/",
        "/login",
        "/screenplay/characters",
        page,
        "/health/ready",
    ):
        await client.get(address)
    await client.post(page, data={"prompt": PROMPT, "scene": PROMPT, "suggest": "true"})
    await client.post(character.url("generate-initial-image"), json={"prompt": PROMPT})
    await client.post(character.url("generate-360-set"), json={"imageCount": 1})
    await client.post(character.url("generate-scene-image"), json={"sceneContext": PROMPT})
    await client.post(character.url("recover-images"))
    [image, *_] = await world.records(character)
    await client.get(f"{page}/{image['id']}")
    await client.post(f"{page}/delete", data={"image": str(image["id"])})
    await client.post(f"{page}/reference", data={"prompt": PROMPT})
    await world.until_idle(character)
    for record in await world.records(character):
        await client.delete(character.url(f"images/{record['id']}"))


async def everything_malformed(client: httpx.AsyncClient, token: str) -> None:
    """What is refused, some of it with the secret where it does not belong."""
    for headers in ({"Authorization": f"JWT {token} {token}"}, {"Authorization": f"Basic {token}"}):
        await client.get("/v1/characters/1/images", headers=headers)
    for cookie in (f"payload-token={token}; payload-token={token}", f'payload-token="{token}'):
        await client.get("/v1/characters/1/images", headers={"Cookie": cookie, "Authorization": ""})
        await client.get("/screenplay/characters", headers={"Cookie": cookie, "Authorization": ""})
    await client.post("/v1/characters/1/generate-initial-image", json={"promt": "x"})
    await client.post("/v1/characters/1/generate-initial-image", content=b"{")
    await client.post("/v1/characters/1/recover-images", headers={"Sec-Fetch-Site": "cross-site"})
    await client.get("/v1/characters/nope/images?page=0")
    await client.get("/nothing")


async def everything_failing(world: FaultyWorld, client: httpx.AsyncClient) -> None:
    """Both upstreams, in all the ways they fail."""
    for method, path in AT_PAYLOAD:
        for script in TROUBLE:
            character = await world.character(settings={"pictureSize": [24, 32]})
            world.payload.order(Fault(method=method, path=path, instead=script))
            await generate(client, character)
            await client.get(f"/screenplay/characters/{character.id}/images")
    silence: Script = [HANG]
    quotes = json_answer(500, {"success": False, "error": f"No: {PROMPT}", "details": PROMPT})
    for script in (*TROUBLE, silence, quotes):
        character = await world.character()
        world.library.order(Fault(method="POST", path="generate-initial-image", instead=script))
        await generate(client, character)
    character = await world.character()
    await world.fault(character, "file", times=-1, status=401)
    await generate(client, character)
    with world.payload.away():
        await generate(client, character)
        await client.get("/screenplay/characters")
        await client.post("/logout")


async def generate(client: httpx.AsyncClient, character: Character) -> None:
    await client.post(character.url("generate-initial-image"), json={"prompt": PROMPT})


async def signing_in(world: FaultyWorld, heard: Heard) -> None:
    """Well and not, with Payload there and not; then who is nobody again."""
    ours = {"Sec-Fetch-Site": "same-origin"}
    form = {"email": EMAIL, "password": PASSWORD, "next": "/screenplay/characters"}
    async with caller(world, heard, ours) as client:
        for _ in range(2):
            await client.post("/login", data=form)
            await client.get("/screenplay/characters")
            await client.post("/logout")
        await client.post("/login", data=form | {"email": "x" * 400})
        await client.post("/login", json=form)
        await client.post("/login", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    for script in TROUBLE:
        world.payload.order(Fault(method="POST", path="/api/users/login", instead=script))
        async with caller(world, heard, ours) as client:  # whose tries count for nobody else
            await client.post("/login", data=form | {"email": f"{id(script)}@example.com"})
    async with caller(world, heard, ours) as client:
        await client.get("/screenplay/characters")


@asynccontextmanager
async def caller(world: FaultyWorld, heard: Heard, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at an address of their own; everything that they are answered is noted."""
    async with httpx.AsyncClient(
        base_url=world.app_url,
        headers=headers,
        transport=httpx.AsyncHTTPTransport(local_address=neighbour()),
        event_hooks={"response": [heard.note]},
        timeout=30,
    ) as client:
        yield client


def logged(world: FaultyWorld) -> list[str]:
    """What the product wrote into its log, line by line; to its standard output it writes nothing."""
    output = world.app.process.stdout
    assert output
    assert select([output], [], [], 0)[0] == []
    log = world.app.log.read_text()
    assert "failed after" in log
    return log.splitlines()


def asked_of_payload(world: FaultyWorld) -> list[str]:
    """What Payload was asked, without the one header and the one body that secrets belong in. Cookies it got none."""
    assert [seen.head for seen in world.payload.seen if seen.header("Cookie")] == []
    return [
        "\n".join(line for line in seen.head.splitlines() if not line.lower().startswith("authorization:"))
        + ("" if seen.target.startswith("/api/users/login") else seen.body.decode("latin-1"))
        for seen in world.payload.seen
    ]


def asked_of_the_library(world: FaultyWorld) -> list[str]:
    """All that the library was told; it is nobody's business there who is calling."""
    assert [seen.head for seen in world.library.seen if seen.header("Cookie") or seen.header("Authorization")] == []
    return [seen.head + seen.body.decode("latin-1") for seen in world.library.seen]
