"""What Payload is asked for is what is shown: an answer does not grow with what nobody sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.support.between import ALWAYS, Fault
from tests.support.faulty_world import FaultyWorld
from tests.support.record_bombs import store
from tests.support.world import Character, Person

SIGN_INS = 300
RECORDS = 30


async def bytes_of(world: FaultyWorld, person: Person, character: Character) -> dict[str, int]:
    """How much Payload answers for a list and for a page."""
    answered: dict[str, int] = {}

    def measured(what: str) -> Fault:
        def count(answer: bytes) -> bytes:
            answered[what] = answered.get(what, 0) + len(answer)
            return answer

        return Fault(method="GET", path="/api/", times=ALWAYS, changed=count)

    for what, address in (
        ("list", character.url("images?limit=100")),
        ("page", f"/screenplay/characters/{character.id}/images"),
    ):
        world.calm()
        world.payload.order(measured(what))
        async with world.api(person) as api:
            assert (await api.get(address)).status_code == 200
    world.calm()
    return answered


async def test_an_answer_does_not_grow_with_how_often_somebody_signed_in(world: FaultyWorld) -> None:
    character, person = await world.character(), await world.newcomer()
    async with world.cms(person) as payload:
        image = await store(payload, character, createdBy=person.id)
        for _ in range(RECORDS - 1):
            await store(payload, character, createdBy=person.id)
    before = await bytes_of(world, person, character)
    now = datetime.now(UTC)
    for number in range(SIGN_INS):  # the rows that signing in writes; by itself it takes a while
        row = (number + 2, person.id, str(uuid4()), now.isoformat(), (now + timedelta(hours=2)).isoformat())
        world.sql(
            "INSERT INTO users_sessions (_order, _parent_id, id, created_at, expires_at) VALUES (?, ?, ?, ?, ?)", *row
        )
    async with world.cms(person) as payload:
        known = await payload.collection("users").find_by_id(person.id)
        assert len(known["sessions"]) == SIGN_INS + 1
    after = await bytes_of(world, person, character)
    for what, size in after.items():
        assert size < before[what] + 1_000, (what, before, after)
    async with world.api(person) as api:
        assert (await api.get(character.url("images"))).json()["images"][0]["createdBy"] == person.id
        shown = await api.get(f"/screenplay/characters/{character.id}/images/{image}")
        assert shown.status_code == 200
