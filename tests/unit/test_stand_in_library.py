"""What the stand-in of the Character Library does beside the recorded answers, which tests/contract holds it to.

Whatever goes on over several requests, smaller dialects, pictures, and failures on demand.
"""

import base64
import io
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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


# Over several requests


def test_a_second_character_of_the_same_slug_is_refused(library: httpx.Client) -> None:
    name = f"Twin {uuid.uuid4().hex}"
    answers = [library.post("/api/v1/characters", json={"name": name}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 500]


def test_wiping_the_master_keeps_its_media(library: httpx.Client, ada: str) -> None:
    media_id = generate(library, ada).json()["data"]["imageId"]
    wiped = library.delete(path(ada, "reference-image"))
    assert len(wiped.json()["resetFields"]) == 11
    assert library.delete(path(ada, "reference-image")).json() == wiped.json()
    media = library.get(f"/api/media/{media_id}", params={"depth": 0}).json()
    assert (media["mimeType"], media["width"], len(media["dinoFeatures"])) == ("image/jpeg", 96, 384)
    assert len(library.get(media["url"]).content) == media["filesize"]
    assert library.delete(f"/api/media/{media_id}").status_code == 403


def test_a_client_that_hangs_up_is_not_noticed_and_the_last_to_finish_is_the_master(library: httpx.Client) -> None:
    ada = put_character(library, delayMs=400)
    with pytest.raises(httpx.ReadTimeout):
        library.post(path(ada, "generate-initial-image"), json={"prompt": "x"}, timeout=0.1)
    second = generate(library, ada)
    assert second.status_code == 200
    assert master_of(library, ada) == second.json()["data"]["imageId"]
    assert generate(library, ada).status_code == 400
    assert [one["status"] for one in log_of(library, ada) if one["method"] == "POST"] == [200, 200, 400]


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
    assert (images[0]["angle"], images[0]["dinoAssetId"]) == ("35mm FRONT FULL (Enhanced)", "")
    media = library.get(f"/api/media/{images[0]['mediaId']}").json()
    assert media["filename"].endswith(".png")
    assert picture(library, media["url"]).format == "JPEG"
    listed = library.get(path(ada, "images")).json()["images"]["coreReferenceSet"][0]
    assert (listed["angle"], listed["lens"], listed["dinoAssetId"], listed["isValid"]) == (
        "front",
        "35mm",
        None,
        False,
    )
    cancelled = library.delete(accepted.json()["pollUrl"])
    assert (cancelled.status_code, cancelled.json()["message"]) == (400, "Cannot cancel job with status: completed")


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


def test_a_job_draws_the_27_shots_of_the_service_by_their_names(library: httpx.Client) -> None:
    ada = put_character(library, dialect="job", pictureSize=[24, 32])
    generate(library, ada)
    accepted = library.post(path(ada, "generate-360-set"), json={"imageCount": 8, "maxRetries": 1}).json()
    images = finished(library, accepted["jobId"])["results"]["generatedImages"]
    assert len({image["angle"] for image in images}) == 27
    core = library.get(path(ada, "images")).json()["images"]["coreReferenceSet"]
    shots = {
        one["referenceShot"]["shotName"]: (
            one["angle"],
            one["lens"],
            one["referenceShot"]["cameraAzimuthDeg"],
            one["referenceShot"]["cameraElevationDeg"],
        )
        for one in core
    }
    assert shots["50mm BACK 3Q (Enhanced)"] == ("back", "50mm", 180, 0)
    assert shots["35mm 3Q LEFT (Enhanced)"] == ("3q_left", "35mm", -35, 0)
    assert shots["85mm TIGHT 15° LEFT CU (Enhanced)"] == ("front", "85mm", -15, 0)
    assert shots["85mm VULNERABLE MCU (Enhanced)"] == ("3q_left", "85mm", -25, 5)
    assert shots["HANDS DETAIL (Enhanced Macro)"][2:] == (0, -15)
    pictures = [picture(library, one["url"]).tobytes() for one in core]
    assert len(set(pictures)) == 27
    assert [one["url"].rpartition("/")[2].startswith("ada_marsh_") for one in core] == [True] * 27


def test_one_picture_that_cannot_be_stored_fails_the_whole_job(library: httpx.Client) -> None:
    ada = put_character(library, name="Ada Unsaved", dialect="job", shots=4)
    generate(library, ada)
    order(library, ada, "storage", skip=2, status=500)
    job = finished(library, library.post(path(ada, "generate-360-set"), content=b"null").json()["jobId"])
    field = "Reference Image Gallery > Character Image Gallery 3 > Image File"
    assert (job["status"], job["error"]) == ("failed", f"The following field is invalid: {field}")
    assert library.get(path(ada, "images")).json()["images"]["coreReferenceSet"] == []
    orphans = library.get("/api/media", params={"depth": 0, "where[filename][contains]": "ada_unsaved"}).json()
    assert orphans["totalDocs"] == 3


def test_a_scene_that_outlasts_a_set_writes_the_old_gallery_back(library: httpx.Client) -> None:
    ada = put_character(library, dialect="job", shots=2, delayMs=900, jobStepMs=0)
    generate(library, ada)
    scene = {"sceneContext": "a pier", "sceneType": "action"}
    with ThreadPoolExecutor(1) as threads:
        drawn = threads.submit(library.post, path(ada, "generate-scene-image"), json=scene)
        until = time.monotonic() + 10
        while log_of(library, ada)[-1]["route"] != "generate-scene-image" and time.monotonic() < until:
            time.sleep(0.02)
        finished(library, library.post(path(ada, "generate-360-set"), json={}).json()["jobId"])
        assert len(library.get(path(ada, "images")).json()["images"]["coreReferenceSet"]) == 2
        assert drawn.result().status_code == 200
    images = library.get(path(ada, "images")).json()["images"]
    assert (len(images["coreReferenceSet"]), len(images["sceneImages"])) == (0, 1)
    assert "sceneContext" not in images["sceneImages"][0]


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
