"""A set as a turntable: its pictures in the order in which the figure turns, with what is missing in its place."""

from __future__ import annotations

import re
from collections import defaultdict

import msgspec

from app.cms.image import Image
from app.export.file_names import angle_of
from app.pages.images.shots import SHOTS, Shot, shot_named

_DEGREES = re.compile(r"(-?(?<![\d.])\d++(?:\.\d++)?)\s*+(?:°|deg|$)")
_WHOLE = 360.0
_WORDS = {"front": 0.0, "profile": 90.0, "back_": 135.0, "back": 180.0, "3q": 45.0}
"""How far from the front the library's words for a side are; `_left` and `_right` say to which side."""


class Frame(msgspec.Struct, frozen=True):
    """One position. `image`: None where it is missing; `angle`: in words, None where the library tells none.

    `beside`: whether it is no part of the turn: hands, an expression, a side that another picture shows already.
    """

    place: int
    image: Image | None
    angle: str | None
    beside: bool = False


def frames_of(images: list[Image], total: int | None) -> list[Frame]:
    """All positions of a set, clockwise from the front, then those beside the turn in the library's order.

    `total`: how many there should be. A picture that is missing stands where its shot belongs, if the set is one of the
    library's own; else after the one that the library drew before it. What tells no angle stands at the turn's end.
    """
    in_order = sorted(images, key=lambda image: image.place)
    shots = {image.place: shot for image in in_order if (shot := shot_of(image))}
    if total == len(SHOTS) and len(set(shots.values())) == len(images) > 0:
        return _frames_of_shots({SHOTS.index(shots[image.place]): image for image in in_order})
    turning = [image.place for image in in_order if image.place not in shots or shots[image.place].turn is not None]
    in_turn = {place for place in turning if place not in shots} | _chosen(
        {place: shots[place] for place in turning if place in shots}
    )
    frames = [
        Frame(image.place, image, _words(image), beside=image.place not in in_turn)
        for image in sorted(
            in_order, key=lambda image: (False, *_order(image)) if image.place in in_turn else (True, False, 0.0)
        )
    ]
    held = {frame.place for frame in frames}
    for missing in range(total or 0):
        if missing not in held:
            before = next((at for at, frame in enumerate(frames) if frame.place == missing - 1), len(frames) - 1)
            frames.insert(before + 1 if missing else 0, Frame(missing, None, None))
    return frames


def _frames_of_shots(held: dict[int, Image]) -> list[Frame]:
    """The library's own set by its shots; where some are missing, the places of those after them have moved up."""
    turning = {place: shot for place, shot in enumerate(SHOTS) if shot.turn is not None}
    in_turn = _chosen({place: shot for place, shot in turning.items() if place in held})
    shown = {turning[place].turn for place in in_turn}
    in_turn |= _chosen({place: shot for place, shot in turning.items() if shot.turn not in shown})
    frames = [Frame(place, held.get(place), shot.name, beside=place not in in_turn) for place, shot in enumerate(SHOTS)]
    return sorted(
        frames, key=lambda frame: (frame.beside, (SHOTS[frame.place].turn or 0.0) % _WHOLE if not frame.beside else 0)
    )


def _chosen(shots: dict[int, Shot]) -> set[int]:
    """The places of one turn: of each side a single picture, from the crop that shows the most sides, then the next."""
    sides: dict[str, set[float | None]] = defaultdict(set)
    for shot in shots.values():
        sides[shot.crop].add(shot.turn)
    chosen: dict[float | None, int] = {}
    for place, shot in sorted(shots.items(), key=lambda item: -len(sides[item[1].crop])):
        chosen.setdefault(shot.turn, place)
    return set(chosen.values())


def shot_of(image: Image) -> Shot | None:
    """The library's shot that an image is; None where it is none."""
    angle = image.typed_metrics.angle
    return shot_named(image.shot) or (shot_named(angle) if isinstance(angle, str) else None)


def turn_of(image: Image) -> float | None:
    """Degrees clockwise from the front, 0 to below 360; None where nothing tells."""
    if shot := shot_of(image):
        return None if shot.turn is None else shot.turn % _WHOLE
    for angle in (image.shot, image.typed_metrics.angle):
        if angle is not None and (turn := _turn(angle) if isinstance(angle, str) else float(angle)) is not None:
            return turn % _WHOLE
    return None


def _order(image: Image) -> tuple[bool, float]:
    turn = turn_of(image)
    return turn is None, turn or 0.0


def _words(image: Image) -> str | None:
    """The name of an image's position."""
    return shot.name if (shot := shot_of(image)) else angle_of(image)


def _turn(text: str) -> float | None:
    """Of "25° LEFT", "FRONT", "3q_left", "135"."""
    words = text.lower()
    side = -1.0 if "left" in words else 1.0
    if match := _DEGREES.search(words):
        return side * float(match[1])
    return next((side * turn for word, turn in _WORDS.items() if word in words), None)
