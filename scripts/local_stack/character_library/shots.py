"""The shots of a set: 27 for a job, named as the service names its own, or evenly spaced angles."""

import re
from typing import Any

import msgspec

Json = dict[str, Any]

# lens, name between lens and crop, crop, azimuth (positive: the figure looks to the viewer's right), mode
TABLE: list[tuple[int, str, str, int, str]] = [
    (50, "25° RIGHT", "MCU", 25, "Conversation"),
    (50, "25° LEFT", "MCU", -25, "Conversation"),
    (85, "TIGHT 15° RIGHT", "CU", 15, "Emotion"),
    (85, "TIGHT 15° LEFT", "CU", -15, "Emotion"),
    (50, "THOUGHTFUL 3Q LEFT", "CU", -40, "Emotion"),
    (85, "DETERMINED", "MCU", 0, "Emotion"),
    (35, "45° RIGHT", "3Q", 45, "Action"),
    (35, "45° LEFT", "3Q", -45, "Action"),
    (35, "FRONT", "FULL", 0, "Action"),
    (35, "90° RIGHT PROFILE", "FULL", 90, "Action"),
    (35, "90° LEFT PROFILE", "FULL", -90, "Action"),
    (35, "180° BACK", "FULL", 180, "Action"),
    (50, "FRONT", "MCU", 0, "Conversation"),
    (50, "35° RIGHT", "MCU", 35, "Conversation"),
    (50, "35° LEFT", "MCU", -35, "Conversation"),
    (50, "60° RIGHT", "3Q", 60, "Conversation"),
    (50, "60° LEFT", "3Q", -60, "Conversation"),
    (50, "75° RIGHT", "MCU", 75, "Conversation"),
    (50, "75° LEFT", "MCU", -75, "Conversation"),
    (85, "FRONT", "CU", 0, "Emotion"),
    (85, "90° RIGHT PROFILE", "CU", 90, "Emotion"),
    (85, "90° LEFT PROFILE", "CU", -90, "Emotion"),
    (35, "120° BACK RIGHT", "3Q", 120, "Action"),
    (35, "120° BACK LEFT", "3Q", -120, "Action"),
    (35, "150° BACK RIGHT", "3Q", 150, "Action"),
    (35, "150° BACK LEFT", "3Q", -150, "Action"),
    (50, "180° BACK", "MCU", 180, "Conversation"),
]
WORDS = {
    "front": 0,
    "front-right": 30,
    "three-quarter-right": 45,
    "right": 90,
    "profile-right": 90,
    "back-right": 135,
    "back": 180,
    "back-left": -135,
    "left": -90,
    "profile-left": -90,
    "three-quarter-left": -45,
    "front-left": -30,
    "profile": 90,
    "rear": 180,
}


class Shot(msgspec.Struct, frozen=True):
    """One view of a set."""

    name: str
    azimuth: float
    lens: int = 50
    crop: str = "MCU"
    mode: str = "Conversation"

    @property
    def angle(self) -> str:
        """The word that the gallery has for it."""
        side, away = ("right" if self.azimuth > 0 else "left"), abs(self.azimuth)
        if away < 10:
            return "front"
        return (
            "back" if away > 170 else f"3q_{side}" if away < 70 else f"profile_{side}" if away < 110 else f"back_{side}"
        )

    @property
    def stem(self) -> str:
        """Its part of a file name."""
        return f"{self.lens}mm_{self.angle}_{self.crop.lower()}_neutral_v1"

    def document(self) -> Json:
        """The shot as the library's own table has it."""
        slug = "enhanced_" + re.sub(r"[^a-z0-9]+", "_", self.name.lower().replace("(enhanced)", "")).strip("_") + "_v2"
        return {
            "id": f"shot-{slug}",
            "slug": slug,
            "shotName": self.name,
            "lensMm": self.lens,
            "fStop": 2,
            "iso": 200,
            "shutterSpeed": "1/250",
            "mode": self.mode,
            "angle": self.angle,
            "azimuth": self.azimuth,
            "crop": self.crop.lower(),
            "expression": "neutral",
            "pose": "relaxed",
            "referenceWeight": 0.9,
            "pack": "core",
            "description": f"{self.crop} at {round(self.azimuth)}° for {self.mode.lower()}",
            "usageNotes": f"Covers {self.mode.lower()}",
            "tags": [{"id": f"tag-{slug}", "tag": f"{self.lens}mm"}],
            "fileNamePattern": f"{{CHAR}}_{self.stem}_{{TIMESTAMP}}.png",
            "promptTemplate": "Studio reference of {CHARACTER}; focal length {LENS}mm, azimuth {AZIMUTH}°",
        }


def job_shots(count: int) -> list[Shot]:
    """The first so many of the table."""
    return [
        Shot(f"{lens}mm {name} {crop} (Enhanced)", azimuth, lens, crop, mode)
        for lens, name, crop, azimuth, mode in TABLE
    ][:count]


def asked_shots(angles: Any, count: Any) -> list[Shot]:
    """What a synchronous set is asked for: named angles, or so many evenly round the figure."""
    if isinstance(angles, list):
        return [Shot(str(angle), azimuth_of(str(angle), index)) for index, angle in enumerate(angles[:72])]
    wanted = count if isinstance(count, int) and not isinstance(count, bool) and 0 < count <= 72 else 8
    return [Shot(f"{index * 360 / wanted:g}", index * 360 / wanted) for index in range(wanted)]


def azimuth_of(angle: str, index: int) -> float:
    """The degrees in an angle's text or of its word; for words unknown here something of its own."""
    word = angle.strip().lower().replace(" ", "-").replace("_", "-")
    if word in WORDS:
        return float(WORDS[word])
    found = re.search(r"-?\d+(?:\.\d+)?", angle)
    return float(found[0]) if found else index * 37.0
