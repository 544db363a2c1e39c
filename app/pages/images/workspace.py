"""The workspace put together: from what is asked for, and three or four requests to Payload, whatever there is."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from app.character_library import Scene
from app.models.caller import Caller
from app.models.image import Image
from app.pages.images.suggested import Suggested
from app.pages.images.views import Filters, Outcome, Typed, WorkspaceView, outcome_of, panel_of
from app.pages.view import Refresh
from app.runs import Run
from app.studio import Studio
from app.use_cases import listing, suggest
from app.use_cases.generate import PortfolioAsked

T = TypeVar("T")

_REFRESH_SECONDS = 3
_PER_PAGE = 48
_RADIO_CARDS = 12


class Asked(msgspec.Struct, frozen=True):
    """What of the workspace is asked for, and what was typed into it before."""

    filters: Filters = Filters()
    page: int = 1
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
            self, typed=_typed(run.asked), outcome=outcome, refresh=None if outcome else _look_again(run)
        )


async def workspace(studio: Studio, caller: Caller, character_id: str, asked: Asked) -> WorkspaceView:
    """The page of a character. Raises what its use cases do."""
    filters, typed, home = asked.filters, asked.typed, home_of(character_id)
    found, references, suggested = await asyncio.gather(
        listing.images(
            studio, caller, character_id, page=asked.page, limit=_PER_PAGE, kind=filters.kind, status=filters.status
        ),
        listing.references(studio, caller, character_id, limit=_RADIO_CARDS),
        suggest.prompt(studio, caller, character_id),
    )
    suggestion = Suggested.of(suggested)
    prompt = typed.prompt if typed.prompt and typed.prompt.strip() else suggestion.prompt
    chosen = [one.id for one in references if str(one.id) == typed.reference] or [one.id for one in references]
    return WorkspaceView(
        title=f"Image Management: {found.character.name or found.character.id}",
        signed_in=caller.email,
        refresh=asked.refresh,
        character=found.character,
        home=home,
        prompt=prompt,
        suggestion=suggestion,
        suggestion_is_in_place=asked.suggest and suggestion.prompt == prompt,
        suggestion_is_beside=asked.suggest and suggestion.prompt != prompt,
        has_model=studio.writer is not None,
        scene=typed.scene,
        scene_type=typed.scene_type,
        mood=typed.mood,
        lighting=typed.lighting,
        references=references,
        chosen=chosen[0] if chosen else None,
        portfolio_count=typed.count or studio.portfolio_count,
        images=_sets_in_order(found.images),
        count=found.count,
        filters=filters,
        newer=home + filters.query(page=asked.page - 1) if asked.page > 1 else None,
        older=home + filters.query(page=asked.page + 1) if asked.page < found.total_pages else None,
        runs=[run.progress() for run in studio.runs.of(found.character.id)],
        outcome=asked.outcome,
    )


def _sets_in_order(images: list[Image]) -> list[Image]:
    """The same images; those of one set share the places that they hold in the order that the library gave them."""
    places: dict[str, list[int]] = {}
    for place, image in enumerate(images):
        if set_id := _metric(image, "setId", str):
            places.setdefault(set_id, []).append(place)
    ordered = list(images)
    for held in places.values():
        by_index = sorted((images[place] for place in held), key=lambda one: _metric(one, "index", int) or 0)
        for place, image in zip(held, by_index, strict=True):
            ordered[place] = image
    return ordered


def _metric(image: Image, name: str, kind: type[T]) -> T | None:
    value = image.metrics.get(name) if isinstance(image.metrics, dict) else None
    return value if isinstance(value, kind) else None


def _typed(asked: object) -> Typed:
    """What was asked for, as it was typed."""
    match asked:
        case Scene(scene_context=scene, scene_type=kind, mood=mood, lighting_style=lighting):
            return Typed(scene=scene, scene_type=kind, mood=mood or "", lighting=lighting or "")
        case PortfolioAsked(reference_image_id=reference, count=count):
            return Typed(reference=reference or "", count=str(count or ""))
        case str():
            return Typed(prompt=asked or None)
    return Typed()


def _look_again(run: Run[Any]) -> Refresh:
    home = home_of(str(run.character))
    return Refresh(_REFRESH_SECONDS, f"{home}?run={run.id}&after={run.elapsed_ms}#{panel_of(run)}")


def home_of(character_id: str) -> str:
    """Address of a character's workspace."""
    return f"/screenplay/characters/{quote(character_id, safe='')}/images"
