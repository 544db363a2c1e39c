"""Records, files and characters with the largest and oddest values."""

from __future__ import annotations

from typing import Any

import msgspec
from ulid import ULID

from payload_client import Payload
from tests.support.pictures import PNG
from tests.support.world import Character

MARKS = "a" + "\u0316\u0301" * 200_000


DEEP: Any = msgspec.json.decode(b'{"a":' * 400 + b"1" + b"}" * 400)


async def store(payload: Payload, character: Character, *, alt: str = "x", **fields: Any) -> Any:
    """A record and its file, written into Payload by an editor and not by us."""
    media = payload.collection("media")
    file = await media.upload(PNG, filename=f"{ULID()}.png", content_type="image/png", data={"alt": alt})
    record = {"characterReference": character.id, "media": file["id"], "kind": "portfolioItem", "status": "succeeded"}
    return (await payload.collection("character-image-metadata").create({**record, "provider": "x", **fields}))["id"]


METRICS: dict[str, Any] = {
    "a total of ten million": {"setTotal": 10_000_000},
    "a total that is negative": {"setTotal": -1},
    "a total beyond integers": {"setTotal": 1e300},
    "a shot of digits": {"shot": "9" * 20_000 + "x"},
    "a shot of a megabyte": {"shot": "-1" * 500_000},
    "a shot of marks": {"shot": MARKS},
    "an angle of digits": {"angle": "9" * 1_000_000 + "x"},
    "an angle of blanks": {"angle": "3q_" + " " * 1_000_000 + "x"},
    "an angle without end": {"angle": 1e308},
    "an index beyond integers": {"index": 2**53 - 1, "durationMs": 2**53 - 1, "bytes": 1e300},
    "times before the beginning": {"durationMs": -5, "generateMs": -1e300, "index": -7},
    "a hundred thousand members": {f"m{number}": number for number in range(100_000)},
    "members with long names": {f"{number}{'n' * 5_000}": "v" * 5_000 for number in range(100)},
    "nested members": {"a": DEEP, "referenceImageId": DEEP, "setTotal": DEEP, "index": [1]},
    "a reference of a megabyte": {"referenceImageId": "r" * 1_000_000},
    "a list": [1] * 100_000,
}


TEXTS = {"letters": "x" * 20_000, "words": "word " * 7_500, "marks": MARKS[:39_000], "spaces": " " * 39_000 + "x"}


DATA: dict[str, Any] = {
    "many fields": {f"field{number}": "x" for number in range(20_000)},
    "empty values": {f"field{number}": {} for number in range(20_000)},
    "a list of a hundred thousand": {"traits": ["brave"] * 100_000},
    "long names": {"aB" * 500_000: "x", "_" * 500_000: "y"},
    "a text of a megabyte": {"description": "word " * 200_000},
    "lists in lists": {"a": [[["x"] * 100] * 100] * 10},
    "deep": DEEP,
}
