"""What the library holds for a character, and bringing in what was paid for but never arrived."""

from __future__ import annotations

from functools import partial

import msgspec
from ulid import ULID

from app.character_library import LibraryImage
from app.cms.caller import Caller
from app.cms.gateway import Cms
from app.cms.image import Image
from app.cms.image_record import KINDS, Kind, Metrics
from app.errors import AppError, Forbidden, ImageNotFound, answer_for, sentence_for
from app.generation.context import GenerationContext
from app.generation.run import Run
from app.ingest import Subject, ingest_batch
from app.limits import SET_PLACES
from app.observability.metrics import FAILURES
from app.services import Services, find_character, linked_id
from payload_client import Id, field


class ListedLibraryImage(msgspec.Struct, frozen=True, rename="camel"):
    """A picture that the library lists. `known`: it has a record here; null is what it does not tell."""

    external_id: str | None
    kind: Kind
    url: str | None
    known: bool
    angle: str | float | None = None
    lens: str | float | None = None
    quality: str | float | None = None

    @classmethod
    def of(cls, kind: Kind, image: LibraryImage, *, known: bool) -> ListedLibraryImage:
        """The same of a picture as the library tells it."""
        facts = (image.facts.get(name) for name in ("angle", "lens", "quality"))
        return cls(image.external_id, kind, image.url, known, *facts)


class LibraryImages(msgspec.Struct, frozen=True):
    """What the library holds for a character."""

    images: list[ListedLibraryImage]
    success: bool = True


class RecoveryFailure(msgspec.Struct, frozen=True, rename="camel"):
    """A picture that could not be brought in. `prompt`: what it was drawn from, where that is known."""

    external_id: str | None
    source_url: str | None
    code: str
    error: str
    prompt: str | None = None


class RecoveryResult(msgspec.Struct, frozen=True):
    """What was brought in, and what was not."""

    success: bool
    count: int
    images: list[Image]
    failures: list[RecoveryFailure]


async def library_images(services: Services, caller: Caller, character_id: str) -> LibraryImages:
    """Ask the library what it holds for a character, and mark what is here already.

    Raises `TooManyRequests` or `Busy` where that is asked too often at once.
    """
    cms = services.cms.as_user(caller.auth)
    character = await find_character(cms, caller, character_id)
    library_id = linked_id(character)
    services.scarce.look_ups.hold(str(caller.id))
    listed = await services.library.images(library_id)
    recorded = await _recorded(cms, character.id)
    return LibraryImages(
        [ListedLibraryImage.of(kind, image, known=_is_recorded(image, recorded)) for kind, image in listed]
    )


async def start(
    services: Services, caller: Caller, character_id: str, external_ids: list[str] | None
) -> Run[RecoveryResult]:
    """Start bringing in the named pictures, or all that have no record here yet."""
    context = await services.prepare_generation(caller, character_id)
    return services.runs.start("recovery", *context.ids, partial(_recover, services, context, external_ids))


async def _recover(
    services: Services, context: GenerationContext, external_ids: list[str] | None, run: Run[RecoveryResult]
) -> RecoveryResult:
    listed = _distinct(await services.library.images(context.library_id))
    recorded = await _recorded(context.cms, context.character.id)
    subjects = _subjects(context, listed, recorded)
    busy = any(other.kind == "scene" for other in services.runs.at_library(context.library_id))
    wanted = [
        (image, subject)
        for kind, image, subject in subjects
        if (external_ids is None or image.external_id in external_ids)
        and not (busy and kind == "scene")  # it may be on its way already
    ]
    run.start_ingesting(len(wanted))
    images = [image for image, _ in wanted]
    outcomes = await ingest_batch(services.ingest, context.cms, wanted, partial(_report, run, images))
    services.refusals.note(context, zip([subject for _, subject in wanted], outcomes, strict=True))
    stored = [outcome for outcome in outcomes if isinstance(outcome, Image)]
    for (image, subject), outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, Image):
            context.unstored.forget(context.key, image, subject)
    failures = [
        _failure(image.external_id, image.url, outcome)
        for image, outcome in zip(images, outcomes, strict=True)
        if isinstance(outcome, Exception)
    ]
    failures += _unlisted(external_ids or [], listed)
    for failure in failures:
        FAILURES.labels("picture", failure.code).inc()
    return RecoveryResult(not failures, len(stored), stored, failures)


def _report(run: Run[RecoveryResult], images: list[LibraryImage], index: int, outcome: Image | Exception) -> None:
    """Add a picture to the run in the order of their ends."""
    if isinstance(outcome, Image):
        run.add_item(run.index, image=outcome)
    else:
        run.add_item(run.index, failure=_failure(images[index].external_id, images[index].url, outcome))


def _distinct(listed: list[tuple[Kind, LibraryImage]]) -> list[tuple[Kind, LibraryImage]]:
    """Each picture once, as what the library lists it first."""
    first: dict[str | None, tuple[Kind, LibraryImage]] = {}
    for kind, image in listed:
        first.setdefault(image.external_id or image.url, (kind, image))
    return list(first.values())


def _unlisted(external_ids: list[str], listed: list[tuple[Kind, LibraryImage]]) -> list[RecoveryFailure]:
    at_library = {image.external_id for _, image in listed}
    missing = ImageNotFound("The Character Library does not list this picture for the character.")
    return [_failure(external_id, None, missing) for external_id in external_ids if external_id not in at_library]


def _subjects(
    context: GenerationContext, listed: list[tuple[Kind, LibraryImage]], recorded: dict[str, Metrics]
) -> list[tuple[Kind, LibraryImage, Subject]]:
    """Whose each listed picture is that has no record here, with prompt and set as far as they are known."""
    subjects: list[tuple[Kind, LibraryImage, Subject]] = []
    for kind in KINDS:
        held = [image for of_kind, image in listed if of_kind == kind]
        missing = [image for image in held if not _is_recorded(image, recorded)]
        found = context.unstored.find(context.key, kind, missing)
        whole = next((known.metrics for known in found if known), None)
        of_set = _set_of(held, recorded, whole) if kind == "portfolioItem" else Metrics()
        for image, known in zip(missing, found, strict=True):
            metrics = known.metrics if known else Metrics()
            if kind == "portfolioItem" and metrics.index is None:
                metrics = msgspec.structs.replace(of_set, index=held.index(image))
            metrics = msgspec.structs.replace(metrics, recovered=True, generate_ms=None)
            prompt = known.prompt if known else None
            subject = Subject(
                context.character.id, context.name, kind, context.caller.id, prompt, metrics, is_new=False
            )
            subjects.append((kind, image, subject))
    return subjects


def _set_of(held: list[LibraryImage], recorded: dict[str, Metrics], run: Metrics | None) -> Metrics:
    """The set that the library's core images are: that of those which have a record, else of the run, else a new one.

    The library holds one set at a time; of several, or a smaller one, nobody knows which picture is of which.
    """
    here = [metrics for image in held if (metrics := _record_of(image, recorded)) and metrics.set_id]
    if len({metrics.set_id for metrics in here}) == 1 and len(held) <= (here[0].set_total or SET_PLACES):
        run = here[0]
    total = (run and run.set_total) or min(len(held), SET_PLACES)
    if run is None:
        return Metrics(set_id=str(ULID()), set_total=total)
    return Metrics(set_id=run.set_id, set_total=total, reference_image_id=run.reference_image_id)


def _failure(external_id: str | None, source_url: str | None, error: Exception) -> RecoveryFailure:
    prompt = error.prompt if isinstance(error, AppError) else None
    return RecoveryFailure(external_id, source_url, answer_for(error).code, sentence_for(error), prompt)


async def _recorded(cms: Cms, character_id: Id) -> dict[str, Metrics]:
    """Collect the metrics of all images that are here of a character, its trash included, by external id and address.

    Raises `Forbidden` where Payload does not show them: what is here could not be told from what is not.
    """
    recorded: dict[str, Metrics] = {}
    async for record in cms.images.iterate(field("characterReference") == character_id, limit=500, trash=True):
        if not record.is_comparable:
            raise Forbidden(
                "Payload does not let you read externalId and sourceUrl of the image records, so nobody knows which of "
                "the library's pictures are here already. Nothing was brought in. Ask an administrator to let you read "
                "both fields, or to do it."
            )
        recorded |= dict.fromkeys(filter(None, (record.external_id, record.source_url)), record.typed_metrics)
    return recorded


def _record_of(image: LibraryImage, recorded: dict[str, Metrics]) -> Metrics | None:
    """The metrics of an image's record; None where it has none."""
    return recorded.get(image.external_id or "") or recorded.get(image.url or "")


def _is_recorded(image: LibraryImage, recorded: dict[str, Metrics]) -> bool:
    return _record_of(image, recorded) is not None
