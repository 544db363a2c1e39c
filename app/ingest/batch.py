"""Many of the library's pictures at once, each with its outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from app.character_library import LibraryImage
from app.cms.gateway import Cms
from app.cms.image import Image
from app.errors import AppError, class_and_status
from app.ingest.breaker import Breaker
from app.ingest.pipeline import Ingest, Subject

log = logging.getLogger(__name__)


async def ingest_batch(
    ingest: Ingest,
    cms: Cms,
    items: Sequence[tuple[LibraryImage, Subject]],
    report: Callable[[int, Image | Exception], None],
) -> list[Image | Exception]:
    """Store pictures at once and return what became of each, in the order of the items.

    `report` is told an item's index and outcome as soon as it ends. What goes wrong with one picture stops no other.
    """
    breaker = Breaker()
    outcomes = await asyncio.gather(
        *(
            _ingest_item(ingest, cms, picture, subject, breaker, partial(report, index))
            for index, (picture, subject) in enumerate(items)
        )
    )
    lost = await ingest.find_unrecorded(cms, [outcome for outcome in outcomes if isinstance(outcome, Image)])
    return [lost.get(outcome.id, outcome) if isinstance(outcome, Image) else outcome for outcome in outcomes]


async def _ingest_item(
    ingest: Ingest,
    cms: Cms,
    picture: LibraryImage,
    subject: Subject,
    breaker: Breaker,
    report: Callable[[Image | Exception], None],
) -> Image | Exception:
    outcome: Image | Exception
    try:
        outcome = await ingest.store_image(cms, picture, subject, breaker)
    except Exception as error:  # also a defect of ours costs this picture only
        log.warning("a picture was not stored: %s", class_and_status(error), exc_info=not isinstance(error, AppError))
        outcome = error
    report(outcome)
    return outcome
