"""The list of characters, and a character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.models.caller import Caller
from app.models.character_reference import CharacterReference
from app.pages.view import View, render
from app.studio import Studio
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
    """Something known about a character: its path in the data, and the text."""

    label: str
    text: str


class CharacterView(View, frozen=True, kw_only=True):
    """A character and what is known about it."""

    template: ClassVar[str] = "characters/show.html"

    character: CharacterReference
    facts: list[Fact]


@get("/", include_in_schema=False)
async def index(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    studio: NamedDependency[Studio],
    page: Annotated[int, QueryParameter(ge=1, le=1_000_000)] = 1,
) -> Response[str]:
    """All characters by name."""
    found = await listing.characters(studio, caller, page=page)
    view = CharactersView(
        title="Characters",
        signed_in=caller.email,
        characters=found.docs,
        count=found.total_docs,
        previous_page=page - 1 if found.has_prev_page else None,
        next_page=page + 1 if found.has_next_page else None,
    )
    return render(request, view)


@get("/{character_id:str}", include_in_schema=False)
async def show(
    request: Request[Any, Any, Any],
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    studio: NamedDependency[Studio],
) -> Response[str]:
    """One character."""
    character = await listing.character(studio, caller, character_id)
    title = character.name or f"Character {character.id}"
    view = CharacterView(
        title=title, signed_in=caller.email, character=character, facts=list(_facts("", character.baml_data, 0))
    )
    return render(request, view)


def _facts(label: str, value: object, depth: int) -> Iterator[Fact]:
    """The leaves of the character's data, each under the name of its field."""
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, inner in value.items():
            yield from _facts(_words(str(name)), inner, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        text = ", ".join(str(item) for item in value if isinstance(item, str | int | float))
        yield from [Fact(label, text)] if text else []
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
        yield Fact(label or "Notes", str(value).strip())


def _words(name: str) -> str:
    """`eyeColor` and `eye_color` as "Eye color"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", " ", name).strip().capitalize()


router = Router("/screenplay/characters", route_handlers=[index, show])
