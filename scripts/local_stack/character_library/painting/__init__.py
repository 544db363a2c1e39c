"""Painted portraits: a figure that looks as its prompt says, from any side, in a studio or a place.

    look = look_of("a woman with auburn hair, in a green coat", name="Ada Marsh")
    jpeg = paint(Portrait(look, name="Ada Marsh", kind="45°", words="three-quarter view", turn=45))

`paint` is plain computing (about 0.1 s): call it in a thread.
"""

import io

import msgspec
from PIL import Image, ImageChops, ImageOps

from .backdrop import finish, light_for, place, rain, studio
from .caption import write_caption
from .coat import paint_coat
from .collar import paint_collar, paint_collar_inside
from .easel import SHEET, Easel
from .form import View
from .hair import paint_back_hair, paint_hair
from .head import paint_head, paint_neck
from .look import Look, look_of

__all__ = ["Look", "Portrait", "look_of", "paint"]


class Portrait(msgspec.Struct, frozen=True):
    """What to paint: `turn` in degrees (0 front, 90 profile to the right, 180 back), `scene_type` only for scenes."""

    look: Look
    name: str
    kind: str
    words: str
    turn: float = 0.0
    scene_type: str = ""
    size: tuple[int, int] = SHEET


def paint(portrait: Portrait) -> bytes:
    """The picture as JPEG bytes."""
    scale = min(1.0, max(portrait.size[0] / SHEET[0], portrait.size[1] / SHEET[1]))
    sheet = max(1, round(SHEET[0] * scale)), max(1, round(SHEET[1] * scale))
    picture = _scene(portrait, sheet, scale) if portrait.scene_type else _studio(portrait, sheet, scale)
    picture = write_caption(finish(picture), portrait.name, portrait.kind, portrait.words)
    if picture.size != portrait.size:
        picture = ImageOps.fit(picture, portrait.size, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, subsampling="4:2:0")
    return out.getvalue()


def _studio(portrait: Portrait, sheet: tuple[int, int], scale: float) -> Image.Image:
    easel = Easel(studio(portrait.look.backdrop, sheet), scale)
    _figure(easel, View(portrait.turn, foot=1150, size=1.14), portrait.look)
    return easel.canvas


def _scene(portrait: Portrait, sheet: tuple[int, int], scale: float) -> Image.Image:
    """The figure aside in its place, lit as the place is."""
    look, seed = portrait.look, portrait.look.seed ^ len(portrait.words) * 2_654_435_761
    light = light_for(portrait.words, portrait.scene_type)
    easel = Easel(place(portrait.words, light, seed, sheet), scale)
    size, x = {"establishing": (0.78, 300.0), "emotional": (1.34, 384.0), "action": (1.02, 430.0)}.get(
        portrait.scene_type, (1.1, 340.0)
    )
    view = View(portrait.turn, x=x, foot=max(1024 + 130 * size, 72 + 928 * size if size > 1 else 0), size=size)
    _figure(easel, view, msgspec.structs.replace(look, backdrop=light.lamp))
    cast = Image.new("RGB", sheet, tuple(min(255, round(255 * share)) for share in light.cast))
    picture = ImageChops.multiply(easel.canvas, cast)
    return rain(picture, seed) if light.rain else picture


def _figure(easel: Easel, view: View, look: Look) -> None:
    """Far things first; from behind, the hair lies over the collar."""
    if view.cos > -0.2:
        paint_back_hair(easel, view, look)
    paint_collar_inside(easel, view, look)
    paint_neck(easel, view, look)
    paint_coat(easel, view, look)
    paint_collar(easel, view, look)
    paint_head(easel, view, look)
    paint_hair(easel, view, look)
