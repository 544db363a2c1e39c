"""Have the Character Library draw a reference, a 360° set or a scene, and keep what it draws."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial

import msgspec
from ulid import ULID

from app.character_library import Picture, Scene
from app.cms.caller import Caller
from app.cms.image import Image
from app.cms.image_record import CharacterImageMetadata, Kind, Metrics
from app.errors import AppError, PlaceholderRefused, answer_for, sentence_for, unworded
from app.generation import master
from app.generation.context import GenerationContext
from app.generation.runs import Run
from app.ingest import Breaker, Subject
from app.limits import SET_PLACES
from app.observability import tracing
from app.observability.metrics import FAILURES, PHASE_SECONDS
from app.prompts import suggest_for
from app.services import Services, find_image

log = logging.getLogger(__name__)


class ReferenceMade(msgspec.Struct, frozen=True, rename="camel"):
    """A reference that landed, and the exact prompt that it was drawn from."""

    image: Image
    prompt: str
    success: bool = True


class SceneMade(msgspec.Struct, frozen=True, rename="camel"):
    """A scene that landed."""

    image: Image
    success: bool = True


class PortfolioAsked(msgspec.Struct, frozen=True):
    """What a set was asked from, and how many pictures."""

    reference_image_id: str | None
    count: int | None


class Failure(msgspec.Struct, frozen=True, rename="camel"):
    """A picture of a set that did not land. `index` counts from 0 in the library's order."""

    index: int
    source_url: str | None
    code: str
    error: str


class _Lost(msgspec.Struct, frozen=True):
    """A picture that did not land, and how that is told."""

    error: Exception
    failure: Failure


class SetMade(msgspec.Struct, frozen=True, rename="camel"):
    """A set: what landed, and what did not. `success`: all did."""

    success: bool
    count: int
    set_id: str
    images: list[Image]
    failures: list[Failure]


async def reference(services: Services, caller: Caller, character_id: str, *, prompt: str | None) -> Run[ReferenceMade]:
    """Begin a reference image; without a prompt, from the suggested one."""
    context = await services.prepare_generation(caller, character_id)
    exact = prompt if prompt and prompt.strip() else suggest_for(context.character).prompt

    async def work(run: Run[ReferenceMade]) -> ReferenceMade:
        renewed, started = await context.renew_session(2 * services.timeout), time.monotonic()
        with tracing.span("generate"):
            picture = await master.draw_reference(renewed, exact)
        image = await _keep(services, renewed, run, picture, _subject(context, "reference", started, exact))
        return ReferenceMade(image, exact)

    return services.runs.begin(
        "reference", context.character.id, context.library_id, caller.id, work, asked=prompt or ""
    )


async def scene(services: Services, caller: Caller, character_id: str, *, asked: Scene) -> Run[SceneMade]:
    """Begin a scene image from the library's master."""
    context = await services.prepare_generation(caller, character_id)

    async def work(run: Run[SceneMade]) -> SceneMade:
        renewed, started = await context.renew_session(2 * services.timeout), time.monotonic()
        draw = partial(services.library.generate_scene, context.library_id, asked)
        with tracing.span("generate"):
            picture, parent = await master.from_master(renewed, draw)
        subject = _subject(context, "scene", started, asked.scene_context, parent)
        return SceneMade(await _keep(services, renewed, run, picture, subject))

    return services.runs.begin("scene", context.character.id, context.library_id, caller.id, work, asked=asked)


async def portfolio(
    services: Services, caller: Caller, character_id: str, *, reference_image_id: str | None, count: int | None
) -> Run[SetMade]:
    """Begin a 360° set, from a chosen reference or from the library's current master."""
    context = await services.prepare_generation(caller, character_id)
    chosen = None
    if reference_image_id is not None:
        chosen = await find_image(context.cms, caller, character_id, reference_image_id)

    async def work(run: Run[SetMade]) -> SetMade:
        renewed = await context.renew_session(services.set_timeout)
        if chosen:
            await master.choose(renewed, chosen)
        started = time.monotonic()
        draw = partial(services.library.generate_set, context.library_id, count or services.portfolio_count, run.made)
        with tracing.span("generate"):
            made, parent = await master.from_master(renewed, draw, chosen)
        set_id = str(ULID())
        pictures = _distinct(made.pictures)
        subject = _subject(context, "portfolioItem", started, parent=parent)
        total = min(len(pictures) + len(made.failures), SET_PLACES)
        run.saving(len(pictures))
        breaker = Breaker()
        keeping = (
            _keep_one(services, renewed, run, one, _at(subject, set_id, total, index), breaker)
            for index, one in enumerate(pictures)
        )
        landed = await asyncio.gather(*keeping)
        lost = await services.ingest.lost(renewed.cms, [one for one in landed if isinstance(one, Image)])
        landed = [
            _lost(index, pictures[index], lost[one.id]) if isinstance(one, Image) and one.id in lost else one
            for index, one in enumerate(landed)
        ]
        return _made(set_id, len(pictures), landed, made.failures)

    asked = PortfolioAsked(reference_image_id, count)
    return services.runs.begin("set", context.character.id, context.library_id, caller.id, work, asked=asked)


async def _keep(
    services: Services,
    context: GenerationContext,
    run: Run[ReferenceMade] | Run[SceneMade],
    picture: Picture,
    subject: Subject,
) -> Image:
    """Store the one picture of a run, which is paid for by now."""
    run.saving(1)
    try:
        image = await services.ingest.keep(context.cms, picture, subject)
        if lost := await services.ingest.lost(context.cms, [image]):
            raise lost[image.id]
    except AppError as error:
        if isinstance(error, PlaceholderRefused):
            raise
        raise error.after_payment("The image was drawn, but could not be kept.") from error
    run.land(0, image=image)
    return image


async def _keep_one(
    services: Services,
    context: GenerationContext,
    run: Run[SetMade],
    picture: Picture,
    subject: Subject,
    breaker: Breaker,
) -> Image | _Lost:
    """Store one picture of a set; what goes wrong with it alone must not stop the others."""
    index = subject.metrics.index or 0
    try:
        image = await services.ingest.keep(context.cms, picture, subject, breaker)
    except Exception as error:
        log.warning(
            "a picture of set run %s did not land: %s",
            run.id,
            unworded(error),
            exc_info=not isinstance(error, AppError),
        )
        lost = _lost(index, picture, error)
        run.land(index, failure=lost.failure)
        return lost
    run.land(index, image=image)
    return image


def _lost(index: int, picture: Picture, error: Exception) -> _Lost:
    return _Lost(error, Failure(index, picture.url, answer_for(error).code, sentence_for(error)))


def _made(set_id: str, drawn: int, landed: list[Image | _Lost], undrawn: list[str]) -> SetMade:
    """What came of a set of which `drawn` pictures were drawn; `undrawn`: the library's words on each of the others."""
    images = [one for one in landed if isinstance(one, Image)]
    lost = [one for one in landed if isinstance(one, _Lost)]
    failures = [one.failure for one in lost]
    failures += [
        Failure(drawn + index, None, "character_library_error", f"The Character Library could not make it: {words}")
        for index, words in enumerate(undrawn)
    ]
    for failure in failures:
        FAILURES.labels("picture", failure.code).inc()
    if not images:
        raise _all_lost([one.error for one in lost])
    return SetMade(not failures, len(images), set_id, images, failures)


def _all_lost(errors: list[Exception]) -> Exception:
    """The first error that is not about an address made up: what that one hides was not even drawn."""
    drawn = [error for error in errors if not isinstance(error, PlaceholderRefused)]
    if not drawn:
        return errors[0]
    first, sentence = drawn[0], f"The set was drawn, but none of its {len(errors)} pictures could be kept."
    return first.after_payment(sentence) if isinstance(first, AppError) else first


def _at(subject: Subject, set_id: str, total: int, index: int) -> Subject:
    """The same for the picture that has this place in its set."""
    metrics = msgspec.structs.replace(subject.metrics, set_id=set_id, set_total=total, index=index)
    return msgspec.structs.replace(subject, metrics=metrics)


def _subject(
    context: GenerationContext,
    kind: Kind,
    started: float,
    prompt: str | None = None,
    parent: CharacterImageMetadata | None = None,
) -> Subject:
    seconds = time.monotonic() - started
    PHASE_SECONDS.labels(kind, "generate").observe(seconds)
    metrics = Metrics(generate_ms=round(seconds * 1000), reference_image_id=parent.id if parent else None)
    return Subject(context.character.id, context.name, kind, context.caller.id, prompt, metrics)


def _distinct(pictures: list[Picture]) -> list[Picture]:
    """One of each address, in the library's order; more than a set can have are left where they are."""
    first: dict[str | None, Picture] = {}
    for picture in pictures:
        first.setdefault(picture.url or picture.media_id, picture)
    return list(first.values())[:SET_PLACES]
