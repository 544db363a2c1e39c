"""What `scripts/dev` puts into a new world is there, as its users see it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from payload_client import Payload
from scripts.local_stack import stack
from scripts.local_stack.history import make_history
from scripts.local_stack.many_images import fill
from scripts.local_stack.seed import CHORUS, MARA, Seeded, seed

CROWD = 23


class Film(msgspec.Struct, frozen=True):
    """A film that was just begun, with its characters."""

    payload_url: str
    library_url: str
    app_url: str
    seeded: Seeded

    def api(self) -> httpx.AsyncClient:
        """Whoever made it, as a program."""
        headers = {"Authorization": self.seeded.auth.header}
        return httpx.AsyncClient(base_url=self.app_url, headers=headers, timeout=60, trust_env=False)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Film]:
    """Servers with nothing in them but that."""
    folder = tmp_path_factory.mktemp("film")
    with stack.payload(folder / "payload") as payload, stack.character_library(folder, delay=7) as library:
        settings = {"PAYLOAD_URL": payload.url, "CHARACTER_LIBRARY_API_URL": library.url}
        seeded = asyncio.run(seed(payload.url, library.url))
        with stack.app(folder, settings) as app:
            yield Film(payload.url, library.url, app.url, seeded)


def kinds(images: list[dict[str, Any]]) -> Counter[str]:
    return Counter(image["kind"] for image in images)


async def test_mara_has_a_history_and_what_was_lost_in_it_can_be_asked_for(film: Film) -> None:
    mara = film.seeded.characters[MARA]
    await make_history(film.app_url, film.library_url, film.seeded.auth, mara)
    async with film.api() as api, httpx.AsyncClient(base_url=film.library_url, trust_env=False) as library:
        images = (await api.get(f"/v1/characters/{mara['id']}/images")).json()["images"]
        recovered = (await api.post(f"/v1/characters/{mara['id']}/recover-images")).json()
        settings = (await library.post("/_control/characters", json={"id": mara["libraryDbId"]})).json()["settings"]
        assert (await library.get("/_control/faults")).json() == {"faults": []}
    assert kinds(images) == {"reference": 3, "portfolioItem": 15, "scene": 2}
    assert len({image["prompt"] for image in images if image["kind"] == "reference"}) == 3
    sets = Counter((i["metrics"]["setId"], i["metrics"]["referenceImageId"]) for i in images if "setId" in i["metrics"])
    assert sorted(sets.values()) == [7, 8]
    assert len({parent for _, parent in sets}) == 2
    assert kinds(recovered["images"]) == {"portfolioItem": 1, "scene": 1}
    assert settings["delayMs"] == 7000


async def test_the_crowd_has_as_many_distinct_images_as_it_is_told_to(film: Film) -> None:
    crowd = film.seeded.characters[CHORUS]["id"]
    async with Payload(film.payload_url, auth=film.seeded.auth) as payload:
        await fill(payload, crowd, CHORUS, CROWD, created_by=film.seeded.user)
    async with film.api() as api:
        listed = (await api.get(f"/v1/characters/{crowd}/images")).json()
        images = listed["images"]
        files = {(await api.get(image["media"]["url"])).content for image in images}
        gone = await api.delete(f"/v1/characters/{crowd}/images/{images[0]['id']}")
    assert listed["count"] == CROWD == len(files)
    whole = ["scene", *["portfolioItem"] * 8, "reference"]
    assert [image["kind"] for image in images] == ["portfolioItem", "portfolioItem", "reference", *whole, *whole]
    parents = {i["metrics"]["referenceImageId"] for i in images if i["kind"] != "reference"}
    assert parents == {image["id"] for image in images if image["kind"] == "reference"}
    assert all(image["media"]["thumbnailUrl"] != image["media"]["url"] for image in images)
    assert (gone.status_code, gone.json()["media"]) == (200, "deleted")
