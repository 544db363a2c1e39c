"""Have the Character Library draw a reference, a 360° set or a scene, and store what it draws."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import msgspec
from ulid import ULID

from app.character_library import LibraryImage, Scene
from app.cms.caller import Caller
from app.cms.image import Image
from app.cms.image_record import CharacterImageMetadata, Kind, Metrics
from app.errors import AppError, ImageLost, LibraryError, LibraryRefused, PlaceholderRefused, answer_for, sentence_for
from app.generation import master
from app.generation.context import GenerationContext
from app.generation.run import ReferenceRequest, Run, SetRequest
from app.ingest import Subject, ingest_batch
from app.limits import SET_PLACES
from app.observability import tracing
from app.observability.metrics import FAILURES, PHASE_SECONDS
from app.prompts import facts_of, suggest_for
from app.services import Services, find_image

T = TypeVar("T")


class ReferenceResult(msgspec.Struct, frozen=True, rename="camel"):
    """A stored reference, and the exact prompt that it was drawn from."""

    image: Image
    prompt: str
    success: bool = True


class SceneResult(msgspec.Struct, frozen=True, rename="camel"):
    """A stored scene."""

    image: Image
    success: bool = True


class Failure(msgspec.Struct, frozen=True, rename="camel"):
    """A picture of a set that was not stored. `index` counts from 0 in the library's order."""

    index: int
    source_url: str | None
    code: str
    error: str


class SetResult(msgspec.Struct, frozen=True, rename="camel"):
    """A set: the images that are stored, and the pictures that are not. `success`: all are."""

    success: bool
    count: int
    set_id: str
    images: list[Image]
    failures: list[Failure]


async def start_reference(
    services: Services, caller: Caller, character_id: str, request: ReferenceRequest, *, try_again: bool = False
) -> Run[ReferenceResult]:
    """Start a reference image; without a prompt, from the suggested one.

    As of any generation: `try_again`, although Payload refused the last one. Raises `StillRefused` without.
    """
    context = await services.prepare_generation(caller, character_id)
    exact = request.prompt if request.prompt and request.prompt.strip() else suggest_for(context.character).prompt
    if not try_again:
        services.refusals.check(context, "reference", exact)
    work = partial(_generate_reference, services, context, exact)
    return services.runs.start("reference", *context.ids, work, request)


async def start_scene(
    services: Services, caller: Caller, character_id: str, request: Scene, *, try_again: bool = False
) -> Run[SceneResult]:
    """Start a scene image from the library's master."""
    context = await services.prepare_generation(caller, character_id)
    if not try_again:
        services.refusals.check(context, "scene", request.scene_context)
    return services.runs.start("scene", *context.ids, partial(_generate_scene, services, context, request), request)


async def start_set(
    services: Services, caller: Caller, character_id: str, request: SetRequest, *, try_again: bool = False
) -> Run[SetResult]:
    """Start a 360° set, from a chosen reference or from the library's current master."""
    context = await services.prepare_generation(caller, character_id)
    if not try_again:
        services.refusals.check(context, "portfolioItem")
    chosen = None
    if request.reference_image_id is not None:
        chosen = await find_image(context.cms, caller, character_id, request.reference_image_id)
    work = partial(_generate_set, services, context, chosen, request.count or services.portfolio_count)
    return services.runs.start("set", *context.ids, work, request)


async def _generate_reference(
    services: Services, context: GenerationContext, prompt: str, run: Run[ReferenceResult]
) -> ReferenceResult:
    renewed, started = await context.renew_session(2 * services.timeout), time.monotonic()
    with tracing.span("generate"), _remembering(renewed, lambda: _subject(context, "reference", prompt)):
        image = await master.draw_reference(renewed, prompt)
    subject = _drawn(_subject(context, "reference", prompt), started)
    return ReferenceResult(await _store(services, renewed, run, image, subject), prompt)


async def _generate_scene(
    services: Services, context: GenerationContext, scene: Scene, run: Run[SceneResult]
) -> SceneResult:
    renewed, started = await context.renew_session(2 * services.timeout), time.monotonic()
    draw = partial(services.library.generate_scene, context.library_id, scene)
    with tracing.span("generate"):
        image, subject = await _draw_from_master(renewed, draw, _subject(context, "scene", scene.scene_context))
    return SceneResult(await _store(services, renewed, run, image, _drawn(subject, started)))


async def _generate_set(
    services: Services,
    context: GenerationContext,
    chosen: CharacterImageMetadata | None,
    count: int,
    run: Run[SetResult],
) -> SetResult:
    renewed = await context.renew_session(services.set_timeout)
    if chosen:
        await master.set_master(renewed, chosen)
    started, set_id = time.monotonic(), str(ULID())
    draw = partial(services.library.generate_set, context.library_id, count, run.report_drawn)
    with tracing.span("generate"):
        drawn, subject = await _draw_from_master(
            renewed, draw, _subject(context, "portfolioItem", set_id=set_id), chosen
        )
    images = _distinct(drawn.images)
    total = min(len(images) + len(drawn.failures), SET_PLACES)
    subject = _drawn(subject, started)
    items = [(image, _in_set(subject, total, index)) for index, image in enumerate(images)]
    run.start_ingesting(len(items))
    outcomes = await ingest_batch(services.ingest, renewed.cms, items, partial(_report, run, images))
    services.refusals.note(renewed, ((subject, outcome) for outcome in outcomes))
    for (image, of_image), outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, Exception):
            context.unstored.remember_image(context.key, image, of_image)
    return _set_result(set_id, images, outcomes, drawn.failures)


async def _store(
    services: Services,
    context: GenerationContext,
    run: Run[ReferenceResult] | Run[SceneResult],
    library_image: LibraryImage,
    subject: Subject,
) -> Image:
    """Store the one picture of a run, which is paid for by now."""
    run.start_ingesting(1)
    try:
        image = await context.ingest.store_image(context.cms, library_image, subject)
        if lost := await context.ingest.find_unrecorded(context.cms, [image]):
            raise lost[image.id]
    except PlaceholderRefused:
        raise
    except AppError as error:
        context.unstored.remember_image(context.key, library_image, subject)
        services.refusals.note(context, [(subject, error)])
        raise error.after_payment("The image was drawn, but could not be kept.") from error
    services.refusals.note(context, [(subject, image)])
    run.add_item(0, image=image)
    return image


async def _draw_from_master(
    context: GenerationContext,
    draw: Callable[[], Awaitable[T]],
    subject: Subject,
    chosen: CharacterImageMetadata | None = None,
) -> tuple[T, Subject]:
    """Draw from the library's master; return what was drawn and whose it is, with the record that it came from."""
    looking = asyncio.create_task(master.find_master_record(context))

    def from_parent() -> Subject:
        return _from(subject, chosen or (looking.result() if looking.done() else None))

    try:
        with _remembering(context, from_parent):
            drawn, parent = await master.draw_from_master(context, draw, looking, chosen)
        return drawn, _from(subject, parent)
    finally:
        looking.cancel()


@contextmanager
def _remembering(context: GenerationContext, subject: Callable[[], Subject]) -> Iterator[None]:
    """Remember whose an image is that may have been drawn within the block although the library did not say so.

    The error then has the prompt.
    """
    started = time.monotonic()
    try:
        yield
    except LibraryError as error:
        if error.charged == "no":
            raise
        unnamed = subject()
        if not isinstance(error, ImageLost):
            context.unstored.remember_run(context.key, unnamed, time.monotonic() - started)
        raise error.replace(prompt=unnamed.prompt) from error


def _report(run: Run[SetResult], images: list[LibraryImage], index: int, outcome: Image | Exception) -> None:
    if isinstance(outcome, Image):
        run.add_item(index, image=outcome)
    else:
        run.add_item(index, failure=_failure(index, images[index].url, outcome))


def _failure(index: int, source_url: str | None, error: Exception) -> Failure:
    return Failure(index, source_url, answer_for(error).code, sentence_for(error))


def _set_result(
    set_id: str, images: list[LibraryImage], outcomes: list[Image | Exception], undrawn: list[str]
) -> SetResult:
    """Count what is stored of a set; `undrawn`: the library's words on each picture that it could not draw.

    Raises the error of all pictures where none is stored.
    """
    stored = [outcome for outcome in outcomes if isinstance(outcome, Image)]
    errors = {index: outcome for index, outcome in enumerate(outcomes) if isinstance(outcome, Exception)}
    failures = [_failure(index, images[index].url, error) for index, error in errors.items()]
    failures += [
        _failure(index, None, LibraryRefused(f"The Character Library could not make it: {words}"))
        for index, words in enumerate(undrawn, len(images))
    ]
    for failure in failures:
        FAILURES.labels("picture", failure.code).inc()
    if not stored:
        raise _error_of_all(list(errors.values()))
    return SetResult(not failures, len(stored), set_id, stored, failures)


def _error_of_all(errors: list[Exception]) -> Exception:
    """The first error that is not about an address made up: what that one hides was not even drawn."""
    drawn = [error for error in errors if not isinstance(error, PlaceholderRefused)]
    if not drawn:
        return errors[0]
    first, sentence = drawn[0], f"The set was drawn, but none of its {len(errors)} pictures could be kept."
    return first.after_payment(sentence) if isinstance(first, AppError) else first


def _in_set(subject: Subject, total: int, index: int) -> Subject:
    """The same for the picture that has this place in its set."""
    metrics = msgspec.structs.replace(subject.metrics, set_total=total, index=index)
    return msgspec.structs.replace(subject, metrics=metrics)


def _subject(context: GenerationContext, kind: Kind, prompt: str | None = None, set_id: str | None = None) -> Subject:
    metrics = Metrics(set_id=set_id, facts=facts_of(context.character) or None)
    return Subject(context.character.id, context.name, kind, context.caller.id, prompt, metrics)


def _from(subject: Subject, parent: CharacterImageMetadata | None) -> Subject:
    """The same, drawn from a reference."""
    metrics = msgspec.structs.replace(subject.metrics, reference_image_id=parent.id if parent else None)
    return msgspec.structs.replace(subject, metrics=metrics)


def _drawn(subject: Subject, started: float) -> Subject:
    """The same, drawn by the library since then."""
    seconds = time.monotonic() - started
    PHASE_SECONDS.labels(subject.kind, "generate").observe(seconds)
    metrics = msgspec.structs.replace(subject.metrics, generate_ms=round(seconds * 1000))
    return msgspec.structs.replace(subject, metrics=metrics)


def _distinct(images: list[LibraryImage]) -> list[LibraryImage]:
    """One of each address, in the library's order; more than a set can have are left where they are."""
    first: dict[str | None, LibraryImage] = {}
    for image in images:
        first.setdefault(image.url or image.media_id, image)
    return list(first.values())[:SET_PLACES]
