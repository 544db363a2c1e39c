"""The handlers of the workspace: each asks a use case and answers with a view or a redirect to one."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from app.cms.caller import Caller
from app.cms.image import Image
from app.cms.image_record import Kind, Reviewed, Status
from app.errors import AppError, answer_for
from app.generation.run import Run
from app.observability.metrics import FAILURES
from app.pages.images.forms import PortfolioForm, ReferenceForm, SceneForm, Texts, typed_text
from app.pages.images.kinds import Panel, panel_of
from app.pages.images.outcome import Deleted, deletion, failure, restoration
from app.pages.images.suggested import Suggested, SuggestionView
from app.pages.images.views import MOST_PAGES, Filters, ImageView, Typed, home_of
from app.pages.images.workspace import Asked, workspace
from app.pages.view import render
from app.prompts import facts_of
from app.services import Services
from app.use_cases import generate, listing, recover, suggest
from app.web.auth import SessionRules
from app.web.problem import headers_of
from app.web.request_checks import REPEATED
from payload_client import PayloadError

Http = Request[Any, Any, Any]
_LINEAGE = 24
_MOST_DELETED = 200
Pages = Annotated[int, QueryParameter(ge=1, le=MOST_PAGES)]


@get("/", include_in_schema=False, opt={REPEATED: ["left"]})
async def index(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    page: Pages = 1,
    kind: Annotated[Kind | None, QueryParameter()] = None,
    status: Annotated[Status | None, QueryParameter()] = None,
    review: Annotated[Reviewed | None, QueryParameter()] = None,
    reference: Annotated[str, QueryParameter(max_length=100)] = "",
    run: Annotated[str, QueryParameter()] = "",
    deleted: Annotated[int, QueryParameter(ge=0, le=_MOST_DELETED)] = 0,
    left: Annotated[list[str] | None, QueryParameter()] = None,
    restored: Annotated[int, QueryParameter(ge=0, le=_MOST_DELETED)] = 0,
    reuse: Annotated[str, QueryParameter()] = "",
) -> Response[str]:
    """Show the workspace."""
    asked = Asked(Filters(kind, status, review), page, Typed(reference=reference))
    if watched := services.runs.find(run, caller.id):
        asked = asked.watching(watched)
    elif deleted:
        notes = [note for text in (left or ())[:_MOST_DELETED] if (note := Deleted.noted(text))]
        asked = msgspec.structs.replace(asked, outcome=deletion(deleted, notes))
    elif restored:
        asked = msgspec.structs.replace(asked, outcome=restoration(restored))
    elif reuse:
        asked = asked.reusing(await listing.image(services, caller, character_id, reuse))
    return await render(request, await workspace(services, caller, character_id, asked))


@post("/", include_in_schema=False, status_code=200)
async def index_with_texts(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: URLEncodedBody[Texts],
) -> Response[str]:
    """Show the workspace with these texts in its boxes; change nothing."""
    asked = Asked(typed=data.typed, suggest=data.suggest)
    return await render(request, await workspace(services, caller, character_id, asked))


@get("/suggestion", include_in_schema=False)
async def suggestion(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    session_rules: NamedDependency[SessionRules],
    by_model: Annotated[bool, QueryParameter()] = False,
) -> Response[str]:
    """Show a suggestion by itself, for the page's script; `by_model` waits for a model, where one is configured.

    For a page of another site no model is asked.
    """
    wanted = by_model and not session_rules.is_foreign(request)
    suggested = await suggest.prompt(services, caller, character_id, by_model=wanted)
    return await render(request, SuggestionView(title="Suggestion", suggestion=Suggested.of(suggested)))


@post("/reference", include_in_schema=False, status_code=303)
async def generate_reference(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: URLEncodedBody[ReferenceForm],
) -> Response[Any]:
    """Start a reference image."""
    try:
        run = await generate.start_reference(
            services, caller, character_id, data.to_request(), try_again=data.try_again
        )
    except (AppError, PayloadError) as error:
        return await _show_again(
            request, services, caller, character_id, "reference", error, Typed(prompt=typed_text(data.prompt))
        )
    return _redirect_to_run(character_id, run)


@post("/portfolio", include_in_schema=False, status_code=303)
async def start_portfolio(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: URLEncodedBody[PortfolioForm],
) -> Response[Any]:
    """Start a 360° set."""
    try:
        run = await generate.start_set(services, caller, character_id, data.to_request(), try_again=data.try_again)
    except (AppError, PayloadError) as error:
        return await _show_again(
            request,
            services,
            caller,
            character_id,
            "portfolio",
            error,
            Typed(reference=data.reference, count=data.count),
        )
    return _redirect_to_run(character_id, run)


@post("/scene", include_in_schema=False, status_code=303)
async def generate_scene(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: URLEncodedBody[SceneForm],
) -> Response[Any]:
    """Start a scene image."""
    try:
        run = await generate.start_scene(services, caller, character_id, data.to_request(), try_again=data.try_again)
    except (AppError, PayloadError) as error:
        typed = Typed(scene=typed_text(data.scene), scene_type=data.scene_type, mood=data.mood, lighting=data.lighting)
        return await _show_again(request, services, caller, character_id, "scene", error, typed)
    return _redirect_to_run(character_id, run)


@post("/recover", include_in_schema=False, status_code=303)
async def recover_images(
    request: Http, character_id: FromPath[str], caller: NamedDependency[Caller], services: NamedDependency[Services]
) -> Response[Any]:
    """Start to recover images that the library has and Payload does not."""
    try:
        run = await recover.start(services, caller, character_id, None)
    except (AppError, PayloadError) as error:
        return await _show_again(request, services, caller, character_id, "images", error, Typed())
    return _redirect_to_run(character_id, run)


@get("/{image_id:str}", include_in_schema=False)
async def show(
    request: Http,
    character_id: FromPath[str],
    image_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
) -> Response[str]:
    """Show an image, which can be deleted from here."""
    image = await listing.image(services, caller, character_id, image_id)
    count, lineage, changes = 0, list[Image](), list[str]()
    if image.typed_metrics.facts:
        changes = image.changes(facts_of(await listing.character(services, caller, character_id)))
    if image.kind == "reference":
        count, lineage = await listing.drawn_from(services, caller, character_id, image, limit=_LINEAGE)
    view = ImageView(
        title=(image.media and image.media.alt) or "Image",
        signed_in=caller.person,
        home=home_of(character_id),
        image=image,
        metrics=image.shown_metrics(),
        lineage=lineage,
        lineage_count=count,
        changes=changes,
    )
    return await render(request, view)


async def _show_again(
    request: Http, services: Services, caller: Caller, character_id: str, panel: Panel, error: Exception, typed: Typed
) -> Response[str]:
    """Show the workspace again, with the error at its panel and everything that was typed."""
    FAILURES.labels("request", answer_for(error).code).inc()
    asked = Asked(typed=typed, outcome=failure(panel, error))
    view = await workspace(services, caller, character_id, asked)
    return await render(request, view, answer_for(error).status, headers_of(error))


def _redirect_to_run(character_id: str, run: Run[Any]) -> Redirect:
    return Redirect(f"{home_of(character_id)}?run={run.id}#{panel_of(run.kind)}", status_code=303)


handlers = [
    index,
    index_with_texts,
    suggestion,
    generate_reference,
    start_portfolio,
    generate_scene,
    recover_images,
    show,
]
