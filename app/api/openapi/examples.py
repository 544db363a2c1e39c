"""One example of each answer, for the OpenAPI document; built from the answers' own types, so they cannot drift."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from app.cms.image import Image, ImageFile, Rendition
from app.generation.run import Progress
from app.prompts import suggest
from app.use_cases.delete import ImageDeleted, ImageRestored, RemoteDelete
from app.use_cases.generate import Failure, ReferenceResult, SceneResult, SetResult
from app.use_cases.listing import ImagesListed, ListedCharacter
from app.use_cases.recover import LibraryImages, ListedLibraryImage, RecoveryResult
from app.use_cases.review import ReviewFailure, ReviewResult, ReviewsResult
from app.use_cases.suggest import SuggestedPrompt
from app.use_cases.watch import RunsListed

_RUN = "01K9Z6Y3J8Q0V5R2T7W4X1N6BD"
_THEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_SUGGESTION = suggest("Ada Marsh", "a lighthouse keeper", {"physicalDescription": {"hairColor": "auburn"}})
_MASTER = "https://library.example/media/master.jpg"

IMAGE = Image(
    id=7,
    kind="reference",
    status="succeeded",
    error=None,
    prompt="Master reference image of Ada Marsh, a lighthouse keeper.",
    provider="character-library",
    source_url=_MASTER,
    external_id="458acf98",
    created_at=_THEN,
    updated_at=_THEN,
    created_by=1,
    metrics={"durationMs": 5312, "generateMs": 4800, "downloadMs": 210, "uploadMs": 290, "bytes": 812331},
    media=ImageFile(
        id=12,
        url=f"https://media.film.example/ci-{_RUN}.jpg",
        thumbnail_url=f"https://media.film.example/ci-{_RUN}-320x427.jpg",
        alt="Reference image of Ada Marsh: Master reference image of Ada Marsh, a lighthouse keeper.",
        mime_type="image/jpeg",
        filesize=812331,
        width=768,
        height=1024,
        sizes=[Rendition(f"https://media.film.example/ci-{_RUN}-320x427.jpg", 320, 427)],
    ),
)
REFERENCE = ReferenceResult(IMAGE, IMAGE.prompt or "")
SCENE = SceneResult(IMAGE)
SET = SetResult(success=True, count=1, set_id=_RUN, images=[IMAGE], failures=[])
PART_OF_A_SET = SetResult(
    success=False,
    count=1,
    set_id=_RUN,
    images=[IMAGE],
    failures=[Failure(1, _MASTER, "image_download_failed", "library.example answered 403 instead of the picture.")],
)
LISTED = ImagesListed(1, 1, 100, 1, [IMAGE], ListedCharacter(3, "Ada Marsh", "c6ef5533"))
DELETED = ImageDeleted("deleted", RemoteDelete(attempted=True, deleted=True))
RESTORED = ImageRestored(IMAGE)
_REVIEW = {"verdict": "pick", "note": "the coat is right", "by": 1, "at": "2026-11-22T09:41:00.000+00:00"}
_REVIEWED = msgspec.structs.replace(IMAGE, metrics=IMAGE.metrics | {"review": _REVIEW})
REVIEWED = ReviewResult(_REVIEWED)
REVIEWED_MANY = ReviewsResult(
    success=False,
    count=1,
    images=[_REVIEWED],
    failures=[ReviewFailure("8", 404, "image_not_found", "There is no such image of this character.")],
)
HELD = LibraryImages([ListedLibraryImage("458acf98", "reference", _MASTER, known=True)])
RECOVERED = RecoveryResult(success=True, count=1, images=[IMAGE], failures=[])
SUGGESTED = SuggestedPrompt(_SUGGESTION.prompt, _SUGGESTION.source, _SUGGESTION.provenance)
RUNS = RunsListed([Progress(_RUN, "set", _THEN, "ingesting", 42_000, 3, 8)])
