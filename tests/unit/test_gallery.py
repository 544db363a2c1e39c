"""The grid in groups, a set as a turntable, and what became of deletes: pure functions, on made-up pictures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.errors import ImageNotFound
from app.pages.images.gallery import groups_of, usual_ms
from app.pages.images.outcome import Deleted, Detail, deletion
from app.pages.images.shots import SHOTS
from app.pages.images.turntable import frames_of, turn_of
from app.use_cases.delete import ImageDeleted, RemoteDelete
from tests.patterns.samples import image


def of_set(number: int, index: int, set_id: str = "a", **metrics: Any) -> Any:
    return image(number, kind="portfolioItem", metrics={"setId": set_id, "index": index, **metrics})


def test_a_set_stands_together_in_its_own_order_and_what_was_made_one_by_one_stays_newest_first() -> None:
    listed = [image(9), of_set(8, 2), image(7), of_set(6, 0), of_set(5, 1), of_set(4, 0, "b"), image(3), image(2)]
    groups = groups_of(listed, [])
    assert [[one.id for one in group.images] for group in groups] == [[9], [6, 5, 8], [7], [4], [3, 2]]
    assert [group.set and group.set.id for group in groups] == [None, "a", None, "b", None]


def test_a_set_says_how_much_of_it_is_there_and_what_it_came_from() -> None:
    reference = image(1)
    told: dict[str, Any] = {"setTotal": 3, "referenceImageId": 1}
    [group] = groups_of([of_set(3, 1, **told), of_set(2, 0, **told)], [reference])
    assert group.set
    assert (group.set.here, group.set.total, group.set.is_cut) == (2, 3, False)
    assert (group.set.reference, group.set.reference_image) == (1, reference)


def test_only_the_set_of_the_last_picture_can_go_on_and_only_where_something_is_missing() -> None:
    images = [of_set(9, 1, "a"), image(8), of_set(7, 0, "a"), of_set(6, 0, "b"), image(5), of_set(4, 1, "b")]
    assert [group.set.is_cut for group in groups_of(images, [], is_all=False) if group.set] == [False, True]
    assert [group.set.is_cut for group in groups_of(images, []) if group.set] == [False, False]
    whole = [of_set(2, 0, setTotal=2), of_set(1, 1, setTotal=2)]
    assert [group.set.is_cut for group in groups_of(whole, [], is_all=False) if group.set] == [False]


@pytest.mark.parametrize(
    ("metrics", "degrees"),
    [
        ({"angle": "90"}, 90),
        ({"angle": 7.5}, 7.5),
        ({"angle": 0}, 0),
        ({"angle": "-45"}, 315),
        ({"angle": "front"}, 0),
        ({"angle": "3q_left"}, 315),
        ({"angle": "profile_right"}, 90),
        ({"angle": "back_left"}, 225),
        ({"angle": "back"}, 180),
        ({"shot": "50mm 25° LEFT MCU (Enhanced)", "angle": "front"}, 335),
        ({"shot": "35mm 120° BACK RIGHT 3Q (Enhanced)"}, 120),
        ({"shot": "85mm DETERMINED MCU", "angle": "front"}, None),
        ({"angle": "upside down"}, None),
        ({"angle": True}, None),
        ({}, None),
    ],
)
def test_the_degrees_of_a_picture_are_found_in_what_the_library_tells(
    metrics: dict[str, Any], degrees: float | None
) -> None:
    assert turn_of(image(1, metrics=metrics)) == degrees


def test_a_turntable_goes_clockwise_with_what_is_missing_in_its_place() -> None:
    pictures = [of_set(10, 0, angle="0"), of_set(12, 2, angle="180"), of_set(13, 3, angle="270")]
    frames = frames_of(pictures, 5)
    assert [(frame.place, frame.image and frame.image.id, frame.angle) for frame in frames] == [
        (0, 10, "0°"),
        (1, None, None),
        (2, 12, "180°"),
        (3, 13, "270°"),
        (4, None, None),
    ]
    named = [of_set(1, 0, angle="3q_left"), of_set(2, 1, angle="front"), of_set(3, 2), of_set(4, 3, angle="back")]
    assert [frame.image and frame.image.id for frame in frames_of(named, None)] == [2, 4, 1, 3]


def shots(*missing: int) -> list[Any]:
    """The library's own set, as it tells its shots, without some: those after them have moved up."""
    held = [shot for place, shot in enumerate(SHOTS) if place not in missing]
    return [of_set(place, place, shot=f"{shot.name} (Enhanced)") for place, shot in enumerate(held)]


def test_the_librarys_own_set_turns_with_one_crop_and_fills_gaps_from_the_next() -> None:
    frames = frames_of(shots(), 27)
    turning = [frame.angle for frame in frames if not frame.beside]
    assert turning[:7] == [
        "85mm FRONT MCU",
        "85mm TIGHT 15° RIGHT CU",
        "50mm 25° RIGHT MCU",
        "85mm 3Q RIGHT MCU",
        "35mm 45° RIGHT 3Q",
        "85mm PROFILE RIGHT MCU",
        "50mm BACK 3Q",
    ]
    assert len(turning) == 12
    beside = [frame.place for frame in frames if frame.beside]
    assert beside == sorted(beside)
    assert {13, 14, 15, 16, 17, 18, 21, 22} < set(beside)
    assert [turn_of(image) for image in shots() if image.place in (1, 12, 13, 16)] == [325.0, 180.0, None, None]


def test_what_is_missing_of_the_librarys_own_set_is_named_by_its_shot_at_its_place() -> None:
    frames = frames_of(shots(9, 13, 6), 27)
    turning = [(frame.angle, frame.image is None) for frame in frames if not frame.beside]
    assert turning[7] == ("85mm PROFILE LEFT MCU", True)
    assert turning[0][0] != "85mm FRONT MCU"
    assert turning[0][1] is False
    gone = [frame.angle for frame in frames if frame.beside and frame.image is None]
    assert gone == ["85mm FRONT MCU", "HANDS DETAIL"]


def test_a_few_of_the_librarys_shots_turn_too() -> None:
    some = shots(*(place for place in range(27) if place not in (0, 1, 13, 15)))
    assert [(frame.angle, frame.beside) for frame in frames_of(some, None)] == [
        ("35mm FRONT FULL", False),
        ("35mm 3Q LEFT", False),
        ("HANDS DETAIL", True),
        ("50mm CONCERNED CU", True),
    ]


def test_what_is_usual_is_the_median_of_whole_runs() -> None:
    sets = [of_set(1, 0, "a", durationMs=50), of_set(2, 1, "a", durationMs=90), of_set(3, 0, "b", durationMs=10)]
    alone = [image(4, metrics={"durationMs": 7}), image(5, metrics={"durationMs": "soon"}), image(6, metrics=None)]
    assert usual_ms([*sets, *alone]) == {"set": 50, "reference": 7}


def test_what_a_run_has_stored_so_far_and_what_was_recovered_is_not_usual() -> None:
    begun = datetime(2026, 11, 26, tzinfo=UTC)
    now = [msgspec.structs.replace(of_set(1, 0, "a", durationMs=38), created_at=begun)]
    recovered = [image(2, metrics={"durationMs": 7, "recovered": True})]
    assert usual_ms([*now, *recovered], begun) == {}
    assert usual_ms(now, begun + timedelta(1)) == {"set": 38}


def test_a_note_of_a_delete_comes_back_as_it_was_and_anything_else_is_none() -> None:
    result = ImageDeleted("kept_in_use", RemoteDelete(attempted=True))
    noted = Deleted.of("7f-a", result)
    assert Deleted.noted(noted.note) == noted == Deleted("7f-a", "kept_in_use", "failed")
    for text in ("", "7", "7:deleted", "7:gone:ok", "<b>:deleted:ok", "7:deleted:ok ", f"{'7' * 101}:deleted:ok"):
        assert Deleted.noted(text) is None


def test_deletes_are_told_one_by_one_where_there_is_something_to_tell() -> None:
    plain, kept = Deleted("7", "deleted", "ok"), Deleted("8", "kept_in_use", "failed")
    assert deletion(1, [plain]).text == "The image is deleted."
    assert [detail.text for detail in deletion(1, [kept]).details] == [
        "Its file is kept, since another image uses it too.",
        "The Character Library could not delete its copy and still has it.",
    ]
    both = deletion(2, [plain, kept])
    assert (both.tone, both.text) == ("partial", "2 images are deleted.")
    assert both.details[0].text == "Image 8: its file is kept, since another image uses it too."
    failed = deletion(1, [plain], [("9", ImageNotFound("It is gone."))])
    assert (failed.tone, failed.text) == ("bad", "1 of 2 images is deleted.")
    assert failed.details == [Detail("Image 9: It is gone.")]
    assert deletion(0, [], [("9", ImageNotFound("It is gone."))]).text == "It is gone."
