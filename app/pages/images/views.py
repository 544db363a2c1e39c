"""What the pages of a character's images show: each view is all that its template can name."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import msgspec

from app.cms.image import Image
from app.cms.image_record import Kind, Reviewed, Status
from app.generation.run import Kind as RunKind
from app.generation.run import Progress
from app.pages.images.gallery import Group, ImageSet
from app.pages.images.outcome import Outcome
from app.pages.images.suggested import Suggested
from app.pages.images.turntable import Frame
from app.pages.view import View
from app.use_cases.listing import ListedCharacter
from payload_client import Id

MOST_PAGES = 100
"""Of the grid, on one page; who wants to see more has filters."""


class Typed(msgspec.Struct, frozen=True):
    """The texts that the user typed; they are never lost, and replaced only on request."""

    prompt: str | None = None
    scene: str = ""
    scene_type: str = "dialogue"
    mood: str = ""
    lighting: str = ""
    reference: str = ""
    count: str = ""


class Filters(msgspec.Struct, frozen=True):
    """The filters of the grid; all of them are in the address."""

    kind: Kind | None = None
    status: Status | None = None
    review: Reviewed | None = None

    def query(self, **others: object) -> str:
        """A query string with these filters and more."""
        values = {"kind": self.kind, "status": self.status, "review": self.review, **others}
        return "?" + urlencode({name: value for name, value in values.items() if value is not None}, doseq=True)


class Counts(msgspec.Struct, frozen=True):
    """Numbers of images that the status filter lets through: all, by kind, and by review as far as they are known."""

    all: int
    of_kind: dict[Kind, int]
    of_review: dict[Reviewed, int | None]


class WorkspaceView(View, frozen=True, kw_only=True):
    """The workspace. `prompt`: text in the Prompt box. `has_model`: a model may word a better suggestion than this one.

    `facts`: of the character, as they are now. `chosen`: the reference that is selected to start a set from.
    `runs`: what is under way; `usual`: milliseconds that runs of a kind took this character before. `pages`: of the
    grid that are shown.
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
    groups: list[Group]
    counts: Counts
    filters: Filters
    pages: int
    more: str | None
    runs: list[Progress]
    usual: dict[RunKind, int]
    outcome: Outcome | None
    facts: dict[str, str]

    def pictures(self) -> list[Image]:
        """Grid and radio group."""
        return [*(image for group in self.groups for image in group.images), *self.references]


class ImageView(View, frozen=True, kw_only=True):
    """One image, large, with all that is known of it. `home`: address of the workspace.

    `changes`: what the character says otherwise by now.
    `lineage`: the newest of the `lineage_count` images that were drawn from it.
    """

    template: ClassVar[str] = "images/show.html"

    home: str
    image: Image
    metrics: dict[str, Any]
    lineage: list[Image]
    lineage_count: int
    changes: list[str]

    def pictures(self) -> list[Image]:
        """The one, and what came of it."""
        return [self.image, *self.lineage]


class SheetView(View, frozen=True, kw_only=True):
    """Images side by side: a set with its turntable, or chosen ones (`set` is None). `query`: names them again.

    `words`: the pieces of each prompt, and whether another prompt lacks the word.
    """

    template: ClassVar[str] = "images/sheet.html"

    home: str
    query: str
    set: ImageSet | None
    frames: list[Frame]
    words: dict[Id, list[tuple[str, bool]]]

    def pictures(self) -> list[Image]:
        """All of them."""
        return [frame.image for frame in self.frames if frame.image]


class DeleteView(View, frozen=True, kw_only=True):
    """The question before images are deleted. `drawn`: how many images came of the one.

    `may_be_master`: one of them may be what the library holds as the character's master.
    """

    template: ClassVar[str] = "images/delete.html"

    home: str
    back_to: str
    images: list[Image]
    may_be_master: bool
    drawn: int
    filters: Filters
    pages: int

    def pictures(self) -> list[Image]:
        """All of them."""
        return self.images


def home_of(character_id: str) -> str:
    """Address of a character's workspace."""
    return f"/screenplay/characters/{quote(character_id, safe='')}/images"
