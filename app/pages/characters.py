"""The list of characters, and a character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, ClassVar

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.limits import FACTS, MEMBERS, NAME, PROMPT, cut
from app.pages.view import View, render
from app.services import Services
from app.use_cases import listing

_DEEPEST = 6


class CharactersView(View, frozen=True, kw_only=True):
    """One page of the characters; `next_page` and `previous_page` are None at the ends."""

    template: ClassVar[str] = "characters/index.html"

    characters: list[CharacterReference]
    count: int
    previous_page: int | None
    next_page: int | None


class Fact(msgspec.Struct, frozen=True):
    """A value of a character's data, as text, under the name of its field."""

    label: str
    text: str


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
    values = _values("", character.baml_data, 0)
    facts = [fact for fact in islice(values, FACTS) if fact]
    view = CharacterView(
        title=title,
        signed_in=caller.person,
        character=character,
        facts=facts,
        is_cut=next(values, values) is not values,
    )
    return await render(request, view)


def _values(label: str, value: object, depth: int) -> Iterator[Fact | None]:
    """Iterate over all values of a character's data: a `Fact` for a leaf, None for a value that is not shown."""
    if isinstance(value, dict) and depth < _DEEPEST:
        yield None
        for name, inner in value.items():
            yield from _values(_words(str(name)[:NAME]), inner, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        texts = (cut(str(item), PROMPT) for item in value[:MEMBERS] if isinstance(item, str | int | float))
        text = cut(", ".join(texts), PROMPT)
        yield Fact(label, text) if text else None
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and (text := str(value).strip()):
        yield Fact(label or "Notes", cut(text, PROMPT))
    else:
        yield None


def _words(name: str) -> str:
    """`eyeColor` and `eye_color` as "Eye color"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", " ", name).strip().capitalize()


router = Router("/screenplay/characters", route_handlers=[index, show])
