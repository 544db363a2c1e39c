"""A set as a turntable: its pictures in the order in which the figure turns, with what is missing in its place."""

from __future__ import annotations

import re

import msgspec

from app.models.image import Image
from app.naming import angle_of

_DEGREES = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:°|deg|$)")
_WHOLE = 360.0
_WORDS = {"front": 0.0, "3q": 45.0, "profile": 90.0, "back_": 135.0, "back": 180.0}
"""How far from the front the library's words for a side are; `_left` and `_right` say to which side."""


class Frame(msgspec.Struct, frozen=True):
    """One position. `image`: None where it is missing; `angle`: in words, None where the library tells none."""

    place: int
    image: Image | None
    angle: str | None


def frames_of(images: list[Image], total: int | None) -> list[Frame]:
    """All positions of a set, clockwise from the front; what tells no angle keeps the library's order, at the end.

    `total`: how many there should be; a picture that is missing stands after the one that the library drew before it.
    """
    in_order = sorted(images, key=lambda image: image.place)
    turning = sorted(in_order, key=lambda image: (turn_of(image) is None, turn_of(image) or 0.0))
    frames = [Frame(image.place, image, angle_of(image)) for image in turning]
    held = {frame.place for frame in frames}
    for missing in range(total or 0):
        if missing not in held:
            before = next((at for at, frame in enumerate(frames) if frame.place == missing - 1), len(frames) - 1)
            frames.insert(before + 1 if missing else 0, Frame(missing, None, None))
    return frames


def turn_of(image: Image) -> float | None:
    """Degrees clockwise from the front, 0 to below 360; None where nothing tells."""
    for text in (image.metric("shot", str), image.metric("angle", str)):
        if text and (found := _turn(text)) is not None:
            return found % _WHOLE
    number = image.number("angle")
    return None if number is None else number % _WHOLE


def _turn(text: str) -> float | None:
    """Of "50mm 25° LEFT MCU", "FRONT", "3q_left", "135"."""
    words = text.lower()
    side = -1.0 if "left" in words else 1.0
    if found := _DEGREES.search(words):
        return side * float(found[1])
    return next((side * turn for word, turn in _WORDS.items() if word in words), None)
