"""Traces: a generation is one, from the request to the last write, told to a collector over OTLP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from scripts.local_stack import stack
from tests.support.collector import collector
from tests.support.serving import settings_of
from tests.support.world import World, plain

PROMPT = "auburn-canary-prompt"
HIDDEN = "hidden-canary-query"


def attributes(span: Span) -> dict[str, Any]:
    """A span's attributes as plain values."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


async def test_a_generation_is_one_trace_without_words_or_secrets(world: World, tmp_path: Path) -> None:
    character = await world.character(name="Mara Quill")
    with collector() as receiver:
        tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_RESOURCE_ATTRIBUTES": "deployment=test"}
        with stack.app(tmp_path, settings_of(world) | tracing | {"LOG_LEVEL": "debug"}) as server:
            async with plain(base_url=server.url, headers=world.editor.headers, timeout=30) as api:
                made = await api.post(character.url("generate-initial-image"), json={"prompt": PROMPT})
                assert made.status_code == 201, made.text
                page = f"/screenplay/characters/{character.id}/images"
                cookie = {"Cookie": world.editor.auth.header.replace("JWT ", "payload-token=")}
                assert (await api.get(f"{page}?prompt={HIDDEN}", headers=cookie)).status_code == 200
                for anywhere in ("", "/v1", "/screenplay/characters", page):
                    assert (await api.get(f"{anywhere}/{HIDDEN * 9}", headers=cookie)).status_code == 404
        spans, sent = receiver.spans, receiver.requests
        resource = {one.key: one.value.string_value for one in sent[0].resource_spans[0].resource.attributes}
    assert (resource["service.name"], resource["deployment"]) == ("character-images", "test")

    [asked] = [span for span in spans if span.name == "/v1/characters/{character_id}/generate-initial-image"]
    trace = [span for span in spans if span.trace_id == asked.trace_id]
    by_id, named = {span.span_id: span for span in trace}, {span.name: span for span in trace}
    assert (asked.kind, asked.parent_span_id) == (Span.SPAN_KIND_SERVER, b"")
    assert attributes(asked)["http.response.status_code"] == 201
    assert attributes(asked)["characterId"] == str(character.id)
    run = named["reference"]
    assert by_id[run.parent_span_id] is asked
    assert attributes(run)["characterId"] == str(character.id)
    for phase in ("generate", "download", "upload", "record"):
        assert by_id[named[phase].parent_span_id] is run, phase
        assert run.start_time_unix_nano <= named[phase].start_time_unix_nano
        assert named[phase].end_time_unix_nano <= run.end_time_unix_nano
    calls = [span for span in trace if span.kind == Span.SPAN_KIND_CLIENT]
    within = {attributes(span)["url.full"]: by_id[span.parent_span_id].name for span in calls}
    assert within[f"{world.library_url}/api/v1/characters/{character.library_id}/generate-initial-image"] == "generate"
    assert within[f"{world.payload_url}/api/media"] == "upload"
    assert within[f"{world.payload_url}/api/users/me"] == asked.name
    assert not [address for address in within if "?" in address]

    token = world.editor.auth.header.removeprefix("JWT ")
    for secret in (PROMPT, HIDDEN, token.split(".")[2], world.editor.email):
        assert not [span for span in spans if secret in str(span)], secret
    logged = [json.loads(line) for line in server.log.read_text().splitlines()]
    told = {line["traceId"] for line in logged if line.get("requestId") == made.headers["x-request-id"]}
    assert told == {asked.trace_id.hex()}


async def test_a_trace_that_a_proxy_has_begun_goes_on_and_a_failure_is_told_by_its_type(
    world: World, tmp_path: Path
) -> None:
    character = await world.character()
    await world.fault(character, "generate-initial-image", status=500, body={"error": HIDDEN})
    with collector() as receiver:
        with stack.app(tmp_path, settings_of(world) | {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}) as server:
            headers = {**world.editor.headers, "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
            async with plain(base_url=server.url, headers=headers, timeout=30) as api:
                assert (await api.post(character.url("generate-initial-image"), json={})).status_code == 502
        spans = receiver.spans
    [run] = [span for span in spans if span.name == "reference"]
    assert run.trace_id == b"\xab" * 16
    assert (run.status.code, run.status.message) == (Status.STATUS_CODE_ERROR, "")
    assert attributes(run)["error.type"] == "LibraryRefused"
    assert HIDDEN not in str(spans)


async def test_a_probe_leaves_no_trace_nor_does_what_it_asks(world: World, tmp_path: Path) -> None:
    with ExitStack() as servers:
        receiver = servers.enter_context(collector())
        tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
        with stack.app(tmp_path, settings_of(world) | tracing) as server:
            async with plain(base_url=server.url) as api:
                for probe in ("/health/live", "/health/ready", "/metrics"):
                    assert (await api.get(probe)).status_code == 200
                assert (await api.get("/login")).status_code == 200
    assert {span.name for span in receiver.spans} == {"/login"}


async def test_a_collector_that_says_nothing_holds_nothing_up(world: World, tmp_path: Path) -> None:
    character = await world.character()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        patience = {"OTEL_EXPORTER_OTLP_TIMEOUT": "60"}
        with stack.app(tmp_path, settings_of(world) | endpoint | patience) as server:
            async with plain(base_url=server.url, headers=world.editor.headers, timeout=30) as api:
                made = await api.post(character.url("generate-initial-image"), json={"prompt": PROMPT})
    assert made.status_code == 201
    assert len(await world.records(character)) == 1
    assert server.process.returncode == -signal.SIGTERM  # else it was killed


async def test_an_endpoint_without_the_packages_ends_the_start_with_2_and_says_what_to_install(
    world: World, tmp_path: Path
) -> None:
    """`opentelemetry` is there but empty, as if it was not installed."""
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").touch()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{tmp_path}:{stack.ROOT}",
        "SITE_URL": "https://film.example",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
        **settings_of(world),
    }
    command = [sys.executable, "-m", "app"]
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=30
        )
    )
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("OTEL_EXPORTER_OTLP_ENDPOINT: traces need the extra [otel]: pip install ")
    assert "requirements-otel.lock" in line


async def test_without_an_endpoint_nothing_that_exports_is_imported(world: World) -> None:
    script = (
        "import sys, app.__main__ as product\n"
        "from app.settings import Settings, read\n"
        "product.create_app(read(Settings, dict(zip(sys.argv[1::2], sys.argv[2::2]))))\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])\n"
    )
    settings = settings_of(world) | {"SITE_URL": "https://film.example"}
    arguments = [part for pair in settings.items() for part in pair]
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            [sys.executable, "-c", script, *arguments], cwd=stack.ROOT, capture_output=True, text=True, check=True
        )
    )
    assert done.stdout.strip() == "[]"
