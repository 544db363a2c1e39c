"""The stand-in's painter: one figure, the same from every side, in every shot, at any size."""

import io

import pytest
from PIL import Image, ImageChops

from scripts.local_stack.character_library.painting import Look, Portrait, View, look_of, paint
from scripts.local_stack.character_library.shots import job_shots

ADA = look_of("a woman with auburn hair in a bun, in an olive coat", "Ada Marsh")
SMALL = (96, 128)


def painted(look: Look = ADA, view: View | None = None, **more: object) -> Image.Image:
    portrait = Portrait(look, view=view or View(), **{"size": SMALL, **more})  # type: ignore[arg-type]
    return Image.open(io.BytesIO(paint(portrait))).convert("RGB")


def hair_of(picture: Image.Image, look: Look) -> tuple[int, int, int, int]:
    """Where the picture is nearer to the colour of the hair than to the backdrop."""
    distances = (
        ImageChops.difference(picture, Image.new("RGB", picture.size, colour)).convert("L")
        for colour in (look.hair, look.backdrop)
    )
    hair, backdrop = distances
    box = ImageChops.subtract(backdrop, hair).point(lambda value: 255 if value > 40 else 0).getbbox()
    assert box is not None
    return box


def test_the_same_portrait_is_the_same_picture() -> None:
    portrait = Portrait(ADA, "on the pier in the rain", View(turn=20), "action", SMALL)
    assert paint(portrait) == paint(portrait)


def test_what_a_prompt_says_is_what_is_painted() -> None:
    looks = [look_of(words, "Ada") for words in ("black hair, white coat", "red hair, black coat")]
    assert [look.hair for look in looks] == [(38, 33, 38), (172, 66, 34)]
    assert look_of("hair cropped short", "Ada").cut == "short"
    assert look_of("a white beard", "Ada").beard
    assert look_of("", "Ada") == look_of("", "Ada") != look_of("", "Mara")


def test_each_of_the_27_shots_is_another_picture() -> None:
    assert len({painted(view=shot.view).tobytes() for shot in job_shots(27)}) == 27


@pytest.mark.parametrize("turn", [-90, -45, 15, 35, 90, 180])
def test_a_turn_does_not_change_how_tall_the_figure_is(turn: int) -> None:
    size = (240, 320)
    front, turned = (hair_of(painted(view=View(turn=angle), size=size), ADA) for angle in (0, turn))
    assert abs(front[1] - turned[1]) <= 4


def test_left_and_right_are_two_sides() -> None:
    """A figure that looks to the viewer's left has its bun on the viewer's right."""
    size = (240, 320)
    left, right = (hair_of(painted(view=View(turn=turn), size=size), ADA) for turn in (-90, 90))
    assert left[2] > 140
    assert right[0] < 100


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (400, 20), (20, 400), (241, 181)])
@pytest.mark.parametrize("scene_type", ["", "establishing", "dialogue", "unheard of"])
def test_any_size_is_painted(size: tuple[int, int], scene_type: str) -> None:
    assert painted(size=size, scene_type=scene_type, words="!").size == size


@pytest.mark.parametrize(
    "words", ["station", "street", "kitchen", "forest", "harbour", "far away", "night", "storm", ""]
)
def test_every_place_and_light_is_painted(words: str) -> None:
    assert painted(scene_type="dialogue", words=words).tobytes() != painted().tobytes()
