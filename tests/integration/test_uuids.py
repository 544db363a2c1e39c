"""Every route works where ids are uuids. Other tests here run on integers, unless the kind of id matters to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.main import create_app
from app.settings import Settings, read
from tests.support.pages import browser, settled
from tests.support.world import Character, World

Route = tuple[str, str]
API, PAGE = "/v1/characters/{character_id}", "/screenplay/characters/{character_id}"


def routes_with_ids() -> set[Route]:
    """The product's own, as method and path."""
    settings = dict.fromkeys(("SITE_URL", "PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL"), "http://127.0.0.1:9")
    application: Any = create_app(read(Settings, settings)).asgi
    while not hasattr(application, "routes"):
        application = application.app
    return {
        (method, route.path_format)
        for route in application.routes
        if "{character_id" in route.path_format
        for method in route.methods - {"OPTIONS"}
    }


class Caller:
    """An editor's browser that asks routes about one character, and the routes that it has asked."""

    def __init__(self, client: httpx.AsyncClient, character: Character) -> None:
        self._client, self._character = client, character
        self.asked = set[Route]()

    async def __call__(self, method: str, route: str, image: str = "", **options: Any) -> httpx.Response:
        """Ask, and follow where that leads until nothing is under way. Each answer must be a success."""
        self.asked.add((method, route))
        address = route.replace("{character_id}", str(self._character.id)).replace("{image_id}", image)
        answer = await settled(self._client, await self._client.request(method, address, **options))
        assert answer.is_success, (method, address, answer.text)
        return answer


@pytest.mark.inside
@pytest.mark.parametrize("world", ["uuid"], indirect=True)
async def test_every_route_with_an_id_works_on_uuids(world: World) -> None:
    character = await world.character()
    async with browser(world) as client:
        ask = Caller(client, character)
        reference = (await ask("POST", f"{API}/generate-initial-image", json={"prompt": "x"})).json()["image"]["id"]
        wish = {"imageCount": 2, "referenceImageId": reference}
        made = (await ask("POST", f"{API}/generate-360-set", json=wish)).json()
        item, other = (image["id"] for image in made["images"])
        scene = (await ask("POST", f"{API}/generate-scene-image", json={"sceneContext": "x"})).json()["image"]["id"]
        assert {UUID(one).version for one in (reference, item, other, scene)} == {4}
        listed = (await ask("GET", f"{API}/images")).json()
        assert (listed["character"]["id"], listed["count"]) == (character.id, 4)
        assert character.name in (await ask("GET", f"{API}/initial-image-prompt")).json()["prompt"]
        assert (await ask("GET", f"{API}/runs")).json()["runs"] == []
        assert (await ask("DELETE", f"{API}/images/{{image_id}}", scene)).json()["media"] == "deleted"
        held = (await ask("GET", f"{API}/library-images")).json()["images"]
        assert [one["known"] for one in held] == [True, True, True, False]
        recovered = (await ask("POST", f"{API}/recover-images")).json()
        assert [image["kind"] for image in recovered["images"]] == ["scene"]

        assert character.name in (await ask("GET", PAGE)).text
        assert "x" in (await ask("GET", f"{PAGE}/images/suggestion")).text
        assert "The image is saved." in (await ask("POST", f"{PAGE}/images/reference", data={"prompt": "y"})).text
        form = {"reference": reference, "count": "2"}
        assert "2 of 2 images" in (await ask("POST", f"{PAGE}/images/portfolio", data=form)).text
        form = {"scene": "Mara waits.", "scene_type": "action"}
        assert "The image is saved." in (await ask("POST", f"{PAGE}/images/scene", data=form)).text
        await ask("POST", f"{PAGE}/images/recover")
        assert f"images/{item}" in (await ask("GET", f"{PAGE}/images")).text
        assert f"images/{item}" in (await ask("POST", f"{PAGE}/images", data={"prompt": "typed"})).text
        assert item in (await ask("GET", f"{PAGE}/images/{{image_id}}", item)).text
        chosen = {"image": [other, item]}
        assert f"images/{item}" in (await ask("GET", f"{PAGE}/images/sheet", params={"set": made["setId"]})).text
        assert (await ask("GET", f"{PAGE}/images/sheet.zip", params=chosen)).content.startswith(b"PK")
        assert (await ask("GET", f"{PAGE}/images/sheet.png", params=chosen)).content.startswith(b"\x89PNG")
        assert item in (await ask("GET", f"{PAGE}/images/delete", params={"image": item})).text
        assert character.name in (await ask("GET", f"{PAGE}/images/bible", params={"image": item})).text
        assert (await ask("GET", f"{PAGE}/images/{{image_id}}/original", item)).headers["content-type"] == "image/jpeg"
        assert "trainedAlgorithmicMedia" in (await ask("GET", f"{PAGE}/images/{{image_id}}/original.xmp", item)).text
        verdict = {"verdict": "pick"}
        await ask("PATCH", f"{API}/images/{{image_id}}/review", item, json=verdict)
        await ask("PATCH", f"{API}/reviews", json={"imageIds": [item, other], **verdict})
        await ask("POST", f"{PAGE}/images/review", data={**chosen, **verdict})
        await ask("POST", f"{PAGE}/images/delete", data=chosen)
        # There is no trash here to restore from.
        ask.asked |= {("POST", f"{PAGE}/images/restore"), ("POST", f"{API}/images/{{image_id}}/restore")}
        assert (
            await client.post(f"/screenplay/characters/{character.id}/images/restore", data=chosen)
        ).status_code == 404
        restored = await client.post(character.url(f"images/{item}/restore"))
        assert (restored.status_code, restored.json()["code"]) == (404, "image_not_found")
    assert ask.asked == routes_with_ids()
    left = [record["id"] for record in await world.records(character)]
    assert not {item, other, scene} & {*left}
    assert reference in left
