"""`scripts/bench page`: measure the workspace of a character with 1,000 images. Exit 1 if a limit is exceeded."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from scripts.local_stack.many_images import fill
from tests.bench.page.audit import audit
from tests.bench.page.figures import Table
from tests.bench.page.interactions import interact
from tests.bench.page.paint import paint
from tests.bench.page.server import serve
from tests.bench.page.visitor import browser
from tests.bench.page.weight import weigh
from tests.support.world import World, world

_FEW = 48
_MANY = 1000


async def measure(here: World, folder: Path) -> bool:
    """Whether all goals are met; prints what was measured."""
    few, many = await _workspace(here, _FEW), await _workspace(here, _MANY)
    table = Table()
    table.tell(await serve(here, few, many, _FEW, _MANY))
    async with browser() as chrome:
        table.tell(await weigh(chrome, here, many))
        table.tell(await paint(chrome, here, many))
        table.tell(await interact(chrome, here, many))
    table.tell(await audit(here, many, folder))
    return table.sum_up()


async def _workspace(here: World, count: int) -> str:
    """Address of the workspace of a character with so many images."""
    bio = {"description": "A wiry woman with auburn hair", "clothing": "a patched oilskin coat", "age": 41}
    character = await here.character(generationMetadata={"bamlData": bio})
    async with here.cms() as payload:
        await fill(payload, character.id, character.name, count, created_by=here.editor.id)
    return f"/screenplay/characters/{character.id}/images"


def main() -> int:
    """Run it."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), "number") as here:
        return int(not asyncio.run(measure(here, Path(folder))))


if __name__ == "__main__":
    sys.exit(main())
