"""What a click costs Payload and the library, in requests."""

from __future__ import annotations

import pytest

from tests.support.steps import a_reference
from tests.support.world import World


async def test_a_first_reference_costs_six_payload_requests_and_one_library_request_at_most(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        with world.payload_requests() as asked:
            answer = await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman"})
    assert answer.status_code == 201, answer.text
    assert len(asked) <= 6, asked
    assert len(await world.calls(character)) == 1


@pytest.mark.parametrize("count", [1, 3, 20])
async def test_a_list_of_any_length_costs_two_payload_requests(world: World, count: int) -> None:
    character = await world.character()
    await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url("generate-360-set"), json={"imageCount": count})
        with world.payload_requests() as asked:
            listed = (await api.get(character.url("images"))).json()
    assert listed["count"] == count + 1
    assert len(asked) == 2, asked


async def test_a_page_costs_seven_payload_requests_at_most(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    token = world.editor.auth.header.removeprefix("JWT ")
    async with world.api(headers={"Cookie": f"payload-token={token}"}) as browser:
        with world.payload_requests() as asked:
            page = await browser.get(f"/screenplay/characters/{character.id}/images")
    assert page.status_code == 200
    assert len(asked) <= 7, asked
