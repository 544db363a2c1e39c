"""Both documents or neither, when Payload's answers go wrong in ways that a real one cannot be asked for."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import IO

import pytest
from PIL import Image
from pytest_httpx import HTTPXMock

from app.cms.gateway import Cms, Slugs
from app.cms.image_record import Metrics, NewCharacterImageMetadata
from app.decoding.messages import Inspected
from app.errors import Busy, Forbidden, ImageTooLarge, ImageTruncated, NotAnImage, PayloadRejected, PayloadUnavailable
from app.ingest import store
from app.limits import Limits
from payload_client import Payload, Permissions

API = "http://cms.example/api"
RECORDS = f"{API}/character-image-metadata"
PNG = Inspected("image/png", "png", 8, 8, 75)
NEW = NewCharacterImageMetadata(
    character_reference=1,
    media=5,
    kind="reference",
    prompt="x",
    source_url="https://library.example/a.png",
    external_id="m1",
    metrics=Metrics(),
    created_by=1,
)
EMPTY = {"docs": [], "totalDocs": 0}
FOUND = {"docs": [{"id": 9, "media": 5}], "totalDocs": 1}
REFUSED = {"errors": [{"message": "invalid", "data": {"errors": [{"path": "kind", "message": "wrong"}]}}]}
AT_ONCE = Limits(lost_answer_seconds=(0.0, 0.0, 0.0))


@pytest.fixture
async def cms() -> AsyncIterator[Cms]:
    async with Payload("http://cms.example") as payload:
        yield Cms(payload, Slugs(), "http://cms.example")


def picture() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    file.seek(0)
    return file


async def found(_: IO[bytes]) -> Inspected:
    return PNG


def deletions(httpx_mock: HTTPXMock) -> list[str]:
    return [request.url.path for request in httpx_mock.get_requests(method="DELETE")]


async def test_a_refused_record_takes_its_file_back(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", status_code=400, json=REFUSED)
    httpx_mock.add_response(method="DELETE", json={"doc": {"id": 5}})
    with pytest.raises(PayloadRejected, match=r"refused the picture: wrong \(kind\)"):
        await store.record(cms, NEW, AT_ONCE)
    assert deletions(httpx_mock) == ["/api/media/5"]


async def test_a_forbidden_record_takes_its_file_back(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", status_code=403, json={"errors": [{"message": "no"}]})
    httpx_mock.add_response(method="GET", json={"user": {"id": 1}})
    httpx_mock.add_response(method="DELETE", json={"doc": {"id": 5}})
    with pytest.raises(Forbidden):
        await store.record(cms, NEW, AT_ONCE)
    assert deletions(httpx_mock) == ["/api/media/5"]


async def test_a_record_that_was_written_in_spite_of_a_500_is_adopted(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", status_code=500, json={"errors": [{"message": "busy"}]})
    httpx_mock.add_response(method="GET", json=FOUND)
    assert (await store.record(cms, NEW, AT_ONCE)).id == 9
    assert deletions(httpx_mock) == []


async def test_a_500_takes_the_file_back_only_after_a_look_found_no_record(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", status_code=500, json={"errors": [{"message": "busy"}]})
    httpx_mock.add_response(method="GET", json=EMPTY, is_reusable=True)
    httpx_mock.add_response(method="DELETE", json={"doc": {"id": 5}})
    with pytest.raises(PayloadUnavailable):
        await store.record(cms, NEW, AT_ONCE)
    assert deletions(httpx_mock) == ["/api/media/5"]


async def test_where_nobody_can_look_the_file_is_left_to_the_sweep(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", status_code=500, json={"errors": [{"message": "busy"}]})
    httpx_mock.add_response(method="GET", status_code=500, json={"errors": [{"message": "busy"}]}, is_reusable=True)
    with pytest.raises(PayloadUnavailable):
        await store.record(cms, NEW, AT_ONCE)
    assert deletions(httpx_mock) == []


async def test_a_lost_answer_leaves_the_file_to_the_sweep(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", text="<html>gateway</html>")
    httpx_mock.add_response(method="GET", json=EMPTY, is_reusable=True)
    with pytest.raises(PayloadUnavailable):
        await store.record(cms, NEW, AT_ONCE)
    assert deletions(httpx_mock) == []


async def test_a_record_is_written_once(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", text="<html>gateway</html>")
    httpx_mock.add_response(method="GET", json=FOUND)
    await store.record(cms, NEW, AT_ONCE)
    assert len(httpx_mock.get_requests(method="POST")) == 1


async def test_an_upload_whose_answer_was_lost_is_adopted_by_its_name(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", text="<html>gateway</html>")
    whole = {"id": 7, "filename": "x", "mimeType": "image/png", "filesize": len(picture().getvalue())}
    httpx_mock.add_response(method="GET", json={"docs": [whole], "totalDocs": 1})
    assert (await store.upload(cms, picture(), PNG, "alt", found, AT_ONCE)).id == 7
    [sent] = httpx_mock.get_requests(method="POST")
    [looked] = httpx_mock.get_requests(method="GET")
    name = sent.content.partition(b'filename="')[2].partition(b'"')[0].decode()
    assert name.startswith("ci-")
    assert name.removesuffix(".png") in looked.url.params["where"]


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (ImageTruncated("It is damaged."), False),
        (NotAnImage("It is a web page."), False),
        (ImageTooLarge("It takes more than 10 s to decode."), True),
        (Busy("Nothing decodes here now."), True),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_payload_converted_is_taken_back_only_where_it_is_known_to_be_no_picture(
    cms: Cms, httpx_mock: HTTPXMock, error: Exception, kept: bool
) -> None:
    converted = {"id": 7, "filename": "x.webp", "mimeType": "image/webp", "filesize": 5}
    httpx_mock.add_response(method="POST", json={"doc": converted})
    httpx_mock.add_response(method="GET", content=b"what Payload made of it")
    read = list[bytes]()

    async def fails(file: IO[bytes]) -> Inspected:
        file.seek(0)
        read.append(file.read())
        raise error

    if kept:
        assert (await store.upload(cms, picture(), PNG, "alt", fails, AT_ONCE)).id == 7
    else:
        httpx_mock.add_response(method="DELETE", json={"doc": {"id": 7}})
        with pytest.raises(PayloadRejected, match="not the whole picture"):
            await store.upload(cms, picture(), PNG, "alt", fails, AT_ONCE)
    assert read == [b"what Payload made of it"]
    assert deletions(httpx_mock) == ([] if kept else ["/api/media/7"])


async def test_an_upload_that_nobody_can_look_for_fails_once(cms: Cms, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", status_code=500, json={"errors": [{"message": "busy"}]})
    httpx_mock.add_response(method="GET", status_code=500, json={"errors": [{"message": "busy"}]}, is_reusable=True)
    with pytest.raises(PayloadUnavailable):
        await store.upload(cms, picture(), PNG, "alt", found, AT_ONCE)
    assert len(httpx_mock.get_requests(method="POST")) == 1


@pytest.mark.parametrize(
    ("read", "sees_all"),
    [
        (True, True),
        ({"permission": True}, True),
        ({"permission": True, "where": {"kind": {"equals": "scene"}}}, False),
        ({"permission": False}, False),
        (None, False),
    ],
)
def test_a_rule_that_hides_some_records_is_not_seeing_all(read: object, sees_all: bool) -> None:
    permissions = Permissions({"collections": {"media": {"read": read}}})
    assert permissions.sees_all("media") is sees_all
    assert not permissions.sees_all("elsewhere")
