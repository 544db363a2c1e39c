"""The Character Library: one remote service that draws characters, slowly and for money."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Literal
from urllib.parse import quote

import msgspec

from app.character_library.jobs import LATER, Job, JobState, Progress, accepted, follow, read_state
from app.character_library.responses import LibraryImage, failed_items, listed_images, read_image, read_images
from app.character_library.transport import Transport, deadline
from app.cms.image_record import Kind
from app.errors import LibraryBadResponse, LibraryError, LibraryRefused, LibraryTimeout
from app.limits import Limits

SceneType = Literal["dialogue", "action", "emotional", "establishing"]

_LOOKUPS_AT_ONCE = 8


class Scene(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a scene image shows, as the library takes it."""

    scene_context: str
    scene_type: SceneType
    mood: str | None = None
    lighting_style: str | None = None


class LibraryImageSet(msgspec.Struct, frozen=True):
    """A set as the library made it: its pictures, and its own words on each that it could not make."""

    images: list[LibraryImage]
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
        limits: Limits = Limits(),
        stalled: float = 1200,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._call = Transport(self.url, limits, tls).call
        self._timeout = timeout
        self._set_timeout = set_timeout
        self._stalled = stalled
        self._limits = limits

    async def generate_reference(self, library_id: str, prompt: str) -> LibraryImage:
        """Draw the master reference. Raises `MasterExists` where there is one already."""
        route = f"{_route(library_id)}/generate-initial-image"
        return self._read_image(await self._call("POST", route, {"prompt": prompt}, seconds=self._timeout), library_id)

    async def generate_scene(self, library_id: str, scene: Scene) -> LibraryImage:
        """Draw a scene from the master. Raises `MasterMissing` where there is none."""
        route = f"{_route(library_id)}/generate-scene-image"
        return self._read_image(await self._call("POST", route, scene, seconds=self._timeout), library_id)

    async def generate_set(self, library_id: str, count: int, progress: Progress) -> LibraryImageSet:
        """Draw a 360° set from the master, all at once or as a job that is followed to its end.

        `count` is a wish: the library may make more, and draws 27 as a job. It is told to try each once, since every
        try is paid for. Raises `MasterMissing` where there is no master.
        """
        started, route = time.monotonic(), f"{_route(library_id)}/generate-360-set"
        body = await self._call("POST", route, {"imageCount": count, "maxRetries": 1}, seconds=self._set_timeout)
        drawn, job = LibraryImageSet(read_images(body, self.url, library_id), failed_items(body)), accepted(body)
        if job and not drawn.images:
            remaining = self._set_timeout - (time.monotonic() - started)
            drawn = await self._follow_job(job, library_id, progress, remaining)
        if not drawn.images:
            raise _nothing(drawn, job.id if job else None)
        return drawn

    async def _follow_job(self, job: Job, library_id: str, progress: Progress, seconds: float) -> LibraryImageSet:
        """What a job made, once it is over; `seconds`: what is left of the time for a set."""
        spent = f"The Character Library's job {job.id} was not over within {self._set_timeout:.0f} s. {LATER}"
        async with deadline(seconds, LibraryTimeout(spent, job_id=job.id)):
            state = await follow(job, self._look, progress, self._limits, self._stalled)
        # What it made is paid for: looking up where each picture is has time of its own.
        images = await self._resolve(read_images(state.body, self.url, library_id))
        return LibraryImageSet(images, failed_items(state.body))

    async def reference_image(self, library_id: str) -> LibraryImage | None:
        """The current master; None where there is none. Raises `LibraryRouteMissing` where it cannot be asked."""
        return read_image(await self._call("GET", f"{_route(library_id)}/reference-image"), self.url, library_id)

    async def set_reference_image(self, library_id: str, media_id: str) -> None:
        """Make a picture that the library holds the master; clears nothing."""
        await self._call("PUT", f"{_route(library_id)}/reference-image", {"mediaId": media_id})

    async def free_master(self, library_id: str) -> None:
        """Empty the master's place without wiping anything, so that another can be drawn."""
        await self._call("PATCH", _route(library_id), {"masterReferenceImage": None})

    async def delete_reference_image(self, library_id: str) -> None:
        """Remove the master and everything that was derived from it."""
        await self._call("DELETE", f"{_route(library_id)}/reference-image")

    async def images(self, library_id: str) -> list[tuple[Kind, LibraryImage]]:
        """What the library holds for a character, each with its kind: master, core set, scenes."""
        return listed_images(await self._call("GET", f"{_route(library_id)}/images"), self.url, library_id)

    async def media_url(self, media_id: str) -> str | None:
        """The real address of a picture by its media id, absolute; None where the library cannot tell it."""
        image = await self._media(media_id)
        return image.url if image else None

    async def _media(self, media_id: str) -> LibraryImage | None:
        """A picture as its media document tells it; None where the library has none to tell."""
        try:
            return read_image(await self._call("GET", f"/api/media/{quote(media_id, safe='')}"), self.url, "")
        except LibraryError:
            return None

    async def _resolve(self, images: list[LibraryImage]) -> list[LibraryImage]:
        """The same pictures with real addresses: those in a job's results are made up."""
        at_once = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

        async def resolve(image: LibraryImage) -> LibraryImage:
            async with at_once:
                media = await self._media(image.media_id) if image.media_id else None
            return msgspec.structs.replace(image, url=media.url, facts=media.facts | image.facts) if media else image

        return list(await asyncio.gather(*map(resolve, images)))

    async def _look(self, job: Job) -> JobState:
        # Not judged: a job that failed is told by an answer that succeeded.
        return read_state(await self._call("GET", job.route, judged=False))

    def _read_image(self, body: object, library_id: str) -> LibraryImage:
        if image := read_image(body, self.url, library_id):
            return image
        raise LibraryBadResponse("The Character Library answered without the address of a picture.")


def _nothing(drawn: LibraryImageSet, job_id: str | None) -> LibraryError:
    if drawn.failures:
        sentence = f"The Character Library made no picture of the set: {drawn.failures[0]}"
        return LibraryRefused(sentence, status=200, error=drawn.failures[0], job_id=job_id)
    return LibraryBadResponse("The Character Library answered without a single picture of the set.", job_id=job_id)


def _route(library_id: str) -> str:
    return f"/api/v1/characters/{quote(library_id, safe='')}"
