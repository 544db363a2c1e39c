"""360° sets in both dialects."""

import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from . import minimal, placeholders
from .characters import origin_of
from .faults import BrokenError
from .library import Library, NotFound, url_of
from .painting import look_of
from .records import Character, Hung, Job, Json, Media, iso, now
from .shots import Shot, asked_shots, job_shots
from .wire import Asked, Unreadable, answer, body_of, member

NOT_STORED, GALLERY = "UnknownError", "Reference Image Gallery > Character Image Gallery"
FAKE_HOST = "https://media.rumbletv.com/media/"
NO_MASTER = "Character must have a master reference image for 360° generation"
NOTHING_TO_GO_BY = "Character needs either a physical description or reference image for 360° generation"


@post("/api/v1/characters/{character_id:str}/generate-360-set")
async def generate_360_set(
    request: Asked, character_id: FromPath[str], library: NamedDependency[Library]
) -> Response[Any]:
    """A set at once, or a job that makes it."""
    begun = time.monotonic()
    manner = library.manner_of(character_id)
    try:
        body = await body_of(request)
        if manner.dialect == "sync":
            member(body, "style")
        character = library.character(character_id)
    except (Unreadable, NotFound) as error:
        spent = {"processingTime": _since(begun)} if manner.dialect == "sync" else {}
        return answer({"success": False, "status": "failed", **spent, "error": str(error)}, 500)
    if manner.minimal:
        return await _minimal_set(library, character, body, origin_of(request))
    if manner.dialect == "job" and not manner.placeholders:
        return _accept(library, character, {} if body is None else body)
    if not character.master and not character.document["physicalDescription"]:
        return answer({"success": False, "status": "failed", "error": NOTHING_TO_GO_BY}, 400)
    if manner.placeholders:
        return answer(placeholders.a_set(character, body, _since(begun)))
    return await _sync_set(library, character, body, origin_of(request), begun)


async def _sync_set(library: Library, character: Character, body: Any, origin: str, begun: float) -> Response[Any]:
    """All pictures in one answer; shots that fail are left out."""
    images: list[Json] = []
    for shot in asked_shots(member(body, "angles"), member(body, "imageCount")):
        media = await _shot(library, character, shot, character.manner.delay_ms)
        if isinstance(media, Media):
            url = url_of(media, origin, character.manner)
            told = {"quality": _quality(media), "dinoAssetId": media.dino_asset_id, "mediaId": media.id}
            images.append({"url": url, "angle": shot.name, **told})
            character.gallery = [*character.gallery, _hung(media, shot, media.dino_asset_id)]
    if images:
        character.document |= {"coreSetGenerated": True, "coreSetGeneratedAt": now()}
    status = "completed" if images else "failed"
    return answer({"success": bool(images), "images": images, "status": status, "processingTime": _since(begun)})


async def _minimal_set(library: Library, character: Character, body: Any, origin: str) -> Response[Any]:
    shots = asked_shots(member(body, "angles"), member(body, "imageCount"))
    made = [await draw_shot(library, character, shot, character.manner.delay_ms) for shot in shots]
    urls = [url_of(media, origin, character.manner) for media in made]
    return answer(minimal.many(character.manner, urls, [shot.name for shot in shots]))


def _accept(library: Library, character: Character, body: Any) -> Response[Any]:
    """202: the job is begun, whatever number of images was asked for."""
    master = library.master(character)
    if master is None or master.dino_asset_id is None:
        return answer({"success": False, "status": "failed", "error": NO_MASTER}, 400)
    asked, retries = member(body, "imageCount"), member(body, "maxRetries")
    announced = asked if isinstance(asked, int) and asked > 0 else character.manner.shots
    attempts = retries if isinstance(retries, int) and retries > 0 else 3
    job = Job(id=str(uuid.uuid4()), character_id=character.id, announced=announced, total=announced, attempts=attempts)
    library.jobs[job.id] = job
    library.start(run(library, job, character))
    return answer(
        {
            "success": True,
            "jobId": job.id,
            "status": "accepted",
            "message": f"360° image generation job started. Generating {announced} images.",
            "estimatedCompletionTime": iso(datetime.now(UTC) + timedelta(seconds=30 * announced)),
            "pollUrl": f"/api/v1/jobs/{job.id}/status",
        },
        202,
    )


async def run(library: Library, job: Job, character: Character) -> None:
    """Make all shots one after the other; being cancelled changes nothing but the status until the next shot."""
    shots = job_shots(character.manner.shots)
    step = character.manner.delay_ms if character.manner.job_step_ms is None else character.manner.job_step_ms
    if queue := library.faults.take("queue", character.id):
        await queue.suffer()
    job.started_at, job.total, job.task = now(), len(shots), "Starting core set generation..."
    made: list[tuple[Media, Shot]] = []
    failed: list[Json] = []
    unsaved: list[int] = []
    for index, shot in enumerate(shots):
        job.status, job.started_at = "processing", now()
        job.current, job.task = index, f"Generating {shot.name}"
        media = await _shot(library, character, shot, step, suffix="png")
        if media == NOT_STORED:
            unsaved.append(index + 1)
        elif isinstance(media, Media):
            made.append((media, shot))
        else:
            failed.append({"angle": shot.name, "error": media, "attempts": job.attempts})
    if unsaved:  # one is enough: the others are media that no gallery knows
        fields = ", ".join(f"{GALLERY} {number} > Image File" for number in unsaved)
        verb = "field is" if len(unsaved) == 1 else "fields are"
        job.active, job.status, job.completed_at = False, "failed", now()
        job.error = f"The following {verb} invalid: {fields}"
        return
    _finish(job, character, made, failed)


def _finish(job: Job, character: Character, made: list[tuple[Media, Shot]], failed: list[Json]) -> None:
    """One picture is enough for "completed"; the new set takes the place of the whole gallery, scenes too."""
    job.active, job.completed_at = False, now()
    if not made:
        job.status, job.error = "failed", "No images were successfully generated"
        return
    character.gallery = [_hung(media, shot, None) for media, shot in made]
    character.document |= {"coreSetGenerated": True, "coreSetGeneratedAt": now(), "updatedAt": now()}
    job.status, job.task, job.current, job.total = "completed", "Completed", job.announced, job.announced
    job.results = {
        "success": True,
        "generatedImages": [
            {
                "url": FAKE_HOST + media.id,
                "angle": shot.name,
                "quality": _quality(media),
                "dinoAssetId": "",
                "mediaId": media.id,
            }
            for media, shot in made
        ],
        "failedImages": failed,
        "totalAttempts": len(made) + sum(one["attempts"] for one in failed),
        "processingTime": 0,
    }


async def _shot(library: Library, character: Character, shot: Shot, delay_ms: int, suffix: str = "jpg") -> Media | str:
    """One view, or in the generator's words why there is none."""
    fault = library.faults.take("shot", character.id)
    if fault and await fault.suffer():
        await anyio.sleep(delay_ms / 1000)
        return fault.words
    try:
        return await draw_shot(library, character, shot, delay_ms, suffix)
    except BrokenError as error:
        return str(error)


async def draw_shot(library: Library, character: Character, shot: Shot, delay_ms: int, suffix: str = "jpg") -> Media:
    """One view of the character as its master shows it, or as its description says."""
    master = library.master(character)
    told = master.words if master else str(character.document["physicalDescription"] or "")
    slug = re.sub(r"[^a-z0-9]+", "_", character.name.lower()).strip("_") or "character"
    filename = f"{slug}_{shot.stem}_{library.stamp()}.{suffix}"
    look = master.look if master else look_of(told, character.id + character.name)
    alt = f"Generated reference image: {filename}"
    return await library.draw(
        character, look, filename=filename, alt=alt, words=told, view=shot.view, delay_ms=delay_ms
    )


def _hung(media: Media, shot: Shot, dino_asset_id: str | None) -> Hung:
    return Hung(media_id=media.id, core=True, shot_type="core_reference", quality=_quality(media), consistency=93.2,
                dino_asset_id=dino_asset_id, angle=shot.angle, lens=f"{shot.lens}mm", shot=shot.document())  # fmt: skip


def _quality(media: Media) -> float:
    return 80 + int(media.id[:4], 16) % 36 / 2


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


HANDLERS = [generate_360_set]
