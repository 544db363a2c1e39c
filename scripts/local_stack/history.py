"""Generate the images of Mara Quill through the product itself: references, sets and scenes.

One image of the second set, and the last scene, are generated and cannot be downloaded: they can be recovered.
"""

from __future__ import annotations

from typing import Any

import httpx

from payload_client import Auth, Id

_FOG = (
    "Master reference image of Mara Quill, keeper of the last lighthouse. A wiry woman of 41 with auburn hair and grey "
    "green eyes, in a patched olive oilskin coat over a fisherman's sweater. Plain grey background."
)
_STORM = "Mara Quill in a navy peacoat, auburn hair cropped short, soaked through. She looks past the viewer."
_HARBOUR = "Mara Quill, years later: grey hair in a bun, a mustard raincoat, glasses, a burn scar on her left forearm."
_SCENES = [
    {"sceneContext": "Mara waits on the pier in the rain while the last boat comes in.", "sceneType": "action"},
    {
        "sceneContext": "In the lamp room, Mara tells Teo that the light stays on.",
        "sceneType": "dialogue",
        "mood": "tense",
        "lightingStyle": "one lamp",
    },
]
_LOST_SCENE = {"sceneContext": "The lighthouse from the sea, before the storm.", "sceneType": "establishing"}
_REFUSED = 401  # not a status after which a new picture is waited for


class History:
    """Makes it, for one character, over whose pictures the stand-in takes no time until it is made."""

    def __init__(self, product: httpx.AsyncClient, library: httpx.AsyncClient, character: Id, library_id: str) -> None:
        self._product = product
        self._library = library
        self._character = character
        self._library_id = library_id

    async def make(self) -> None:
        """All of it, in order."""
        usual = (await self._settings())["delayMs"]
        await self._settings(delayMs=0)
        await self._ask("generate-initial-image", {"prompt": _FOG})
        await self._ask("generate-360-set", await self._a_set_from(_STORM))
        for scene in _SCENES:
            await self._ask("generate-scene-image", scene)
        another = await self._a_set_from(_HARBOUR)
        await self._refuse_a_file(after=3)
        await self._ask("generate-360-set", another, expected=httpx.codes.MULTI_STATUS)
        await self._refuse_a_file()
        await self._ask("generate-scene-image", _LOST_SCENE, expected=httpx.codes.BAD_GATEWAY)
        await self._settings(delayMs=usual)

    async def _a_set_from(self, prompt: str) -> dict[str, Any]:
        """The order of a set from a new reference."""
        made = await self._ask("generate-initial-image", {"prompt": prompt})
        return {"referenceImageId": made["image"]["id"], "imageCount": 8}

    async def _ask(self, route: str, body: Any, expected: int = httpx.codes.CREATED) -> Any:
        answer = await self._product.post(f"/v1/characters/{self._character}/{route}", json=body)
        if answer.status_code != expected:
            raise RuntimeError(f"{route} was answered {answer.status_code}: {answer.text}")
        return answer.json()

    async def _refuse_a_file(self, after: int = 0) -> None:
        fault = {"characterId": self._library_id, "route": "file", "skip": after, "status": _REFUSED}
        (await self._library.post("/_control/faults", json=fault)).raise_for_status()

    async def _settings(self, **changed: object) -> dict[str, Any]:
        answer = await self._library.post("/_control/characters", json={"id": self._library_id, **changed})
        settings: dict[str, Any] = answer.raise_for_status().json()["settings"]
        return settings


async def make_history(app_url: str, library_url: str, auth: Auth, character: dict[str, Any]) -> None:
    """Give a character that is linked to the library this history."""
    async with (
        httpx.AsyncClient(
            base_url=app_url, headers={"Authorization": auth.header}, timeout=60, trust_env=False
        ) as product,
        httpx.AsyncClient(base_url=library_url, trust_env=False) as library,
    ):
        await History(product, library, character["id"], character["libraryDbId"]).make()
