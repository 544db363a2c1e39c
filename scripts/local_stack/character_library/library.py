"""The state of the library: characters, images, jobs, and the requests that it has had."""

import asyncio
import hashlib
import re
import time
import uuid
from collections.abc import Coroutine
from typing import Any

import anyio
import msgspec
from anyio import CapacityLimiter, to_thread

from .faults import Faults, GeneratorError, StorageError
from .painting import Look, Portrait, View, paint
from .records import Character, Hung, Job, Json, Manner, Media
from .requests import LoggedRequest, Route

PLUGINLESS = "/api/media/file/"


class NotFound(Exception):
    """Payload found nothing under an id."""


class Library:
    """Everything in memory; one for each process."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.started = time.monotonic()
        self.characters: dict[str, Character] = {}
        self.media: dict[str, Media] = {}
        self.files: dict[str, str] = {}
        self.jobs: dict[str, Job] = {}
        self.requests: list[LoggedRequest] = []
        self.faults = Faults()
        self._tasks: set[asyncio.Task[None]] = set()
        self._painters = CapacityLimiter(3)
        self._stamp = 0

    def character(self, character_id: str) -> Character:
        """The character, by its database id only."""
        try:
            return self.characters[character_id]
        except KeyError:
            raise NotFound("Not Found") from None

    def master(self, character: Character) -> Media | None:
        """The picture that is a character's master."""
        return self.media[character.master] if character.master else None

    def owner(self, route: Route) -> str | None:
        """Whom a request is about: the character in its path, or that of its job or picture."""
        ids = route.ids
        if "character" in ids:
            return ids["character"]
        if "job" in ids:
            return self.jobs[ids["job"]].character_id if ids["job"] in self.jobs else None
        key = ids.get("media") or self.files.get(ids.get("file") or f"{ids.get('asset')}.jpg", "")
        return self.media[key].character_id if key in self.media else None

    def manner_of(self, character_id: str | None) -> Manner:
        """How to behave towards a character, or as a rule."""
        return self.characters[character_id].manner if character_id in self.characters else self.manner

    def stamp(self) -> int:
        """Milliseconds since 1970, never the same twice."""
        self._stamp = max(self._stamp + 1, time.time_ns() // 1_000_000)
        return self._stamp

    async def draw(
        self, character: Character | None, look: Look, *, filename: str, alt: str, words: str, view: View,
        scene_type: str = "", delay_ms: int | None = None,
    ) -> Media:  # fmt: skip
        """Take the time that a generator takes, paint, and store the picture."""
        manner = character.manner if character else self.manner
        owner = character.id if character else None
        await anyio.sleep((manner.delay_ms if delay_ms is None else delay_ms) / 1000)
        if (fault := self.faults.take("generator", owner)) and await fault.suffer():
            raise GeneratorError(fault.words)
        portrait = Portrait(look, words[:600], view, scene_type, manner.picture_size)
        jpeg = await to_thread.run_sync(paint, portrait, limiter=self._painters)
        if (fault := self.faults.take("storage", owner)) and await fault.suffer():
            raise StorageError("UnknownError")
        fault = self.faults.take("dino", owner)
        media = Media(
            id=str(uuid.uuid4()),
            filename=re.sub(r"[^\w.-]", "-", filename),
            alt=alt,
            jpeg=jpeg,
            size=manner.picture_size,
            look=look,
            words=words,
            character_id=owner,
            dino_asset_id=None if fault and await fault.suffer() else str(uuid.uuid4()),
        )
        self.media[media.id] = media
        self.files[media.filename] = self.files[f"{media.dino_asset_id or media.id}.jpg"] = media.id
        return media

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let work go on after the answer; asyncio alone would forget it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self, character_id: str | None) -> None:
        """Forget a character with its pictures, jobs, faults and requests, or all."""
        self.faults.forget(character_id)
        self.requests = [
            request for request in self.requests if character_id is not None and request.character_id != character_id
        ]
        gone = {key for key, media in self.media.items() if character_id in (None, media.character_id)}
        self.media = {key: media for key, media in self.media.items() if key not in gone}
        self.files = {name: key for name, key in self.files.items() if key not in gone}
        self.jobs = {key: job for key, job in self.jobs.items() if character_id not in (None, job.character_id)}
        self.characters = {key: one for key, one in self.characters.items() if character_id not in (None, key)}


def url_of(media: Media, origin: str, manner: Manner) -> str:
    """A picture's address on the CDN, or the relative one of a service without storage plugin."""
    return f"{PLUGINLESS}{media.filename}" if manner.relative_urls else f"{origin}/media/{media.filename}"


def public_url_of(media: Media, origin: str, manner: Manner) -> str:
    """The other address of the same picture, which only generated first images tell."""
    if manner.relative_urls or media.dino_asset_id is None:
        return url_of(media, origin, manner)
    return f"{origin}/dino/{media.dino_asset_id}.jpg"


def media_document(media: Media, origin: str, manner: Manner) -> Json:
    """A media document as Payload answers it."""
    features = [byte / 127.5 - 1 for byte in hashlib.shake_256(media.id.encode()).digest(384)]
    known = media.dino_asset_id is not None
    return {
        "id": media.id,
        "alt": media.alt,
        "dinoAssetId": media.dino_asset_id,
        "dinoMediaUrl": f"{origin}/dino/{media.dino_asset_id}.jpg" if known else None,
        "dinoProcessingStatus": "validation_success" if known else "error",
        "dinoFeatures": [round(feature, 6) for feature in features] if known else None,
        "qualityScore": None,
        "consistencyScore": None,
        "validationNotes": None,
        "dinoProcessedAt": media.created_at if known else None,
        "prefix": "media",
        "updatedAt": media.created_at,
        "createdAt": media.created_at,
        "url": url_of(media, origin, manner),
        "thumbnailURL": None,
        "filename": media.filename,
        "mimeType": "image/jpeg",
        "filesize": len(media.jpeg),
        "width": media.size[0],
        "height": media.size[1],
        "focalX": 50,
        "focalY": 50,
    }


def hung_document(hung: Hung, image: Json | None) -> Json:
    """A gallery entry in a character's document."""
    return {"imageFile": image, "isCoreReference": hung.core, "shotType": hung.shot_type, "tags": hung.tags,
            "dinoAssetId": hung.dino_asset_id, "qualityScore": hung.quality, "consistencyScore": hung.consistency,
            "referenceShot": hung.shot, "generationPrompt": None}  # fmt: skip


def copied(value: Any) -> Any:
    """A deep copy of plain data."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value))
