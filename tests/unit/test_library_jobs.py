"""A job is followed to its end: one POST, then looks, whatever they tell, until it is over or stands still."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from app.character_library import CharacterLibrary, LibraryImageSet, jobs
from app.character_library.jobs import Job, JobState, accepted, read_state
from app.errors import LibraryBadResponse, LibraryError, LibraryRefused, LibraryRouteMissing, LibraryTimeout
from app.limits import Limits
from tests.support.raw_server import HANG, Pause, RawServer, Reset, Script, answer, json_answer, raw_server

JOB = "0d9f-41"
STATUS = f"/api/v1/jobs/{JOB}/status"
ACCEPTED = json_answer(202, {"success": True, "jobId": JOB, "status": "accepted", "pollUrl": STATUS})


def state(status: str, current: int = 0, **more: Any) -> Script:
    progress = {"current": current, "total": 27, "percentage": current * 100 // 27, "currentTask": "…"}
    return json_answer(200, {"success": True, "jobId": JOB, "status": status, "progress": progress, **more})


def completed(*images: dict[str, Any], **more: Any) -> Script:
    return state("completed", 27, results={"success": True, "generatedImages": list(images), **more})


def made_up(media_id: str) -> dict[str, Any]:
    """A picture of a job's results, whose address leads nowhere."""
    url = f"https://media.rumbletv.com/media/{media_id}"
    return {"url": url, "angle": "50mm FRONT", "quality": 90, "dinoAssetId": "", "mediaId": media_id}


def real(media_id: str) -> Script:
    return json_answer(200, {"id": media_id, "url": f"/api/media/file/{media_id}.jpg"})


class Told:
    """What the one who waits was told."""

    def __init__(self) -> None:
        self.progress: list[tuple[int, int]] = []

    def __call__(self, made: int, total: int) -> None:
        self.progress.append((made, total))


async def followed(
    server: RawServer, told: Told | None = None, *, stalled: float = 10, seconds: float = 20
) -> LibraryImageSet:
    limits = Limits(job_seconds=(0.002, 0.01))
    library = CharacterLibrary(server.url, timeout=seconds, set_timeout=seconds, limits=limits, stalled=stalled)
    return await library.generate_set("1", 4, told or Told())


def asked(server: RawServer) -> list[str]:
    return [request.line.removesuffix(" HTTP/1.1") for request in server.requests]


async def test_a_job_is_followed_until_it_completes_and_its_pictures_get_their_real_addresses() -> None:
    script = [ACCEPTED, state("pending"), state("processing", 3), state("processing", 26)]
    told = Told()
    async with raw_server(*script, completed(made_up("m1")), real("m1")) as server:
        made = await followed(server, told)
        assert asked(server) == [
            "POST /api/v1/characters/1/generate-360-set",
            *[f"GET {STATUS}"] * 4,
            "GET /api/media/m1",
        ]
        [picture] = made.images
        assert picture.url == f"{server.url}/api/media/file/m1.jpg"
    assert (picture.external_id, picture.facts) == (
        "m1",
        {"angle": "50mm FRONT", "shot": "50mm FRONT", "lens": "50mm", "quality": 90},
    )
    assert told.progress == [(0, 27), (3, 27), (26, 27)]


async def test_the_address_of_the_result_is_used_only_where_the_media_gives_none() -> None:
    images = completed(made_up("m1"), {"url": "/plain.jpg", "angle": "no id"}, {"mediaId": "m3"})
    async with raw_server(ACCEPTED, images, json_answer(404, {"errors": [{"message": "Not Found"}]})) as server:
        made = await followed(server)
        assert [picture.url for picture in made.images] == [
            "https://media.rumbletv.com/media/m1",
            f"{server.url}/plain.jpg",
            None,
        ]
        assert sorted(asked(server)[2:]) == ["GET /api/media/m1", "GET /api/media/m3"]


async def test_the_pictures_keep_the_librarys_order() -> None:
    ids = [f"m{index:02}" for index in range(27)]
    lost = json_answer(404, {})
    async with raw_server(ACCEPTED, completed(*map(made_up, ids)), lost) as server:
        made = await followed(server)
    assert [picture.external_id for picture in made.images] == ids


async def test_what_a_job_could_not_make_is_told() -> None:
    failed = [{"angle": "back", "error": "No images returned from Fal.ai", "attempts": 3}]
    async with raw_server(ACCEPTED, completed(made_up("m1"), failedImages=failed), real("m1")) as server:
        made = await followed(server)
    assert len(made.images) == 1
    assert made.failures == ["back: No images returned from Fal.ai"]


async def test_a_job_that_fails_says_why_although_its_answer_is_a_success() -> None:
    why = "No images were successfully generated"
    async with raw_server(ACCEPTED, state("processing", 26), state("failed", 26, error=why)) as server:
        with pytest.raises(LibraryRefused, match=f"job {JOB} failed: {why}") as caught:
            await followed(server)
    assert (caught.value.status, caught.value.error, caught.value.charged) == (200, why, "unknown")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "no reason given"),
        ({"error": {"code": 7}, "message": "Quota"}, "Quota"),
        ({"error": "e" * 400}, "e" * 299 + "…"),
    ],
)
async def test_a_job_that_fails_in_odd_words_has_failed_all_the_same(more: dict[str, Any], words: str) -> None:
    async with raw_server(ACCEPTED, state("failed", **more)) as server:
        with pytest.raises(LibraryRefused) as caught:
            await followed(server)
    assert str(caught.value) == f"The Character Library's job {JOB} failed: {words}"


async def test_a_set_that_was_drawn_and_not_saved_is_paid_for() -> None:
    why = "The following field is invalid: Reference Image Gallery > Character Image Gallery 13 > Image File"
    async with raw_server(ACCEPTED, state("failed", 26, error=why)) as server:
        with pytest.raises(LibraryRefused, match="drew the set and could not save it") as caught:
            await followed(server)
    assert (caught.value.charged, caught.value.error) == ("yes", why)


async def test_a_cancelled_job_is_not_over() -> None:
    script = [ACCEPTED, state("processing", 3), state("cancelled", 3), state("cancelled", 3), state("processing", 4)]
    async with raw_server(*script, completed(made_up("m1")), real("m1")) as server:
        assert len((await followed(server)).images) == 1


FAILING_LOOKS: dict[str, Script] = {
    "reset": [Reset()],
    "500": json_answer(500, {"error": "Something went wrong"}),
    "503": answer(503, b"<html>"),
    "a page": answer(200, b"<html>"),
    "a redirect": answer(307, b"", "Location: /elsewhere"),
    "a list": json_answer(200, []),
    "no status": json_answer(200, {"success": True}),
    "an odd status": json_answer(200, {"status": 7, "progress": "half"}),
    "not found in a 500": json_answer(500, {"error": "Not Found"}),
}


@pytest.mark.parametrize("look", FAILING_LOOKS.values(), ids=FAILING_LOOKS)
async def test_a_look_that_fails_does_not_lose_the_job(look: Script) -> None:
    script = [ACCEPTED, state("processing", 3), look, look, state("processing", 4)]
    told = Told()
    async with raw_server(*script, completed(made_up("m1")), real("m1")) as server:
        assert len((await followed(server, told)).images) == 1
    assert [entry for entry in told.progress if entry[1]] == [(3, 27), (4, 27)]


async def test_a_look_that_fails_tells_no_progress() -> None:
    told = Told()
    async with raw_server(
        ACCEPTED, state("processing", 3), answer(503), completed(made_up("m1")), real("m1")
    ) as server:
        await followed(server, told)
    assert told.progress == [(3, 27)]


async def test_a_job_that_the_library_does_not_know_may_have_been_paid_for() -> None:
    lost = json_answer(404, {"success": False, "jobId": JOB, "status": "failed", "error": "Job not found"})
    async with raw_server(ACCEPTED, state("processing"), lost) as server:
        with pytest.raises(LibraryRefused, match=rf"does not know its job {JOB}.*recover images") as caught:
            await followed(server)
        assert len(server.requests) == 3
    assert not isinstance(caught.value, LibraryRouteMissing)
    assert (caught.value.status, caught.value.error, caught.value.charged) == (404, "Job not found", "unknown")


@pytest.mark.parametrize("look", [state("processing", 5), answer(503), [Reset()]], ids=["stands still", "503", "reset"])
async def test_a_job_that_makes_no_progress_is_given_up(look: Script) -> None:
    async with raw_server(ACCEPTED, state("processing", 5), look) as server:
        with pytest.raises(LibraryTimeout, match=f"no progress with its job {JOB}") as caught:
            await followed(server, stalled=0.15)
    assert (caught.value.charged, caught.value.job_id) == ("unknown", JOB)
    assert "recover images" in str(caught.value)


async def test_a_job_that_goes_on_is_not_given_up() -> None:
    steps = [state("processing", current) for current in range(100)]
    async with raw_server(ACCEPTED, *steps, completed(made_up("m1")), real("m1")) as server:
        assert (await followed(server, stalled=0.6)).images


async def test_looks_grow_rarer_with_jitter_until_five_minutes_bring_nothing_new() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def look(_: Job) -> JobState:
        return read_state({"status": "processing", "progress": {"current": min(len(waits), 3), "total": 27}})

    with pytest.raises(LibraryTimeout, match="no progress with its job 0d9f-41 for 300 s"):
        await jobs.follow(Job(JOB, STATUS), look, Told(), Limits(), 300, sleep=sleep, clock=lambda: sum(waits))
    assert 1.6 <= waits[0] <= 2.4
    assert 10 < max(waits) <= 18
    assert any(later < sooner for sooner, later in pairwise(waits)), "no jitter"
    assert 300 < sum(waits[3:]) <= 318


@pytest.mark.parametrize("look", [state("processing", 5), [HANG]], ids=["for ever", "silence"])
async def test_a_job_is_followed_no_longer_than_the_time_of_the_set(look: Script) -> None:
    async with raw_server(ACCEPTED, look) as server:
        with pytest.raises(LibraryTimeout, match=f"job {JOB} was not over.*recover images") as caught:
            await followed(server, seconds=0.3)
        assert [request.line[:4] for request in server.requests].count("POST") == 1
    assert (caught.value.charged, caught.value.job_id) == ("unknown", JOB)


async def test_where_pictures_are_is_looked_up_although_the_time_of_the_set_is_spent() -> None:
    late = [Pause(0.3), *real("m1")]
    async with raw_server(ACCEPTED, completed(made_up("m1")), late) as server:
        [picture] = (await followed(server, seconds=0.25)).images
        assert picture.url == f"{server.url}/api/media/file/m1.jpg"


async def test_what_the_media_document_tells_of_a_picture_is_kept_too() -> None:
    media = json_answer(200, {"id": "m1", "url": "/m1.jpg", "dinoAssetId": "d1", "qualityScore": None})
    async with raw_server(ACCEPTED, completed(made_up("m1")), media) as server:
        [picture] = (await followed(server)).images
    assert (picture.facts["dinoAssetId"], picture.facts["quality"]) == ("d1", 90)


@pytest.mark.parametrize("results", [None, [], {}, {"generatedImages": []}, {"generatedImages": [{"angle": "x"}]}])
async def test_a_job_without_a_picture_is_not_in_the_contract(results: object) -> None:
    async with raw_server(ACCEPTED, state("completed", 27, results=results)) as server:
        with pytest.raises(LibraryBadResponse, match="without a single picture") as caught:
            await followed(server)
    assert caught.value.charged == "unknown"


@pytest.mark.parametrize(
    ("body", "job"),
    [
        ({"jobId": JOB, "pollUrl": "/api/v1/jobs/x/status"}, Job(JOB, "/api/v1/jobs/x/status")),
        ({"jobId": JOB}, Job(JOB, STATUS)),
        ({"jobId": JOB, "pollUrl": "https://evil.test/jobs"}, Job(JOB, STATUS)),
        ({"jobId": JOB, "pollUrl": 7}, Job(JOB, STATUS)),
        ({"jobId": "a/../b", "pollUrl": ""}, Job("a/../b", "/api/v1/jobs/a%2F..%2Fb/status")),
        ({"jobId": 41}, Job("41", "/api/v1/jobs/41/status")),
        ({"jobId": ""}, None),
        ({"images": []}, None),
        (None, None),
    ],
)
def test_a_job_is_known_by_its_id_and_the_library_does_not_choose_the_host(body: object, job: Job | None) -> None:
    assert accepted(body) == job


async def test_a_path_that_looks_like_a_host_stays_with_the_library() -> None:
    away = json_answer(202, {"jobId": JOB, "pollUrl": "//evil.invalid/jobs"})
    async with raw_server(away, completed(made_up("m1")), real("m1")) as server:
        await followed(server)
        assert asked(server)[1] == "GET //evil.invalid/jobs"


@pytest.mark.parametrize(
    ("progress", "made"),
    [
        ({"current": 3, "total": 27}, (3, 27)),
        ({"current": "3", "total": "27"}, (3, 27)),
        ({"current": 3}, (3, 0)),
        ({"current": -3, "total": 27}, (0, 0)),
        ({"current": 3.5, "total": 27}, (0, 27)),
        ({"current": "²", "total": 27}, (0, 0)),
        ({"current": "9" * 5000, "total": 27}, (0, 0)),
        ("half", (0, 0)),
        (None, (0, 0)),
    ],
)
def test_progress_is_two_numbers_or_nothing(progress: object, made: tuple[int, int]) -> None:
    assert read_state({"status": "processing", "progress": progress}).counts == made


async def test_a_job_that_is_refused_is_no_job() -> None:
    refused = json_answer(202, {"success": False, "jobId": JOB, "status": "failed", "error": "Queue is full"})
    async with raw_server(refused) as server:
        with pytest.raises(LibraryError, match="Queue is full"):
            await followed(server)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "where",
    [
        {"images": ["/a.png", "/b.png"]},
        {"results": ["/a.png", "/b.png"]},
        {"data": {"generatedImages": [{"url": "/a.png"}, {"publicUrl": "/b.png"}]}},
    ],
)
async def test_the_pictures_of_a_finished_job_are_found_wherever_an_answer_may_have_them(where: dict[str, Any]) -> None:
    async with raw_server(ACCEPTED, state("completed", 2, **where)) as server:
        made = await followed(server)
    assert [picture.url for picture in made.images] == [f"{server.url}/a.png", f"{server.url}/b.png"]


async def test_an_answer_that_has_its_pictures_is_not_followed_though_it_names_a_job() -> None:
    both = json_answer(200, {"success": True, "jobId": JOB, "images": [{"url": "/a.png"}]})
    async with raw_server(both) as server:
        made = await followed(server)
    assert [picture.url for picture in made.images] == [f"{server.url}/a.png"]
    assert len(server.requests) == 1
