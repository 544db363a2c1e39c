"""The list of characters, and a character."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.pages.facts import Fact, facts_of
from app.pages.view import View, render
from app.services import Services
from app.use_cases import listing


class CharactersView(View, frozen=True, kw_only=True):
    """One page of the characters; `next_page` and `previous_page` are None at the ends."""

    template: ClassVar[str] = "characters/index.html"

    characters: list[CharacterReference]
    count: int
    previous_page: int | None
    next_page: int | None


class CharacterView(View, frozen=True, kw_only=True):
    """A character and its facts. `is_cut`: its data has more values than are read."""

    template: ClassVar[str] = "characters/show.html"

    character: CharacterReference
    facts: list[Fact]
    is_cut: bool


@get("/", include_in_schema=False)
async def index(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    page: Annotated[int, QueryParameter(ge=1, le=1_000_000)] = 1,
) -> Response[str]:
    """Show the characters by name."""
    characters = await listing.characters(services, caller, page=page)
    view = CharactersView(
        title="Characters",
        signed_in=caller.person,
        characters=characters.docs,
        count=characters.total_docs,
        previous_page=page - 1 if characters.has_prev_page else None,
        next_page=page + 1 if characters.has_next_page else None,
    )
    return await render(request, view)


@get("/{character_id:str}", include_in_schema=False)
async def show(
    request: Request[Any, Any, Any],
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
) -> Response[str]:
    """Show a character."""
    character = await listing.character(services, caller, character_id)
    title = character.name or f"Character {character.id}"
    facts, is_cut = facts_of(character)
    view = CharacterView(title=title, signed_in=caller.person, character=character, facts=facts, is_cut=is_cut)
    return await render(request, view)


router = Router("/screenplay/characters", route_handlers=[index, show])
