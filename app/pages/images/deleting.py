"""Deleting images: the question, with what goes, and what became of each."""

from __future__ import annotations

import logging
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from app.cms.caller import Caller
from app.cms.image_record import PROVIDER, Kind, Reviewed, Status
from app.errors import AppError, InvalidRequest, answer_for
from app.observability.metrics import FAILURES
from app.pages.images.outcome import Deleted, deletion, restoration
from app.pages.images.views import MOST_PAGES, DeleteView, Filters, Typed, home_of
from app.pages.images.workspace import Asked, workspace
from app.pages.view import render
from app.services import Services
from app.use_cases import delete, listing
from app.web.access_log import loggable
from app.web.problem import headers_of
from app.web.request_checks import REPEATED
from payload_client import FieldError, PayloadError

log = logging.getLogger(__name__)

Http = Request[Any, Any, Any]
Ids = list[Annotated[str, msgspec.Meta(max_length=100)]]
_MOST = 200
_MOST_NOTES = 50  # in an address, which nginx takes up to 8 kB long


class DeleteForm(msgspec.Struct, frozen=True):
    """The images to delete, and the part of the grid to return to."""

    image: Ids | Annotated[str, msgspec.Meta(max_length=100)] = ""
    kind: Kind | None = None
    status: Status | None = None
    review: Reviewed | None = None
    page: Annotated[int, msgspec.Meta(ge=1, le=MOST_PAGES)] = 1

    @property
    def images(self) -> list[str]:
        """The ids, each once. Raises `InvalidRequest` for none or too many."""
        ids = [self.image] if isinstance(self.image, str) else self.image
        if not (named := list(dict.fromkeys(id_ for id_ in ids if id_))) or len(named) > _MOST:
            raise InvalidRequest(
                f"Select 1 to {_MOST} images first; nothing was deleted.", FieldError("image", "none or too many")
            )
        return named


@get("/delete", include_in_schema=False, opt={REPEATED: ["image"]})
async def confirm(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    image: Annotated[list[str] | None, QueryParameter(max_items=_MOST)] = None,
    kind: Annotated[Kind | None, QueryParameter()] = None,
    status: Annotated[Status | None, QueryParameter()] = None,
    review: Annotated[Reviewed | None, QueryParameter()] = None,
    page: Annotated[int, QueryParameter(ge=1, le=MOST_PAGES)] = 1,
) -> Response[str]:
    """Ask before images are deleted."""
    images = await listing.chosen(services, caller, character_id, DeleteForm(image or []).images)
    references = [shown for shown in images if shown.kind == "reference"]
    drawn = 0
    if len(images) == len(references) == 1:
        drawn, _ = await listing.drawn_from(services, caller, character_id, references[0], limit=1)
    filters, home = Filters(kind, status, review), home_of(character_id)
    view = DeleteView(
        title="Delete images",
        signed_in=caller.person,
        home=home,
        back_to=f"{home}{filters.query(page=page if page > 1 else None)}#card-{images[0].id}",
        images=images,
        may_be_master=any(reference.provider == PROVIDER for reference in references),
        drawn=drawn,
        filters=filters,
        pages=page,
    )
    return await render(request, view)


@post("/delete", include_in_schema=False, status_code=303)
async def delete_images(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: URLEncodedBody[DeleteForm],
) -> Response[Any]:
    """Delete images one after another, also where some of them cannot be deleted."""
    deleted, failed = list[Deleted](), list[tuple[str, AppError | PayloadError]]()
    for image_id in data.images:
        try:
            deleted.append(Deleted.of(image_id, await delete.image(services, caller, character_id, image_id)))
        except (AppError, PayloadError) as error:
            code = answer_for(error).code
            FAILURES.labels("request", code).inc()
            log.warning("an image of several was not deleted", extra={"imageId": loggable(image_id), "code": code})
            failed.append((image_id, error))
    filters, notes = (
        Filters(data.kind, data.status, data.review),
        [result.note for result in deleted if result.is_noteworthy],
    )
    if not failed and len(notes) <= _MOST_NOTES:
        page = data.page if data.page > 1 else None
        query = filters.query(page=page, deleted=len(deleted), left=notes)
        return Redirect(f"{home_of(character_id)}{query}#images", status_code=303)
    asked = Asked(filters, data.page, Typed(), outcome=deletion(len(deleted), deleted, failed))
    return await _show(request, services, caller, character_id, asked, failed)


@post("/restore", include_in_schema=False, status_code=303)
async def restore_images(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: URLEncodedBody[DeleteForm],
) -> Response[Any]:
    """Restore images from the trash one after another, also where some of them cannot be restored."""
    restored, failed = 0, list[tuple[str, AppError | PayloadError]]()
    for image_id in data.images:
        try:
            await delete.restore(services, caller, character_id, image_id)
            restored += 1
        except (AppError, PayloadError) as error:
            failed.append((image_id, error))
    if not failed:
        return Redirect(f"{home_of(character_id)}?restored={restored}#images", status_code=303)
    asked = Asked(outcome=restoration(restored, failed))
    return await _show(request, services, caller, character_id, asked, failed)


async def _show(
    request: Http,
    services: Services,
    caller: Caller,
    character_id: str,
    asked: Asked,
    failed: list[tuple[str, AppError | PayloadError]],
) -> Response[str]:
    """Show the workspace with what became of each image, and the status of the first failure."""
    view = await workspace(services, caller, character_id, asked)
    if not failed:
        return await render(request, view)
    first = failed[0][1]
    return await render(request, view, answer_for(first).status, headers_of(first))


handlers = [confirm, delete_images, restore_images]
