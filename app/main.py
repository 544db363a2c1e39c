"""The composition root: the only place that knows all the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Litestar, Request, Response, Router
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp

from app import api, pages
from app.api import problems
from app.api.openapi import document
from app.capacity.disk import Disk
from app.capacity.shares import Shares
from app.certificates import trusted
from app.character_library import CharacterLibrary
from app.cms.gateway import Cms, Slugs
from app.cms.site_fields import OF_MEDIA, OF_RECORDS, SiteFields
from app.cms.token_scheme import TokenScheme
from app.decoding.pool import Decoders
from app.export.stored_files import Files
from app.generation.runs import Runs
from app.ingest import Allowed, Downloads, GuardedNetwork, Ingest
from app.limits import Limits
from app.observability import tracing
from app.observability.metrics import FAILURES, PREFIX
from app.origins import origin_of
from app.prompts import Writer, open_model
from app.services import Scarce, Services
from app.settings import PayloadSettings, Settings, SettingsError
from app.use_cases import contact_sheet
from app.use_cases.readiness import Readiness
from app.web import access_log
from app.web.auth import ANONYMOUS, SessionRules, Shared, authenticate, provide_caller
from app.web.login_throttle import Devices, Throttle
from app.web.parsed import Forget
from app.web.problem import problem_for
from app.web.request_checks import LARGEST_BODY, guard
from app.web.request_state import state_of
from app.web.security_headers import Headers
from payload_client import Payload, open_pool

_STATIC = Path(__file__).parent / "static"
_PAYLOAD_CONNECTIONS = 32
_FILES = {f"/static/{file.name}" for file in _STATIC.iterdir()}
_PROGRAMS = ("/v1", "/health", "/schema", "/metrics")
_PICTURES = (r"/sheet\.(zip|png)$", r"/original$")  # packed already
_SMALL_ANSWERS = r"^/v1/(?!characters/[^/]+/(library-)?images$)"  # and events, which must not wait in a buffer
# No page and no list has a secret whose length could tell it (BREACH): cookies are in headers, and there is no token
# against forgery. A list repeats nothing of its request. A higher level takes half as long again for 6 % less.
_SMALLER = CompressionConfig(
    backend="gzip",
    gzip_compress_level=4,
    exclude=[_SMALL_ANSWERS, *(f"^{path}" for path in _PROGRAMS if path != "/v1"), *_PICTURES],
)
_REQUESTS = PrometheusConfig(
    app_name=PREFIX, prefix=PREFIX, group_path=True, exclude=["^/health", "^/metrics", "^/static"]
)


class Metrics(PrometheusController):
    """`/metrics`: for the inside of a network; names and words of users are never in it."""

    include_in_schema = False
    opt = {ANONYMOUS: True}  # noqa: RUF012 - as Litestar's own controllers declare it


class App(NamedTuple):
    """The ASGI application, and what is under way in it."""

    asgi: ASGIApp
    runs: Runs


def create_app(settings: Settings, *, limits: Limits = Limits()) -> App:
    """Put the application together. Nothing is connected to before the first request."""
    tls = trusted(settings.ssl_cert_file)
    payload_pool = open_pool(connections=_PAYLOAD_CONNECTIONS, verify=tls)
    payload = Payload(
        settings.payload_url,
        http=payload_pool,
        concurrency=Shares(_PAYLOAD_CONNECTIONS).turn,
        locale=settings.payload_locale or None,
    )
    library = CharacterLibrary(
        settings.character_library_api_url,
        timeout=settings.character_library_timeout,
        set_timeout=settings.character_library_set_timeout,
        stalled=settings.character_library_stalled,
        limits=limits,
        tls=tls,
    )
    downloads = Downloads(
        GuardedNetwork(Allowed(settings.image_hosts, [settings.character_library_api_url]), limits=limits),
        max_bytes=settings.image_max_bytes,
        seconds=settings.image_timeout,
        limits=limits,
        tls=tls,
    )
    files = open_files(settings, limits)
    decoders = Decoders(
        workers=settings.decoders,
        max_pixels=settings.image_max_pixels,
        max_bytes=settings.image_max_bytes,
        limits=limits,
    )
    ingest = Ingest(downloads, library, decoders, uploads=settings.ingest_concurrency, limits=limits)
    scarce = Scarce(
        Shares(limits.streams, what="event streams"),
        Shares(limits.downloads, what="downloads"),
        Shares(limits.look_ups, what="look-ups at the Character Library"),
        Shares(settings.prompt_model_per_minute, what="suggestions by the model", retry_after=60),
        Disk(ingest.at_once * settings.image_max_bytes),
        files.most_bytes + contact_sheet.LARGEST,
    )
    rules = SessionRules(settings.site_url, f"{settings.payload_cookie_prefix}-token", settings.payload_users_slug)
    services = Services(
        cms=open_cms(payload, settings),
        library=library,
        ingest=ingest,
        runs=Runs(settings.generation_slots, settings.draining_redirect),
        files=files,
        decoders=decoders,
        scarce=scarce,
        portfolio_count=settings.portfolio_image_count,
        timeout=settings.character_library_timeout,
        set_timeout=settings.character_library_set_timeout,
        writer=writer(settings),
    )
    throttle, devices, readiness = Throttle(limits=limits), Devices(), Readiness(services, limits)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with payload_pool:
            yield
            await services.runs.drain()
            decoders.close()
            tracing.stop()

    app = Litestar(
        [
            api.api,
            api.health,
            Metrics,
            *pages.routers,
            create_static_files_router(
                "/static", [_STATIC], include_in_schema=False, guards=[check_file], opt={ANONYMOUS: True}
            ),
        ],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "session_rules": Provide(lambda: rules, sync_to_thread=False),
            "throttle": Provide(lambda: throttle, sync_to_thread=False),
            "devices": Provide(lambda: devices, sync_to_thread=False),
            "limits": Provide(lambda: limits, sync_to_thread=False),
            "readiness": Provide(lambda: readiness, sync_to_thread=False),
            "caller": Provide(provide_caller),
        },
        compression_config=_SMALLER,
        exception_handlers={Exception: failed},
        guards=[access_log.bind_route, authenticate, guard],
        lifespan=[lifespan],
        logging_config=None,
        middleware=[_REQUESTS.middleware],
        openapi_config=OpenAPIConfig(
            title="Character images",
            version="1",
            license=License("MIT"),
            openapi_router=Router("/schema", route_handlers=[], include_in_schema=False, opt={ANONYMOUS: True}),
            use_handler_docstrings=True,
            render_plugins=[document.Strict()],
            components=document.components(rules.cookie, rules.users),
        ),
        request_max_body_size=LARGEST_BODY,
        state=Shared(rules, services.cms, limits).as_state(),
    )
    pictures = [origin_of(settings.payload_public_url) or "", *settings.media_origins]
    asgi = access_log.Access(Headers(Forget(app), pictures=pictures, https=rules.secure))
    return App(tracing.traced(asgi), services.runs)


def check_file(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Raise `NotFoundException` unless it is one of our files: some names are too long for a file system."""
    if connection.scope["path"] not in _FILES:
        raise NotFoundException


def failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer a request that failed: a problem for programs, a page for people."""
    request_id = state_of(request.scope).request_id
    failure = problems.failure_for(error, request_id)
    problem = problem_for(failure, request_id)
    FAILURES.labels("request", problem.code).inc()
    if request.scope["path"].startswith(_PROGRAMS):
        return problems.answer(problem, failure.headers)
    return pages.errors.answer(request, problem, failure.headers)


def writer(settings: Settings) -> Writer | None:
    """Open the configured model that writes prompts. Raises `SettingsError` without its name or its packages."""
    if not settings.prompt_model_url:
        return None
    if not settings.prompt_model:
        raise SettingsError(["PROMPT_MODEL: missing; expected the name of the model at PROMPT_MODEL_URL"])
    try:
        tls = trusted(settings.ssl_cert_file)
        model = open_model(settings.prompt_model_url, settings.prompt_model, settings.prompt_model_key, tls)
    except ImportError as error:
        line = (
            "PROMPT_MODEL_URL: a model needs the extra [baml]: pip install --require-hashes -r requirements-baml.lock"
        )
        raise SettingsError([f"{line} ({error})"]) from error
    return Writer(model, settings.prompt_model_timeout)


def open_cms(payload: Payload, settings: Settings) -> Cms:
    """Payload as this product sees it, of nobody. Raises `SettingsError` for site fields that cannot be."""
    scheme = TokenScheme(f"{settings.payload_cookie_prefix}-token")
    return Cms(payload, slugs(settings), settings.payload_public_url, scheme, site_fields(settings))


def site_fields(settings: Settings) -> SiteFields:
    """The site's own fields, from the settings. Raises `SettingsError` for those that this service writes itself."""
    named = {
        "PAYLOAD_COPY_FIELDS": OF_MEDIA.union(OF_RECORDS).intersection(settings.payload_copy_fields),
        "PAYLOAD_MEDIA_DATA": OF_MEDIA.intersection(settings.payload_media_data),
        "PAYLOAD_RECORD_DATA": OF_RECORDS.intersection(settings.payload_record_data),
    }
    if problems := [
        f"{variable}: expected other fields than {', '.join(sorted(fields))}, which this service writes itself"
        for variable, fields in named.items()
        if fields
    ]:
        raise SettingsError(problems)
    return SiteFields(settings.payload_copy_fields, settings.payload_media_data, settings.payload_record_data)


def open_files(settings: Settings, limits: Limits) -> Files:
    """The reader of stored files, from the settings."""
    return Files(
        settings.payload_url,
        settings.payload_public_url,
        settings.payload_media_slug,
        settings.media_origins,
        max_bytes=settings.image_max_bytes,
        seconds=settings.image_timeout,
        limits=limits,
        tls=trusted(settings.ssl_cert_file),
    )


def slugs(settings: PayloadSettings) -> Slugs:
    """The slugs of the collections, from the settings."""
    return Slugs(
        settings.payload_users_slug,
        settings.payload_media_slug,
        settings.payload_character_references_slug,
        settings.payload_character_image_metadata_slug,
        settings.payload_media_used_in,
    )
