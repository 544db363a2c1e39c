"""What is taken along has a name that people want and every file system takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.cms.image import Image, ImageFile, unreadable
from app.export.file_names import FileNames, angle_of, file_name, stored_name, title_of


def image(kind: str | None = "portfolioItem", url: str | None = "https://x/a.jpg", **metrics: Any) -> Image:
    file = ImageFile(1, url, None, None, None, None, None, None)
    created = datetime(2026, 11, 22, tzinfo=UTC)
    return msgspec.structs.replace(unreadable(1), kind=kind, media=file, created_at=created, metrics=metrics)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (image(setId="s", index=2, angle=90), "Mara Quill - portfolio 03 - 90°.jpg"),
        (image(setId="s", index=11, angle="3q_left"), "Mara Quill - portfolio 12 - three-quarter left.jpg"),
        (image(angle="50mm 3/4 RIGHT: MCU?"), "Mara Quill - portfolio - 50mm 3 4 RIGHT MCU.jpg"),
        (image("reference", "https://x/b.PNG?y=1"), "Mara Quill - reference - 2026-11-22.png"),
        (image("scene", "https://x/b.exe"), "Mara Quill - scene - 2026-11-22.bin"),
        (image(None, None), "Mara Quill - image - 2026-11-22.bin"),
        (image(index="x", angle=True, setId=3), "Mara Quill - portfolio - 2026-11-22.jpg"),
    ],
)
def test_a_picture_is_called_by_what_it_is(made: Image, name: str) -> None:
    assert FileNames("Mara Quill").name(made) == name


def test_no_two_have_one_name_also_where_case_does_not_count() -> None:
    names = FileNames("Mara")
    given = [names.name(image(angle=angle)) for angle in ("Front", "front", "FRONT (2)", "front")]
    assert given == [
        "Mara - portfolio - Front.jpg",
        "Mara - portfolio - front (2).jpg",
        "Mara - portfolio - FRONT (2) (2).jpg",
        "Mara - portfolio - front (3).jpg",
    ]


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (["a/b\\c", "..", "d"], "a b c - d"),
        (["\u202egnp.exe", "x\0y"], "gnp.exe - xy"),
        (["CON.", " . ", "e\u0301"], "CON - é"),
        (["a\nb\tc"], "a b c"),
        (['<>:"|?*'], "images"),
        (["x" * 500, "y"], f"{'x' * 60} - y"),
    ],
)
def test_a_name_is_sound_everywhere(parts: list[str], name: str) -> None:
    assert file_name(*parts, extension=".zip") == f"{name}.zip"


def test_pictures_together_are_called_a_set_only_if_they_are_one() -> None:
    def of(count: int, **metrics: Any) -> list[Image]:
        return [image(**metrics)] * count

    assert title_of(of(8, setId="s", setTotal=8)) == "Set of 8"
    assert title_of(of(7, setId="s", setTotal=8)) == "7 of a set of 8"
    assert title_of(of(7, setId="s", setTotal="8")) == "Set of 7"
    assert title_of([*of(1, setId="s"), *of(1, setId="t")]) == "2 images"
    assert title_of(of(3)) == "3 images"
    assert title_of(of(1)) == "1 image"


def test_odd_records_have_no_angle_and_no_file() -> None:
    odd = msgspec.structs.replace(image(), metrics="x")
    assert angle_of(odd) is None
    assert angle_of(image(shot="Close up")) == "Close up"
    assert angle_of(image(angle=" ", shot=" ")) is None
    assert stored_name(image(url="http://[")) == ""
    assert stored_name(unreadable(1)) == ""
    assert stored_name(image(url="https://x/api/media/file/a%20b.jpg?x=1")) == "a b.jpg"
