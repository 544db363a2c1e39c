"""What the tests of uploads, records, deletions and the sweep share: faults at Payload, and what is left."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import msgspec
from PIL import Image

from payload_client import Jwt
from scripts.local_stack import stack
from tests.support.between import Fault
from tests.support.faulty_world import SETTINGS, FaultyWorld
from tests.support.raw_server import Seen
from tests.support.world import PASSWORD, Character, Doc, Person

MEDIA = r"/api/media(\?|$)"
RECORD = r"/api/character-image-metadata(\?|$)"
A_FILE = r"/api/media/[^/?]+(\?|$)"
A_RECORD = r"/api/character-image-metadata/[^/?]+(\?|$)"

_LEAKS = re.compile(r"Traceback|eyJ|JWT |/api/|127\.0\.0\.1|Error\b|<html", re.IGNORECASE)


class Scene(NamedTuple):
    """A character, and who asks for its pictures."""

    world: FaultyWorld
    character: Character
    person: Person


Step = Callable[[Scene], Awaitable[object]]
Upset = Callable[[Scene], Fault]


def at(method: str, path: str, step: Step | None = None, **what: Any) -> Upset:
    """A fault at such a request; `step` happens before it is passed on."""
    return lambda scene: Fault(method=method, path=path, before=partial(step, scene) if step else None, **what)


upload, record = partial(at, "POST", MEDIA), partial(at, "POST", RECORD)
delete_record, delete_file = partial(at, "DELETE", A_RECORD), partial(at, "DELETE", A_FILE)


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """How a generation ends: the answer, what Payload was asked to store (POSTs), and what is there in the end."""

    status: int
    code: str | None = None
    says: str = ""
    uploads: int = 1
    asked: int = 0
    media: int = 0
    records: int = 0


KEPT = Left(status=201, asked=1, media=1, records=1)


async def scene_of(world: FaultyWorld, *upsets: Upset, person: Person | None = None, **settings: Any) -> Scene:
    """A new character, with these faults ahead of it; the editor unless it is about another person."""
    scene = Scene(world, await world.character(settings=settings or None), person or world.editor)
    for upset in upsets:
        world.payload.order(upset(scene))
    return scene


async def draws(scene: Scene, app_url: str | None = None) -> httpx.Response:
    """Ask for a reference image, whatever Payload was made to refuse before."""
    body = {"prompt": "A wiry woman", "tryAgain": True}
    async with api_of(scene, app_url) as api:
        return await api.post(scene.character.url("generate-initial-image"), json=body)


def api_of(scene: Scene, app_url: str | None = None) -> httpx.AsyncClient:
    """A program that calls the API for the scene's person."""
    return httpx.AsyncClient(
        base_url=app_url or scene.world.app_url, headers=scene.person.headers, trust_env=False, timeout=60
    )


async def check(scene: Scene, answer: httpx.Response, left: Left, files_before: int) -> None:
    """The answer, one library POST, each write at Payload asked for once, and what is left is as it should be."""
    world = scene.world
    assert answer.status_code == left.status, answer.text
    if left.code:
        problem = told(answer, left.code, left.says)
        assert problem["prompt"] == "A wiry woman"
        assert problem["sourceUrl"].startswith("http")
    assert len(await world.calls(scene.character, "POST")) == 1
    assert len(world.payload.asked("POST", MEDIA)) == left.uploads
    assert len(world.payload.asked("POST", RECORD)) == left.asked
    assert await world.media_count() - files_before == left.media
    assert len(await world.records(scene.character)) == left.records
    if left.records:  # Payload would drop the bytes before it finds that it may not delete the document
        assert world.payload.asked("DELETE", A_FILE) == []


def told(answer: httpx.Response, code: str, says: str = "") -> Doc:
    """A problem of that code in words for people."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem: Doc = answer.json()
    assert (problem["code"], problem["success"]) == (code, False), problem
    assert says in problem["error"]
    words_for_people(problem["error"])
    return problem


def words_for_people(sentence: str) -> None:
    """It begins and ends as a sentence does, and gives nothing internal away."""
    assert re.fullmatch(r"[A-Z].{10,600}[.!]", sentence, re.DOTALL), sentence
    assert not _LEAKS.search(sentence), sentence


async def somebody(world: FaultyWorld, role: str = "editor") -> Person:
    """A new user with a session."""
    body = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "role": role}
    async with world.cms() as payload:
        made = await payload.collection("users").create(body)
        session = await payload.auth_collection().login(body["email"], PASSWORD)
    return Person(made["id"], body["email"], Jwt(str(session.token)))


async def signs_out(scene: Scene) -> None:
    """The person's session ends."""
    async with scene.world.cms(scene.person) as payload:
        await payload.auth_collection().logout()


async def is_demoted(scene: Scene) -> None:
    """The person may only look from now on."""
    async with scene.world.cms() as payload:
        await payload.collection("users").update(scene.person.id, {"role": "viewer"})


async def loses_character(scene: Scene) -> None:
    """Somebody deletes the character."""
    async with scene.world.cms() as payload:
        await payload.collection("character-references").delete(scene.character.id)


async def uploaded(world: FaultyWorld, name: str, content: bytes = b"") -> Doc:
    """A file in Payload without a record."""
    async with world.cms() as payload:
        media = payload.collection("media")
        return await media.upload(content or jpeg(), filename=name, content_type="image/jpeg", data={"alt": "x"})


async def shows(world: FaultyWorld, media: int | str, how: str) -> None:
    """An article shows that file: `published`, only in its latest `draft`, or in the `trash`."""
    async with world.cms() as payload:
        articles = payload.collection("articles")
        cover = {} if how == "draft" else {"cover": media}
        article = await articles.create({"_status": "published", **cover})
        if how == "draft":
            route, draft = f"/articles/{article['id']}", {"_status": "draft", "cover": media}
            await payload.call("PATCH", route, answer=object, query={"draft": True}, json=draft)
        if how == "trash":
            await articles.update(article["id"], {"deletedAt": "2026-01-01T00:00:00.000Z"})


def sent_name(seen: Seen) -> str:
    """The file name of an upload."""
    return seen.body.partition(b'filename="')[2].partition(b'"')[0].decode()


def sent_file(seen: Seen) -> bytes:
    """The file of an upload."""
    return seen.body.partition(b'filename="')[2].partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]


async def exists(world: FaultyWorld, media: int | str) -> bool:
    """Whether that file is in Payload."""
    async with world.cms() as payload:
        return await payload.collection("media").count({"id": {"equals": media}}) == 1


def jpeg(side: int = 8) -> bytes:
    """A picture that does not compress."""
    return _encoded("JPEG", side)


def webp(side: int = 64) -> bytes:
    """A picture that Payload always encodes anew."""
    return _encoded("WEBP", side)


def _encoded(kind: str, side: int) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((side, side), 60).convert("RGB").save(file, kind, quality=95)
    return file.getvalue()


async def delivers(scene: Scene, content: bytes) -> None:
    """The library's pictures of this character are these bytes."""
    body = base64.b64encode(content).decode()
    await scene.world.fault(scene.character, "file", times=-1, status=200, bodyBase64=body)


@contextmanager
def another_payload(world: FaultyWorld, folder: Path, **settings: str) -> Iterator[stack.Server]:
    """A second Payload process at the same database and files, for `world.payload.through`."""
    here = world.log.parent
    same = {"DATABASE_URL": f"file:{here}/payload.db", "MEDIA_DIR": str(here / "media"), "REQUEST_LOG": ""}
    with stack.payload(folder, settings={**same, **settings}) as other:
        yield other


@contextmanager
def replica(world: FaultyWorld, folder: Path, **settings: str) -> Iterator[stack.Server]:
    """The product once more, as a process of its own."""
    upstreams = {"PAYLOAD_URL": world.payload.url, "CHARACTER_LIBRARY_API_URL": world.library.url}
    with stack.app(folder, {**SETTINGS, **upstreams, **settings}, module="tests.support.hurried") as app:
        yield app


class Lock:
    """Another process's lock on Payload's SQLite file: IMMEDIATE keeps writers out, EXCLUSIVE readers too."""

    def __init__(self, world: FaultyWorld, how: str) -> None:
        self._database = sqlite3.connect(
            world.log.parent / "payload.db", isolation_level=None, timeout=10, check_same_thread=False
        )
        self._how = how

    async def take(self, _: Scene | None = None) -> None:
        """Lock it."""
        self._database.execute(f"BEGIN {self._how}")

    async def take_for_a_moment(self, _: Scene | None = None) -> None:
        """Lock it, and let go after a second."""
        await self.take()
        asyncio.get_running_loop().call_later(1, self.let_go)

    def let_go(self) -> None:
        """Unlock it."""
        self._database.close()


def limit_files(process: subprocess.Popen[str], size: int | None) -> None:
    """Let no file of a process grow beyond that, as on a full disk; None: as large as they like."""
    limit = f"--fsize={'unlimited' if size is None else size}:unlimited"
    subprocess.run(["/usr/bin/prlimit", "--pid", str(process.pid), limit], check=True)


def ends(process: subprocess.Popen[str], sent: signal.Signals) -> Step:
    """A step that sends a signal."""

    async def step(_: Scene) -> None:
        process.send_signal(sent)
        if sent == signal.SIGKILL:
            await asyncio.to_thread(process.wait)

    return step


async def until(look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Wait until that is what is seen."""
    for _ in range(1000):
        if await look() == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"never saw {wanted!r}")


class Swept(NamedTuple):
    """What a sweep printed, and how it ended."""

    returncode: int
    lines: list[str]
    complaint: str

    def about(self, media: Doc) -> list[str]:
        """The lines about that file, without what names it."""
        start = f"orphan media {media['id']}: {media['filename']}"
        return [line.removeprefix(start) for line in self.lines if line.startswith(start)]


async def sweep(
    world: FaultyWorld, *arguments: str, settings: dict[str, str] | None = None, pid: list[int] | None = None
) -> Swept:
    """`python -m app sweep` through the proxy, as the editor. `pid`: where to tell the process's id."""
    token = world.editor.auth.header.removeprefix("JWT ")
    environment = {**os.environ, "PAYLOAD_URL": world.payload.url, "PAYLOAD_TOKEN": token, **(settings or {})}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "sweep", *arguments, cwd=stack.ROOT, env=environment, stdout=-1, stderr=-1
    )
    if pid is not None:
        pid.append(process.pid)
    said, complaint = await process.communicate()
    return Swept(process.returncode or 0, said.decode().splitlines(), complaint.decode())
