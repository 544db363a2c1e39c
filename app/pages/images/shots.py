"""The 27 shots of the Character Library, in the order in which it draws them, whatever number was asked for.

Seen on github.com/jomapps/character-library, HEAD 3918dc0: not one turn of one camera, for lenses and crops differ.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Shot(NamedTuple):
    """`turn`: degrees, negative is left; None beside a turn. `crop`: how much of the figure is shown."""

    name: str
    turn: float | None
    crop: str


SHOTS = (
    Shot("35mm FRONT FULL", 0, "full"),
    Shot("35mm 3Q LEFT", -35, "3q"),
    Shot("35mm 3Q RIGHT", 35, "3q"),
    Shot("50mm FRONT CU", 0, "cu"),
    Shot("50mm 3Q LEFT CU", -35, "cu"),
    Shot("50mm 3Q RIGHT CU", 35, "cu"),
    Shot("85mm FRONT MCU", 0, "mcu"),
    Shot("85mm 3Q LEFT MCU", -35, "mcu"),
    Shot("85mm 3Q RIGHT MCU", 35, "mcu"),
    Shot("85mm PROFILE LEFT MCU", -90, "mcu"),
    Shot("85mm PROFILE RIGHT MCU", 90, "mcu"),
    Shot("35mm BACK FULL", 180, "full"),
    Shot("50mm BACK 3Q", 180, "3q"),
    Shot("HANDS DETAIL", None, "hands"),
    Shot("T-POSE CALIBRATION", None, "full"),
    Shot("50mm CONCERNED CU", None, "cu"),
    Shot("85mm VULNERABLE MCU", None, "mcu"),
    Shot("50mm HIGH ANGLE CU", None, "cu"),
    Shot("50mm LOW ANGLE CU", None, "cu"),
    Shot("35mm 45° LEFT 3Q", -45, "3q"),
    Shot("35mm 45° RIGHT 3Q", 45, "3q"),
    Shot("85mm DETERMINED MCU", None, "mcu"),
    Shot("50mm THOUGHTFUL 3Q LEFT CU", None, "cu"),
    Shot("85mm TIGHT 15° LEFT CU", -15, "cu"),
    Shot("85mm TIGHT 15° RIGHT CU", 15, "cu"),
    Shot("50mm 25° LEFT MCU", -25, "mcu"),
    Shot("50mm 25° RIGHT MCU", 25, "mcu"),
)
_BY_NAME = {shot.name: shot for shot in SHOTS}
_ADDED = re.compile(r"\(enhanced[^()]*\)\s*$", re.IGNORECASE)


def shot_named(text: str | None) -> Shot | None:
    """The shot that the library calls so, with or without "(Enhanced)" behind it."""
    return _BY_NAME.get(_ADDED.sub("", text).strip()) if text else None
