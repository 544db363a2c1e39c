"""The list of characters, and a character."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.cms.image import Image
from app.limits import NAME
from app.pages.facts import Fact, facts_of
from app.pages.view import View, render
from app.services import Services
from app.use_cases import cast, listing
from app.use_cases.cast import Member

Sort = Literal["name", "change"]


class CharactersView(View, frozen=True, kw_only=True):
    """One page of the cast; `next_page` and `previous_page` are None at the ends.

    `search`: the words that names have in them; `by_name`, `by_change`: addresses of the same in either order.
    """

    template: ClassVar[str] = "characters/index.html"

    members: list[Member]
    count: int
    is_counted: bool
    search: str
    sort: Sort
    by_name: str
    by_change: str
    previous_page: str | None
    next_page: str | None

    def pictures(self) -> list[Image]:
        """The faces."""
        return [member.face for member in self.members if member.face]


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
    search: Annotated[str, QueryParameter(name="q", max_length=NAME)] = "",
    sort: Annotated[Sort, QueryParameter()] = "name",
) -> Response[str]:
    """Show the characters, by name or by their last change."""
    words = search.strip()
    found = await cast.cast(services, caller, page=page, search=words, by_change=sort == "change")
    view = CharactersView(
        title="Characters",
        signed_in=caller.person,
        members=found.members,
        count=found.count,
        is_counted=found.is_counted,
        search=words,
        sort=sort,
        by_name=_query(words, "name"),
        by_change=_query(words, "change"),
        previous_page=_query(words, sort, page - 1) if found.has_previous else None,
        next_page=_query(words, sort, page + 1) if found.has_next else None,
    )
    return await render(request, view)


def _query(search: str, sort: Sort, page: int = 1) -> str:
    """The query of a page of the cast, with what differs from the first one by name."""
    values = {"q": search, "sort": sort if sort != "name" else "", "page": page if page > 1 else ""}
    return "?" + urlencode({name: value for name, value in values.items() if value})


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
