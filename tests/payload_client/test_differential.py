"""The same questions, asked by Payload's own SDK and by this client, have the same answers."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from payload_client import Payload, Refused
from tests.payload_client.conftest import Site
from tests.payload_client.content import fill
from tests.payload_client.questions import Options, Question, questions

SDK = Path(__file__).parent / "sdk"
_PYTHON = {"fallbackLocale": "fallback_locale"}
_ENOUGH = 150


def ask_the_sdk(site: Site, asked: list[Question]) -> list[Any]:
    """Its answers: the value, or the status of an error."""
    told = {"url": site.served.url, "token": site.token}
    told["questions"] = [{"method": method, "options": options} for method, options in asked]  # type: ignore[assignment]
    command = ["node", str(SDK / "ask.mjs")]
    done = subprocess.run(command, input=msgspec.json.encode(told), capture_output=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr.decode()
    answers: list[Any] = msgspec.json.decode(done.stdout)
    return [answer.get("value", answer.get("error")) for answer in answers]


async def ask_python(cms: Payload, method: str, options: Options) -> Any:
    """The same of this client. Payload's own default depth is 2."""
    told = {_PYTHON.get(name, name): value for name, value in options.items()}
    where = told.pop("where", None)
    at_depth = {"depth": 2, **told}
    try:
        match method:
            case "find":
                return await cms.collection(at_depth.pop("collection")).find(where, **at_depth)
            case "count":
                return await cms.collection(told.pop("collection")).count(where, **told)
            case "findByID":
                return await cms.collection(at_depth.pop("collection")).find_by_id(at_depth.pop("id"), **at_depth)
            case "findVersions":
                return await cms.collection(at_depth.pop("collection")).find_versions(where, **at_depth)
            case "findGlobal":
                return await cms.global_document(at_depth.pop("slug")).find(**at_depth)
            case "findGlobalVersions":
                return await cms.global_document(at_depth.pop("slug")).find_versions(where, **at_depth)
    except Refused as error:
        return error.status
    raise AssertionError(method)


def comparable(answer: Any) -> Any:
    """What both must have in common: documents, and how many there are in all."""
    plain = msgspec.to_builtins(answer)
    if isinstance(plain, dict) and "docs" in plain and "totalPages" in plain:
        docs = [_without_padding(doc) for doc in plain["docs"]]
        names = ("totalDocs", "hasNextPage", "hasPrevPage", "nextPage", "prevPage", "page")
        return {"docs": docs, **{name: plain[name] for name in names}}
    return plain["totalDocs"] if isinstance(plain, dict) and plain.keys() == {"totalDocs"} else plain


def _without_padding(doc: Any) -> Any:
    """A version: this client adds the document's own id to it, and has fields for all that may be told."""
    if "version" not in doc:
        return doc
    version = {name: value for name, value in doc["version"].items() if name != "id"}
    return {"id": doc["id"], "version": version, "parent": doc.get("parent")}


async def test_the_same_questions_have_the_same_answers(site: Site) -> None:
    asked = questions(await fill(site.payload))
    assert len(asked) >= _ENOUGH
    theirs = await asyncio.to_thread(ask_the_sdk, site, asked)
    different = []
    for (method, options), answer in zip(asked, theirs, strict=True):
        ours = comparable(await ask_python(site.payload, method, options))
        if ours != comparable(answer):
            different.append((method, options, ours, comparable(answer)))
    assert different == [], f"{len(different)} of {len(asked)}"
    found = [answer for answer in theirs if isinstance(answer, dict) and answer.get("docs")]
    assert len(found) > len(asked) / 2


DEFECTS: dict[str, tuple[str, Options]] = {
    "null in a filter becomes a text that is empty": (
        "count",
        {"collection": "posts", "where": {"kind": {"equals": None}}},
    ),
    "booleans within a list become texts": (
        "count",
        {"collection": "posts", "where": {"featured": {"in": [True, False]}}},
    ),
    "fallbackLocale: false is dropped": (
        "findByID",
        {"collection": "posts", "id": 0, "locale": "de", "fallbackLocale": False, "select": {"summary": True}},
    ),
    "numbers within a json field become texts": ("count", {"collection": "posts", "where": {"data.a": {"equals": 2}}}),
    "five levels of and/or are refused": (
        "count",
        {"collection": "posts", "where": {"or": [{"and": [{"or": [{"and": [{"or": [{"views": {"equals": 10}}]}]}]}]}]}},
    ),
    "disableErrors turns a refusal into null": ("find", {"collection": "nothing"}),
}
"""Questions to which the SDK's answer is another one, by its defect; what this client answers is the right one."""


@pytest.mark.parametrize("defect", DEFECTS)
async def test_where_the_answers_differ_it_is_a_defect_of_the_sdk(
    site: Site, defect: str, request: pytest.FixtureRequest
) -> None:
    content = await fill(site.payload)
    method, options = DEFECTS[defect]
    asked = {**options, **({"id": content.posts[0]} if "id" in options else {})}
    if "disableErrors" in defect:
        method, sdk_options = "findByID", {"collection": "nothing", "id": 1, "disableErrors": True}
        [theirs] = ask_the_sdk(site, [(method, sdk_options)])
        ours = await ask_python(site.payload, method, {"collection": "nothing", "id": 1})
        assert (theirs, ours) == (None, 404)
        return
    [theirs] = ask_the_sdk(site, [(method, asked)])
    ours = comparable(await ask_python(site.payload, method, asked))
    # PostgreSQL itself reads the text "true" as a boolean.
    forgiven = "booleans" in defect and request.config.getoption("--database") == "postgres"
    assert (ours == comparable(theirs)) is forgiven, (ours, theirs)
    right: dict[str, Any] = {
        "null in a filter becomes a text that is empty": 1,
        "booleans within a list become texts": 6,
        "numbers within a json field become texts": 1,
        "five levels of and/or are refused": 1,
    }
    if defect in right:
        assert ours == right[defect]
