"""A large page is made in turns: others are served meanwhile."""

from __future__ import annotations

import asyncio

import msgspec

from app.pages.images.gallery import Group
from app.pages.view import html_of
from tests.patterns import states
from tests.patterns.samples import image

CARDS = 4_800


async def test_everybody_else_has_turns_while_a_page_of_4800_cards_is_made() -> None:
    view = msgspec.structs.replace(states.workspace(), groups=[Group([image(number) for number in range(CARDS)])])
    turns, over = 0, asyncio.Event()

    async def another() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(another())
    html = await html_of(view)
    over.set()
    await others
    assert html.count('<li id="card-') == CARDS
    assert turns > 10
