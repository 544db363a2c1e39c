"""Painted portraits: a figure that looks as its prompt says, from any side, in a studio or a place.

    look = look_of("a woman with auburn hair, in a green coat", name="Ada Marsh")
    jpeg = paint(Portrait(look, "three-quarter view", View(turn=45)))

`paint` is plain computing (less than 0.1 s): call it in a thread.
"""

import io
from typing import Literal

import msgspec

from .backdrop import finish, light_for, paint_place, paint_studio
from .figure import draw_figure
from .look import Look, look_of
from .plate import Camera, Plate

__all__ = ["Look", "Mood", "Portrait", "View", "look_of", "paint"]

Mood = Literal["neutral", "concerned", "vulnerable", "determined", "thoughtful"]
# of the figure: the height in the middle, how much is seen from above to below and, at least, from side to side
CROPS = {"full": (756, 1540, 560), "3q": (492, 900, 520), "mcu": (316, 540, 400), "cu": (226, 348, 250),
         "hands": (492, 270, 262), "arms": (756, 1540, 1340)}  # fmt: skip
# of a scene, by its type: where in its width the figure stands, the height in the middle, how much is seen
SCENES = {"establishing": (0.36, 440, 1760), "emotional": (0.5, 330, 600), "action": (0.56, 470, 1060)}
ORDINARY, SOLE, FAR, REACH = (0.44, 430, 880), 1440, 60, 128


class View(msgspec.Struct, frozen=True):
    """Where the camera is: degrees to the viewer's right, degrees that it looks down; and what it sees."""

    turn: float = 0.0
    tilt: float = 0.0
    crop: Literal["full", "3q", "mcu", "cu", "hands", "arms"] = "3q"
    lens: int = 50
    pose: Literal["rest", "t-pose", "hands"] = "rest"
    mood: Mood = "neutral"


class Portrait(msgspec.Struct, frozen=True):
    """What to paint; `scene_type` only for scenes, whose `words` choose the place and its light."""

    look: Look
    words: str = ""
    view: View = View()
    scene_type: str = ""
    size: tuple[int, int] = (768, 1024)


def paint(portrait: Portrait) -> bytes:
    """The picture as JPEG bytes."""
    view, look, (width, height) = portrait.view, portrait.look, portrait.size
    seed, light = look.seed ^ len(portrait.words) * 2_654_435_761, None
    if portrait.scene_type:
        light = light_for(portrait.words, portrait.scene_type)
        across, middle, high = SCENES.get(portrait.scene_type, ORDINARY)
        scale, x = height / high, width * across
        ground = paint_place(portrait.words, light, seed, portrait.size)
    else:
        middle, high, wide = CROPS[view.crop]
        scale, x = min(height / high, width / wide), width / 2
        ground = paint_studio(look.backdrop, portrait.size, x, height / 2 + (SOLE - middle) * scale, 190 * scale)
    near = REACH if view.crop == "hands" else 0
    plate = Plate(portrait.size, Camera(view.turn, view.tilt, (middle, near), (x, height / 2), scale, FAR * view.lens))
    draw_figure(plate, look, view.pose, view.mood)
    plate.lay(ground, light.lamp if light else (255, 244, 226))
    finish(ground, light, seed).save(out := io.BytesIO(), "JPEG", quality=90, subsampling="4:2:0")
    return out.getvalue()
