"""The routes as http clients know them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE

from app.api.events import EVENTS, answer_run, events_of_all, stream_events, takes_events
from app.api.openapi import examples
from app.api.openapi.document import EITHER_SESSION, BodyOptional
from app.api.openapi.responses import described, shown
from app.api.requests import GenerateReference, GenerateScene, GenerateSet, RecoverImages, ReviewImage, ReviewImages
from app.cms.caller import Caller
from app.cms.image_record import Kind, Reviewed, Status
from app.limits import Limits
from app.services import Services
from app.use_cases import delete as deletion
from app.use_cases import generate, listing, recover, suggest, watch
from app.use_cases import review as reviewing
from app.use_cases.delete import ImageDeleted, ImageRestored
from app.use_cases.listing import ImagesListed
from app.use_cases.readiness import Readiness
from app.use_cases.recover import LibraryImages, RecoveryResult
from app.use_cases.review import ReviewResult, ReviewsResult
from app.use_cases.suggest import SuggestedPrompt
from app.web.auth import ANONYMOUS, SessionRules

Http = Request[Any, Any, Any]
Source = Literal["character-data"]
Page = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
Limit = Annotated[int, QueryParameter(ge=1, le=500)]

READING = (400, 401, 403, 404, 502, 503)
CHANGING = (*READING, 408, 409, 413, 415)
GENERATING = (*CHANGING, 429, 504)


def one_of(values: Any) -> Any:
    """A parameter that is one of these texts or not there; the framework would tell of a text `null`, too."""
    return QueryParameter(schema_extra={"type": OpenAPIType.STRING, "enum": list(get_args(values))})


class Health(msgspec.Struct, frozen=True):
    """That this process answers."""

    status: str = "ok"


class Ready(msgspec.Struct, frozen=True):
    """Whether this process can work now, and if not, why."""

    ready: bool
    reasons: list[str]


@post(
    "/{character_id:str}/generate-initial-image",
    operation_class=BodyOptional,
    responses=described(201, examples.REFERENCE, *GENERATING) | EVENTS,
)
async def generate_initial_image(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: JSONBody[GenerateReference] = GenerateReference(),
) -> Response[Any]:
    """Generate a reference image and keep it."""
    as_events = takes_events(request, caller, services)
    run = await generate.start_reference(services, caller, character_id, data.to_request(), try_again=data.try_again)
    return await answer_run(request, run, as_events=as_events)


@post(
    "/{character_id:str}/generate-360-set",
    operation_class=BodyOptional,
    responses=described(201, examples.SET, *GENERATING)
    | {207: shown(examples.PART_OF_A_SET, "Some of the images landed.")}
    | EVENTS,
)
async def generate_360_set(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: JSONBody[GenerateSet] = GenerateSet(),
) -> Response[Any]:
    """Generate a 360° set and keep its images: 201 when all landed, 207 when some did."""
    as_events = takes_events(request, caller, services)
    run = await generate.start_set(services, caller, character_id, data.to_request(), try_again=data.try_again)
    return await answer_run(request, run, as_events=as_events)


@post("/{character_id:str}/generate-scene-image", responses=described(201, examples.SCENE, *GENERATING) | EVENTS)
async def generate_scene_image(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: JSONBody[GenerateScene],
) -> Response[Any]:
    """Generate a scene image and keep it."""
    as_events = takes_events(request, caller, services)
    run = await generate.start_scene(services, caller, character_id, data.to_request(), try_again=data.try_again)
    return await answer_run(request, run, as_events=as_events)


@get("/{character_id:str}/images", responses=described(200, examples.LISTED, *READING))
async def list_images(
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    page: Page = 1,
    limit: Limit = 100,
    kind: Annotated[Kind | None, one_of(Kind)] = None,
    status: Annotated[Status | None, one_of(Status)] = None,
    review: Annotated[Reviewed | None, one_of(Reviewed)] = None,
) -> ImagesListed:
    """The character's images, newest first."""
    return await listing.images(
        services, caller, character_id, page=page, limit=limit, kind=kind, status=status, review=review
    )


@patch("/{character_id:str}/images/{image_id:str}/review", responses=described(200, examples.REVIEWED, *CHANGING))
async def review_image(
    character_id: FromPath[str],
    image_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: JSONBody[ReviewImage],
) -> ReviewResult:
    """Pick or reject an image, or note something about it: members that are left out stay as they are."""
    return await reviewing.image(services, caller, character_id, image_id, data.to_change())


@patch(
    "/{character_id:str}/reviews",
    responses=described(200, examples.REVIEWED_MANY, *CHANGING)
    | {207: shown(examples.REVIEWED_MANY, "Some of the images are reviewed.")},
)
async def review_images(
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: JSONBody[ReviewImages],
) -> Response[ReviewsResult]:
    """Give many images one verdict: 200 when all are reviewed, 207 when some are not."""
    result = await reviewing.images(services, caller, character_id, data.ids, data.to_change())
    return Response(result, status_code=200 if result.success else 207)


@delete(
    "/{character_id:str}/images/{image_id:str}", status_code=200, responses=described(200, examples.DELETED, *CHANGING)
)
async def delete_image(
    character_id: FromPath[str],
    image_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
) -> ImageDeleted:
    """Delete an image: its record, its file and, where it is the library's master, that.

    Where Payload keeps a trash, record and file go there and can be restored; the library keeps its picture then.
    """
    return await deletion.image(services, caller, character_id, image_id)


@post(
    "/{character_id:str}/images/{image_id:str}/restore",
    status_code=200,
    responses=described(200, examples.RESTORED, *CHANGING),
)
async def restore_image(
    character_id: FromPath[str],
    image_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
) -> ImageRestored:
    """Take an image out of Payload's trash again: its file, then its record."""
    return await deletion.restore(services, caller, character_id, image_id)


@get("/{character_id:str}/library-images", responses=described(200, examples.HELD, 409, 429, 504, *READING))
async def list_library_images(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    session_rules: NamedDependency[SessionRules],
) -> LibraryImages:
    """What the Character Library holds for the character."""
    session_rules.check_costly(request)
    return await recover.library_images(services, caller, character_id)


@post(
    "/{character_id:str}/recover-images",
    status_code=200,
    operation_class=BodyOptional,
    responses=described(200, examples.RECOVERED, *GENERATING),
)
async def recover_images(
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    data: JSONBody[RecoverImages] = RecoverImages(),
) -> RecoveryResult:
    """Bring in what the library holds and what has no record here."""
    return await (await recover.start(services, caller, character_id, data.external_ids)).result()


@get("/{character_id:str}/initial-image-prompt", responses=described(200, examples.SUGGESTED, 429, *READING))
async def suggest_prompt(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    session_rules: NamedDependency[SessionRules],
    source: Annotated[Source | None, one_of(Source)] = None,
) -> SuggestedPrompt:
    """A prompt from what the character already has, by a model where there is one and `source` does not forbid it.

    To a page of another site no model is asked.
    """
    by_model = source is None and not session_rules.is_foreign(request)
    return await suggest.prompt(services, caller, character_id, by_model=by_model)


@get("/{character_id:str}/runs", responses=described(200, examples.RUNS, 429, *READING))
async def list_runs(
    request: Http,
    character_id: FromPath[str],
    caller: NamedDependency[Caller],
    services: NamedDependency[Services],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    """What is under way for the character in this process; as events, until nothing is."""
    if takes_events(request, caller, services):
        changes = await watch.changes(services, caller, character_id, every=limits.event_seconds)
        return stream_events(request, events_of_all(changes))
    return Response(await watch.runs(services, caller, character_id))


@get("/live")
async def live() -> Health:
    """This process answers."""
    return Health()


@get("/ready", responses={503: ResponseSpec(Ready, description="It cannot work now, for the reasons given.")})
async def ready(readiness: NamedDependency[Readiness]) -> Response[Ready]:
    """Payload and its database answer, and this process takes work."""
    reasons = await readiness.reasons()
    status = HTTP_503_SERVICE_UNAVAILABLE if reasons else HTTP_200_OK
    return Response(Ready(not reasons, reasons), status_code=status)


api = Router(
    "/v1/characters",
    route_handlers=[
        generate_initial_image,
        generate_360_set,
        generate_scene_image,
        list_images,
        review_image,
        review_images,
        delete_image,
        restore_image,
        list_library_images,
        recover_images,
        suggest_prompt,
        list_runs,
    ],
    security=EITHER_SESSION,
    tags=["Character images"],
)
health = Router("/health", route_handlers=[live, ready], tags=["Health"], opt={ANONYMOUS: True})
