"""Answers of the library with the largest and oddest values."""

from __future__ import annotations

import json
from typing import Any

REFERENCE, SET = "generate-initial-image", "generate-360-set"


REFUSALS = {
    "no no no": {"error": "no " * 33_000},
    "blanks": {"error": "no " + " " * 7_000_000},
    "letters": {"message": "must have" + "x" * 7_000_000},
    "details": {"error": "no", "details": "needs " * 1_000_000},
    "Payload's own": {"errors": [{"message": "no " * 2_000_000}]},
    "many errors": {"errors": [{"message": "no"}] * 300_000},
    "a number": {"error": int("9" * 4_000)},
}


def picture(url: str, **more: Any) -> dict[str, Any]:
    return {"publicUrl": url, "imageId": "m1", **more}


SETS: dict[str, dict[str, Any]] = {
    "a million that failed": {"failedImages": [{}] * 1_000_000},
    "long words for each that failed": {"failedImages": [{"angle": "x" * 3_000, "error": "y" * 3_000}] * 1_000},
    "a million blanks": {"data": {"images": [" "] * 1_000_000}},
    "a shot of digits": {"shotName": "9" * 5_000_000},
    "an angle of marks": {"angle": "a" + "\u0316\u0301" * 500_000},
    "a prompt": {"prompt": "word " * 1_000_000},
    "an id": {"imageId": "m" * 5_000_000},
    "numbers": {"angle": 10**300, "quality": -1e300, "lens": 2**63},
    "nested data": {"sceneContext": json.loads('{"a":' * 500 + "1" + "}" * 500)},
}
