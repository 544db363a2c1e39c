"""The contract of the Character Library, held against any base URL.

Against the stand-in in every run. Against another library with

    CHARACTER_LIBRARY_CONTRACT_URL=https://… .venv/bin/python -m pytest tests/contract/test_character_library.py

which uses no endpoint but those of the contract, makes characters of its own, deletes them at the end, and has one
master, one set and one scene drawn. A real set takes up to half an hour and pays for 27 pictures whatever is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from app.character_library import CharacterLibrary
from app.errors import CharacterUnknown, LibraryRefused, MasterExists, MasterMissing
from tests.contract.conftest import OTHER

Json = dict[str, Any]
NOBODY = "00000000-0000-4000-8000-000000000000"
SET_SECONDS = 2700
OF_A_MASTER = {"imageId", "url", "dinoAssetId", "qualityScore", "isProcessed"}
OF_A_SHOT = {
    "imageId",
    "url",
    "dinoAssetId",
    "shotType",
    "angle",
    "lens",
    "qualityScore",
    "consistencyScore",
    "isValid",
}
OF_A_SCENE = {"imageId", "url", "dinoAssetId", "shotType", "qualityScore", "consistencyScore", "isValid", "tags"}
MAY_BE_ABSENT = {"referenceShot", "sceneContext", "generationPrompt", "tags"}

pytestmark = pytest.mark.timeout(SET_SECONDS + 900 if OTHER else 120)


class Drawn(msgspec.Struct, frozen=True):
    """A character with all that was drawn of it: the answers, in the order in which they were asked for."""

    id: str
    initial: Json
    set_status: int
    set_answer: Json
    job: Json
    scene: Json


@pytest.fixture(scope="session")
def makes(library: httpx.Client) -> Iterator[list[str]]:
    """Ids of the characters that these tests make; they are deleted at the end."""
    made: list[str] = []
    yield made
    for one in made:
        library.delete(f"/api/v1/characters/{one}")


@pytest.fixture
def nobody_drew(library: httpx.Client, makes: list[str]) -> str:
    """A character without any picture."""
    return a_character(library, makes)


@pytest.fixture(scope="session")
def drawn(library: httpx.Client, makes: list[str]) -> Drawn:
    """All that costs money, once: a master, a set, and then a scene, since a finished job wipes scenes."""
    one = a_character(library, makes)
    initial = ok(library.post(path(one, "generate-initial-image"), json={"prompt": "A wiry woman in a green coat"}))
    made = library.post(path(one, "generate-360-set"), json={"imageCount": 1, "maxRetries": 1})
    answer = ok(made)
    job = finished(library, answer) if made.status_code == 202 else {}
    scene = {"sceneContext": "She waits on a platform in the rain", "sceneType": "dialogue", "mood": "calm"}
    told = ok(library.post(path(one, "generate-scene-image"), json=scene))
    return Drawn(one, initial, made.status_code, answer, job, told)


def a_character(library: httpx.Client, makes: list[str]) -> str:
    unique = f"contract-{uuid4().hex}"
    made = library.post("/api/v1/characters", json={"name": "Contract Test", "characterId": unique})
    assert made.status_code == 201, made.text
    makes.append(made.json()["id"])
    assert made.json()["characterId"] == unique
    return makes[-1]


def path(character: str, route: str) -> str:
    return f"/api/v1/characters/{character}/{route}"


def ok(answer: httpx.Response) -> Json:
    assert answer.is_success, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body: Json = answer.json()
    return body


def finished(library: httpx.Client, accepted: Json) -> Json:
    until = time.monotonic() + SET_SECONDS
    while time.monotonic() < until:
        told = ok(library.get(accepted["pollUrl"]))
        if told["status"] in ("completed", "failed"):
            return told
        time.sleep(10 if OTHER else 0.05)
    raise AssertionError("the set was not over in time")


def texts(body: Json, *names: str) -> None:
    """These members are texts, none of them blank."""
    assert {name: type(body.get(name)) for name in names} == dict.fromkeys(names, str)
    assert all(body[name].strip() for name in names)


def client(url: str) -> CharacterLibrary:
    return CharacterLibrary(url, timeout=60, set_timeout=60)


# What costs nothing


def test_it_says_that_it_is_there(library: httpx.Client) -> None:
    health = ok(library.get("/api/health"))
    assert (health["status"], health["service"]) == ("ok", "Character Library")


def test_a_route_that_it_lacks_is_404_with_a_message(library: httpx.Client) -> None:
    answer = library.get("/api/v1/nothing")
    assert (answer.status_code, "Route not found" in answer.json()["message"]) == (404, True)


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("GET", "reference-image", None),
        ("PUT", "reference-image", {"mediaId": NOBODY}),
        ("DELETE", "reference-image", None),
        ("GET", "images", None),
        ("POST", "generate-initial-image", {"prompt": "x"}),
        ("POST", "generate-360-set", {}),
        ("POST", "generate-scene-image", {"sceneContext": "x", "sceneType": "action"}),
    ],
)
def test_an_unknown_character_is_a_500_that_says_not_found(
    library: httpx.Client, method: str, route: str, body: Json | None
) -> None:
    answer = library.request(method, path(NOBODY, route), json=body)
    told = answer.json()
    assert (answer.status_code, told["success"]) == (500, False)
    assert "Not Found" in (told["error"], told.get("details"))


def test_an_unknown_job_is_404(library: httpx.Client) -> None:
    answer = library.get(f"/api/v1/jobs/{NOBODY}/status")
    assert answer.status_code == 404
    assert answer.json().get("error") == "Job not found" or "Route not found" in answer.json()["message"]


def test_unknown_media_is_404_in_payloads_shape(library: httpx.Client) -> None:
    answer = library.get(f"/api/media/{NOBODY}", params={"depth": 0})
    assert (answer.status_code, answer.json()) == (404, {"errors": [{"message": "Not Found"}]})


def test_a_character_without_master_says_so_by_silence(library: httpx.Client, nobody_drew: str) -> None:
    told = ok(library.get(path(nobody_drew, "reference-image")))
    assert told["success"] is True
    assert (told.get("imageUrl"), told.get("mediaId")) == (None, None)


def test_a_reference_without_prompt_is_refused(library: httpx.Client, nobody_drew: str) -> None:
    answer = library.post(path(nobody_drew, "generate-initial-image"), json={})
    assert (answer.status_code, answer.json()) == (400, {"success": False, "error": "Prompt is required"})


def test_an_empty_body_is_an_error_of_its_own(library: httpx.Client, nobody_drew: str) -> None:
    for route in ("generate-initial-image", "generate-360-set", "generate-scene-image"):
        answer = library.post(path(nobody_drew, route))
        told = answer.json()
        assert answer.status_code == 500, route
        assert "Unexpected end of JSON input" in (told["error"], told.get("details")), route


def test_a_set_and_a_scene_need_a_master(library: httpx.Client, nobody_drew: str) -> None:
    scene = {"sceneContext": "x", "sceneType": "action"}
    for route, body in (("generate-360-set", {}), ("generate-scene-image", scene)):
        answer = library.post(path(nobody_drew, route), json=body)
        assert (answer.status_code, answer.json()["success"]) == (400, False), route
        assert "reference image" in answer.json()["error"], route


def test_nothing_is_listed_of_a_character_without_pictures(library: httpx.Client, nobody_drew: str) -> None:
    told = ok(library.get(path(nobody_drew, "images")))
    assert (told["totalImages"], told["images"].get("masterReference")) == (0, None)
    assert (told["images"]["coreReferenceSet"], told["images"]["sceneImages"]) == ([], [])


def test_wiping_what_is_not_there_succeeds(library: httpx.Client, nobody_drew: str) -> None:
    assert ok(library.delete(path(nobody_drew, "reference-image")))["success"] is True


# What was drawn


def test_a_master_is_answered_with_its_ids_and_an_address(drawn: Drawn) -> None:
    assert drawn.initial["success"] is True
    texts(drawn.initial["data"], "characterId", "characterName", "imageId", "dinoAssetId", "publicUrl")
    assert drawn.initial["data"]["characterId"] == drawn.id


def test_a_second_master_is_refused_in_the_words_that_we_look_for(library: httpx.Client, drawn: Drawn) -> None:
    answer = library.post(path(drawn.id, "generate-initial-image"), json={"prompt": "again"})
    assert (answer.status_code, "already has a master" in answer.json()["error"]) == (400, True)


def test_the_master_is_told_and_can_be_downloaded(library: httpx.Client, drawn: Drawn) -> None:
    told = ok(library.get(path(drawn.id, "reference-image")))
    assert told["mediaId"] == drawn.initial["data"]["imageId"]
    picture = library.get(told["imageUrl"])
    assert (picture.status_code, picture.headers["content-type"].partition("/")[0]) == (200, "image")


def test_a_set_comes_at_once_or_as_a_job(drawn: Drawn) -> None:
    if drawn.set_status == 200:
        assert (drawn.set_answer["success"], drawn.set_answer["status"]) == (True, "completed")
        return
    assert (drawn.set_status, drawn.set_answer["status"]) == (202, "accepted")
    texts(drawn.set_answer, "jobId", "pollUrl")
    assert drawn.set_answer["pollUrl"].startswith("/")
    assert (drawn.job["success"], drawn.job["status"]) == (True, "completed")
    assert set(drawn.job["progress"]) >= {"current", "total", "percentage"}


def test_each_picture_of_a_set_has_a_media_id_an_angle_and_a_quality(drawn: Drawn) -> None:
    images = drawn.job["results"]["generatedImages"] if drawn.job else drawn.set_answer["images"]
    assert images
    for image in images:
        texts(image, "url", "angle", "mediaId")
        assert isinstance(image["quality"], int | float)
    assert isinstance(drawn.job["results"]["failedImages"] if drawn.job else [], list)


def test_each_picture_of_a_set_is_found_by_its_media_id(library: httpx.Client, drawn: Drawn) -> None:
    images = drawn.job["results"]["generatedImages"] if drawn.job else drawn.set_answer["images"]
    media = ok(library.get(f"/api/media/{images[0]['mediaId']}", params={"depth": 0}))
    texts(media, "id", "url", "filename", "mimeType")
    assert library.get(media["url"]).status_code == 200


def test_a_scene_is_answered_with_its_media_id_and_an_address(library: httpx.Client, drawn: Drawn) -> None:
    texts(drawn.scene, "imageUrl", "mediaId")
    texts(drawn.scene["sceneContext"], "sceneId", "sceneType", "generatedAt")
    assert library.get(drawn.scene["imageUrl"]).status_code == 200


def test_what_is_listed_carries_ids_addresses_and_what_is_known(library: httpx.Client, drawn: Drawn) -> None:
    images = ok(library.get(path(drawn.id, "images")))["images"]
    for item, wanted in (
        (images["masterReference"], OF_A_MASTER),
        (images["coreReferenceSet"][0], OF_A_SHOT),
        (images["sceneImages"][-1], OF_A_SCENE),
    ):
        absent = {name for name in wanted if item.get(name) is None}
        assert absent <= {"dinoAssetId", "qualityScore", *MAY_BE_ABSENT}, absent
        texts(item, "imageId", "url")
    assert images["sceneImages"][-1]["imageId"] == drawn.scene["mediaId"]


# Our own client, on the same library


async def test_our_client_knows_an_unknown_character(library_url: str) -> None:
    with pytest.raises(CharacterUnknown) as caught:
        await client(library_url).generate_reference(NOBODY, "x")
    assert caught.value.charged == "no"


async def test_our_client_reads_what_the_library_holds(library_url: str, drawn: Drawn) -> None:
    ours = client(library_url)
    held = await ours.images(drawn.id)
    master = await ours.reference_image(drawn.id)
    address = await ours.media_url(drawn.scene["mediaId"])
    assert {kind for kind, _ in held} == {"reference", "portfolioItem", "scene"}
    assert all(one.media_id and one.url and one.url.startswith("http") for _, one in held)
    assert all({"angle", "lens", "quality"} <= one.facts.keys() for kind, one in held if kind == "portfolioItem")
    assert master
    assert (held[0][0], held[0][1].media_id) == ("reference", master.media_id)
    assert address
    assert address.startswith("http")


async def test_our_client_knows_that_there_is_a_master_and_that_there_is_none(
    library_url: str, drawn: Drawn, nobody_drew: str
) -> None:
    ours = client(library_url)
    with pytest.raises(MasterExists):
        await ours.generate_reference(drawn.id, "again")
    with pytest.raises(MasterMissing):
        await ours.generate_set(nobody_drew, 1, lambda *_: None)
    assert await ours.reference_image(nobody_drew) is None


async def test_a_freed_master_is_given_back_and_nothing_is_wiped(library_url: str, drawn: Drawn) -> None:
    ours = client(library_url)
    before, master = await ours.images(drawn.id), await ours.reference_image(drawn.id)
    assert master
    assert master.media_id
    await ours.free_master(drawn.id)
    freed = await ours.reference_image(drawn.id)
    await ours.set_reference_image(drawn.id, master.media_id)
    after = await ours.images(drawn.id)
    assert freed is None
    assert [(kind, one.media_id) for kind, one in after] == [(kind, one.media_id) for kind, one in before]


# What only a stand-in can be made to do


@pytest.fixture
def broken(request: pytest.FixtureRequest, library: httpx.Client, nobody_drew: str) -> str:
    """A character without any picture, behind whom something is broken."""
    ok(library.post("/_control/faults", json={"characterId": nobody_drew, **request.param}))
    return nobody_drew


@pytest.mark.control
@pytest.mark.parametrize(
    ("broken", "words", "charged"),
    [
        ({"route": "generator", "status": 429, "body": "slow down"}, "Fal.ai API error: 429 - slow down", "unknown"),
        ({"route": "storage", "status": 500}, "Failed to upload generated image", "yes"),
        ({"route": "dino", "status": 500}, "Failed to process image with DINOv3", "yes"),
    ],
    indirect=["broken"],
)
async def test_a_failure_behind_the_library_is_told_in_its_words(
    library_url: str, broken: str, words: str, charged: str
) -> None:
    with pytest.raises(LibraryRefused, match=words) as caught:
        await client(library_url).generate_reference(broken, "x")
    assert str(caught.value).count(words) == 1
    assert caught.value.charged == charged
