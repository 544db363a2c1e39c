"""A whole world to test in: a real Payload, the stand-in Character Library, and the product between them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import randrange
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from payload_client import ApiKey, Auth, Collection, Jwt, Payload, field, open_pool
from scripts.local_stack import stack
from scripts.local_stack.stack import NO_TLS
from tests.support.bucket import Bucket

EDITOR = "editor@example.com"
VIEWER = "viewer@example.com"
PASSWORD = "correct horse battery"  # noqa: S105 - of a Payload that lives for one test run

Doc = dict[str, Any]

both_kinds_of_id = pytest.mark.parametrize("world", ["number", "uuid"], indirect=True)
"""For tests that depend on what an id is: it is looked up, chosen, compared or put into an address."""


def plain(*, timeout: float | None = 60, **options: Any) -> httpx.AsyncClient:
    """A client without TLS and without settings from outside, that waits a minute unless told otherwise."""
    return httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=timeout, **options)


class Person(msgspec.Struct, frozen=True):
    """Somebody with a session at Payload."""

    id: int | str
    email: str
    auth: Auth

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends for them."""
        return {"Authorization": self.auth.header}


class Character(msgspec.Struct, frozen=True):
    """A character in Payload, and its id in the library (None: not linked)."""

    id: int | str
    name: str
    library_id: str | None

    def url(self, route: str) -> str:
        """The API route of this character."""
        return f"/v1/characters/{self.id}/{route}"


class World(msgspec.Struct, frozen=True):
    """The servers' addresses, and who may sign in. `log`: a line for each request that Payload got."""

    ids: str
    payload_url: str
    library_url: str
    app_url: str
    log: Path
    editor: Person
    viewer: Person
    bucket: Bucket | None = None

    @property
    def media_url(self) -> str:
        """What the public address of each file begins with."""
        return self.bucket.media_url if self.bucket else f"{self.payload_url}/api/media/file/"

    @asynccontextmanager
    async def api(
        self, person: Person | None = None, headers: dict[str, str] | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A program that calls the API, as the editor unless told otherwise."""
        who = {**(person or self.editor).headers, **(headers or {})}
        async with plain(base_url=self.app_url, headers=who, timeout=60) as client:
            yield client

    @asynccontextmanager
    async def browser(self, person: Person | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody's browser, with their session in its cookie; without a person nobody's.

        It is at an address of its own, so that its tries to sign in count for no other.
        """
        ours = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "X-Forwarded-For": f"10.{_numbers(3)}"}
        cookies = {"payload-token": person.auth.header.removeprefix("JWT ")} if person else {}
        async with plain(base_url=self.app_url, headers=ours, cookies=cookies, timeout=30) as client:
            yield client

    async def newcomer(self, role: str = "editor") -> Person:
        """Somebody new, whose tries to sign in count for no other."""
        body = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "role": role}
        async with plain(base_url=f"{self.payload_url}/api/users") as users:
            made = (await users.post("", json=body, headers=self.editor.headers)).raise_for_status().json()
            token = (await users.post("/login", json=body)).raise_for_status().json()["token"]
        return Person(made["doc"]["id"], body["email"], Jwt(token))

    @asynccontextmanager
    async def cms(self, person: Person | None = None, *, seconds: float = 10.0) -> AsyncIterator[Payload]:
        """Payload itself, to see what is really stored; `seconds` that each call may take."""
        async with open_pool(transport=httpx.AsyncHTTPTransport(verify=NO_TLS)) as pool:
            yield Payload(self.payload_url, auth=(person or self.editor).auth, http=pool, timeout=seconds)

    async def character(self, *, linked: bool = True, settings: Doc | None = None, **fields: Any) -> Character:
        """A new character; with `settings` for how the library treats it."""
        library_id = f"lib-{uuid4().hex[:12]}" if linked else None
        document = {"projectCharacterName": "Mara Quill", "libraryDbId": library_id, **fields}
        async with self.cms() as payload:
            made = await payload.collection("character-references").create(document)
        if library_id:
            body = {"id": library_id, "name": "Mara Quill", "pictureSize": [192, 256], **(settings or {})}
            await self.control("POST", "characters", json=body)
        return Character(made["id"], document["projectCharacterName"], library_id)

    async def fault(self, character: Character, route: str, **fault: Any) -> None:
        """Have the library fail, once unless told otherwise."""
        await self.control("POST", "faults", json={"characterId": character.library_id, "route": route, **fault})

    async def calls(self, character: Character, method: str | None = None) -> list[Doc]:
        """What the library was asked about a character, in order; pictures' files and media are left out."""
        answer = await self.control("GET", "log", params={"characterId": str(character.library_id)})
        asked = [call for call in answer["requests"] if "/api/v1/characters/" in call["path"]]
        return [call for call in asked if method in (None, call["method"])]

    async def control(self, method: str, route: str, **options: Any) -> Doc:
        """Talk to the stand-in behind the product's back."""
        async with plain(base_url=self.library_url) as client:
            answer = await client.request(method, f"/_control/{route}", **options)
        assert answer.is_success, answer.text
        body: Doc = answer.json()
        return body

    async def until_idle(self, character: Character) -> None:
        """Wait until nothing is under way for a character."""
        async with self.api() as api:
            for _ in range(1000):
                if not (await api.get(character.url("runs"))).json()["runs"]:
                    return
                await asyncio.sleep(0.05)
        raise AssertionError("a run did not end")

    async def until_asked(self, character: Character, *, times: int = 1) -> None:
        """Wait until the library was asked to draw so many times."""
        for _ in range(1000):
            if len(await self.calls(character, "POST")) >= times:
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the library was never asked")

    async def records(self, character: Character) -> list[Doc]:
        """The metadata records of a character, newest first, with their media."""
        async with self.cms() as payload:
            images = payload.collection("character-image-metadata")
            where = field("characterReference") == character.id
            return (await images.find(where, sort="-createdAt,-id", limit=100, depth=1)).docs

    async def media_count(self) -> int:
        """How many files Payload holds."""
        async with self.cms() as payload:
            return await payload.collection("media").count()

    @contextmanager
    def payload_requests(self) -> Iterator[list[str]]:
        """The requests that Payload gets within the block."""
        before, seen = len(self.log.read_text().splitlines()), list[str]()
        yield seen
        seen += self.log.read_text().splitlines()[before:]


@contextmanager
def world(
    folder: Path,
    ids: str,
    *,
    database: str | None = None,
    bucket: Bucket | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """A world with integer or uuid ids, for as long as the block lasts; `more` settings of the product."""
    storage = bucket.settings if bucket else {}
    with (
        stack.payload(folder / "payload", ids=ids, database=database, settings=storage) as payload,
        beside(payload, folder, ids, bucket=bucket, more=more) as opened,
    ):
        yield opened


@contextmanager
def beside(
    payload: stack.Server,
    folder: Path,
    ids: str,
    *,
    bucket: Bucket | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """The same around an empty Payload that runs already."""
    with stack.character_library(folder) as library:
        editor, viewer = people(payload.url)
        settings = {
            "PAYLOAD_URL": payload.url,
            "CHARACTER_LIBRARY_API_URL": library.url,
            "CHARACTER_LIBRARY_TIMEOUT": "4",
            "CHARACTER_LIBRARY_SET_TIMEOUT": "20",
            "GENERATION_SLOTS": "8",
            "FORWARDED_ALLOW_IPS": "127.0.0.1",
            "MEDIA_ORIGINS": bucket.public_url if bucket else "",
        }
        with stack.app(folder, {**settings, **(more or {})}) as app:
            yield World(ids, payload.url, library.url, app.url, payload.log, editor, viewer, bucket)


def outside(site_url: str, library_url: str) -> World:
    """A world that is served by others at one address, and the stand-in library as that site calls it."""
    with httpx.Client(base_url=f"{site_url}/api/users", verify=NO_TLS, trust_env=False, timeout=60) as users:
        initialised = users.get("/init").raise_for_status().json()["initialized"]
    editor, viewer = (signed_in(site_url, EDITOR), signed_in(site_url, VIEWER)) if initialised else people(site_url)
    return World("number", site_url, library_url, site_url, Path(os.devnull), editor, viewer)


def people(payload_url: str) -> tuple[Person, Person]:
    """An editor, who is the first user of an empty Payload, and a viewer."""
    with httpx.Client(base_url=f"{payload_url}/api/users", verify=NO_TLS, trust_env=False, timeout=60) as users:
        body = {"email": EDITOR, "password": PASSWORD, "role": "editor"}
        editor = users.post("/first-register", json=body).raise_for_status().json()
        auth = Jwt(editor["token"])
        body = {"email": VIEWER, "password": PASSWORD, "role": "viewer"}
        users.post("", json=body, headers={"Authorization": auth.header}).raise_for_status()
    return Person(editor["user"]["id"], EDITOR, auth), signed_in(payload_url, VIEWER)


def signed_in(payload_url: str, email: str) -> Person:
    """One of them with a new session."""
    with httpx.Client(base_url=f"{payload_url}/api/users", verify=NO_TLS, trust_env=False, timeout=60) as users:
        session = users.post("/login", json={"email": email, "password": PASSWORD}).raise_for_status().json()
    return Person(session["user"]["id"], email, Jwt(session["token"]))


def _numbers(count: int) -> str:
    return ".".join(str(randrange(256)) for _ in range(count))  # noqa: S311 - an address, no secret


__all__ = ["ApiKey", "Character", "Collection", "Doc", "Person", "World", "people", "world"]
