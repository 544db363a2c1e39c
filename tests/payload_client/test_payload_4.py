"""What a Payload 4.0.0-canary.30 answered, recorded over the content of these tests, is read like that of Payload 3."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from payload_client import (
    Forbidden,
    NotFound,
    NotUnique,
    Page,
    Payload,
    Permissions,
    RouteNotFound,
    Session,
    ValidationFailed,
    field,
)
from payload_client.codegen import generate
from tests.support.raw_server import json_answer, raw_server

RECORDED = msgspec.json.decode((Path(__file__).parent / "recorded/payload-4.json").read_bytes())
ANSWERS: list[dict[str, Any]] = RECORDED["answers"]


def recorded(call: str, status: int = 200, nth: int = 0) -> Any:
    """The body of an answer."""
    return [answer["body"] for answer in ANSWERS if (answer["call"], answer["status"]) == (call, status)][nth]


@pytest.fixture(scope="module")
def models() -> ModuleType:
    """Models made from its schema, which has `$defs`."""
    module = ModuleType("models_of_payload_4")
    sys.modules[module.__name__] = module  # where msgspec looks the names of annotations up
    exec(generate(RECORDED["schema"]), module.__dict__)  # noqa: S102 - what this test is about
    return module


def test_its_documents_are_read_as_models_made_from_its_schema(models: ModuleType) -> None:
    page = msgspec.convert(recorded("GET /api/posts"), Page[Any])
    docs = [msgspec.convert(doc, models.Post) for doc in page.docs]
    assert len(docs) == 3
    assert any(doc.author and doc.author.name for doc in docs)
    assert msgspec.convert(recorded("GET /api/globals/settings"), models.Setting).site_name == "Film"
    assert msgspec.convert(recorded("GET /api/media")["docs"][0], models.Media).sizes.thumbnail.width == 32
    assert {block.__struct_config__.tag for doc in docs for block in doc.layout or []} == {"quote", "gallery"}


async def test_every_collection_has_versions(models: ModuleType) -> None:
    told = json_answer(200, recorded("GET /api/authors/versions"))
    async with raw_server(told) as server, Payload(server.url) as payload:
        page = await payload.collection("authors", models.Author).find_versions(limit=1)
    assert page.docs[0].version.id == page.docs[0].parent_id


def test_its_sessions_and_permissions_are_read() -> None:
    session = msgspec.convert(recorded("GET /api/users/me"), Session)
    assert session.user
    assert session.user.email == "ada@film.example"
    assert Permissions(recorded("GET /api/access")).may("readVersions", "posts")


@pytest.mark.parametrize(
    ("call", "status", "kind"),
    [
        ("POST /api/posts", 400, ValidationFailed),
        ("POST /api/authors", 400, NotUnique),
        ("GET /api/notes", 403, Forbidden),
        ("GET /api/posts/999", 404, NotFound),
        ("GET /api/nothing", 404, RouteNotFound),
        ("GET /api/posts", 400, ValidationFailed),
    ],
)
async def test_its_refusals_are_known(call: str, status: int, kind: type[Exception]) -> None:
    method, _, path = call.partition(" /api")
    async with raw_server(json_answer(status, recorded(call, status))) as server, Payload(server.url) as payload:
        with pytest.raises(kind) as caught:
            await payload.call(method, path, answer=object, json={} if method == "POST" else None)
    assert type(caught.value) is kind


async def test_it_reads_ids_by_their_beginning_too() -> None:
    async with raw_server(json_answer(200, recorded("GET /api/posts/1abc"))) as server, Payload(server.url) as payload:
        with pytest.raises(NotFound):
            await payload.collection("posts").find_by_id("1abc")


async def test_its_partial_failures_are_values() -> None:
    partly = json_answer(400, recorded("PATCH /api/authors", 400))
    again = json_answer(200, recorded("GET /api/authors"))
    async with raw_server(partly, again) as server, Payload(server.url) as payload:
        result = await payload.collection("authors").update_many(field("id").is_in(1, 2), {"email": "x"})
    assert (len(result.docs), len(result.errors), result.stored) == (1, 1, True)
