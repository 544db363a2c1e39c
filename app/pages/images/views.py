"""What the workspace and the page of one image show."""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from urllib.parse import urlencode

import msgspec

from app.errors import Charged, StudioError, sentence_for
from app.models.character_image_metadata import Kind, Status
from app.models.image import Image
from app.pages.images.suggested import Suggested
from app.pages.view import View
from app.runs import Progress, Run
from app.use_cases.delete import FileLeft, ImageDeleted
from app.use_cases.generate import ReferenceMade, SceneMade, SetMade
from app.use_cases.listing import ListedCharacter
from app.use_cases.recover import Recovered
from payload_client import Id

Panel = Literal["reference", "portfolio", "scene", "images"]
_PANELS: dict[str, Panel] = {"reference": "reference", "set": "portfolio", "scene": "scene", "recovery": "images"}

_PAID: dict[Charged, str] = {
    "no": "Nothing was paid for.",
    "yes": "What was drawn is paid for.",
    "unknown": "A picture may have been drawn and paid for all the same.",
}


class Outcome(msgspec.Struct, frozen=True):
    """What became of the last thing asked for, told at its panel. `recoverable`: the library may have the picture."""

    panel: Panel
    tone: Literal["good", "partial", "bad"]
    text: str
    details: list[str] = []
    recoverable: bool = False


class Typed(msgspec.Struct, frozen=True):
    """What the user has written; it is never lost and never replaced unasked."""

    prompt: str | None = None
    scene: str = ""
    scene_type: str = "dialogue"
    mood: str = ""
    lighting: str = ""
    reference: str = ""
    count: str = ""


class Filters(msgspec.Struct, frozen=True):
    """Which images are shown; all of it is in the address."""

    kind: Kind | None = None
    status: Status | None = None

    def query(self, **others: object) -> str:
        """A query string with these filters and more."""
        values = {"kind": self.kind, "status": self.status, **others}
        return "?" + urlencode({name: value for name, value in values.items() if value is not None})


class WorkspaceView(View, frozen=True, kw_only=True):
    """The workspace. `prompt`: text in the Prompt box. `has_model`: a model may word a better suggestion than this one.

    `chosen`: the reference that is selected to start a set from. `runs`: what is under way.
    """

    template: ClassVar[str] = "images/index.html"

    character: ListedCharacter
    home: str
    prompt: str
    suggestion: Suggested
    suggestion_is_in_place: bool
    suggestion_is_beside: bool
    has_model: bool
    scene: str
    scene_type: str
    mood: str
    lighting: str
    references: list[Image]
    chosen: Id | None
    portfolio_count: int | str
    images: list[Image]
    count: int
    filters: Filters
    newer: str | None
    older: str | None
    runs: list[Progress]
    outcome: Outcome | None

    def pictures(self) -> list[Image]:
        """Grid and radio group."""
        return [*self.images, *self.references]


class ImageView(View, frozen=True, kw_only=True):
    """One image, large, with all that is known of it. `home`: address of the workspace."""

    template: ClassVar[str] = "images/show.html"

    home: str
    image: Image
    metrics: dict[str, Any]
    outcome: Outcome | None = None

    def pictures(self) -> list[Image]:
        """The one."""
        return [self.image]


def failure(panel: Panel, error: Exception) -> Outcome:
    """What went wrong, at its panel, and whether something may have been paid for."""
    charged = error.charged if isinstance(error, StudioError) else None
    details = [_PAID[charged]] if charged else []
    return Outcome(panel, "bad", sentence_for(error), details, recoverable=charged in ("yes", "unknown"))


def panel_of(run: Run[Any]) -> Panel:
    """Where a run is shown."""
    return _PANELS[run.kind]


def outcome_of(run: Run[Any]) -> Outcome | None:
    """What became of a run; None while it is under way."""
    panel = panel_of(run)
    if not run.over:
        return None
    if run.error:
        return failure(panel, run.error)
    match run.value:
        case ReferenceMade() | SceneMade():
            return Outcome(panel, "good", "The image is saved.")
        case SetMade(count=count, failures=failures):
            return _counted(panel, count, "of the set", [item.error for item in failures])
        case Recovered(count=count, failures=failures):
            if not count and not failures:
                return Outcome(panel, "good", "The Character Library has nothing that is not here already.")
            return _counted(panel, count, "that the Character Library had", [item.error for item in failures])
    return None


class DeletedNote(msgspec.Struct, frozen=True):
    """What a delete did and left, small enough for the address of the page that tells it."""

    media: FileLeft
    remote: Literal["ok", "failed"] = "ok"

    @classmethod
    def of(cls, result: ImageDeleted) -> DeletedNote:
        """The note of a delete."""
        return cls(result.media, "failed" if result.remote.attempted and not result.remote.deleted else "ok")

    @property
    def query(self) -> str:
        """The same as a query string."""
        return urlencode({"deleted": self.media, "remote": self.remote})

    @property
    def outcome(self) -> Outcome:
        """The same in words."""
        details = [_MEDIA_LEFT[self.media]] if self.media in _MEDIA_LEFT else []
        if self.remote == "failed":
            details.append("The Character Library could not delete its copy and still has it.")
        return Outcome("images", "partial" if details else "good", "The image is deleted.", details)


_MEDIA_LEFT = {
    "kept_in_use": "Its file is kept, since another image uses it too.",
    "left_for_sweep": "Its file could not be deleted now; the next sweep does that.",
}


def _counted(panel: Panel, count: int, of: str, errors: list[str]) -> Outcome:
    text = f"{count} of {count + len(errors)} images {of} {'is' if count == 1 else 'are'} saved."
    return Outcome(panel, "partial" if errors else "good", text, errors)
