"""Reviews: what is stored of them, by whom, and what becomes of two at once."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from tests.support.steps import a_reference, page
from tests.support.world import Character, Doc, World, both_kinds_of_id


async def _review(world: World, character: Character, image: object, **body: Any) -> Any:
    async with world.api() as api:
        return await api.patch(character.url(f"images/{image}/review"), json=body)


async def _metrics(world: World, character: Character) -> list[Any]:
    return [record["metrics"] for record in await world.records(character)]


@both_kinds_of_id
async def test_a_review_is_stored_and_all_else_in_the_metrics_stays(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    (before,) = await _metrics(world, character)
    answer = await _review(world, character, image["id"], verdict="pick", note=" the \n coat ")
    assert answer.status_code == 200, answer.text
    (after,) = await _metrics(world, character)
    review = after.pop("review")
    assert after == before
    assert review == answer.json()["image"]["metrics"]["review"]
    assert (review["verdict"], review["note"], review["by"]) == ("pick", "the coat", world.editor.id)
    (await _review(world, character, image["id"], verdict=None)).raise_for_status()
    (cleared,) = await _metrics(world, character)
    assert {name: cleared["review"].get(name) for name in ("verdict", "note")} == {"verdict": None, "note": "the coat"}


async def test_a_review_that_says_the_same_changes_nothing(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    await _review(world, character, image["id"], verdict="reject")
    before = await world.records(character)
    (await _review(world, character, image["id"], verdict="reject")).raise_for_status()
    assert await world.records(character) == before


async def test_who_saw_another_review_is_told_and_changes_nothing(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    first = (await _review(world, character, image["id"], verdict="pick", note="mine", seenAt=None)).json()
    second = await _review(world, character, image["id"], verdict="reject", seenAt=None)
    assert (second.status_code, second.json()["code"]) == (409, "review_conflict")
    assert "pick, mine" in second.json()["error"]
    seen = first["image"]["metrics"]["review"]["at"]
    (await _review(world, character, image["id"], verdict="reject", seenAt=seen)).raise_for_status()
    assert (await _metrics(world, character))[0]["review"]["note"] == "mine"


async def test_of_many_reviews_in_one_moment_one_is_stored_and_the_others_are_told(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    answers = await asyncio.gather(
        *(_review(world, character, image["id"], verdict="pick", note=f"by {at}", seenAt=None) for at in range(6))
    )
    (stored,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} == {200, 409}
    assert (await _metrics(world, character))[0]["review"] == stored["image"]["metrics"]["review"]


async def test_many_are_reviewed_and_what_cannot_be_is_told(world: World) -> None:
    character, other = await world.character(), await world.character()
    ids = [(await a_reference(world, character))["id"] for _ in range(3)]
    foreign = (await a_reference(world, other))["id"]
    async with world.api() as api:
        answer = await api.patch(character.url("reviews"), json={"imageIds": [*ids, foreign], "verdict": "reject"})
    assert (answer.status_code, answer.json()["count"]) == (207, 3)
    assert [failure["code"] for failure in answer.json()["failures"]] == ["image_not_found"]
    assert [metrics["review"]["verdict"] for metrics in await _metrics(world, character)] == ["reject"] * 3
    assert "review" not in (await _metrics(world, other))[0]


@both_kinds_of_id
async def test_the_list_is_filtered_by_review(world: World) -> None:
    character = await world.character()
    ids = [(await a_reference(world, character))["id"] for _ in range(4)]
    await _review(world, character, ids[0], verdict="pick")
    await _review(world, character, ids[1], verdict="reject")
    await _review(world, character, ids[2], note="undecided")
    listed = {}
    async with world.api() as api:
        for review in ("picked", "rejected", "open"):
            answer = await api.get(character.url("images"), params={"review": review})
            listed[review] = {image["id"] for image in answer.json()["images"]}
    assert listed == {"picked": {ids[0]}, "rejected": {ids[1]}, "open": {ids[2], ids[3]}}


async def test_a_viewer_is_refused(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.api(world.viewer) as api:
        answer = await api.patch(character.url(f"images/{image['id']}/review"), json={"verdict": "pick"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text
    assert "review" not in (await _metrics(world, character))[0]


@pytest.mark.parametrize("body", [{"verdict": "maybe"}, {"note": "x" * 301}, {"note": "a\x00b"}, {"rating": 5}])
async def test_a_malformed_review_is_refused(world: World, body: Doc) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    answer = await _review(world, character, image["id"], **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), answer.text


async def test_metrics_that_are_no_object_are_left_alone(world: World) -> None:
    character = await world.character()
    image = await a_reference(world, character)
    async with world.cms() as payload:
        await payload.collection("character-image-metadata").update(cast("int", image["id"]), {"metrics": [1, 2]})
    answer = await _review(world, character, image["id"], verdict="pick")
    assert (answer.status_code, answer.json()["code"]) == (502, "payload_rejected")
    assert await _metrics(world, character) == [[1, 2]]


async def test_forms_review_one_and_many_and_lead_back(world: World) -> None:
    character = await world.character()
    ids = [(await a_reference(world, character))["id"] for _ in range(2)]
    async with world.browser(world.editor) as browser:
        one = {"image": ids[0], "verdict": "pick", "note": "", "seen": "", "kind": "reference"}
        picked = await browser.post(page(character, "review"), data=one)
        stale = await browser.post(page(character, "review"), data=one | {"verdict": "reject"})
        many = await browser.post(page(character, "review"), data={"image": ids, "verdict": "reject"})
        none = await browser.post(page(character, "review"), data={"verdict": "reject"})
    assert (picked.status_code, picked.headers["location"]) == (
        303,
        f"{page(character, '')[:-1]}?kind=reference#card-{ids[0]}",
    )
    assert stale.status_code == 409
    assert "Somebody else reviewed this image meanwhile (pick)" in stale.text
    assert (many.status_code, none.status_code) == (303, 400)
    assert [metrics["review"]["verdict"] for metrics in await _metrics(world, character)] == ["reject"] * 2


@pytest.mark.parametrize(
    "query",
    ["", *(f"?{name}" for name in ("kind=reference", "kind=scene", "review=picked", "review=open", "status=succeeded")),
     "?kind=scene&review=picked", "?status=failed&review=open", "?kind=reference&status=failed&review=rejected"],
)  # fmt: skip
async def test_no_filter_costs_more_than_seven_payload_requests_and_its_numbers_hold(world: World, query: str) -> None:
    character = await world.character()
    ids = [(await a_reference(world, character))["id"] for _ in range(3)]
    await _review(world, character, ids[0], verdict="pick")
    async with world.browser(world.editor) as browser:
        with world.payload_requests() as asked:
            shown = await browser.get(page(character, query)[: None if query else -1].replace("/?", "?"))
    assert shown.status_code == 200
    assert len(asked) <= 7, asked
    counts = dict(zip(("picked", "rejected", "open"), _numbers(shown.text), strict=False))
    assert counts in ({}, {"picked": 1, "rejected": 0, "open": 2})
    if query.count("=") < 2 and "status" not in query:
        assert counts


def _numbers(html: str) -> list[int]:
    part = html[html.index('id="live-reviews"') :].partition("</nav>")[0]
    return [int(piece.partition("<")[0].replace(",", "")) for piece in part.split('class="number-of">')[1:]]
