"""Real Payloads with exactly one change each to the ordinary config, and the journey that everybody makes."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from PIL import Image

from payload_client import Bearer, SessionCookie
from scripts.local_stack import stack
from scripts.local_stack.stack import NO_TLS
from tests.support.changed_payload import changed_payload
from tests.support.steps import sweep
from tests.support.world import PASSWORD, Character, Person, World, plain

EDITOR = "ada@film.example"


@contextmanager
def payload_with(
    folder: Path,
    change: str = "",
    *,
    ids: Any = "number",
    person: Mapping[str, str] | None = None,
    auth: type[Bearer | SessionCookie] = Bearer,
    settings: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """The product in front of a Payload with a change, see `changed_payload`.

    `person`: how the editor signs in (default: an e-mail address); `auth`: the form in which Payload takes tokens;
    `settings`: further ones of the product.
    """
    with changed_payload(folder, change, ids=ids) as payload, stack.character_library(folder) as library:
        editor = first_user(payload.url, person or {"email": EDITOR}, auth)
        variables = {
            "PAYLOAD_URL": payload.url,
            "CHARACTER_LIBRARY_API_URL": library.url,
            "CHARACTER_LIBRARY_TIMEOUT": "4",
            "CHARACTER_LIBRARY_SET_TIMEOUT": "20",
            "FORWARDED_ALLOW_IPS": "127.0.0.1",
        }
        with stack.app(folder, {**variables, **(settings or {})}) as app:
            yield World(str(ids), payload.url, library.url, app.url, Path(os.devnull), editor, editor)


def first_user(payload_url: str, names: Mapping[str, str], auth: type[Bearer | SessionCookie]) -> Person:
    """Register the first user of an empty Payload, as an editor."""
    with httpx.Client(base_url=f"{payload_url}/api/users", verify=NO_TLS, trust_env=False, timeout=60) as users:
        body = {**names, "password": PASSWORD, "role": "editor"}
        answer = users.post("/first-register", json=body)
        assert answer.is_success, answer.text
        if not (token := answer.json().get("token")):  # it is in cookies alone
            token = users.post("/login", json=body).cookies["payload-token"]
    name = names.get("username") or names["email"]
    return Person(answer.json()["user"]["id"], name, auth(token))


@asynccontextmanager
async def signed_in(world: World, **form: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which the editor has signed in at our form."""
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    async with plain(base_url=world.app_url, headers=headers, timeout=30) as client:
        answer = await client.post("/login", data={"email": world.editor.email, "password": PASSWORD, **form})
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/screenplay/characters"), answer.text
        yield client


async def ask(client: httpx.AsyncClient, method: str, address: str, status: int = 200, **body: Any) -> httpx.Response:
    """A request with that outcome."""
    answer = await client.request(method, address, json=body or None)
    assert answer.status_code == status, (method, address, answer.status_code, answer.text[:2000])
    return answer


async def journey(world: World, client: httpx.AsyncClient, character: Character) -> None:
    """All that an editor does with a character: generate, look, take along, delete, recover, sweep."""
    route = f"/v1/characters/{quote(str(character.id), safe='')}"
    home = f"/screenplay/characters/{quote(str(character.id), safe='')}/images"
    drawn = (await ask(client, "POST", f"{route}/generate-initial-image", 201, prompt="A wiry woman")).json()["image"]
    made = (await ask(client, "POST", f"{route}/generate-360-set", 201, imageCount=3)).json()
    scene = {"sceneType": "dialogue", "sceneContext": "On the pier"}
    await ask(client, "POST", f"{route}/generate-scene-image", 201, **scene)
    listed = (await ask(client, "GET", f"{route}/images")).json()
    assert listed["count"] == 5
    assert listed["character"]["name"] == character.name
    ids = [quote(str(image["id"]), safe="") for image in listed["images"]]
    page = (await ask(client, "GET", home)).text
    assert [one for one in ids if f"{home}/{one}" not in page] == []
    assert character.name in (await ask(client, "GET", "/screenplay/characters")).text
    for image in ids:
        await ask(client, "GET", f"{home}/{image}")
    packed = await ask(client, "GET", f"{home}/sheet.zip?set={made['setId']}")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert sum(name.endswith((".jpg", ".png", ".webp")) for name in archive.namelist()) == 3
    chosen = "&".join(f"image={image}" for image in ids)
    with Image.open(io.BytesIO((await ask(client, "GET", f"{home}/sheet.png?{chosen}")).content)) as sheet:
        assert sheet.width > 500
    gone = quote(str(drawn["id"]), safe="")
    result = (await ask(client, "DELETE", f"{route}/images/{gone}")).json()
    assert result["record"] == "deleted" if "record" in result else result["success"]
    await ask(client, "DELETE", f"{route}/images/{gone}", 404)
    assert (await ask(client, "GET", f"{route}/images")).json()["count"] == 4
    await ask(client, "GET", f"{route}/library-images")
    recovered = (await ask(client, "POST", f"{route}/recover-images", 200)).json()
    assert (recovered["count"], recovered["failures"]) == (0, [])
    swept = sweep(world)
    assert (swept.returncode, swept.stdout, swept.stderr) == (0, "", "")


__all__ = ["ask", "first_user", "journey", "payload_with", "signed_in"]
