"""A7: the record of a file that is stored."""

from __future__ import annotations

import pytest

from tests.faults.between import Fault
from tests.faults.matrix import cell
from tests.faults.world import FaultyWorld
from tests.raw_server import Reset

RECORD = r"/api/character-image-metadata(\?|$)"


@pytest.mark.parametrize("fault", [cell("A7-07 reset", Fault(method="POST", path=RECORD, lost=[Reset()]))])
async def test_a_lost_answer_is_looked_up_and_adopted(world: FaultyWorld, fault: Fault) -> None:
    character, before = await world.character(), await world.media_count()
    world.payload.order(fault)
    async with world.api() as api:
        answer = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    assert answer.status_code == 201, answer.text
    assert len(world.payload.asked("POST", RECORD)) == 1
    assert len(await world.records(character)) == 1
    assert await world.media_count() == before + 1
