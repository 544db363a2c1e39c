"""Reviewing images: one, from its card or its own page, or many that are selected."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import UNSET, UnsetType

from app.cms.caller import Caller
from app.cms.image_record import Kind, Reviewed, Status, Verdict
from app.limits import ID, NAME, NOTE
from app.pages.images.outcome import Detail, Outcome
from app.pages.images.views import MOST_PAGES, Filters, home_of
from app.pages.images.workspace import Asked, workspace
from app.pages.view import render
from app.services import Services
from app.use_cases import review
from app.use_cases.review import ReviewChange

Http = Request[Any, Any, Any]
ImageId = Annotated[str, msgspec.Meta(max_length=ID)]
_VERDICTS: dict[str, Verdict | UnsetType | None] = {"pick": "pick", "reject": "reject", "clear": None, "keep": UNSET}


class ReviewForm(msgspec.Struct, frozen=True):
    """A verdict on images, or a note on one. `seen`: when the review that the form shows was written.

    `view`: where the form stands: in the grid, or on the image's own page.
    """

    image: list[ImageId] | ImageId = ""
    verdict: Literal["pick", "reject", "clear", "keep"] = "keep"
    note: Annotated[str, msgspec.Meta(max_length=3 * NOTE)] | UnsetType = UNSET
    seen: Annotated[str, msgspec.Meta(max_length=NAME)] | UnsetType = UNSET
    view: Literal["grid", "image"] = "grid"
    kind: Kind | None = None
    status: Status | None = None
    review: Reviewed | None = None
    page: Annotated[int, msgspec.Meta(ge=1, le=MOST_PAGES)] = 1

    @property
    def images(self) -> list[str]:
        """The ids."""
        return [id_ for id_ in ([self.image] if isinstance(self.image, str) else self.image) if id_]

    def to_change(self) -> ReviewChange:
        """Convert the form to what is to become of the reviews."""
        seen_at = self.seen if self.seen is UNSET else self.seen or None
        return ReviewChange(_VERDICTS[self.verdict], self.note, seen_at)


@post("/review", include_in_schema=False, status_code=303)
async def review_images(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: URLEncodedBody[ReviewForm],
) -> Response[Any]:
    """Review images, and go back to where the form stands."""
    result = await review.images(services, caller, character_id, data.images, data.to_change())
    filters, home = Filters(data.kind, data.status, data.review), home_of(character_id)
    if result.success and data.view == "image":
        return Redirect(f"{home}/{quote(data.images[0], safe='')}#review", status_code=303)
    if result.success:
        place = f"card-{data.images[0]}" if len(data.images) == 1 else "images"
        query = filters.query(page=data.page if data.page > 1 else None)
        return Redirect(f"{home}{query}#{place}", status_code=303)
    failures, several = result.failures, len(data.images) > 1
    text = f"{result.count} of {len(data.images)} images are reviewed." if several else failures[0].error
    details = [Detail(f"Image {failure.image_id}: {failure.error}") for failure in failures] if several else []
    asked = Asked(filters, data.page, outcome=Outcome("images", "bad", text, details))
    return await render(request, await workspace(services, caller, character_id, asked), failures[0].status)


handlers = [review_images]
