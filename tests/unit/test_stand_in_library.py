"""The stand-in of the Character Library keeps the recorded contract, and breaks it on demand."""

import base64
import io
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

ROOT = Path(__file__).parents[2]
SCENE = {"sceneContext": "x", "sceneType": "action"}
NOBODY = "00000000-0000-4000-8000-000000000000"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def library() -> Iterator[httpx.Client]:
    """A client of a stand-in that paints without delay, in a process of its own."""
    command = [sys.executable, "-m", "scripts.local_stack.character_library", "--port", "0", "--delay", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"Character Library listens on (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        with httpx.Client(base_url=found[1], timeout=20) as client:
            yield client
        process.terminate()
        assert process.wait(10) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


@pytest.fixture
def ada(library: httpx.Client) -> str:
    """A character whom the library knows, with small pictures."""
    return put_character(library)


def put_character(library: httpx.Client, **settings: Any) -> str:
    character_id = uuid.uuid4().hex
    data = {"id": character_id, "name": "Ada Marsh", "pictureSize": [96, 128], **settings}
    answer = library.post("/_control/characters", json=data)
    assert answer.status_code == 201, answer.text
    return character_id


def order(library: httpx.Client, character_id: str, route: str, **fault: Any) -> None:
    answer = library.post("/_control/faults", json={"characterId": character_id, "route": route, **fault})
    assert answer.status_code == 201, answer.text


def path(character_id: str, route: str) -> str:
    return f"/api/v1/characters/{character_id}/{route}"


def generate(library: httpx.Client, character_id: str, prompt: str = "red hair, blue coat") -> httpx.Response:
    return library.post(path(character_id, "generate-initial-image"), json={"prompt": prompt})


def master_of(library: httpx.Client, character_id: str) -> str | None:
    answer: Json = library.get(path(character_id, "reference-image")).json()
    return answer.get("mediaId")


def log_of(library: httpx.Client, character_id: str) -> list[Json]:
    requests: list[Json] = library.get("/_control/log", params={"characterId": character_id}).json()["requests"]
    return requests


def picture(library: httpx.Client, url: str) -> Image.Image:
    answer = library.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    return Image.open(io.BytesIO(answer.content))


def finished(library: httpx.Client, job_id: str) -> Json:
    for _ in range(200):
        job: Json = library.get(f"/api/v1/jobs/{job_id}/status").json()
        if job["status"] in ("completed", "failed"):
            return job
        time.sleep(0.05)
    raise AssertionError("the job never ended")


# The contract


def test_health_says_ok(library: httpx.Client) -> None:
    answer = library.get("/api/health")
    assert answer.json()["status"] == "ok"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    assert library.head("/api/health").status_code == 200


def test_an_unknown_route_a_wrong_method_and_a_trailing_slash(library: httpx.Client) -> None:
    unknown = library.get("/api/v1/nothing")
    assert (unknown.status_code, unknown.json()) == (404, {"message": 'Route not found "/api/v1/nothing"'})
    wrong = library.get(path(NOBODY, "generate-initial-image"))
    assert (wrong.status_code, wrong.content) == (405, b"")
    slash = library.post("/api/v1/characters/", json={"name": "Slash"})
    assert (slash.status_code, slash.headers["location"]) == (308, "/api/v1/characters")


def test_creating_answers_the_bare_document(library: httpx.Client) -> None:
    name = f"Extra {uuid.uuid4().hex}"
    made = library.post("/api/v1/characters", json={"name": name, "nonsense": {"a": 1}, "age": 28})
    assert made.status_code == 201
    assert made.json()["characterId"] == name.lower().replace(" ", "-")
    assert "nonsense" not in made.json()
    assert library.get(f"/api/v1/characters/{made.json()['id']}").json()["age"] == 28
    found = library.get("/api/v1/characters", params={"search": name, "limit": 1}).json()
    assert (found["totalDocs"], found["docs"][0]["name"]) == (1, name)


@pytest.mark.parametrize("body", [b"", b"hello", b'{"age": 3}', b'{"name": "Bo", "age": "old"}', b"null"])
def test_whatever_is_wrong_with_a_new_character_is_the_same_500(library: httpx.Client, body: bytes) -> None:
    answer = library.post("/api/v1/characters", content=body)
    assert (answer.status_code, answer.json()) == (500, {"error": "Failed to create character"})


def test_a_second_character_of_the_same_slug_is_refused(library: httpx.Client) -> None:
    name = f"Twin {uuid.uuid4().hex}"
    answers = [library.post("/api/v1/characters", json={"name": name}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 500]


@pytest.mark.parametrize(
    ("method", "route", "body", "expected"),
    [
        ("GET", "", None, {"error": "Failed to fetch character"}),
        ("DELETE", "", None, {"error": "Failed to delete character"}),
        ("GET", "/reference-image", None, {"success": False, "updated": False, "error": "Not Found"}),
        ("DELETE", "/reference-image", None, {"success": False, "updated": False, "error": "Not Found"}),
        ("POST", "/generate-360-set", {}, {"success": False, "status": "failed", "error": "Not Found"}),
        ("POST", "/generate-scene-image", SCENE, {"success": False, "error": "Not Found"}),
        (
            "POST",
            "/generate-initial-image",
            {"prompt": "x"},
            {"success": False, "error": "Internal server error during image generation", "details": "Not Found"},
        ),
    ],
)
def test_an_unknown_id_is_a_500_in_each_shape(
    library: httpx.Client, method: str, route: str, body: Json | None, expected: Json
) -> None:
    answer = library.request(method, f"/api/v1/characters/{NOBODY}{route}", json=body)
    told = answer.json()
    told.pop("processingTime", None)
    assert (answer.status_code, told) == (500, expected)


def test_bodies_are_checked_before_the_id(library: httpx.Client) -> None:
    missing = library.post(path(NOBODY, "generate-initial-image"), json={})
    assert (missing.status_code, missing.json()) == (400, {"success": False, "error": "Prompt is required"})
    empty = library.post(path(NOBODY, "generate-initial-image"))
    assert (empty.status_code, empty.json()["details"]) == (500, "Unexpected end of JSON input")
    null = library.post(path(NOBODY, "generate-initial-image"), content=b"null")
    assert null.json()["details"] == "Cannot read properties of null (reading 'prompt')"
    words = library.post(path(NOBODY, "generate-initial-image"), content=b"prompt=x")
    assert words.json()["details"] == "Unexpected token 'p', \"prompt=x\" is not valid JSON"


def test_a_first_image_becomes_the_master_and_a_second_is_refused(library: httpx.Client, ada: str) -> None:
    assert library.get(path(ada, "reference-image")).json() == {"success": True, "updated": True}
    made = generate(library, ada).json()
    assert set(made["data"]) == {"characterId", "characterName", "imageId", "dinoAssetId", "publicUrl"}
    assert "/dino/" in made["data"]["publicUrl"]
    master = library.get(path(ada, "reference-image")).json()
    assert master["mediaId"] == made["data"]["imageId"]
    assert "/media/" in master["imageUrl"]
    assert picture(library, made["data"]["publicUrl"]).size == picture(library, master["imageUrl"]).size == (96, 128)
    refused = generate(library, ada)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("Character already has a master reference image.")


def test_a_freed_master_can_be_given_back(library: httpx.Client, ada: str) -> None:
    first = generate(library, ada).json()["data"]["imageId"]
    freed = library.patch(f"/api/v1/characters/{ada}", json={"masterReferenceImage": None})
    assert freed.json()["masterReferenceImage"] is None
    assert master_of(library, ada) is None
    assert "masterReference" not in library.get(path(ada, "images")).json()["images"]
    second = generate(library, ada).json()["data"]["imageId"]
    assert second != first
    given = library.put(path(ada, "reference-image"), json={"mediaId": first})
    assert given.json()["mediaId"] == master_of(library, ada) == first


def test_a_master_is_set_by_known_media_only(library: httpx.Client, ada: str) -> None:
    address = path(ada, "reference-image")
    assert library.put(address, json={}).status_code == 400
    assert library.put(address).json()["error"] == "Unexpected end of JSON input"
    assert library.put(address, json={"mediaId": "garbage"}).json()["error"] == "FOREIGN KEY constraint failed"
    thanked = library.put(address, json={"imageUrl": "http://example.org/x.jpg"})
    assert thanked.json() == {"success": True, "updated": True, "imageUrl": "http://example.org/x.jpg"}
    assert master_of(library, ada) is None


def test_wiping_the_master_keeps_its_media(library: httpx.Client, ada: str) -> None:
    media_id = generate(library, ada).json()["data"]["imageId"]
    wiped = library.delete(path(ada, "reference-image"))
    assert len(wiped.json()["resetFields"]) == 11
    assert library.delete(path(ada, "reference-image")).json() == wiped.json()
    media = library.get(f"/api/media/{media_id}", params={"depth": 0}).json()
    assert (media["mimeType"], media["width"], len(media["dinoFeatures"])) == ("image/jpeg", 96, 384)
    assert len(library.get(media["url"]).content) == media["filesize"]
    assert library.delete(f"/api/media/{media_id}").status_code == 403


def test_missing_media_and_files_are_404(library: httpx.Client) -> None:
    assert library.get(f"/api/media/{NOBODY}").json() == {"errors": [{"message": "Not Found"}]}
    missing = library.get("/api/media/file/nothing.jpg")
    assert (missing.status_code, missing.content) == (404, b"")


def test_the_standalone_route_rewrites_its_prompt_and_serves_as_master(library: httpx.Client, ada: str) -> None:
    made = library.post("/api/v1/characters/generate-initial-image", json={"prompt": "x", "alt": "a"}).json()["data"]
    assert made["filename"].startswith("standalone_initial_")
    assert library.put(path(ada, "reference-image"), json={"mediaId": made["imageId"]}).status_code == 200
    assert master_of(library, ada) == made["imageId"]


def test_a_client_that_hangs_up_is_not_noticed_and_the_last_to_finish_is_the_master(library: httpx.Client) -> None:
    ada = put_character(library, delayMs=400)
    with pytest.raises(httpx.ReadTimeout):
        library.post(path(ada, "generate-initial-image"), json={"prompt": "x"}, timeout=0.1)
    second = generate(library, ada)
    assert second.status_code == 200
    assert master_of(library, ada) == second.json()["data"]["imageId"]
    assert generate(library, ada).status_code == 400
    assert [one["status"] for one in log_of(library, ada) if one["method"] == "POST"] == [200, 200, 400]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 500, "Cannot read properties of undefined (reading 'substring')"),
        ({"sceneContext": "  ", "sceneType": "action"}, 400, "sceneContext is required"),
        ({"sceneContext": "x"}, 400, "sceneType is required"),
        ({"sceneContext": "x", "sceneType": "action"}, 400, "No reference image available for character consistency"),
    ],
)
def test_what_a_scene_refuses(library: httpx.Client, ada: str, body: Json, status: int, error: str) -> None:
    answer = library.post(path(ada, "generate-scene-image"), json=body)
    assert (answer.status_code, answer.json()) == (status, {"success": False, "error": error})


def test_a_scene_joins_the_gallery(library: httpx.Client, ada: str) -> None:
    generate(library, ada)
    body = {"sceneContext": "Ada waits on a rainy platform", "sceneType": "dialogue", "mood": "calm"}
    made = library.post(path(ada, "generate-scene-image"), json=body).json()
    assert made["sceneContext"]["qualityScore"] == 85
    [scene] = library.get(path(ada, "images")).json()["images"]["sceneImages"]
    assert (scene["imageId"], scene["url"], scene["tags"]) == (made["mediaId"], made["imageUrl"], "scene,dialogue,calm")
    assert scene["isValid"] is False
    wrong = library.post(path(ada, "generate-scene-image"), json={"sceneContext": "x", "sceneType": "portrait"})
    assert wrong.json()["error"].endswith("Scene Contexts 2 > Scene Type")


def test_the_images_of_an_unknown_character(library: httpx.Client) -> None:
    answer = library.get(path(NOBODY, "images"))
    assert (answer.status_code, answer.json()["error"], answer.json()["totalImages"]) == (500, "Not Found", 0)


# Sets


def test_a_set_at_once_turns_the_figure(library: httpx.Client) -> None:
    ada = put_character(library, pictureSize=[192, 256])
    generate(library, ada)
    made = library.post(path(ada, "generate-360-set"), json={"imageCount": 4}).json()
    assert (made["success"], made["status"]) == (True, "completed")
    assert [image["angle"] for image in made["images"]] == ["0", "90", "180", "270"]
    pictures = [picture(library, image["url"]).convert("L").crop((0, 0, 192, 230)) for image in made["images"]]
    for index, one in enumerate(pictures):
        for other in pictures[index + 1 :]:
            assert ImageStat.Stat(ImageChops.difference(one, other)).mean[0] > 3
    assert len(library.get(path(ada, "images")).json()["images"]["coreReferenceSet"]) == 4


def test_a_set_without_anything_to_go_by(library: httpx.Client, ada: str) -> None:
    refused = library.post(path(ada, "generate-360-set"), json={})
    assert (refused.status_code, refused.json()["status"]) == (400, "failed")
    described = put_character(library, physicalDescription="lanky")
    assert library.post(path(described, "generate-360-set"), json={"imageCount": 1}).json()["success"] is True
    empty = library.post(path(described, "generate-360-set"), json={"angles": []})
    assert (empty.status_code, empty.json()["success"], empty.json()["images"]) == (200, False, [])


def test_a_job_makes_all_its_shots_whatever_was_asked_for(library: httpx.Client) -> None:
    ada = put_character(library, dialect="job", shots=6)
    refused = library.post(path(ada, "generate-360-set"), json={})
    assert refused.json()["error"] == "Character must have a master reference image for 360° generation"
    generate(library, ada)
    accepted = library.post(path(ada, "generate-360-set"), json={"imageCount": 2, "angles": ["front"]})
    assert accepted.status_code == 202
    assert accepted.json()["message"] == "360° image generation job started. Generating 2 images."
    job = finished(library, accepted.json()["jobId"])
    assert job["progress"] == {"current": 2, "total": 2, "percentage": 100, "currentTask": "Completed"}
    images = job["results"]["generatedImages"]
    assert len(images) == 6
    assert images[0]["url"] == f"https://media.rumbletv.com/media/{images[0]['mediaId']}"
    assert (images[0]["angle"], images[0]["dinoAssetId"]) == ("50mm 25° RIGHT MCU (Enhanced)", "")
    media = library.get(f"/api/media/{images[0]['mediaId']}").json()
    assert media["filename"].endswith(".png")
    assert picture(library, media["url"]).format == "JPEG"
    listed = library.get(path(ada, "images")).json()["images"]["coreReferenceSet"][0]
    assert (listed["angle"], listed["lens"], listed["dinoAssetId"], listed["isValid"]) == (
        "3q_right",
        "50mm",
        None,
        False,
    )
    cancelled = library.delete(accepted.json()["pollUrl"])
    assert (cancelled.status_code, cancelled.json()["message"]) == (400, "Cannot cancel job with status: completed")


def test_cancelling_a_job_does_not_cancel_it(library: httpx.Client) -> None:
    ada = put_character(library, dialect="job", shots=3, jobStepMs=400)
    generate(library, ada)
    job_id = library.post(path(ada, "generate-360-set"), json={}).json()["jobId"]
    address = f"/api/v1/jobs/{job_id}/status"
    assert library.delete(address).json() == {"success": True, "message": "Job cancelled successfully"}
    assert library.get(address).json()["status"] == "cancelled"
    assert len(finished(library, job_id)["results"]["generatedImages"]) == 3


def test_failed_shots_leave_a_completed_job_and_all_failed_ones_do_not(library: httpx.Client) -> None:
    ada = put_character(library, dialect="job", shots=4)
    generate(library, ada)
    order(library, ada, "shot", status=429, times=1)
    job = finished(library, library.post(path(ada, "generate-360-set"), json={}).json()["jobId"])
    assert (job["status"], len(job["results"]["generatedImages"]), len(job["results"]["failedImages"])) == (
        "completed",
        3,
        1,
    )
    order(library, ada, "shot", status=500, times=4)
    job = finished(library, library.post(path(ada, "generate-360-set"), json={}).json()["jobId"])
    assert (job["success"], job["status"], job["error"]) == (True, "failed", "No images were successfully generated")


def test_an_unknown_job_is_404(library: httpx.Client) -> None:
    answer = library.get("/api/v1/jobs/nope/status")
    assert (answer.status_code, answer.json()["error"]) == (404, "Job not found")
    assert library.delete("/api/v1/jobs/nope/status").json() == {"success": False, "message": "Job not found"}


# Minimal libraries


@pytest.mark.parametrize(
    ("shape", "one", "many"),
    [
        ("top", lambda made: made["publicUrl"], lambda made: made["images"][1]["publicUrl"]),
        ("data", lambda made: made["data"]["publicUrl"], lambda made: made["data"]["images"][1]["publicUrl"]),
        ("strings", lambda made: made["publicUrl"], lambda made: made["images"][1]),
    ],
)
def test_a_minimal_library_knows_four_routes(library: httpx.Client, shape: str, one: Any, many: Any) -> None:
    ada = put_character(library, shape=shape)
    assert [generate(library, ada).status_code for _ in range(2)] == [200, 200]
    assert picture(library, one(generate(library, ada).json())).format == "JPEG"
    made = library.post(path(ada, "generate-360-set"), json={"imageCount": 2}).json()
    assert picture(library, many(made)).format == "JPEG"
    scene = library.post(path(ada, "generate-scene-image"), json={"sceneContext": "x", "sceneType": "action"}).json()
    assert picture(library, one(scene)).format == "JPEG"
    assert library.delete(path(ada, "reference-image")).status_code in (200, 204)
    assert library.get(path(ada, "reference-image")).status_code == 404
    assert library.get(path(ada, "images")).json()["message"] == f'Route not found "{path(ada, "images")}"'


def test_relative_addresses_on_demand(library: httpx.Client) -> None:
    ada = put_character(library, relativeUrls=True)
    url = generate(library, ada).json()["data"]["publicUrl"]
    assert url.startswith("/api/media/file/")
    assert picture(library, url).format == "JPEG"


# Pictures


def test_pictures_are_sheets_of_768_by_1024_and_follow_the_prompt(library: httpx.Client) -> None:
    pictures = []
    for prompt in ("black hair, white coat", "red hair, black coat"):
        ada = put_character(library, name="Жанна 李 🎬\x00\n", pictureSize=[768, 1024])
        url = generate(library, ada, prompt).json()["data"]["publicUrl"]
        assert 80_000 < len(library.get(url).content) < 320_000
        pictures.append(picture(library, url).convert("RGB"))
    assert pictures[0].size == (768, 1024)
    assert ImageStat.Stat(ImageChops.difference(*pictures)).mean[0] > 10


# Faults


@pytest.mark.parametrize(("action", "master"), [("reset-before", False), ("reset", True)])
def test_a_broken_connection_before_or_after_the_work(
    library: httpx.Client, ada: str, action: str, *, master: bool
) -> None:
    order(library, ada, "generate-initial-image", action=action)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        generate(library, ada)
    assert (master_of(library, ada) is not None) is master
    assert log_of(library, ada)[0]["status"] is None
    assert library.get("/api/health").status_code == 200


@pytest.mark.parametrize(("action", "master"), [("hang", False), ("hang-after", True)])
def test_an_answer_that_never_comes(library: httpx.Client, ada: str, action: str, *, master: bool) -> None:
    order(library, ada, "generate-initial-image", action=action)
    with pytest.raises(httpx.ReadTimeout):
        library.post(path(ada, "generate-initial-image"), json={"prompt": "x"}, timeout=0.6)
    assert (master_of(library, ada) is not None) is master


def test_an_answer_instead_of_the_work_and_one_after_it(library: httpx.Client, ada: str) -> None:
    failure = {"success": False, "error": "Image generation failed", "details": "Fal.ai API error: 429 - {}"}
    order(library, ada, "generate-initial-image", status=500, body=failure)
    answer = generate(library, ada)
    assert (answer.status_code, answer.json(), master_of(library, ada)) == (500, failure, None)
    order(library, ada, "generate-initial-image", action="after", status=504, body="Gateway Timeout")
    answer = generate(library, ada)
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (504, "Gateway Timeout", "text/plain")
    assert master_of(library, ada) is not None


def test_a_proxy_page_and_a_redirect(library: httpx.Client, ada: str) -> None:
    order(library, ada, "reference-image", method="GET", action="html", status=504)
    page = library.get(path(ada, "reference-image"))
    assert (page.status_code, page.headers["content-type"]) == (504, "text/html")
    order(library, ada, "reference-image", action="redirect")
    moved = library.get(path(ada, "reference-image"))
    assert (moved.status_code, moved.headers["location"]) == (302, f"{path(ada, 'reference-image')}?redirected=1")


def test_files_that_are_cut_garbled_huge_or_not_there(library: httpx.Client, ada: str) -> None:
    url = generate(library, ada).json()["data"]["publicUrl"]
    whole = library.get(url).content
    order(library, ada, "file", action="truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        library.get(url)
    order(library, ada, "file", action="cut")
    assert library.get(url).content == whole[: len(whole) // 2]
    order(library, ada, "file", action="garble")
    garbled = library.get(url).content
    assert (len(garbled), garbled != whole) == (len(whole), True)
    order(library, ada, "file", action="huge", bytes=3_000_000)
    assert len(library.get(url).content) >= 3_000_000
    order(library, ada, "file", action="html")
    assert library.get(url).headers["content-type"] == "text/html"
    order(library, ada, "file", bodyBase64=base64.b64encode(b"GIF89a").decode(), status=200, contentType="image/gif")
    assert (library.get(url).content, library.get(url).content) == (b"GIF89a", whole)
    order(library, ada, "file", status=410)
    gone = library.get(url)
    assert (gone.status_code, gone.content) == (410, b"")


def test_dripping_and_slow_answers_arrive_whole(library: httpx.Client, ada: str) -> None:
    order(library, ada, "reference-image", action="drip", pieces=4, pauseMs=50)
    order(library, ada, "reference-image", delayMs=300)
    begun = time.monotonic()
    assert library.get(path(ada, "reference-image")).json() == {"success": True, "updated": True}
    assert time.monotonic() - begun >= 0.2
    begun = time.monotonic()
    assert library.get(path(ada, "reference-image")).status_code == 200
    assert time.monotonic() - begun >= 0.3


def test_faults_keep_to_their_character_their_count_and_their_turn(library: httpx.Client, ada: str) -> None:
    other = put_character(library)
    order(library, ada, "images", status=503, times=2, skip=1)
    assert library.get(path(other, "images")).status_code == 200
    assert [library.get(path(ada, "images")).status_code for _ in range(4)] == [200, 503, 503, 200]
    order(library, ada, "*", status=500, times=-1)
    assert [library.get(path(ada, "images")).status_code for _ in range(2)] == [500, 500]
    library.delete("/_control/faults", params={"characterId": ada})
    assert library.get(path(ada, "images")).status_code == 200
    assert library.post("/_control/faults", json={"route": "images", "nonsense": 1}).status_code == 400


def test_the_log_tells_every_request_in_order(library: httpx.Client, ada: str) -> None:
    media_id = generate(library, ada, "exactly this").json()["data"]["imageId"]
    library.get(f"/api/media/{media_id}")
    library.post(path(ada, "generate-initial-image"), content=b"not json")
    told = [(one["method"], one["route"], one["body"], one["status"]) for one in log_of(library, ada)]
    assert told == [
        ("POST", "generate-initial-image", {"prompt": "exactly this"}, 200),
        ("GET", "media", None, 200),
        ("POST", "generate-initial-image", "not json", 500),
    ]
    library.post("/_control/reset", json={"characterId": ada})
    assert log_of(library, ada) == []
    assert library.get(path(ada, "reference-image")).status_code == 500


# What is behind the library


def test_a_picture_that_dino_lost_is_stored_and_leaves_the_character_as_it_was(library: httpx.Client, ada: str) -> None:
    before = library.get("/api/media", params={"limit": 1}).json()["totalDocs"]
    order(library, ada, "dino", status=500)
    assert generate(library, ada).json()["error"] == "Failed to process image with DINOv3"
    newest = library.get("/api/media", params={"limit": 1}).json()
    media = newest["docs"][0]
    assert (newest["totalDocs"], media["dinoAssetId"], master_of(library, ada)) == (before + 1, None, None)
    assert picture(library, media["url"]).format == "JPEG"
    library.put(path(ada, "reference-image"), json={"mediaId": media["id"]})
    scene = library.post(path(ada, "generate-scene-image"), json=SCENE)
    assert scene.json()["error"] == "No reference image available for character consistency"
    library.post("/_control/characters", json={"id": ada, "dialect": "job"})
    assert library.post(path(ada, "generate-360-set"), json={}).status_code == 400
    library.patch(f"/api/v1/characters/{ada}", json={"masterReferenceImage": None})
    assert generate(library, ada).status_code == 200


@pytest.mark.parametrize("dialect", ["sync", "job"])
def test_a_generator_that_fails_in_the_middle_of_a_set_loses_one_shot(library: httpx.Client, dialect: str) -> None:
    ada = put_character(library, dialect=dialect, shots=3)
    generate(library, ada)
    order(library, ada, "generator", status=429, body="slow down", skip=1)
    made = library.post(path(ada, "generate-360-set"), json={"imageCount": 3}).json()
    if dialect == "job":
        made = finished(library, made["jobId"])["results"]
        assert [one["error"] for one in made["failedImages"]] == ["Fal.ai API error: 429 - slow down"]
    assert len(made.get("images") or made["generatedImages"]) == 2


def test_the_standalone_route_fails_in_the_same_words(library: httpx.Client) -> None:
    answer = library.post("/_control/faults", json={"route": "storage", "status": 500})
    assert answer.status_code == 201
    failed = library.post("/api/v1/characters/generate-initial-image", json={"prompt": "x"})
    assert (failed.status_code, failed.json()["error"]) == (500, "Failed to upload generated image")


def test_a_set_of_placeholders_draws_nothing(library: httpx.Client) -> None:
    ada = put_character(library, placeholders=True)
    assert library.post(path(ada, "generate-360-set"), json={}).status_code == 400
    generate(library, ada)
    made = library.post(path(ada, "generate-360-set"), json={"imageCount": 2}).json()
    assert [image["url"].partition("/character-")[0] for image in made["images"]] == [
        "https://placeholder.example.com"
    ] * 2
    assert library.get(path(ada, "images")).json()["images"]["coreReferenceSet"] == []
