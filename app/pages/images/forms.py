"""What the workspace's forms send. Browsers send line breaks as CRLF; a prompt has them as they were typed."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from app.character_library import Scene, SceneType
from app.errors import InvalidRequest
from app.generation.run import ReferenceRequest, SetRequest
from app.limits import SET_PLACES
from app.pages.images.views import Typed
from app.web.text import LONGEST, has_controls
from payload_client import FieldError

_COUNT = re.compile(r"[0-9]{1,4}")

# A box may hold more than is taken: it comes back with what was typed and what is wrong with it.
Field = Annotated[str, msgspec.Meta(max_length=3 * LONGEST)]


class GenerateForm(msgspec.Struct, frozen=True, kw_only=True):
    """Any of the panels. `try_again`: although Payload refused the last image."""

    try_again: bool = False


class ReferenceForm(GenerateForm, frozen=True):
    """The reference panel."""

    prompt: Field = ""

    def to_request(self) -> ReferenceRequest:
        """Convert the form to the request of a run. Raises `InvalidRequest`."""
        return ReferenceRequest(_text("Prompt", self.prompt))


class SceneForm(GenerateForm, frozen=True):
    """The scene panel."""

    scene: Field = ""
    scene_type: SceneType = "dialogue"
    mood: Field = ""
    lighting: Field = ""

    def to_request(self) -> Scene:
        """Convert the form to the request of a run. Raises `InvalidRequest`."""
        if not self.scene.strip():
            raise InvalidRequest(
                "Describe the scene first; nothing was generated.", FieldError("sceneContext", "is empty")
            )
        mood, lighting = _text("Mood", self.mood), _text("Lighting", self.lighting)
        return Scene(_text("Scene description", self.scene), self.scene_type, mood or None, lighting or None)


class PortfolioForm(GenerateForm, frozen=True):
    """The portfolio panel; without a reference the library's current master is used."""

    reference: Field = ""
    count: Field = ""

    def to_request(self) -> SetRequest:
        """Convert the form to the request of a run; without a count the settings' counts. Raises `InvalidRequest`."""
        reference = self.reference or None
        if not self.count.strip():
            return SetRequest(reference, None)
        if not (_COUNT.fullmatch(self.count.strip()) and 1 <= int(self.count) <= SET_PLACES):
            sentence = f"A set has 1 to {SET_PLACES} images. Nothing was generated."
            raise InvalidRequest(sentence, FieldError("imageCount", "out of range"))
        return SetRequest(reference, int(self.count))


class Texts(msgspec.Struct, frozen=True):
    """The texts of all boxes, to be shown again; `suggest`: with a suggestion. Texts are never in addresses."""

    prompt: Field = ""
    scene: Field = ""
    scene_type: SceneType = "dialogue"
    mood: Field = ""
    lighting: Field = ""
    reference: Field = ""
    count: Field = ""
    suggest: bool = False

    @property
    def typed(self) -> Typed:
        """The texts as they were typed."""
        prompt, scene = typed_text(self.prompt) or None, typed_text(self.scene)
        return Typed(prompt, scene, self.scene_type, self.mood, self.lighting, self.reference, self.count)


def typed_text(sent: str) -> str:
    """The text of a box as it was typed."""
    return sent.replace("\r\n", "\n")


def _text(name: str, sent: str) -> str:
    text = typed_text(sent)
    if len(text) > LONGEST:
        raise InvalidRequest(
            f"{name} has {len(text):,} characters; at most {LONGEST:,} are taken. Nothing was generated.",
            FieldError(name, "too long"),
        )
    if has_controls(text):
        raise InvalidRequest(
            f"{name} has control characters in it. Nothing was generated.", FieldError(name, "controls")
        )
    return text
