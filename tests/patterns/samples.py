"""Made-up data that is as awkward as real data gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.cms.character import CharacterReference
from app.cms.image import Image, ImageFile
from app.generation.run import Kind, Progress, Stage

PAINTED = "https://media.example/painted/"
"""Where the pictures are said to be; the page gets their real place."""

LONG_NAME = "Maximiliana Theodora von Hohenlohe-Waldenburg-Schillingsfürst, the Younger, called “the Wren”"
RIGHT_TO_LEFT = "שומרת המגדלור, אישה רזה עם שיער אדום ומעיל ירוק"
MARKUP = "<script>alert(\"x\")</script> & <b>bold</b> 'quoted' {{ braces }} {% raw %}"
ONE_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
LONG = "A wiry woman with auburn hair and grey green eyes, in a patched olive oilskin coat. " * 40
TEXTS = ["A wiry woman in a green coat.", LONG, MARKUP, RIGHT_TO_LEFT, ONE_WORD, "one\ntwo\n\n\tthree", "😀 ¿qué? ﷽"]

_AT = datetime(2026, 11, 22, 9, 41, tzinfo=UTC)
_METRICS: dict[str, Any] = {
    "generateMs": 42_000, "downloadMs": 310, "uploadMs": 95, "bytes": 1_234_567, "quality": 91.5, "nested": {"a": [1]},
    "isCore": True, "lens": "35mm", "dinoAssetId": ONE_WORD, "referenceImageId": "1", "setId": "01SET",
}  # fmt: skip


def character(**fields: Any) -> CharacterReference:
    """A character that is linked, unless a field says otherwise."""
    known = {"id": 7, "projectCharacterName": "Mara Quill", "characterRole": "Lead", "libraryDbId": "mara-quill"}
    return msgspec.convert(known | fields, CharacterReference)


def image(number: int, *, width: int = 360, height: int = 480, **fields: Any) -> Image:
    """A picture whose file is there; fields say what is odd about it."""
    address = f"{PAINTED}{number % 4}.jpg"
    plain = Image(
        id=number,
        kind="reference",
        status="succeeded",
        error=None,
        prompt=TEXTS[0],
        provider="character-library",
        source_url="https://library.example/media/a.jpg",
        external_id="6712f0",
        created_at=_AT - timedelta(hours=5 * number),
        updated_at=_AT,
        created_by=1,
        metrics={},
        media=ImageFile(
            number, address, address, f"Picture {number} of Mara Quill", "image/jpeg", 40_000, width, height
        ),
    )
    return msgspec.structs.replace(plain, **fields)


def _file(url: str | None) -> ImageFile:
    return ImageFile(99, url, url, None, None, None, None, None)


NOWHERE = _file("http://127.0.0.1:9/gone.jpg")
ODD: list[Image] = [
    *(image(10 + index, prompt=text) for index, text in enumerate(TEXTS)),
    image(20, kind="portfolioItem", prompt=None, metrics={**_METRICS, "index": 0, "angle": "45"}),
    image(21, kind="portfolioItem", prompt=None, metrics={**_METRICS, "index": 1, "angle": "3q_left"}),
    image(22, kind="portfolioItem", prompt=MARKUP, metrics={**_METRICS, "index": 2, "angle": 90}),
    image(23, kind="portfolioItem", prompt=None, metrics=[1, "not an object"]),
    image(26, metrics={"facts": {"hair": "auburn", "clothing": ONE_WORD[:180]}}),
    image(24, metrics={"review": {"verdict": "pick", "note": ONE_WORD}}),
    image(25, metrics={"review": {"verdict": "reject", "note": MARKUP, "at": "2026-11-22T09:41:00.000+00:00"}}),
    image(30, kind="scene", width=1600, height=900, metrics={"sceneType": "action"}),
    image(31, kind="scene", width=400, height=4000),
    image(40, media=None),
    image(41, media=_file("javascript:alert(1)")),
    image(42, media=NOWHERE),
    image(50, status="failed", error=LONG),
    image(51, status=None, kind=None, prompt=None, created_at=None, media=None),
    image(52, status="mislaid", kind="sculpture", prompt="", external_id=MARKUP, source_url="javascript:alert(1)"),
]


def progress(kind: Kind, stage: Stage, index: int, total: int, elapsed_ms: int) -> Progress:
    """A run that is under way."""
    return Progress(f"{kind}-{stage}-{index}", kind, _AT, stage, elapsed_ms, index, total)


RUNS: list[Progress] = [
    progress("reference", "generating", 0, 1, 0),
    progress("reference", "ingesting", 0, 1, 42_000),
    progress("set", "generating", 0, 1, 59_999),
    progress("set", "generating", 5, 27, 3_605_000),
    progress("set", "ingesting", 3, 8, 120_000),
    progress("scene", "generating", 0, 1, 1_000),
    progress("recovery", "ingesting", 999, 1000, 600_000),
]
