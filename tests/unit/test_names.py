"""A file name tells whose an upload is: ours, only if it is of our making and as old as it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from app.ingest import is_ours
from app.ingest.file_names import new_name

NOON = datetime(2025, 9, 14, 12, 0, tzinfo=UTC)


def named(at: datetime, extension: str = "png") -> str:
    return f"ci-{ULID.from_datetime(at)}.{extension}"


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "avif"])
def test_a_new_name_is_ours_now(extension: str) -> None:
    name = new_name(extension)
    assert re.fullmatch(rf"ci-[0-9A-Z]{{26}}\.{extension}", name)
    assert is_ours(name, datetime.now(UTC))


def test_no_two_names_are_the_same() -> None:
    assert len({new_name("png") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("minutes", [-15, -14, 0, 14, 15])
def test_a_document_as_old_as_its_name_is_ours(minutes: int) -> None:
    assert is_ours(named(NOON), NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [-16, 16, 60 * 24 * 365])
def test_a_picture_that_an_editor_uploads_again_later_is_theirs(minutes: int) -> None:
    assert not is_ours(named(NOON), NOON + timedelta(minutes=minutes))


def test_the_time_zone_of_the_document_does_not_matter() -> None:
    assert is_ours(named(NOON), NOON.astimezone(timezone(timedelta(hours=9))))


@pytest.mark.parametrize(
    "change",
    [
        lambda name: name.replace("ci-", "CI-"),
        lambda name: name.replace("ci-", ""),
        lambda name: f"x{name}",
        lambda name: f"{name}\n",
        lambda name: name.replace(".png", "-1.png"),
        lambda name: name.replace(".png", ".gif"),
        lambda name: name.replace(".png", ""),
        lambda name: name.lower(),
        lambda name: f"media/{name}",
        lambda name: name.replace("ci-0", "ci-8"),
        lambda name: "ci-IIIIIIIIIIIIIIIIIIIIIIIIII.png",
    ],
)
def test_a_name_that_is_nearly_ours_is_not_ours(change: object) -> None:
    assert callable(change)
    assert is_ours(named(NOON), NOON)
    assert not is_ours(change(named(NOON)), NOON)


@pytest.mark.parametrize(
    ("name", "created"),
    [(None, NOON), ("", NOON), (named(NOON), None), (None, None)],
    ids=["no name", "an empty name", "no time", "neither"],
)
def test_what_is_not_told_is_not_ours(name: str | None, created: datetime | None) -> None:
    assert not is_ours(name, created)


def test_a_name_that_speaks_of_the_far_future_is_not_ours() -> None:
    assert not is_ours(f"ci-7{'Z' * 25}.png", NOON)


@given(st.from_regex(r"ci-[0-9A-Z]{26}\.(png|jpg)", fullmatch=True), st.datetimes(timezones=st.just(UTC)))
def test_any_name_can_be_judged(name: str, created: datetime) -> None:
    assert is_ours(name, created) in (True, False)
