"""A document whose fields are not of their model's types costs those fields, and no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from payload_client import Id, Lenient, Page
from payload_client.wire import NOT_READABLE, decode


class Size(Lenient, frozen=True):
    """Within another one."""

    url: str
    width: int | None = None


class Image(Lenient, frozen=True, rename="camel"):
    """One with fields of every kind."""

    id: Id
    file_size: int | None = None
    created_at: datetime | None = None
    alt: str | UnsetType | None = UNSET
    sizes: dict[str, Size | None] | None = None
    tags: list[str] | None = None
    related: Id | Size | None = None
    anything: Any = None


class Strict(msgspec.Struct, frozen=True):
    """What holds one and is not lenient itself."""

    image: Image
    number: int = 0


def read(model: Any, value: object) -> Any:
    return decode(msgspec.json.encode(value), model)


@pytest.mark.parametrize(
    ("members", "image"),
    [
        ({"fileSize": "4 kB"}, Image(1)),
        ({"fileSize": 4.5, "alt": "x"}, Image(1, alt="x")),
        ({"createdAt": 1_700_000_000_000}, Image(1)),
        (
            {"createdAt": "2026-11-26T10:00:00.000Z", "tags": "x"},
            Image(1, created_at=datetime(2026, 11, 26, 10, tzinfo=UTC)),
        ),
        ({"alt": {"en": "x"}}, Image(1)),
        ({"alt": None, "fileSize": []}, Image(1, alt=None)),
        ({"sizes": "none"}, Image(1)),
        (
            {"sizes": {"a": {"url": "/a", "width": "3"}, "b": 7, "c": None, "d": {"width": 3}}},
            Image(1, sizes={"a": Size("/a"), "c": None}),
        ),
        ({"tags": ["a", 3]}, Image(1)),
        ({"related": {"url": "/a", "width": "3"}}, Image(1, related=Size("/a"))),
        ({"related": {"width": 3}}, Image(1)),
        ({"related": [7], "anything": {"a": [1]}}, Image(1, anything={"a": [1]})),
    ],
)
def test_an_odd_field_counts_as_absent(members: dict[str, object], image: Image) -> None:
    assert read(Image, {"id": 1, "more": 1} | members) == image
    assert read(Page[Image], {"docs": [{"id": 1} | members, {"id": 2}]}).docs == [image, Image(2)]
    assert read(Strict, {"image": {"id": 1} | members, "number": 3, "more": 1}) == Strict(image, 3)


@pytest.mark.parametrize("value", [{}, {"id": None}, {"id": 1.5}, {"id": [1]}, [], "x", None, 7])
def test_what_is_required_is_required(value: object) -> None:
    with pytest.raises(NOT_READABLE):
        read(Image, value)


@pytest.mark.parametrize("value", [{"image": {"id": 1, "alt": 3}, "number": "x"}, {"image": 1}])
def test_a_model_that_is_not_lenient_stays_strict(value: object) -> None:
    with pytest.raises(NOT_READABLE):
        read(Strict, value)


def test_what_is_no_json_is_not_readable() -> None:
    with pytest.raises(NOT_READABLE):
        decode(b'{"id": 1, "alt": "\xff"}', Image)
