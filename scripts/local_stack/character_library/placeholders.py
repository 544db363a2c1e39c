"""The set of an early version of the library, which generated nothing: placeholder addresses, ids and qualities."""

import random
import time
from typing import Any

from .records import Character, Json
from .wire import member

HOST = "https://placeholder.example.com"
ANGLES = (
    "front",
    "back",
    "left",
    "right",
    "three_quarter_left",
    "three_quarter_right",
    "profile_left",
    "profile_right",
)


def a_set(character: Character, body: Any, spent: int) -> Json:
    """An answer that looks like a set of so many pictures."""
    count, angles = member(body, "imageCount"), member(body, "angles")
    wanted = angles if isinstance(angles, list) else ANGLES[: count if isinstance(count, int) else len(ANGLES)]
    images = [_image(character.id, str(angle)) for angle in wanted]
    status = "completed" if images else "failed"
    return {"success": bool(images), "images": images, "status": status, "processingTime": spent}


def _image(character_id: str, angle: str) -> Json:
    stamp = f"{character_id}-{angle}-{time.time_ns() // 1_000_000}"
    return {
        "url": f"{HOST}/character-{character_id}-{angle}.jpg",
        "angle": angle,
        "quality": random.randint(75, 99),  # noqa: S311 - as the service does it
        "dinoAssetId": f"dino-{stamp}",
        "mediaId": f"media-{stamp}",
    }
