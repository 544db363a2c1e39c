"""Field rules that hide where an image came from: nothing is brought in twice, and nothing is destroyed by mistake."""

from __future__ import annotations

import pytest

from tests.payloads.conftest import NewWorld
from tests.support.steps import a_reference, a_set, page
from tests.support.world import Character, Doc, World

RECORD = "character-image-metadata"
FOR_ADMINS = "field('%s', '%s').access = { read: ({ req }) => req.user?.role === 'admin' };"
HIDDEN = "field('%s', '%s').hidden = true;"
AFTER_READ = "get('character-image-metadata').hooks = { afterRead: [({ doc }) => ({ ...doc, %s })] }"
HIDING = {
    "id and address are for admins": FOR_ADMINS % (RECORD, "externalId") + FOR_ADMINS % (RECORD, "sourceUrl"),
    "the id is for admins": FOR_ADMINS % (RECORD, "externalId"),
    "the address is hidden": HIDDEN % (RECORD, "sourceUrl"),
    "the id is hidden": HIDDEN % (RECORD, "externalId"),
    "a hook takes the id away": AFTER_READ % "externalId: undefined",
    "a hook shows an odd id": AFTER_READ % "externalId: 7",
}
NOT_IDENTIFIED = {
    **HIDING,
    "the provider is hidden": HIDDEN % (RECORD, "provider"),
    "metrics are for admins": FOR_ADMINS % (RECORD, "metrics"),
}


async def posted(world: World, character: Character, route: str) -> tuple[int, Doc]:
    async with world.api() as api:
        answer = await api.post(character.url(route), json={"prompt": "x"} if "initial" in route else {})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("change", HIDING.values(), ids=HIDING)
async def test_what_cannot_be_compared_is_not_brought_in_and_says_why(world_of: NewWorld, change: str) -> None:
    world = world_of(change)
    character = await world.character()
    image = await a_reference(world, character)
    await a_set(world, character, 2)
    before = await world.media_count()
    async with world.api() as api:
        listed = await api.get(character.url("library-images"))
    for status, body in (await posted(world, character, "recover-images"), (listed.status_code, listed.json())):
        assert (status, body["code"]) == (403, "forbidden")
        assert "externalId and sourceUrl" in body["error"]
        assert "Nothing was brought in" in body["error"]
    assert await world.media_count() == before == 3

    # All else goes on: a second reference, the pages.
    assert (await posted(world, character, "generate-initial-image"))[0] == 201
    assert await world.media_count() == 4
    async with world.browser(world.editor) as browser:
        for route in ("", str(image["id"])):
            assert (await browser.get(page(character, route).rstrip("/"))).status_code == 200


@pytest.mark.parametrize("change", NOT_IDENTIFIED.values(), ids=NOT_IDENTIFIED)
async def test_a_reference_that_is_not_identified_leaves_the_master_at_the_library(
    world_of: NewWorld, change: str
) -> None:
    world = world_of(change)
    character = await world.character()
    image = await a_reference(world, character)
    async with world.api() as api:
        answer = await api.delete(character.url(f"images/{image['id']}"))
    assert (answer.status_code, answer.json()["media"]) == (200, "deleted")
    assert answer.json()["remote"] == {
        "attempted": False,
        "deleted": False,
        "status": None,
        "error": None,
        "reason": "master_unknown",
    }
    assert await world.calls(character, "DELETE") == []
