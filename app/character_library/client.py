"""The Character Library: one remote service that draws characters, slowly and for money.

Every request is sent once and never again: no retries, no redirects followed, a fresh connection each.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal
from urllib.parse import quote

import httpx
import msgspec

from app import logs
from app.character_library.answers import body_of
from app.character_library.jobs import LATER, Job, JobState, Pace, Progress, accepted, follow, read_state
from app.character_library.wire import Picture, failed_items, held, picture, pictures
from app.errors import (
    LibraryBadResponse,
    LibraryError,
    LibraryOutcomeUnknown,
    LibraryRefused,
    LibraryTimeout,
    LibraryUnreachable,
)
from app.metrics import LIBRARY_CALLS
from app.models.character_image_metadata import Kind

log = logging.getLogger(__name__)

SceneType = Literal["dialogue", "action", "emotional", "establishing"]

_CONNECT_SECONDS = 5.0
_LOOKUP_SECONDS = 30.0
_LOOKUPS_AT_ONCE = 8
_ANSWER_BYTES = 8 * 1024 * 1024
_JSON = {"Content-Type": "application/json"}
_GATEWAY = (502, 503, 504)
_MAY_BE_EMPTY = ("PUT", "PATCH", "DELETE")
_UNREACHABLE = "The Character Library could not be reached: nothing was generated. Try again in a moment."
_UNASKED = "The Character Library did not answer within {:.0f} s. Try again in a moment."
_LOST = "The connection to the Character Library broke before it answered. Try again in a moment."
_SLOW = (
    "The Character Library did not answer within {:.0f} s. If it makes the picture after all, asking it what it has "
    "(recover images) brings it in."
)
_BROKE = (
    "The connection to the Character Library broke before it answered. If it made a picture after all, "
    "asking it what it has (recover images) brings it in."
)


class Scene(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a scene image shows, as the library takes it."""

    scene_context: str
    scene_type: SceneType
    mood: str | None = None
    lighting_style: str | None = None


class PictureSet(msgspec.Struct, frozen=True):
    """A set as the library made it: its pictures, and its own words on each that it could not make."""

    pictures: list[Picture]
    failures: list[str]


class CharacterLibrary:
    """The service at `url`. `timeout` and `set_timeout`: seconds for one picture and for a whole set.

    `tls`: whose certificates count. Errors: `LibraryError` and what is below it. Ids of characters are the library's
    own (`libraryDbId`).
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        set_timeout: float,
        pace: Pace | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._tls = tls or httpx.create_ssl_context(trust_env=False)
        self._timeout = timeout
        self._set_timeout = set_timeout
        self._pace = pace or Pace()

    async def generate_reference(self, character: str, prompt: str) -> Picture:
        """Draw the master reference. Raises `MasterExists` where there is one already."""
        route = f"{_of(character)}/generate-initial-image"
        return self._one(await self._call("POST", route, {"prompt": prompt}, seconds=self._timeout), character)

    async def generate_scene(self, character: str, scene: Scene) -> Picture:
        """Draw a scene from the master. Raises `MasterMissing` where there is none."""
        route = f"{_of(character)}/generate-scene-image"
        return self._one(await self._call("POST", route, scene, seconds=self._timeout), character)

    async def generate_set(self, character: str, count: int, progress: Progress) -> PictureSet:
        """Draw a 360° set from the master, all at once or as a job that is followed to its end.

        `count` is a wish: the library may make more. Raises `MasterMissing` where there is no master.
        """
        begun, route = time.monotonic(), f"{_of(character)}/generate-360-set"
        body = await self._call("POST", route, {"imageCount": count}, seconds=self._set_timeout)
        made, job = PictureSet(pictures(body, self.url, character), failed_items(body)), accepted(body)
        if job and not made.pictures:
            left = self._set_timeout - (time.monotonic() - begun)
            made = await self._followed(job, character, progress, left)
        if not made.pictures:
            raise _nothing(made, job.id if job else None)
        return made

    async def _followed(self, job: Job, character: str, progress: Progress, seconds: float) -> PictureSet:
        """What a job made, once it is over; `seconds`: what is left of the time for a set."""
        spent = f"The Character Library's job {job.id} was not over within {self._set_timeout:.0f} s. {LATER}"
        async with _deadline(seconds, LibraryTimeout(spent, job_id=job.id)):
            state = await follow(job, self._look, progress, self._pace)
        # What it made is paid for: looking up where each picture is has time of its own.
        found = await self._resolved(pictures(state.body, self.url, character))
        return PictureSet(found, failed_items(state.body))

    async def reference_image(self, character: str) -> Picture | None:
        """The current master; None where there is none. Raises `LibraryRouteMissing` where it cannot be asked."""
        return picture(await self._call("GET", f"{_of(character)}/reference-image"), self.url, character)

    async def set_reference_image(self, character: str, media_id: str) -> None:
        """Make a picture that the library holds the master; clears nothing."""
        await self._call("PUT", f"{_of(character)}/reference-image", {"mediaId": media_id})

    async def free_master(self, character: str) -> None:
        """Empty the master's place without wiping anything, so that another can be drawn."""
        await self._call("PATCH", _of(character), {"masterReferenceImage": None})

    async def delete_reference_image(self, character: str) -> None:
        """Remove the master and everything that was derived from it."""
        await self._call("DELETE", f"{_of(character)}/reference-image")

    async def images(self, character: str) -> list[tuple[Kind, Picture]]:
        """What the library holds for a character, each with its kind: master, core set, scenes."""
        return held(await self._call("GET", f"{_of(character)}/images"), self.url, character)

    async def media_url(self, media_id: str) -> str | None:
        """The real address of a picture by its media id, absolute; None where the library cannot tell it."""
        found = await self._media(media_id)
        return found.url if found else None

    async def _media(self, media_id: str) -> Picture | None:
        """A picture as its media document tells it; None where the library has none to tell."""
        try:
            return picture(await self._call("GET", f"/api/media/{quote(media_id, safe='')}"), self.url, "")
        except LibraryError:
            return None

    async def _resolved(self, found: list[Picture]) -> list[Picture]:
        """The same pictures with real addresses: those in a job's results are made up."""
        at_once = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

        async def resolve(one: Picture) -> Picture:
            async with at_once:
                media = await self._media(one.media_id) if one.media_id else None
            return msgspec.structs.replace(one, url=media.url, told=media.told | one.told) if media else one

        return list(await asyncio.gather(*map(resolve, found)))

    async def _look(self, job: Job) -> JobState:
        # Not judged: a job that failed is told by an answer that succeeded.
        return read_state(await self._call("GET", job.route, judged=False))

    async def _call(
        self, method: str, route: str, json: Any = None, *, seconds: float = _LOOKUP_SECONDS, judged: bool = True
    ) -> object:
        """One request, once, and the JSON of its answer. Everything else ends here; only a POST can cost money."""
        try:
            with LIBRARY_CALLS.track_inprogress():
                return await self._judged(method, route, json, seconds, judged)
        except LibraryError as error:
            if method != "POST":
                error.charged = "no"
            elif error.status in _GATEWAY:
                error.args = (f"{error}. {LATER}",)  # a proxy spoke, and the library may well be drawing still
            raise

    async def _judged(self, method: str, route: str, json: Any, seconds: float, judged: bool) -> object:
        content, draws = None if json is None else msgspec.json.encode(json), method == "POST"
        timeout = httpx.Timeout(None, connect=_CONNECT_SECONDS)
        try:
            over = LibraryTimeout((_SLOW if draws else _UNASKED).format(seconds))
            async with _deadline(seconds, over), self._connection() as http:
                request = http.build_request(
                    method, f"{self.url}{route}", content=content, headers=_JSON, timeout=timeout
                )
                status, answer = await _send(http, request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise LibraryUnreachable(_UNREACHABLE) from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise LibraryOutcomeUnknown(_BROKE if draws else _LOST) from error
        return body_of(status, answer, may_be_empty=method in _MAY_BE_EMPTY, judged=judged)

    def _connection(self) -> httpx.AsyncClient:
        """For one request: none can turn out stale under what must not be repeated, none is left by what is cancelled.

        A pool that lives on may keep a connection forever whose request was cancelled (encode/httpcore#1093).
        """
        return httpx.AsyncClient(
            verify=self._tls,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )

    def _one(self, body: object, character: str) -> Picture:
        if found := picture(body, self.url, character):
            return found
        raise LibraryBadResponse("The Character Library answered without the address of a picture.")


async def _send(http: httpx.AsyncClient, request: httpx.Request) -> tuple[int, bytes]:
    level = logging.INFO if request.method == "POST" else logging.DEBUG  # the former cost money
    with logs.exchange(log, level, request.method, request.url.path, upstream="library") as exchange:
        response = await http.send(request, stream=True)
        exchange.status = response.status_code
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise LibraryBadResponse("The Character Library answered in an encoding that was not asked for.")
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > _ANSWER_BYTES:
                    raise LibraryBadResponse("The Character Library answered with more than can be read.")
            return response.status_code, bytes(content)
        finally:
            await response.aclose()


def _nothing(made: PictureSet, job_id: str | None) -> LibraryError:
    if made.failures:
        told = f"The Character Library made no picture of the set: {made.failures[0]}"
        return LibraryRefused(told, status=200, error=made.failures[0], job_id=job_id)
    return LibraryBadResponse("The Character Library answered without a single picture of the set.", job_id=job_id)


@asynccontextmanager
async def _deadline(seconds: float, over: LibraryTimeout) -> AsyncIterator[None]:
    """Total time, start to end: a read timeout would never fire on an answer that drips. `over`: the error then."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise over from error


def _of(character: str) -> str:
    return f"/api/v1/characters/{quote(character, safe='')}"
