"""What the routes take: bodies read strictly, so that a misspelt field is told and not ignored."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.character_library import Scene, SceneType
from app.generation.run import ReferenceRequest, SetRequest
from app.limits import ID, LIBRARY_HELD, NAME, NOTE, SET_PLACES
from app.use_cases.review import MOST, ReviewChange
from app.web.text import LONGEST, NO_CONTROLS
from payload_client import Id

_BLANKS, _VISIBLE = r"[\t\n\r ]*", r"[^\x00-\x20\x7f]"

Text = Annotated[str, Meta(max_length=LONGEST, pattern=f"^{NO_CONTROLS}$")]
Required = Annotated[str, Meta(max_length=LONGEST, pattern=f"^{_BLANKS}{_VISIBLE}{NO_CONTROLS}$")]


ExternalId = Annotated[str, Meta(max_length=ID)]
_LISTED = {"extra": {"items": {"type": "string", "maxLength": ID}}}  # the framework forgets what items are
_IDS = {"extra": {"items": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}}


class Body(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A JSON body."""


TryAgain = Annotated[
    bool, Meta(description="Generate, although Payload refused the last image and may refuse this one.")
]


class GenerateReference(Body, frozen=True):
    """Without a prompt, or with a blank one, the suggested prompt is used."""

    prompt: Annotated[Text, Meta(examples=["Master reference image of Ada Marsh, a lighthouse keeper."])] | None = None
    try_again: TryAgain = False

    def to_request(self) -> ReferenceRequest:
        """Convert the body to the request of a run."""
        return ReferenceRequest(self.prompt)


class GenerateSet(Body, frozen=True):
    """`imageCount` is a wish: a library with jobs draws, and charges for, all of its 27 shots.

    It is written without a fraction: 8, not 8.0.
    """

    reference_image_id: Annotated[Id, Meta(examples=[7])] | None = None
    image_count: Annotated[int, Meta(ge=1, le=SET_PLACES, examples=[8])] | None = None
    try_again: TryAgain = False

    def to_request(self) -> SetRequest:
        """Convert the body to the request of a run."""
        reference = None if self.reference_image_id is None else str(self.reference_image_id)
        return SetRequest(reference, self.image_count)


class GenerateScene(Body, frozen=True):
    """What happens in the scene, and its type, mood and light."""

    scene_context: Annotated[Required, Meta(examples=["Ada waits on a rainy platform."])]
    scene_type: SceneType = "dialogue"
    mood: Text | None = None
    lighting_style: Text | None = None
    try_again: TryAgain = False

    def to_request(self) -> Scene:
        """Convert the body to the request of a run."""
        return Scene(self.scene_context, self.scene_type, self.mood or None, self.lighting_style or None)


class RecoverImages(Body, frozen=True):
    """Without ids, all that the library lists and that has no record here."""

    external_ids: Annotated[list[ExternalId], Meta(max_length=LIBRARY_HELD, extra_json_schema=_LISTED)] | None = None


class ReviewImage(Body, frozen=True):
    """A verdict or null for none, and a note. `seenAt`: `metrics.review.at` of the review that the caller saw.

    Where another review is stored by now, the change is refused (409); without `seenAt` it replaces any.
    """

    verdict: Literal["pick", "reject"] | UnsetType | None = UNSET
    note: Annotated[str, Meta(max_length=NOTE, pattern=f"^{NO_CONTROLS}$")] | UnsetType | None = UNSET
    seen_at: Annotated[str, Meta(max_length=NAME)] | UnsetType | None = UNSET

    def to_change(self) -> ReviewChange:
        """Convert the body to what is to become of a review."""
        return ReviewChange(self.verdict, self.note, self.seen_at)


class ReviewImages(Body, frozen=True):
    """The ids of the images, and one verdict for all of them, or null for none."""

    image_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST, extra_json_schema=_IDS)]
    verdict: Literal["pick", "reject"] | None

    @property
    def ids(self) -> list[str]:
        """The ids as texts."""
        return list(map(str, self.image_ids))

    def to_change(self) -> ReviewChange:
        """Convert the body to what is to become of each review."""
        return ReviewChange(self.verdict)
