"""What strangers, and people with an account who mean harm, do to the product, its records and its library."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image
from ulid import ULID

from tests.bench.load import generate
from tests.support.events import EVENTS
from tests.support.image_bombs import BOMBS
from tests.support.library_bombs import REFERENCE, REFUSALS, SET, SETS, picture
from tests.support.pictures import encoded
from tests.support.record_bombs import DATA, METRICS, TEXTS, store
from tests.support.request_bombs import BODIES, FORMS, QUERIES
from tests.support.strangers import LARGE, Stranger
from tests.support.world import Character, Person, World

HANGING_MS = 60_000
_PAUSE = 0.5
_WRITING_SECONDS = 60.0
"""Payload takes two seconds of a processor to store a hundred thousand members."""
_SLOWLY = 10.0
_PIPELINES = 5
_STALLED = 4
_STREAMS = 130
"""For each of two people: one may have a quarter of 512 while others have some."""
_STREAMS_SECONDS = 20.0
_PAGES = ("", "/{image}", "/sheet?image={image}", "/sheet.zip?image={image}", "/sheet.png?image={image}")


class Attacks:
    """All of them at once, until `over`. `answers`: how often which status came."""

    def __init__(self, here: World, seed: int) -> None:
        self.here = here
        self.random = random.Random(seed)  # noqa: S311 - who does what
        self.over = asyncio.Event()
        self.answers: Counter[int] = Counter()
        self._records: list[tuple[Character, Any]] = []
        self._sets: list[Character] = []
        self._references: list[Character] = []

    async def prepare(self) -> None:
        """Write what is hostile into Payload, and tell the library what to say."""
        self.people = [await self.here.newcomer() for _ in range(4)]
        await self._write_records()
        await self._spoil_library()
        self._large = await self._a_large_picture()
        self._slow = await self.here.character(settings={"delayMs": HANGING_MS})

    async def run(self) -> None:
        """Do it all until it is over."""
        attacks = [self._look, self._draw, self._flood, self._follow, self._guess, self._hold]
        attacks += [self._stall] * _STALLED + [self._pipeline] * _PIPELINES
        await asyncio.gather(*(self._repeat(attack) for attack in attacks))

    async def _repeat(self, attack: Callable[[], Awaitable[None]]) -> None:
        while not self.over.is_set():
            with suppress(httpx.TransportError, ConnectionError):
                await attack()
            await self._wait(_PAUSE)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)

    async def _write_records(self) -> None:
        for odd in METRICS.values():
            set_id = str(ULID())
            metrics = {"setId": set_id, "index": 0, "angle": 0, **odd} if isinstance(odd, dict) else odd
            await self._write(metrics=metrics)
        for text in TEXTS.values():
            of_character = {"projectCharacterName": text, "characterRole": text}
            await self._write(of_character, alt=text, error=text, externalId=text, sourceUrl=f"https://x/{text}")
        for data in DATA.values():
            await self._write({"generationMetadata": {"bamlData": data}})

    async def _write(self, of_character: dict[str, Any] | None = None, **fields: Any) -> None:
        character = await self.here.character(**(of_character or {}))
        async with self.here.cms(seconds=_WRITING_SECONDS) as payload:
            self._records.append((character, await store(payload, character, **fields)))

    async def _spoil_library(self) -> None:
        for bomb in BOMBS.values():
            content = await asyncio.to_thread(bomb)
            body = base64.b64encode(content).decode()
            self._references.append(await self._spoilt("file", status=200, bodyBase64=body))
        for refusal in REFUSALS.values():
            self._references.append(await self._spoilt(REFERENCE, **_json(400, refusal)))
        async with self.here.api() as api:
            made = await generate(api, await self.here.character())
        drawn = made.raise_for_status().json()["image"]["sourceUrl"]
        for told in SETS.values():
            of_the_set = {key: value for key, value in told.items() if key in ("failedImages", "data")}
            one = picture(drawn, **({} if of_the_set else told))
            self._sets.append(await self._spoilt(SET, **_json(200, {"success": True, "images": [one], **of_the_set})))

    async def _spoilt(self, route: str, **fault: Any) -> Character:
        character = await self.here.character()
        await self.here.fault(character, route, times=-1, **fault)
        return character

    async def _a_large_picture(self) -> str:
        character, noise = await self.here.character(), await asyncio.to_thread(_noise)
        async with self.here.cms() as payload:
            image = await store(payload, character)
            large = await payload.collection("media").upload(
                noise, filename=f"{uuid4().hex}.png", content_type="image/png", data={"alt": "noise"}
            )
            await payload.collection("character-image-metadata").update(image, {"media": large["id"]})
        return f"/screenplay/characters/{character.id}/images/sheet.zip?image={image}"

    async def _look(self) -> None:
        """Open a page about something that is too large."""
        character, image = self.random.choice(self._records)
        home = f"/screenplay/characters/{character.id}"
        address = self.random.choice([home, *(f"{home}/images{page.format(image=image)}" for page in _PAGES)])
        async with self.here.browser(self.people[0]) as browser:
            self._count(await browser.get(address))

    async def _draw(self) -> None:
        """Ask for pictures that are none."""
        async with self.here.api(self.people[0]) as api:
            if self.random.random() < 0.5:
                self._count(await generate(api, self.random.choice(self._references)))
            else:
                self._count(await api.post(self.random.choice(self._sets).url(SET), json={}))

    async def _flood(self) -> None:
        """Send a form, a body, a query of any content."""
        character = self.random.choice(self._sets)
        home = f"/screenplay/characters/{character.id}/images"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self.here.browser(self.people[0]) as browser:
            await self._send(browser, f"{home}/scene", self.random.choice(list(FORMS.values())), form)
            body = self.random.choice(list(BODIES.values()))
            await self._send(browser, character.url("recover-images"), body, {"Content-Type": "application/json"})
            self._count(await browser.get(f"{home}?{self.random.choice(list(QUERIES.values()))}"))

    async def _send(self, browser: httpx.AsyncClient, address: str, body: bytes, headers: dict[str, str]) -> None:
        self._count(await browser.post(address, content=body, headers=headers))

    async def _hold(self) -> None:
        """Ask for a picture that takes its time."""
        async with self.here.api(self.people[1]) as api, asyncio.timeout(2 * HANGING_MS / 1000):
            asked = asyncio.create_task(generate(api, self._slow))
            await asyncio.wait([asked, asyncio.create_task(self.over.wait())], return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                self._count(asked.result())
            asked.cancel()

    async def _follow(self) -> None:
        """Follow a run in as many event streams as one gets, and read none."""
        async with AsyncExitStack() as streams:
            for person in self.people[1:3]:
                for _ in range(_STREAMS):
                    stranger = await streams.enter_async_context(Stranger(self.here.app_url))
                    await stranger.say(_request(self._slow.url("runs"), person, f"Accept: {EVENTS['Accept']}"))
            await self._wait(_STREAMS_SECONDS)

    async def _stall(self) -> None:
        """Read 2 kB of a zip each ten seconds."""
        async with Stranger(self.here.app_url) as reader:
            await reader.say(_request(self._large, self.people[3]))
            while not self.over.is_set() and await reader.read(2048):
                await self._wait(_SLOWLY)

    async def _pipeline(self) -> None:
        """Ask for large answers without a session, one after the other, and read none."""
        async with Stranger(self.here.app_url) as stranger:
            with suppress(TimeoutError):
                async with asyncio.timeout(60):
                    await stranger.ask(LARGE)
                    await stranger.until_broken_off()

    async def _guess(self) -> None:
        """Try passwords, from everywhere: of one account, and of many that nobody has."""
        async with self.here.browser() as browser:
            for email in (self.people[0].email, f"{uuid4().hex}@example.com"):
                self._count(await browser.post("/login", data={"email": email, "password": uuid4().hex}))

    def _count(self, answer: httpx.Response) -> None:
        self.answers[answer.status_code] += 1


def _request(address: str, person: Person, *more: str) -> bytes:
    lines = [f"GET {address} HTTP/1.1", "Host: x", f"Authorization: {person.auth.header}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def _json(status: int, body: Any) -> dict[str, Any]:
    """A fault's answer that is ready, so that the library does not encode it each time."""
    return {"action": "answer", "status": status, "contentType": "application/json", "body": json.dumps(body)}


def _noise() -> bytes:
    return encoded(Image.frombytes("RGB", (2000, 2000), os.urandom(12_000_000)), "PNG", compress_level=0)
