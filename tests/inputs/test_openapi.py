"""The running product against its own OpenAPI document: generated requests, good and bad, signed in and not.

Whatever is sent, the answer is one that the document tells of. In earnest (`--long`) there are some 2,000 requests.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from app.web.security_headers import ALWAYS
from tests.inputs.conftest import Watched
from tests.support.steps import a_reference
from tests.support.world import Character, World

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.positive_data_acceptance,
]
_AS_A_RULE, _IN_EARNEST = 20, 75
CHARACTER = "/v1/characters/{character_id}"
OPERATIONS = [
    ("post", f"{CHARACTER}/generate-initial-image"),
    ("post", f"{CHARACTER}/generate-360-set"),
    ("post", f"{CHARACTER}/generate-scene-image"),
    ("post", f"{CHARACTER}/recover-images"),
    ("get", f"{CHARACTER}/images"),
    ("delete", f"{CHARACTER}/images/{{image_id}}"),
    ("post", f"{CHARACTER}/images/{{image_id}}/restore"),
    ("patch", f"{CHARACTER}/images/{{image_id}}/review"),
    ("patch", f"{CHARACTER}/reviews"),
    ("get", f"{CHARACTER}/library-images"),
    ("get", f"{CHARACTER}/initial-image-prompt"),
    ("get", f"{CHARACTER}/runs"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
]
ONLY_IDS = (
    "/{image_id}",
    "/restore",
    "/library-images",
    "/runs",
    "/live",
    "/ready",
)  # any text is one: it cannot be malformed
CASES = [
    pytest.param(method, path, mode, signed_in, id=f"{method} {path} {mode.value} {'' if signed_in else 'anonymous'}")
    for method, path in OPERATIONS
    for mode in GenerationMode
    for signed_in in (True, False)
    if mode is GenerationMode.POSITIVE or not path.endswith(ONLY_IDS)
]


class Api(msgspec.Struct, frozen=True):
    """The document as it is served, and the ids of what there is. `seen`: statuses so far."""

    url: str
    schema: Any
    credentials: str
    ids: dict[str, list[str]]
    session: Any
    seen: Counter[int]


@pytest.fixture(scope="module")
def api(watched: Watched) -> Api:
    """The document and the place. It is made in a loop of its own: hypothesis runs its tests in none."""
    return asyncio.run(open_api(watched.world))


async def open_api(world: World) -> Api:
    """Three characters: one with pictures, one without, one that is not linked to the library."""
    characters = [await drawn(world), await world.character(settings={"pictureSize": [24, 32]})]
    unlinked = await world.character(linked=False)
    async with httpx.AsyncClient(base_url=world.app_url, trust_env=False) as client:
        document = (await client.get("/schema/openapi.json")).json()
    ids = {
        "character_id": [str(one.id) for one in (*characters, unlinked)],
        "image_id": [str(record["id"]) for record in await world.records(characters[0])],
    }
    session = requests.Session()
    session.trust_env = False
    return Api(
        world.app_url, schemathesis.openapi.from_dict(document), world.editor.auth.header, ids, session, Counter()
    )


async def drawn(world: World) -> Character:
    """A character with a few pictures, whose sets come at once and are small."""
    character = await world.character(settings={"pictureSize": [24, 32]})
    reference = await a_reference(world, character)
    async with world.api() as api:
        await api.post(character.url("generate-360-set"), json={"imageCount": 4})
    body = {"success": True, "images": [{"publicUrl": reference["sourceUrl"]}]}
    await world.fault(character, "generate-360-set", times=-1, status=200, body=body)
    return character


@pytest.mark.parametrize(("method", "path", "mode", "signed_in"), CASES)
def test_answers_are_as_the_document_tells(
    api: Api, method: str, path: str, mode: GenerationMode, signed_in: bool, pytestconfig: pytest.Config
) -> None:
    headers = {"Authorization": api.credentials} if signed_in else {}
    operation = api.schema[path][method]

    @settings(
        max_examples=_IN_EARNEST if pytestconfig.getoption("--long") else _AS_A_RULE,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode), known=st.tuples(st.integers(0, 4), st.integers(0, 4)))
    def conforms(case: Any, known: tuple[int, int]) -> None:
        if isinstance(case.body, dict):
            case.body = {name: whole(value) for name, value in case.body.items()}
        for (name, ids), place in zip(api.ids.items(), known, strict=True):
            if name in case.path_parameters and place < len(ids):
                case.path_parameters[name] = ids[place]  # else every request would end at its first step
        answer = case.call(base_url=api.url, session=api.session, headers=headers)
        api.seen[answer.status_code] += 1
        assert {name: answer.headers[name.lower()][0] for name in ALWAYS} == ALWAYS
        case.validate_response(answer, checks=CHECKS)

    conforms()


def whole(value: Any) -> Any:
    """A whole number written as such: JSON Schema calls 8.0 an integer, and we say that it is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def test_these_are_all_operations_and_enough_requests(api: Api, pytestconfig: pytest.Config) -> None:
    assert {(found.ok().method, found.ok().path) for found in api.schema.get_all_operations()} == set(OPERATIONS)
    assert sum(api.seen.values()) >= (2_000 if pytestconfig.getoption("--long") else 500)
    assert api.seen.keys() >= {200, 201, 400, 401, 404, 409}
