"""Review images: pick or reject them, with a note. All else in a record's metrics stays as it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from app.cms.caller import Caller
from app.cms.gateway import Cms
from app.cms.image import Image
from app.cms.image_record import CharacterImageMetadata, Verdict
from app.errors import (
    AppError,
    Forbidden,
    InvalidRequest,
    PayloadRejected,
    ReviewConflict,
    answer_for,
    at_payload,
    sentence_for,
)
from app.limits import NOTE
from app.services import Services, find_image
from payload_client import FieldError, PayloadError, field

MOST = 200
"""Images whose reviews are changed at once."""

_AT_ONCE = 4
_CONFLICT = "Somebody else reviewed this image meanwhile ({now}); yours was not stored. Look again, then decide."


class ReviewChange(msgspec.Struct, frozen=True):
    """What is to become of a review; UNSET members stay as they are.

    `seen_at`: when the review that the caller saw was written, None for none; UNSET where any may be replaced.
    """

    verdict: Verdict | UnsetType | None = UNSET
    note: str | UnsetType | None = UNSET
    seen_at: str | UnsetType | None = UNSET


class ReviewResult(msgspec.Struct, frozen=True):
    """An image with its review, which is in its metrics."""

    image: Image
    success: bool = True


class ReviewFailure(msgspec.Struct, frozen=True, rename="camel"):
    """An image whose review is as it was, and why. `status`: of the answer, were it the only image."""

    image_id: str
    status: int
    code: str
    error: str


class ReviewsResult(msgspec.Struct, frozen=True):
    """The images that are reviewed, and those that are not. `success`: all are."""

    success: bool
    count: int
    images: list[Image]
    failures: list[ReviewFailure]


async def image(
    services: Services, caller: Caller, character_id: str, image_id: str, change: ReviewChange
) -> ReviewResult:
    """Change the review of one image. Raises `ImageNotFound`, `ReviewConflict` or `Forbidden`."""
    if isinstance(change.note, str) and len(change.note) > NOTE:
        raise InvalidRequest(f"A note has at most {NOTE} characters; nothing was changed.", FieldError("note", "long"))
    cms = services.cms.as_user(caller.auth)
    # Payload looks a document up before it changes it, so that of two changes in one moment both would be made.
    async with services.reviewing.setdefault(image_id, asyncio.Lock()):
        record = await find_image(cms, caller, character_id, image_id)
        review = _changed(record, caller, change)
        if review is not None:
            record = await _write(cms, record, review)
    return ReviewResult(cms.image(record))


async def images(
    services: Services, caller: Caller, character_id: str, image_ids: list[str], change: ReviewChange
) -> ReviewsResult:
    """Change the reviews of many images, also where some of them cannot be changed."""
    ids = list(dict.fromkeys(image_ids))
    if not ids or len(ids) > MOST:
        raise InvalidRequest(f"Select 1 to {MOST} images first; nothing was changed.", FieldError("imageIds", "count"))
    turns = asyncio.Semaphore(_AT_ONCE)

    async def review_one(image_id: str) -> Image | ReviewFailure:
        async with turns:
            try:
                return (await image(services, caller, character_id, image_id, change)).image
            except (AppError, PayloadError) as error:
                answer = answer_for(error)
                return ReviewFailure(image_id, answer.status, answer.code, sentence_for(error))

    results = await asyncio.gather(*map(review_one, ids))
    reviewed = [result for result in results if isinstance(result, Image)]
    failures = [result for result in results if isinstance(result, ReviewFailure)]
    return ReviewsResult(not failures, len(reviewed), reviewed, failures)


def _changed(record: CharacterImageMetadata, caller: Caller, change: ReviewChange) -> dict[str, Any] | None:
    """The new review of a record; None where it would say the same."""
    review = _review_of(record)
    if change.seen_at is not UNSET and change.seen_at != review.get("at"):
        raise _conflict(review)
    given = {"verdict": change.verdict, "note": " ".join(change.note.split()) if change.note else change.note}
    changes = {name: value for name, value in given.items() if value is not UNSET}
    if all((value or None) == review.get(name) for name, value in changes.items()):
        return None
    signed = review | changes | {"by": caller.id, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}
    return {name: value for name, value in signed.items() if value is not None and value != ""}


async def _write(cms: Cms, record: CharacterImageMetadata, review: dict[str, Any]) -> CharacterImageMetadata:
    """Write a review into the metrics that were read, unless the record has changed since, and read it back."""
    metrics = (record.metrics or {}) | {"review": review}
    unchanged = field("id") == record.id
    if record.updated_at:
        unchanged &= field("updatedAt") == record.updated_at
    try:
        result = await cms.images.update_many(unchanged, {"metrics": metrics}, select={"metrics": True})
        if result.errors:
            raise PayloadRejected(f"Payload did not store the review: {result.errors[0].message}")
    except PayloadError as error:
        if not error.maybe_written:
            raise at_payload(error, "Payload did not store the review; it is as it was.") from error
    stored = await cms.images.find_by_id(record.id)
    if _review_of(stored) != review:
        raise _conflict(_review_of(stored))
    return msgspec.structs.replace(record, metrics=stored.metrics, updated_at=stored.updated_at)


def _review_of(record: CharacterImageMetadata) -> dict[str, Any]:
    """The review in a record's metrics. Raises where the metrics are nothing that it could be written into."""
    if record.metrics is UNSET:
        raise Forbidden("Payload does not let you read what is known of this image, so it cannot be reviewed.")
    if not isinstance(record.metrics, dict | None):
        raise PayloadRejected("The metrics of this image's record are no object; nothing was changed.")
    review = (record.metrics or {}).get("review")
    return review if isinstance(review, dict) else {}


def _conflict(review: dict[str, Any]) -> ReviewConflict:
    words = [str(review[name])[:NOTE] for name in ("verdict", "note") if review.get(name)]
    return ReviewConflict(_CONFLICT.format(now=", ".join(words) or "it was cleared"))
