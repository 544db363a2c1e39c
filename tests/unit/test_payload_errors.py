"""Each of Payload's refusals, as recorded, becomes the error that someone handles."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import payload_client as cms
from payload_client.refusals import refusal


def validation(*errors: dict[str, Any], message: str = "The following field is invalid: Alt") -> dict[str, Any]:
    data = {"collection": "media", "errors": list(errors)}
    return {"errors": [{"name": "ValidationError", "data": data, "message": message}]}


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": message, **more}]}


def refused(status: int, body: object) -> cms.Refused:
    return refusal("POST /api/media", status, json.dumps(body).encode())


LOCKED_OUT = "This user is locked due to having too many failed login attempts."
RECORDED: list[tuple[int, dict[str, Any], type[cms.Refused], str]] = [
    (400, validation({"label": "Alt", "message": "Required", "path": "alt"}), cms.ValidationFailed, "The following"),
    (400, validation({"message": "Value must be unique", "path": "ext", "tableName": "refs"}), cms.NotUnique, "The"),
    (400, validation({"message": "Invalid", "path": "file"}), cms.ValidationFailed, "The following field"),
    (400, said("There was a problem while uploading the file."), cms.ValidationFailed, "There was a problem"),
    (400, said("No files were uploaded."), cms.ValidationFailed, "No files were uploaded."),
    (400, said("Invalid JSON"), cms.ValidationFailed, "Invalid JSON"),
    (400, said("The following path cannot be queried: x", data=[{"path": "x"}]), cms.ValidationFailed, "The following"),
    (400, {"docs": [{"id": 7}], "errors": [{"id": 8, "isPublic": True, "message": "No"}]}, cms.PartlyDone, "No"),
    (401, said("The email or password provided is incorrect."), cms.Unauthenticated, "The email or password"),
    (401, said(LOCKED_OUT), cms.AccountLocked, "This user is locked"),
    (403, said("You are not allowed to perform this action."), cms.Forbidden, "You are not allowed"),
    (404, said("Not Found"), cms.NotFound, "Not Found"),
    (404, {"message": 'Route not found "/api/nothing"'}, cms.RouteNotFound, "Route not found"),
    (
        413,
        said("File size limit has been reached", name="APIError", data={"size": 20971520}),
        cms.TooLarge,
        "File size",
    ),
    (
        423,
        said("Document 1 is currently locked by another user and cannot be updated."),
        cms.DocumentLocked,
        "Document",
    ),
    (500, said("Something went wrong."), cms.ServerError, "Something went wrong."),
    (503, {"error": "starting"}, cms.ServerError, ""),
    (418, {"error": "teapot"}, cms.Refused, ""),
]


@pytest.mark.parametrize(("status", "body", "kind", "reason"), RECORDED)
def test_a_recorded_refusal_is_the_error_that_it_is_known_by(
    status: int, body: dict[str, Any], kind: type[cms.Refused], reason: str
) -> None:
    error = refused(status, body)
    assert type(error) is kind
    assert error.status == status
    assert error.reason.startswith(reason)


@pytest.mark.parametrize(("status", "body", "kind", "reason"), RECORDED)
def test_a_refusal_does_not_depend_on_names_that_are_minified(
    status: int, body: dict[str, Any], kind: type[cms.Refused], reason: str
) -> None:
    minified = json.loads(json.dumps(body).replace("ValidationError", "b").replace("APIError", "c"))
    assert type(refused(status, minified)) is kind
    assert reason is not None


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>Bad Gateway</html>", b"\xff\xfe", b'{"message": "\xff"}', b"[]", b'{"errors": 7}', b"[" * 99_999],
)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, cms.ValidationFailed),
        (401, cms.Unauthenticated),
        (403, cms.Forbidden),
        (404, cms.NotFound),
        (413, cms.TooLarge),
        (431, cms.Refused),
        (502, cms.ServerError),
        (504, cms.ServerError),
        (599, cms.ServerError),
    ],
)
def test_a_refusal_that_is_not_payloads_is_known_by_its_status(
    content: bytes, status: int, kind: type[cms.Refused]
) -> None:
    error = refusal("GET /api/media", status, content)
    assert type(error) is kind
    assert (error.reason, error.fields, error.docs) == ("", [], [])


def test_data_that_is_nested_without_end_is_a_refusal_all_the_same() -> None:
    content = b'{"errors": [{"message": "No", "data": ' + b"[" * 100_000
    assert type(refusal("GET /api/media", 403, content)) is cms.Forbidden


def test_the_fields_that_payload_names_are_told_with_their_paths() -> None:
    errors = [{"label": "L", "message": "Required", "path": "items.0.label"}, {"message": "No", "path": "alt"}]
    error = refused(400, validation(*errors))
    assert error.fields == [cms.FieldError("items.0.label", "Required"), cms.FieldError("alt", "No")]


@pytest.mark.parametrize("data", [None, [], {}, {"errors": None}, {"errors": "x"}, {"errors": [1]}, {"size": 1}, "x"])
def test_data_of_another_shape_names_no_fields(data: object) -> None:
    assert refused(400, {"errors": [{"message": "No", "data": data}]}).fields == []


def test_what_a_bulk_call_did_is_kept() -> None:
    body = {"docs": [{"id": 7}], "errors": [{"id": 8, "message": "No"}], "message": "Deleted 1"}
    assert refused(400, body).docs == [{"id": 7}]


@pytest.mark.parametrize(
    ("kind", "maybe"),
    [
        (cms.InvalidCall, False),
        (cms.Unreachable, False),
        (cms.TimedOut, True),
        (cms.Disconnected, True),
        (cms.BadAnswer, True),
        (cms.ValidationFailed, False),
        (cms.Forbidden, False),
        (cms.NotFound, False),
        (cms.TooLarge, False),
        (cms.DocumentLocked, False),
        (cms.PartlyDone, True),
        (cms.ServerError, True),
    ],
)
def test_an_error_tells_whether_something_may_have_been_written(kind: type[cms.PayloadError], maybe: bool) -> None:
    assert kind.maybe_written is maybe


def test_the_message_names_the_call_and_its_status_and_nothing_that_payload_said() -> None:
    error = refused(
        403, said("token S3CRET is not allowed", data={"errors": [{"path": "S3CRET", "message": "S3CRET"}]})
    )
    assert str(error) == "POST /api/media: 403 Forbidden"
    assert str(refused(599, said("S3CRET"))) == "POST /api/media: 599 unknown status"


@given(st.integers(400, 599), st.binary(max_size=80))
def test_bytes_of_any_kind_are_a_refusal(status: int, content: bytes) -> None:
    assert refusal("GET /api/media", status, content).status == status
