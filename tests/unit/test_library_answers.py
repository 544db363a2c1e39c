"""The Character Library is read tolerantly: every dialect that is known, and nothing that breaks us."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.character_library import LibraryImage
from app.character_library.jobs import accepted, read_state
from app.character_library.parsing import body_of, refusal
from app.character_library.responses import failed_items, listed_images, read_image, read_images
from app.errors import (
    CharacterUnknown,
    LibraryBadResponse,
    LibraryError,
    LibraryRefused,
    LibraryRouteMissing,
    MasterExists,
    MasterMissing,
)

BASE = "https://library.test"
ADA = "66f1a2"
URL = "https://cdn.test/a.jpg"
LONGEST = 8192


def one(body: object) -> LibraryImage:
    found = read_image(body, BASE, ADA)
    assert found
    return found


@pytest.mark.parametrize("name", ["publicUrl", "imageUrl", "url"])
@pytest.mark.parametrize("place", ["{}", "data", "results"])
def test_an_address_is_found_under_every_name_in_every_place(name: str, place: str) -> None:
    inner = {name: URL, "mediaId": "m1"}
    assert one(inner if place == "{}" else {"success": True, place: inner}) == LibraryImage(URL, "m1")


@pytest.mark.parametrize("blank", ["", "  ", None, 7, ["x"], {"x": 1}])
def test_an_address_that_is_not_a_text_is_passed_over(blank: object) -> None:
    assert one({"publicUrl": blank, "imageUrl": blank, "url": URL}).url == URL
    assert one({"url": blank, "data": {"url": URL}}).url == URL
    assert read_image({"url": blank, "data": {"imageUrl": blank}}, BASE, ADA) is None


def test_a_picture_whose_address_is_too_long_is_not_forgotten() -> None:
    """It was paid for: it is looked up by its media id, or refused by name where it would be fetched."""
    long = URL.ljust(LONGEST + 1, "a")
    assert one({"publicUrl": long, "url": URL}).url == URL
    for address in (long, long * 9):
        found = read_images({"images": [address, {"url": address}]}, BASE, ADA)
        assert [len(str(one_of_them.url)) for one_of_them in found] == [LONGEST + 1] * 2
    assert read_images({"images": [{"url": long, "mediaId": "m1"}]}, BASE, ADA) == [LibraryImage(None, "m1")]
    assert [kind for kind, _ in listed_images({"images": {"sceneImages": [{"url": long}]}}, BASE, ADA)] == ["scene"]


def test_the_first_address_in_the_order_of_the_contract_wins() -> None:
    assert one({"url": "/3", "imageUrl": "/2", "publicUrl": "/1"}).url == f"{BASE}/1"
    assert one({"data": {"publicUrl": "/inner"}, "url": "/outer"}).url == f"{BASE}/outer"


@pytest.mark.parametrize("body", [None, True, 3, "https://cdn.test/a.jpg", [], [{"url": URL}], {}, {"data": None}])
def test_an_answer_without_an_address_has_no_picture(body: object) -> None:
    assert read_image(body, BASE, ADA) is None


@pytest.mark.parametrize(
    ("address", "absolute"),
    [
        ("/api/media/file/a.jpg", "https://library.test/api/media/file/a.jpg"),
        ("api/media/file/a.jpg", "https://library.test/base/api/media/file/a.jpg"),
        ("//cdn.test/a.jpg", "https://cdn.test/a.jpg"),
        ("\n https://cdn.test/a b.jpg ", "https://cdn.test/a b.jpg"),
        ("http://[", "http://["),
        ("https://ex\u2100.test/", "https://ex\u2100.test/"),
    ],
)
def test_a_relative_address_is_resolved_against_the_library(address: str, absolute: str) -> None:
    found = read_image({"url": address}, f"{BASE}/base", ADA)
    assert found
    assert found.url == absolute
    assert [found] == read_images({"images": [address]}, f"{BASE}/base", ADA)


@pytest.mark.parametrize(
    ("ids", "found", "kind"),
    [
        ({"imageId": "i", "mediaId": "m", "dinoAssetId": "d", "id": "x"}, "i", None),
        ({"mediaId": "m", "dinoAssetId": "d", "id": "x"}, "m", None),
        ({"dinoAssetId": "d", "id": "x"}, "d", "dinoAssetId"),
        ({"id": "x"}, "x", "id"),
        ({"id": 41}, "41", "id"),
        ({"imageId": 0}, "0", None),
        ({"imageId": "", "mediaId": " ", "dinoAssetId": None, "id": "x"}, "x", "id"),
        ({"imageId": True, "mediaId": ["m"], "id": {"a": 1}}, None, None),
        ({"imageId": ADA, "mediaId": "m"}, "m", None),
        ({"id": ADA}, None, None),
        ({"characterId": ADA}, None, None),
        ({}, None, None),
    ],
)
def test_a_picture_is_known_by_its_first_id_and_never_by_the_characters(
    ids: dict[str, Any], found: str | None, kind: str | None
) -> None:
    made = one({"url": URL, **ids})
    assert (made.external_id, made.external_id_is) == (found, kind)
    assert made.media_id == (None if kind else found)


def test_an_id_is_the_one_beside_the_address() -> None:
    assert one({"id": "top", "data": {"url": URL, "mediaId": "inner"}}).external_id == "inner"


@pytest.mark.parametrize("name", ["images", "results", "generatedImages"])
@pytest.mark.parametrize("place", ["{}", "data", "results"])
def test_a_set_is_found_under_every_name_in_every_place(name: str, place: str) -> None:
    inner = {name: [{"url": "/1", "mediaId": "m1"}, {"url": "/2"}]}
    found = read_images(inner if place == "{}" else {"success": True, place: inner}, BASE, ADA)
    assert [(each.url, each.external_id) for each in found] == [(f"{BASE}/1", "m1"), (f"{BASE}/2", None)]


def test_a_set_may_be_a_list_of_plain_addresses() -> None:
    found = read_images({"images": ["/1", "", "  ", URL]}, BASE, ADA)
    assert [each.url for each in found] == [f"{BASE}/1", URL]


def test_data_itself_may_be_the_set() -> None:
    assert [each.url for each in read_images({"data": ["/1", {"imageUrl": "/2"}]}, BASE, ADA)] == [
        f"{BASE}/1",
        f"{BASE}/2",
    ]


def test_an_empty_list_is_passed_over() -> None:
    assert [each.url for each in read_images({"images": [], "data": {"images": ["/1"]}}, BASE, ADA)] == [f"{BASE}/1"]


def test_an_item_that_names_no_picture_is_left_out_and_one_with_a_media_id_stays() -> None:
    items: list[Any] = [None, 7, [], {}, {"angle": "front"}, {"dinoAssetId": "d"}, {"mediaId": "m1"}, {"url": URL}]
    assert read_images({"images": items}, BASE, ADA) == [LibraryImage(None, "m1"), LibraryImage(URL)]


@pytest.mark.parametrize("body", [None, "x", [], [URL], {}, {"images": {"url": URL}}, {"results": "x"}, {"data": {}}])
def test_an_answer_without_a_set_has_no_pictures(body: object) -> None:
    assert read_images(body, BASE, ADA) == []


TOLD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"angle": "front", "quality": 91.5, "lens": 50, "dinoAssetId": ""},
        {"angle": "front", "quality": 91.5, "lens": 50},
    ),
    (
        {"angle": "85mm TIGHT 15° LEFT CU (Enhanced)", "quality": 88},
        {
            "shot": "85mm TIGHT 15° LEFT CU (Enhanced)",
            "lens": "85mm",
            "angle": "85mm TIGHT 15° LEFT CU (Enhanced)",
            "quality": 88,
        },
    ),
    (
        {
            "angle": "3q_right",
            "lens": "50mm",
            "shotType": "core_reference",
            "qualityScore": 88.5,
            "consistencyScore": 93.2,
            "isValid": False,
            "dinoAssetId": "d1",
            "referenceShot": {"id": "7f88", "shotName": "50mm 25° RIGHT MCU (Enhanced)", "angle": "other", "tags": []},
        },
        {
            "angle": "3q_right",
            "lens": "50mm",
            "shot": "50mm 25° RIGHT MCU (Enhanced)",
            "shotType": "core_reference",
            "quality": 88.5,
            "consistency": 93.2,
            "dinoAssetId": "d1",
        },
    ),
    (
        {"sceneContext": {"sceneId": "scene_1", "sceneType": "dialogue", "qualityScore": 85}, "mediaId": "m1"},
        {"sceneId": "scene_1", "sceneType": "dialogue", "quality": 85},
    ),
    ({"sceneContext": "Rain.", "tags": "scene,dialogue"}, {"sceneContext": "Rain.", "tags": "scene,dialogue"}),
    ({"angle": None, "quality": True, "lens": ["50mm"], "tags": [], "shotType": " "}, {}),
    ({"angle": "x" * 400}, {"angle": "x" * 300}),
]


@pytest.mark.parametrize(("item", "told"), TOLD)
def test_what_the_library_tells_of_a_picture_is_kept_under_names_of_ours(
    item: dict[str, Any], told: dict[str, Any]
) -> None:
    assert one({"url": URL, **item}).facts == told


def test_the_prompt_of_a_picture_is_told_under_either_name() -> None:
    assert one({"url": URL, "prompt": "grim"}) == one({"url": URL, "generationPrompt": "grim"})
    assert one({"url": URL, "prompt": "grim"}).prompt == "grim"


@pytest.mark.parametrize(
    ("address", "is_placeholder"),
    [
        ("https://placeholder.example.com/character-1-front.jpg", True),
        ("http://PLACEHOLDER.example.com./x", True),
        ("https://placeholder.example.com.cdn.test/x", False),
        ("https://cdn.test/placeholder.example.com", False),
        ("http://[", False),
    ],
)
def test_an_address_that_was_made_up_is_known(address: str, *, is_placeholder: bool) -> None:
    assert one({"url": address}).is_placeholder is is_placeholder
    assert LibraryImage(None, "m1").is_placeholder is False


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"status": "failed", "error": "No face"}, "No face"),
        ({"success": False, "message": "No face"}, "No face"),
        ({"success": False}, "The Character Library says that it failed."),
        ({"status": "failed", "error": "x" * 400}, "x" * 299 + "…"),
        ({"success": True, "error": "ignored"}, None),
        ({"status": "completed"}, None),
    ],
)
def test_a_picture_that_says_itself_that_it_failed_says_why(item: dict[str, Any], error: str | None) -> None:
    assert one({"url": URL, **item}).error == error


def test_what_the_library_holds_is_told_by_kind() -> None:
    body = {
        "success": True,
        "images": {
            "masterReference": {"url": "/m", "mediaId": "m"},
            "coreReferenceSet": [{"url": "/1", "mediaId": "1"}, {"mediaId": "2"}, None, {}],
            "sceneImages": [{"url": "/s", "id": "s"}],
            "onDemandImages": [{"url": "/o"}],
        },
    }
    found = [(kind, each.url, each.external_id) for kind, each in listed_images(body, BASE, ADA)]
    assert found == [
        ("reference", f"{BASE}/m", "m"),
        ("portfolioItem", f"{BASE}/1", "1"),
        ("portfolioItem", None, "2"),
        ("scene", f"{BASE}/s", "s"),
    ]


@pytest.mark.parametrize("body", [None, [], {}, {"images": []}, {"images": {"masterReference": None}}])
def test_a_library_that_holds_nothing_tells_nothing(body: object) -> None:
    assert listed_images(body, BASE, ADA) == []


@pytest.mark.parametrize("place", ["{}", "results", "data"])
def test_what_could_not_be_made_is_told_in_the_librarys_words(place: str) -> None:
    items: list[Any] = [
        {"angle": "back", "error": "No images returned", "attempts": 3},
        {"angle": "left"},
        {},
        "x",
        {"error": "e" * 400},
    ]
    body = {"failedImages": items}
    told = failed_items(body if place == "{}" else {place: body})
    assert told == ["back: No images returned", "left", "failed", "failed", "e" * 299 + "…"]


SHAPES: list[tuple[dict[str, Any], str]] = [
    ({"error": "Failed to create character"}, "Failed to create character"),
    (
        {"success": False, "error": "Image generation failed", "details": "Fal.ai API error: 422 - {}"},
        "Image generation failed: Fal.ai API error: 422 - {}",
    ),
    ({"success": False, "updated": False, "error": "Locked"}, "Locked"),
    ({"success": False, "status": "failed", "error": "The following fields are invalid"}, "The following fields are"),
    ({"message": 'Route not found "/api/v1/nothing"'}, "Route not found"),
    ({"error": {"message": "nested"}}, "Internal Server Error"),
    ({}, "Internal Server Error"),
]


@pytest.mark.parametrize(("body", "said"), SHAPES)
def test_a_refusal_speaks_in_the_librarys_own_words(body: dict[str, Any], said: str) -> None:
    assert str(refusal(500, body)).startswith(f"Character Library answered 500: {said}")


@pytest.mark.parametrize(("status", "said"), [(502, "Bad Gateway"), (599, "no reason given")])
@pytest.mark.parametrize("content", [b"<html>", b"", b'"text"', b"[" * 100_000, b"\xff"])
def test_a_refusal_without_words_is_told_by_its_status(content: bytes, status: int, said: str) -> None:
    with pytest.raises(LibraryRefused, match=rf"answered {status}: {said}"):
        body_of(status, content, may_be_empty=False, judged=True)


def test_long_words_are_cut_at_300_characters() -> None:
    refused = refusal(500, {"error": "e" * 400, "details": "d" * 400})
    assert (refused.error, refused.details) == ("e" * 299 + "…", "d" * 299 + "…")
    assert str(refused) == f"Character Library answered 500: {refused.error}: {refused.details}"
    assert refusal(500, {"error": "e" * 300}).error == "e" * 300


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "Not Found", "details": "Not Found"}, "Not Found"),
        ({"error": "boom", "details": "boom"}, "boom"),
        ({"errors": [{"message": "You are not allowed"}]}, "You are not allowed"),
        ({"errors": ["odd"], "details": "why"}, "why"),
    ],
)
def test_the_librarys_words_are_said_once(body: dict[str, Any], words: str) -> None:
    assert str(refusal(500, body)).endswith(f"Character Library answered 500: {words}")
    assert str(refusal(500, body)).count(words) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "error": "Internal server error during image generation", "details": "Not Found"},
        {"success": False, "updated": False, "error": "Not Found"},
        {"success": False, "status": "failed", "error": "Not Found"},
    ],
)
def test_not_found_inside_a_500_is_a_character_that_the_library_does_not_know(body: dict[str, Any]) -> None:
    refused = refusal(500, body)
    assert type(refused) is CharacterUnknown
    assert refused.charged == "no"
    assert str(refused).startswith("The Character Library does not know this character, so nothing was done. Sync")
    assert type(refusal(404, body)) is LibraryRouteMissing
    assert type(refusal(500, {"error": "Failed to download image: Not Found"})) is LibraryRefused


EXISTS = "Character already has a master reference image. Use the generate-image endpoint for additional images."
MISSING = [
    "Character must have a master reference image for 360° generation",
    "No reference image available for character consistency",
    "Character needs either a physical description or reference image for 360° generation",
]


def test_the_one_master_that_there_is_already_is_recognised() -> None:
    refused = refusal(400, {"success": False, "error": EXISTS})
    assert type(refused) is MasterExists
    assert refused.charged == "no"


@pytest.mark.parametrize("words", MISSING)
def test_the_master_that_is_missing_is_recognised(words: str) -> None:
    refused = refusal(400, {"success": False, "status": "failed", "error": words})
    assert type(refused) is MasterMissing
    assert refused.charged == "no"


@pytest.mark.parametrize("words", [EXISTS, *MISSING])
def test_the_same_words_under_another_status_are_an_error_like_any_other(words: str) -> None:
    assert type(refusal(500, {"error": words})) is LibraryRefused


@pytest.mark.parametrize("words", ["Prompt is required", "A scene must have a sceneType", "No such imageCount"])
def test_a_malformed_request_is_no_missing_master(words: str) -> None:
    assert type(refusal(400, {"error": words})) is LibraryRefused


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_route_that_is_missing_is_recognised(status: int) -> None:
    refused = refusal(status, None)
    assert type(refused) is LibraryRouteMissing
    assert refused.charged == "no"


@pytest.mark.parametrize(
    ("status", "body", "charged"),
    [
        (400, {"error": "Prompt is required"}, "no"),
        (429, None, "no"),
        (500, {"error": "Internal server error during image generation", "details": "Not Found"}, "no"),
        (500, {"success": False, "updated": False, "error": "Not Found"}, "no"),
        (500, {"error": "Image generation failed", "details": "Failed to download image: 404"}, "unknown"),
        (500, {"error": "Failed to process image with DINOv3"}, "unknown"),
        (
            500,
            {"error": "Failed to process image", "details": "Image was uploaded but DINOv3 processing failed"},
            "yes",
        ),
        (500, {"error": "Failed to upload generated image"}, "yes"),
        (500, {"error": "The following field is invalid: Scene Contexts 1 > Scene Type"}, "yes"),
        (500, {"error": "The following fields are invalid: Shot Metadata > Angle"}, "unknown"),
        (504, None, "unknown"),
        (200, {"success": False, "error": "Not enough"}, "unknown"),
    ],
)
def test_what_it_may_have_cost_is_told_by_how_far_it_went(status: int, body: object, charged: str) -> None:
    assert refusal(status, body).charged == charged


@pytest.mark.parametrize(
    "body", [b'{"success": false}', b'{"status": "failed"}', b'{"success": true, "status": "failed", "images": ["/1"]}']
)
def test_a_success_that_says_that_it_failed_is_a_refusal(body: bytes) -> None:
    with pytest.raises(LibraryRefused, match="answered 200: it failed"):
        body_of(200, body, may_be_empty=True, judged=True)
    assert body_of(200, body, may_be_empty=True, judged=False) == msgspec.json.decode(body)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize("body", [{}, {"success": None}, {"success": "false"}, {"status": "completed"}, []])
def test_any_other_success_counts(status: int, body: object) -> None:
    assert body_of(status, msgspec.json.encode(body), may_be_empty=False, judged=True) == body


def test_an_empty_answer_counts_where_nothing_is_asked_for() -> None:
    assert body_of(204, b"", may_be_empty=True, judged=True) == {}
    with pytest.raises(LibraryBadResponse, match="not JSON"):
        body_of(204, b"", may_be_empty=False, judged=True)


@pytest.mark.parametrize("status", [300, 304, 307, 308, 399])
def test_a_redirect_is_no_answer(status: int) -> None:
    with pytest.raises(LibraryBadResponse, match=f"{status}, a redirect"):
        body_of(status, b'{"url": "/1"}', may_be_empty=True, judged=True)


NAMES = [
    "success",
    "status",
    "error",
    "message",
    "details",
    "data",
    "images",
    "results",
    "generatedImages",
    "failedImages",
    "url",
    "publicUrl",
    "imageUrl",
    "id",
    "mediaId",
    "imageId",
    "dinoAssetId",
    "jobId",
    "pollUrl",
    "progress",
    "current",
    "total",
    "prompt",
    "angle",
    "quality",
    "masterReference",
    "coreReferenceSet",
    "sceneImages",
]
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
SAYINGS = VALUES | st.sampled_from(["http://[", "//", "failed", "completed", "²", "9" * 5000, ADA, "\x00"])
BODIES = st.recursive(
    SAYINGS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
)


def read_in_every_way(status: int, content: bytes) -> None:
    body = body_of(status, content, may_be_empty=False, judged=False)
    read_image(body, BASE, ADA)
    read_images(body, BASE, ADA)
    listed_images(body, BASE, ADA)
    failed_items(body)
    accepted(body)
    assert all(count >= 0 for count in read_state(body).counts)
    body_of(status, content, may_be_empty=False, judged=True)


@settings(max_examples=400, deadline=None)
@given(BODIES, st.sampled_from([200, 202, 204, 302, 400, 404, 500, 599]))
def test_json_of_any_shape_is_read_or_refused_and_breaks_nothing(body: Any, status: int) -> None:
    try:
        read_in_every_way(status, msgspec.json.encode(body))
    except LibraryError as error:
        assert len(str(error)) < 700  # noqa: PT017 - many are refused, many are not


@given(st.binary(max_size=60), st.integers(200, 599))
def test_bytes_of_any_kind_are_read_or_refused_and_break_nothing(content: bytes, status: int) -> None:
    try:
        read_in_every_way(status, content)
    except LibraryError as error:
        assert str(status) in str(error)  # noqa: PT017 - as above
