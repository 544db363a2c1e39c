"""Traces over OTLP: of requests, of what they ask others, and of runs. Without `start` there are none.

Spans have names, ids, statuses and addresses without their query, nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from app.observability import logs

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

App = TypeVar("App")

SERVICE = "character-images"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROBES = ("/health/", "/metrics")
_LAST_SECONDS = 3.0
_provider: TracerProvider | None = None


def start(environment: Mapping[str, str]) -> None:
    """Start to trace, configured by OpenTelemetry's variables. Raises `ImportError` without the extra `[otel]`."""
    global _provider
    os.environ.update({name: value for name, value in environment.items() if name.startswith("OTEL_")})
    os.environ.setdefault("OTEL_SERVICE_NAME", SERVICE)
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http"  # the older names have the query in more than one place
    # Here, since only who traces needs the packages.
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    _provider = TracerProvider(shutdown_on_exit=False)  # `stop` does, and waits no longer than it is worth
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(_provider)
    HTTPXClientInstrumentor().instrument(async_request_hook=_outgoing)


def stop() -> None:
    """Send the last spans, as far as the collector takes them within `_LAST_SECONDS`."""
    if _provider:
        sending = Thread(target=_provider.shutdown, daemon=True)
        sending.start()
        sending.join(_LAST_SECONDS)


def traced(app: App) -> App:
    """Wrap an ASGI application so that each request is a span; probes, and what they request, are not traced."""
    if _provider is None:
        return app
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.instrumentation.utils import suppress_http_instrumentation

    middleware: Any = OpenTelemetryMiddleware
    in_spans = middleware(
        app, default_span_details=_describe_unrouted, server_request_hook=_incoming, exclude_spans=["receive", "send"]
    )

    async def call(scope: Any, receive: Any, send: Any) -> None:
        with suppress_http_instrumentation() if scope.get("path", "").startswith(_PROBES) else nullcontext():
            await in_spans(scope, receive, send)

    return cast("App", call)


def name(route: str, ids: Mapping[str, str]) -> None:
    """Name the span of the current request after its route, and add ids to it."""
    if _provider:
        from opentelemetry.trace import get_current_span

        get_current_span().update_name(route)
        get_current_span().set_attributes({"http.route": route, **ids})


@contextmanager
def span(name: str, **attributes: str) -> Iterator[None]:
    """Trace the block as a span. Of an error only the type is recorded: its message may quote a prompt."""
    if _provider is None:
        yield
        return
    from opentelemetry.trace import StatusCode

    tracer = _provider.get_tracer(SERVICE)
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(StatusCode.ERROR)
            current.set_attribute("error.type", type(error).__name__)
            raise


def _describe_unrouted(scope: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Name a request before its route is known, without its address, which may hold a prompt."""
    return scope.get("method", "HTTP"), {"url.path": logs.HIDDEN, "url.query": ""}


def _incoming(current: Span, _: Mapping[str, Any]) -> None:
    logs.bind(traceId=f"{current.get_span_context().trace_id:032x}")


async def _outgoing(current: Span, request: Any) -> None:
    current.set_attribute("url.full", urlsplit(str(request.url))._replace(query="").geturl())
