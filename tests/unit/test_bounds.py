"""What a value of a record is, at the bound and one beyond it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from app.character_library.metadata import NAMES
from app.cms.image import Image, ImageFile
from app.cms.image_record import Metrics
from app.cms.media import Media, Size, public_url
from app.decoding.sheets import drawable
from app.errors import PayloadRejected
from app.ingest import Subject
from app.limits import SET_PLACES, Limits, cut
from app.main import create_app
from app.pages.facts import _values
from app.pages.images.turntable import frames_of, turn_of
from app.pages.view import origins_of
from app.settings import Settings
from app.use_cases.archive import _entry
from app.web.parsed import REMEMBERED
from app.web.problem import problem_for
from payload_client.errors import ErrorBody, ErrorItem, Refused
from tests.patterns.samples import character, image


def measured(**metrics: Any) -> Image:
    return image(1, metrics=metrics)


@pytest.mark.parametrize(("words", "left"), [("", ""), ("abc", "abc"), ("abcd", "ab…"), ("x" * 9_999, "xx…")])
def test_a_text_is_cut_to_its_bound(words: str, left: str) -> None:
    assert cut(words, 3) == left


def test_times_are_scaled_and_nothing_else() -> None:
    scaled, plain = Limits().scaled(0.5), Limits()
    for name in Limits.__struct_fields__:
        factor = 0.5 if name.endswith("_seconds") else 1
        before, after = getattr(plain, name), getattr(scaled, name)
        times = (before, after) if isinstance(before, tuple) else ((before,), (after,))
        assert [time * factor for time in times[0]] == [*times[1]], name


@pytest.mark.parametrize(
    ("told", "total"), [(1, 1), (64, 64), (65, None), (0, None), (-1, None), (10**7, None), (8.0, None), (True, None)]
)
def test_a_set_has_at_most_64_places(told: object, total: int | None) -> None:
    assert measured(setTotal=told).set_total == total
    assert len(frames_of([measured(index=5)], total)) <= SET_PLACES


@pytest.mark.parametrize("number", [2**53, -(2**53), 1e300, -1e300, 10**300])
def test_a_number_that_is_too_large_is_none(number: float) -> None:
    odd = measured(angle=number, index=number, setTotal=number, referenceImageId=number, durationMs=number)
    assert (odd.typed_metrics.angle, odd.angle, odd.set_total, odd.reference_id, turn_of(odd)) == (None,) * 5
    assert odd.shown_metrics() == {}


def test_texts_of_metrics_are_cut_and_members_counted() -> None:
    odd = measured(shot="9" * 300 + "x", **{f"m{number}": "v" * 400 for number in range(100)})
    assert odd.shot == "9" * 200
    shown = odd.shown_metrics()
    assert len(shown) == 64
    assert {len(str(value)) for value in shown.values()} == {300}


@pytest.mark.parametrize(("length", "is_there"), [(8192, True), (8193, False)])
def test_an_address_has_a_longest(length: int, is_there: bool) -> None:
    assert bool(public_url("https://x/".ljust(length, "a"), "https://cms.test")) is is_there


def test_renditions_beyond_what_is_shown_are_not_read() -> None:
    sizes: dict[str, Size | None] = {
        str(number): Size(f"/{number}", 240 + number, 240 + number) for number in range(1_000)
    }
    assert len(Media(1, width=9, height=9, sizes=sizes).renditions((9, 9))) == 64


@pytest.mark.parametrize(("length", "linked"), [(200, True), (201, False)])
def test_an_id_at_the_library_has_a_longest(length: int, linked: bool) -> None:
    odd = character(libraryDbId="i" * length, projectCharacterName="n" * length)
    assert (odd.library_db_id is not None) is linked
    assert len(odd.name or "") == 200


def test_what_is_drawn_and_what_is_told_to_who_cannot_see_it_is_cut() -> None:
    assert drawable("x" * 20_000) == "x" * 200
    assert len(Subject(1, "n" * 200, "scene", None).alt("word" * 100_000)) == 300


def test_a_page_names_only_origins_and_not_too_many() -> None:
    def shown(url: str) -> Image:
        return image(1, media=ImageFile(1, url, url, None, None, None, None, None))

    odd = [
        "https://a;connect-src/x",
        "https://[::1]:80/x",
        "javascript:x",
        "https://u@b/x",
        "https://b.test?x",
        "//c/x",
    ]
    assert list(dict.fromkeys(origins_of([shown(url) for url in odd]))) == ["https://[::1]:80", "https://b.test"]


def test_facts_are_cut_and_containers_count() -> None:
    told = list(_values("", {"a": {}, "b": ["x" * 20_000, {}, True], "c": "y" * 20_000, "d": None}, 0))
    assert [fact and (fact.label, len(fact.text)) for fact in told] == [None, None, ("B", 10_000), ("C", 10_000), None]


def test_a_date_that_no_zip_can_tell_is_the_nearest_that_one_can() -> None:
    for year, told in ((1, 1980), (1980, 1980), (2107, 2107), (9999, 2107)):
        assert _entry("x", datetime(year, 6, 1, tzinfo=UTC)).date_time[0] == told


def test_a_frame_is_made_of_any_metrics() -> None:
    odds: list[Any] = [None, [], "x", 5, {"shot": {}}, {"angle": []}]
    for odd in odds:
        found = msgspec.structs.replace(image(1), metrics=odd)
        assert frames_of([found], found.set_total)[0].angle is None


def test_the_fields_that_payload_names_are_told_up_to_a_bound() -> None:
    errors = [{"path": "p" * 5_000, "message": "m" * 5_000}] * 10_000
    body = ErrorBody([ErrorItem("x", {"errors": errors})])
    fields = problem_for(PayloadRejected("x", Refused("POST", 400, body)), "id").fields or []
    assert len(fields) == 64
    assert {(len(field.path), len(field.message)) for field in fields} == {(200, 300)}


def test_metrics_are_read_member_by_member_and_any_mark_of_a_recovery_counts() -> None:
    told = Metrics.read({"index": "3", "setId": 5, "quality": 1.5, "angle": {"a": 1}, "recovered": None, "bytes": True})
    assert told == Metrics(quality=1.5, recovered=True)
    assert msgspec.to_builtins(told) == {"quality": 1.5, "recovered": True}
    assert Metrics.read({"index": 3, "other": [1]}) == Metrics(index=3)
    odd: list[object] = [None, [], "x", 5]
    assert [Metrics.read(one) for one in odd] == [Metrics()] * 4


def test_what_the_library_tells_has_its_place_in_the_metrics() -> None:
    told: dict[str, Any] = dict.fromkeys(NAMES, "x")
    assert msgspec.to_builtins(msgspec.convert(told, Metrics)) == told


async def test_nothing_of_a_request_is_remembered_once_it_is_over() -> None:
    nowhere = "http://127.0.0.1:1"
    app = create_app(Settings(site_url="http://film.test", payload_url=nowhere, character_library_api_url=nowhere))
    transport = httpx.ASGITransport(app.asgi)  # type: ignore[arg-type]  # Litestar's types of the same things
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": "a=b"}
    async with httpx.AsyncClient(transport=transport, base_url="http://film.test", headers=headers) as browser:
        form = {"email": "ada@example.com", "password": "secret", "next": "/screenplay/characters?page=2"}
        assert (await browser.post("/login?page=2", data=form)).status_code == 503
    assert [parse.cache_info().currsize for parse in REMEMBERED] == [0, 0, 0]
