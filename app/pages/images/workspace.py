"""The workspace put together: from what is asked for, and six requests to Payload at most, whatever there is."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import msgspec

from app.character_library import Scene
from app.cms.caller import Caller
from app.cms.image import Image
from app.cms.image_record import KINDS, REVIEWED, Kind, Reviewed
from app.errors import ImageNotFound
from app.generation.run import ReferenceRequest, Run, RunRequest, SetRequest
from app.pages.images.gallery import groups_of, usual_ms
from app.pages.images.kinds import panel_of
from app.pages.images.outcome import Outcome, outcome_of
from app.pages.images.suggested import Suggested
from app.pages.images.views import Counts, Filters, Typed, WorkspaceView, home_of
from app.pages.view import Refresh
from app.prompts import facts_of
from app.services import Services
from app.use_cases import listing, suggest

_REFRESH_SECONDS = 3
_PER_PAGE = 48
_RADIO_CARDS = 12
_READ_REFERENCES = 16  # of which some may have failed


class Asked(msgspec.Struct, frozen=True):
    """The request for a workspace, with what was typed into it before. `pages`: of 48 images each."""

    filters: Filters = Filters()
    pages: int = 1
    typed: Typed = Typed()
    outcome: Outcome | None = None
    suggest: bool = False
    refresh: Refresh | None = None

    def watching(self, run: Run[Any]) -> Asked:
        """The same with a run: its words back in their box, and what became of it or another look soon.

        Both from one moment, before anything else is asked: a run that ends meanwhile is told by the next look.
        """
        outcome = outcome_of(run)
        return msgspec.structs.replace(
            self, typed=_typed(run.request), outcome=outcome, refresh=None if outcome else _look_again(run)
        )

    def reusing(self, image: Image) -> Asked:
        """Copy it with the prompt of an image in its box."""
        words = Typed(scene=image.prompt or "") if image.kind == "scene" else Typed(prompt=image.prompt)
        return msgspec.structs.replace(self, typed=words)


async def workspace(services: Services, caller: Caller, character_id: str, asked: Asked) -> WorkspaceView:
    """The page of a character. Raises what its use cases do."""
    filters, typed, home = asked.filters, asked.typed, home_of(character_id)
    known = asyncio.ensure_future(listing.character(services, caller, character_id))
    find = partial(listing.images, services, caller, character_id, known=known)
    count = partial(listing.count, services, caller, character_id, status=filters.status)
    kinds, reviews = _counted_kinds(filters), _counted_reviews(filters, typed)
    character, listed, newest, of_kinds, of_reviews = await asyncio.gather(
        known,
        find(limit=_PER_PAGE * asked.pages, kind=filters.kind, status=filters.status, review=filters.review),
        _nothing() if filters == Filters("reference") else find(limit=_READ_REFERENCES, kind="reference"),
        asyncio.gather(*(count(kind=kind) for kind in kinds)),
        asyncio.gather(*(count(review=review) for review in reviews)),
    )
    newest = newest or listed
    references = await _references(services, caller, character_id, newest.images, typed.reference)
    suggestion = Suggested.of(suggest.assembled(character))
    prompt = typed.prompt if typed.prompt and typed.prompt.strip() else suggestion.prompt
    runs = [run.progress() for run in services.runs.for_character(listed.character.id)]
    earliest = min((run.started_at for run in runs), default=None)
    chosen = [image.id for image in references if str(image.id) == typed.reference] or [
        image.id for image in references
    ]
    return WorkspaceView(
        title=f"Image Management: {listed.character.name or listed.character.id}",
        signed_in=caller.person,
        refresh=asked.refresh,
        character=listed.character,
        home=home,
        prompt=prompt,
        suggestion=suggestion,
        suggestion_is_in_place=asked.suggest and suggestion.prompt == prompt,
        suggestion_is_beside=asked.suggest and suggestion.prompt != prompt,
        has_model=services.writer is not None,
        scene=typed.scene,
        scene_type=typed.scene_type,
        mood=typed.mood,
        lighting=typed.lighting,
        references=references,
        chosen=chosen[0] if chosen else None,
        portfolio_count=typed.count or services.portfolio_count,
        groups=groups_of(listed.images, references, is_all=listed.total_pages <= 1),
        counts=_counts(
            filters,
            listed.count,
            dict(zip(("reference", *kinds), (newest.count, *of_kinds), strict=True)),
            dict(zip(reviews, of_reviews, strict=True)),
        ),
        filters=filters,
        pages=asked.pages,
        more=home + filters.query(page=asked.pages + 1) if listed.total_pages > 1 else None,
        runs=runs,
        usual=usual_ms([*listed.images, *references], earliest),
        outcome=asked.outcome,
        facts=facts_of(character),
    )


async def _references(
    services: Services, caller: Caller, character_id: str, images: list[Image], chosen: str
) -> list[Image]:
    """The newest references that succeeded, and before them an older one that was chosen."""
    newest = [image for image in images if image.kind == "reference" and image.status == "succeeded"][:_RADIO_CARDS]
    if not chosen or chosen in {str(image.id) for image in newest}:
        return newest
    try:
        older = await listing.chosen(services, caller, character_id, [chosen])
    except ImageNotFound:
        return newest
    return [*(image for image in older if image.kind == "reference"), *newest]


async def _nothing() -> None:
    """Stand in for the references where the page lists them anyhow."""


def _counted_kinds(filters: Filters) -> list[Kind]:
    """The kinds that are counted: what the page shows, and its references, are numbers already."""
    if filters.status:
        return [kind for kind in KINDS if filters.review or kind != filters.kind]
    rest: list[Kind] = ["portfolioItem", "scene"]
    return rest[:1] if filters == Filters() else [kind for kind in rest if filters.review or kind != filters.kind]


def _counted_reviews(filters: Filters, typed: Typed) -> list[Reviewed]:
    """The reviews that are counted; none where that would be too many requests to Payload for one page."""
    if filters.status or (filters.kind and filters.review) or typed.reference:
        return []
    return [review for review in REVIEWED if review != filters.review][: 1 if filters.review else 2]


def _counts(filters: Filters, shown: int, kinds: dict[Kind, int], reviews: dict[Reviewed, int]) -> Counts:
    if filters.kind and not filters.review:
        kinds[filters.kind] = shown
    if missing := [kind for kind in KINDS if kind not in kinds]:
        kinds[missing[0]] = max(0, shown - sum(kinds.values()))
    total = sum(kinds.values())
    of_review: dict[Reviewed, int | None] = dict.fromkeys(REVIEWED)
    if reviews:
        if filters.review:
            reviews[filters.review] = shown
        last = next(review for review in REVIEWED if review not in reviews)
        of_review |= reviews | {last: max(0, total - sum(reviews.values()))}
    return Counts(total, {kind: kinds[kind] for kind in KINDS}, of_review)


def _typed(request: RunRequest | None) -> Typed:
    """The request of a run, as it was typed into the boxes."""
    match request:
        case Scene(scene_context=scene, scene_type=kind, mood=mood, lighting_style=lighting):
            return Typed(scene=scene, scene_type=kind, mood=mood or "", lighting=lighting or "")
        case SetRequest(reference_image_id=reference, count=count):
            return Typed(reference=reference or "", count=str(count or ""))
        case ReferenceRequest(prompt=prompt):
            return Typed(prompt=prompt or None)
        case None:
            return Typed()


def _look_again(run: Run[Any]) -> Refresh:
    home = home_of(str(run.character_id))
    return Refresh(_REFRESH_SECONDS, f"{home}?run={run.id}&after={run.elapsed_ms}#{panel_of(run.kind)}")
