"""The shots of a set: the 27 of the service for a job, or evenly spaced angles."""

import re
from typing import Any

import msgspec

from .painting import Mood, View

Json = dict[str, Any]

# name, lens, angle, azimuth (positive: the figure looks to the viewer's right), elevation, crop, mode; in this order
TABLE: list[tuple[str, int, str, int, int, str, str]] = [
    ("35mm FRONT FULL (Enhanced)", 35, "front", 0, 0, "full", "Action"),
    ("35mm 3Q LEFT (Enhanced)", 35, "3q_left", -35, 0, "3q", "Action"),
    ("35mm 3Q RIGHT (Enhanced)", 35, "3q_right", 35, 0, "3q", "Action"),
    ("50mm FRONT CU (Enhanced)", 50, "front", 0, 0, "cu", "Conversation"),
    ("50mm 3Q LEFT CU (Enhanced)", 50, "3q_left", -35, 0, "cu", "Conversation"),
    ("50mm 3Q RIGHT CU (Enhanced)", 50, "3q_right", 35, 0, "cu", "Conversation"),
    ("85mm FRONT MCU (Enhanced)", 85, "front", 0, 0, "mcu", "Emotion"),
    ("85mm 3Q LEFT MCU (Enhanced)", 85, "3q_left", -35, 0, "mcu", "Emotion"),
    ("85mm 3Q RIGHT MCU (Enhanced)", 85, "3q_right", 35, 0, "mcu", "Emotion"),
    ("85mm PROFILE LEFT MCU (Enhanced)", 85, "profile_left", -90, 0, "mcu", "Emotion"),
    ("85mm PROFILE RIGHT MCU (Enhanced)", 85, "profile_right", 90, 0, "mcu", "Emotion"),
    ("35mm BACK FULL (Enhanced)", 35, "back", 180, 0, "full", "Action"),
    ("50mm BACK 3Q (Enhanced)", 50, "back", 180, 0, "3q", "Conversation"),
    ("HANDS DETAIL (Enhanced Macro)", 100, "front", 0, -15, "hands", "Conversation"),
    ("T-POSE CALIBRATION (Enhanced)", 50, "front", 0, 0, "full", "Action"),
    ("50mm CONCERNED CU (Enhanced)", 50, "front", 0, 0, "cu", "Emotion"),
    ("85mm VULNERABLE MCU (Enhanced)", 85, "3q_left", -25, 5, "mcu", "Emotion"),
    ("50mm HIGH ANGLE CU (Enhanced)", 50, "front", 0, 15, "cu", "Conversation"),
    ("50mm LOW ANGLE CU (Enhanced)", 50, "front", 0, -15, "cu", "Conversation"),
    ("35mm 45° LEFT 3Q (Enhanced)", 35, "3q_left", -45, 0, "3q", "Action"),
    ("35mm 45° RIGHT 3Q (Enhanced)", 35, "3q_right", 45, 0, "3q", "Action"),
    ("85mm DETERMINED MCU (Enhanced)", 85, "front", 0, 0, "mcu", "Emotion"),
    ("50mm THOUGHTFUL 3Q LEFT CU (Enhanced)", 50, "3q_left", -35, 0, "cu", "Emotion"),
    ("85mm TIGHT 15° LEFT CU (Enhanced)", 85, "front", -15, 0, "cu", "Emotion"),
    ("85mm TIGHT 15° RIGHT CU (Enhanced)", 85, "front", 15, 0, "cu", "Emotion"),
    ("50mm 25° LEFT MCU (Enhanced)", 50, "3q_left", -25, 0, "mcu", "Conversation"),
    ("50mm 25° RIGHT MCU (Enhanced)", 50, "3q_right", 25, 0, "mcu", "Conversation"),
]
MOODS: tuple[Mood, ...] = ("concerned", "vulnerable", "determined", "thoughtful")
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
    """One view of a set; `azimuth` and `elevation` in degrees."""

    name: str
    azimuth: float
    lens: int = 50
    angle: str = "front"
    elevation: float = 0.0
    crop: str = "3q"
    mode: str = "Conversation"

    @property
    def mood(self) -> Mood:
        """The expression that its name asks for."""
        return next((mood for mood in MOODS if mood.upper() in self.name), "neutral")

    @property
    def view(self) -> View:
        """What the painter has to show."""
        pose = "t-pose" if self.name.startswith("T-POSE") else "hands" if self.crop == "hands" else "rest"
        crop = "arms" if pose == "t-pose" else self.crop
        return msgspec.convert(
            {
                "turn": self.azimuth,
                "tilt": self.elevation,
                "crop": crop,
                "lens": self.lens,
                "pose": pose,
                "mood": self.mood,
            },
            View,
        )

    @property
    def stem(self) -> str:
        """Its part of a file name."""
        return f"{self.lens}mm_{self.angle}_{self.crop}_{self.mood}_v1"

    def document(self) -> Json:
        """The shot as the library's own table has it."""
        slug = "enhanced_" + re.sub(r"[^a-z0-9]+", "_", self.name.lower().replace("(enhanced", "")).strip("_") + "_v2"
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
            "cameraAzimuthDeg": self.azimuth,
            "cameraElevationDeg": self.elevation,
            "crop": self.crop,
            "expression": self.mood,
            "pose": "t-pose" if self.view.pose == "t-pose" else "relaxed",
            "referenceWeight": 0.9,
            "pack": "core",
            "description": f"{self.crop.upper()} at {round(self.azimuth)}° for {self.mode.lower()}",
            "usageNotes": f"Covers {self.mode.lower()}",
            "tags": [{"id": f"tag-{slug}", "tag": f"{self.lens}mm"}],
            "fileNamePattern": f"{{CHAR}}_{self.stem}_{{TIMESTAMP}}.png",
            "promptTemplate": "Studio reference of {CHARACTER}; focal length {LENS}mm, azimuth {AZIMUTH}°",
        }


def job_shots(count: int) -> list[Shot]:
    """The first so many of the table."""
    return [
        Shot(name, azimuth, lens, angle, elevation, crop, mode)
        for name, lens, angle, azimuth, elevation, crop, mode in TABLE[:count]
    ]


def asked_shots(angles: Any, count: Any) -> list[Shot]:
    """What a synchronous set is asked for: named angles, or so many evenly round the figure."""
    if isinstance(angles, list):
        return [_at(str(angle), azimuth_of(str(angle), index)) for index, angle in enumerate(angles[:72])]
    wanted = count if isinstance(count, int) and not isinstance(count, bool) and 0 < count <= 72 else 8
    return [_at(f"{index * 360 / wanted:g}", index * 360 / wanted) for index in range(wanted)]


def _at(name: str, azimuth: float) -> Shot:
    """A shot from all but above and below, with the word that the gallery has for its angle."""
    turned = (azimuth + 180) % 360 - 180
    side, away = ("right" if turned > 0 else "left"), abs(turned)
    words = ((10, "front"), (70, f"3q_{side}"), (110, f"profile_{side}"), (170, f"back_{side}"))
    return Shot(name, azimuth, angle=next((word for most, word in words if away < most), "back"))


def azimuth_of(angle: str, index: int) -> float:
    """The degrees in an angle's text or of its word; for words unknown here something of its own."""
    word = angle.strip().lower().replace(" ", "-").replace("_", "-")
    if word in WORDS:
        return float(WORDS[word])
    found = re.search(r"-?\d+(?:\.\d+)?", angle)
    return float(found[0]) if found else index * 37.0
