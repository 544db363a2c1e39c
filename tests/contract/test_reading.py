"""Our client reads every recorded answer that it can meet as what it is: pictures, ids, or an error and its price."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.character_library import CharacterLibrary, LibraryImage, LibraryImageSet, Scene
from app.errors import (
    CharacterUnknown,
    ImageLost,
    ImageUnsaved,
    LibraryError,
    LibraryRefused,
    LibraryRouteMissing,
    LibraryTimeout,
    MasterExists,
    MasterMissing,
)
from app.limits import Limits
from tests.contract.examples import Example, find, read_all
from tests.support.raw_server import Script, json_answer, raw_server

JOB = "45f04d21-3f08-472b-addb-074c8a6c2613"
ACCEPTED = json_answer(202, find("generate-360-set: accepted").body | {"jobId": JOB, "pollUrl": "/jobs"})
NO_MEDIA = json_answer(404, find("media: unknown").body)
CDN = "http://127.0.0.1:4112/media"
CARA = f"{CDN}/c6ef5533-d455-4419-b09c-c47d993af294_initial_1795329098454.jpg"
CARA_ID = "458acf98-dfa8-4290-8ef3-c2ba895e5bd4"
SHOT = "50mm 25° RIGHT MCU (Enhanced)"
SHOT_ID = "733c1dc4-5f83-468a-b67e-8992849c8cdc"

Ask = Callable[[CharacterLibrary], Awaitable[Any]]
ASKED: dict[str, Ask] = {
    "POST generate-initial-image": lambda library: library.generate_reference("1", "x"),
    "POST generate-scene-image": lambda library: library.generate_scene("1", Scene("x", "action")),
    "POST generate-360-set": lambda library: library.generate_set("1", 2, lambda *_: None),
    "GET reference-image": lambda library: library.reference_image("1"),
    "PUT reference-image": lambda library: library.set_reference_image("1", "m1"),
    "DELETE reference-image": lambda library: library.delete_reference_image("1"),
    "GET images": lambda library: library.images("1"),
    "PATCH characters": lambda library: library.free_master("1"),
    "GET status": lambda library: library.generate_set("1", 2, lambda *_: None),
}


def kind_of(example: Example) -> str:
    method, _, target = example.request.partition(" ")
    path = target.partition("?")[0]
    return f"{method} {'characters' if path.endswith('{character}') else path.rpartition('/')[2]}"


MET = [one for one in read_all() if kind_of(one) in ASKED and one.name not in ("standalone", "accepted")]
FAILED = [one for one in MET if one.status >= 400 or one.body.get("success") is False]


async def read(example: Example) -> Any:
    """What our client makes of an example."""
    script: list[Script] = [json_answer(example.status, example.body)]
    if kind_of(example) == "GET status":
        script = [ACCEPTED, *script] + ([NO_MEDIA] if example.name == "completed" else [])
    async with raw_server(*script) as server:
        limits = Limits(job_seconds=(0.005, 0.01))
        library = CharacterLibrary(server.url, timeout=5, set_timeout=5, limits=limits, stalled=0.1)
        found = await ASKED[kind_of(example)](library)
        return _on(found, server.url)


def _on(found: Any, url: str) -> Any:
    """The same with the address of the script's server written as the library's."""
    if isinstance(found, LibraryImage) and found.url:
        return LibraryImage(found.url.replace(url, "library:"), found.external_id, facts=found.facts)
    return found


KINDS: dict[str, type[LibraryError]] = {
    "generate-initial-image: master exists": MasterExists,
    "generate-scene-image: no master": MasterMissing,
    "generate-360-set: no master": MasterMissing,
    "generate-360-set: at once, nothing to go by": MasterMissing,
    "jobs: unknown": LibraryRefused,
    "generate-initial-image: storage fails": ImageLost,
    "generate-initial-image: DINO fails": ImageUnsaved,
    "generate-scene-image: a type that is none": ImageUnsaved,
    "generate-scene-image: storage fails": ImageLost,
}


@pytest.mark.parametrize("example", FAILED, ids=lambda example: example.title)
async def test_a_refusal_is_known_for_what_it_is_and_said_in_the_librarys_words_once(example: Example) -> None:
    with pytest.raises(LibraryError) as caught:
        await read(example)
    unknown = "Not Found" in (example.body.get("error"), example.body.get("details"))
    assert type(caught.value) is KINDS.get(example.title, CharacterUnknown if unknown else LibraryRefused)
    free = example.status < 500 or unknown or not example.request.startswith("POST")
    owed = example.title == "jobs: unknown" or example.status == 200
    drawn = isinstance(caught.value, ImageLost | ImageUnsaved)
    assert caught.value.charged == ("yes" if drawn else "no" if free and not owed else "unknown")
    if example.title != "jobs: unknown":
        for words in filter(None, (example.body.get("error"), example.body.get("details"))):
            assert str(caught.value).count(words) == 1
        assert caught.value.details == example.body.get("details")
    assert not isinstance(caught.value, LibraryRouteMissing)


PICTURES: dict[str, LibraryImage | None] = {
    "generate-initial-image: made": LibraryImage(
        "http://127.0.0.1:4112/dino/2a121b4a-27df-434a-8253-85c802a3e65e.jpg",
        CARA_ID,
        facts={"dinoAssetId": "2a121b4a-27df-434a-8253-85c802a3e65e"},
    ),
    "generate-scene-image: made": LibraryImage(
        f"{CDN}/d457e81f-d89b-49d0-beb9-a7c0f58e59e2_scene_dialogue_1795329517994.jpg",
        "105aeff3-cd52-4872-b1ce-6ed23fc553c3",
        facts={"quality": 85, "sceneId": "scene_1795329518477", "sceneType": "dialogue"},
    ),
    "generate-scene-image: without storage plugin": LibraryImage(
        "library:/api/media/file/79b85c75-7096-45ad-a7ff-775a4586e2ce_scene_action_1795330097328.jpg",
        "bf2e077e-0996-499b-a523-78f351ab0c9a",
        facts={"quality": 85, "sceneId": "scene_1795330097348", "sceneType": "action"},
    ),
    "reference-image: none": None,
    "reference-image: the master": LibraryImage(CARA, CARA_ID),
    "reference-image: the master, without storage plugin": LibraryImage(
        "library:/api/media/file/79b85c75-7096-45ad-a7ff-775a4586e2ce_initial_1795330096884.jpg",
        "afde451e-921f-48d2-ac88-349b3e125b71",
    ),
}


@pytest.mark.parametrize(("title", "picture"), PICTURES.items(), ids=PICTURES)
async def test_a_picture_is_read_with_its_address_its_id_and_what_is_told_of_it(
    title: str, picture: LibraryImage | None
) -> None:
    assert await read(find(title)) == picture


DONE = ["set", "set by address, in vain", "wiped", "wiped although empty"]


@pytest.mark.parametrize("title", [*(f"reference-image: {name}" for name in DONE), "characters: free the master"])
async def test_what_was_done_is_not_questioned(title: str) -> None:
    assert await read(find(title)) is None


async def test_a_completed_job_is_its_pictures_in_order() -> None:
    drawn: LibraryImageSet = await read(find("jobs: completed"))
    assert [one.media_id for one in drawn.images] == [SHOT_ID, "71521de0-c0ff-494c-828f-fe72ff84279c"]
    assert drawn.images[0].facts == {"angle": SHOT, "shot": SHOT, "lens": "50mm", "quality": 88.5}
    assert drawn.failures == []


async def test_a_failed_job_says_why() -> None:
    with pytest.raises(LibraryRefused, match="No images were successfully generated") as caught:
        await read(find("jobs: failed"))
    assert (caught.value.job_id, caught.value.charged) == (JOB, "unknown")


NOT_OVER = ["pending", "processing, first shot", "processing", "cancelled", "cancelled and going on"]


@pytest.mark.parametrize("name", NOT_OVER)
async def test_a_job_in_any_other_state_is_not_over_until_it_stands_still(name: str) -> None:
    with pytest.raises(LibraryTimeout, match=r"no progress.*recover images") as caught:
        await read(find(f"jobs: {name}"))
    assert (caught.value.job_id, caught.value.charged) == (JOB, "unknown")


async def test_a_set_of_placeholders_is_known_as_made_up() -> None:
    drawn: LibraryImageSet = await read(find("generate-360-set: at once, placeholders"))
    assert [(one.is_placeholder, one.facts["angle"], one.facts["quality"]) for one in drawn.images] == [
        (True, "front", 88),
        (True, "back", 88),
    ]


async def test_what_the_library_holds_is_read_with_all_that_it_tells() -> None:
    (master, reference), (kind, shot) = await read(find("images: a set"))
    assert (master, reference.media_id) == ("reference", "391c67b8-331a-421f-b985-f6042e404069")
    assert (kind, shot.media_id) == ("portfolioItem", SHOT_ID)
    assert shot.facts == {
        "angle": "3q_right",
        "lens": "50mm",
        "shot": SHOT,
        "shotType": "core_reference",
        "quality": 88.5,
        "consistency": 93.2,
    }


async def test_a_scene_that_the_library_holds_is_read_with_all_that_it_tells() -> None:
    _, (kind, scene) = await read(find("images: a scene"))
    assert (kind, scene.media_id, scene.prompt) == ("scene", "105aeff3-cd52-4872-b1ce-6ed23fc553c3", None)
    assert scene.facts == {
        "shotType": "scene_action",
        "tags": "scene,action,neutral",
        "quality": 85,
        "consistency": 90,
    }


async def test_media_are_read_for_their_real_address() -> None:
    async with raw_server(json_answer(200, find("media: read").body)) as server:
        library = CharacterLibrary(server.url, timeout=5, set_timeout=5)
        assert await library.media_url(CARA_ID) == CARA


def test_every_example_that_our_client_can_meet_is_read() -> None:
    shown = {one.title for one in FAILED} | PICTURES.keys() | {f"jobs: {name}" for name in NOT_OVER}
    shown |= {f"reference-image: {name}" for name in DONE}
    shown |= {"characters: free the master", "jobs: completed", "jobs: failed", "images: a set", "images: a scene"}
    shown |= {"generate-360-set: at once, placeholders"}
    alike = {"made with all fields", "made although DINO fails", "the master only", "change"}
    assert [one.title for one in MET if one.title not in shown and one.name not in alike] == []
