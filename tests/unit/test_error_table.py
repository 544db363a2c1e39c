"""Every error has its answer, and the answers are those that the interface promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.exceptions import HTTPException

import payload_client as cms
from app import errors
from app.api.problems import failure_for
from app.errors import ANSWERS, DEFECT, Answer, answer_for, sentence_for, upstream_of
from app.web.problem import problem_for

# design/http-api.md, "Answers".
PROMISED = {
    "invalid_request": {400},
    "unauthenticated": {401},
    "forbidden": {403},
    "cross_site_request": {403},
    "character_not_found": {404},
    "image_not_found": {404},
    "character_not_linked": {409},
    "not_found": {404},
    "method_not_allowed": {405},
    "generation_in_progress": {409},
    "review_conflict": {409},
    "request_timeout": {408},
    "request_too_large": {413, 431},
    "unsupported_media_type": {415},
    "too_many_requests": {429},
    "busy": {503},
    "draining": {503},
    "character_library_error": {502},
    "character_library_bad_response": {502},
    "character_library_unreachable": {502},
    "character_library_outcome_unknown": {502},
    "character_library_timeout": {504},
    "image_download_failed": {502},
    "image_url_refused": {502},
    "not_an_image": {502},
    "image_too_large": {502},
    "image_truncated": {502},
    "payload_rejected": {502},
    "payload_unavailable": {503},
    "internal_error": {500},
}
FRAMEWORK = [400, 401, 404, 405, 413, 415]
ROOTS = {errors.AppError, errors.ImageError, errors.LibraryError, errors.RunFailed}  # the last is answered as another


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


# Ours alone: other tests may make subclasses of their own.
KINDS = [
    kind
    for root in (errors.AppError, cms.PayloadError)
    for kind in [root, *below(root)]
    if kind.__module__.startswith(("app.", "payload_client."))
]


def answer_of(kind: type[Exception]) -> Answer:
    return answer_for(kind.__new__(kind))


def refused(status: int, message: str = "", data: object = None) -> cms.Refused:
    body = cms.errors.ErrorBody(errors=[cms.errors.ErrorItem(message, data)])
    return cms.Refused("POST /api/media", status, body)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ROOTS])
def test_every_error_that_is_raised_has_an_answer(kind: type[Exception]) -> None:
    assert answer_of(kind) is not DEFECT


def test_every_row_of_the_table_is_an_error_that_exists() -> None:
    assert set(ANSWERS) <= set(KINDS)


def test_the_codes_and_statuses_are_those_that_the_interface_promises() -> None:
    given: dict[str, set[int]] = {}
    for answer in [*ANSWERS.values(), DEFECT]:
        given.setdefault(answer.code, set()).add(answer.status)
    assert given == PROMISED


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (errors.MasterExists, 502, "character_library_error"),
        (errors.MasterMissing, 502, "character_library_error"),
        (errors.LibraryRouteMissing, 502, "character_library_error"),
        (cms.AccountLocked, 401, "unauthenticated"),
        (cms.NotUnique, 502, "payload_rejected"),
        (cms.NotFound, 502, "payload_rejected"),
        (cms.TimedOut, 503, "payload_unavailable"),
        (cms.Unreachable, 503, "payload_unavailable"),
        (cms.BadAnswer, 503, "payload_unavailable"),
    ],
)
def test_an_error_without_a_row_of_its_own_is_answered_like_its_nearest_ancestor(
    kind: type[Exception], status: int, code: str
) -> None:
    assert kind not in ANSWERS
    assert (answer_of(kind).status, answer_of(kind).code) == (status, code)


@pytest.mark.parametrize("error", [KeyError("secret"), RuntimeError("secret"), errors.AppError("secret")])
def test_an_error_that_is_none_of_ours_is_a_defect_and_keeps_its_text_to_itself(error: Exception) -> None:
    assert answer_for(error) is DEFECT
    assert "secret" not in sentence_for(error)


@pytest.mark.parametrize("answer", [*ANSWERS.values(), DEFECT], ids=lambda answer: answer.code)
def test_every_message_is_made_of_sentences(answer: Answer) -> None:
    message = answer.message or "It has the error's own text."
    assert message[0].isupper()
    assert message.endswith(".")


@pytest.mark.parametrize("status", FRAMEWORK)
def test_what_the_framework_refuses_is_told_in_sentences(status: int) -> None:
    failure = failure_for(HTTPException(status_code=status, detail="Litestar's own words"), "r1")
    assert failure.answer.status == status
    assert failure.answer in ANSWERS.values()
    told = failure.sentence
    assert told[0].isupper()
    assert told.endswith(".")
    assert "Litestar" not in told


@pytest.mark.parametrize("kind", [cms.ServerError, cms.PayloadError, errors.Busy, errors.Draining])
def test_who_is_to_come_back_is_told_when(kind: type[Exception]) -> None:
    assert answer_of(kind).retry_after


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=lambda answer: answer.code)
def test_a_time_to_come_back_is_told_only_where_that_helps(answer: Answer) -> None:
    assert (answer.retry_after is not None) == (answer.status in (429, 503))


def test_what_payload_says_goes_to_the_log_and_not_to_the_person() -> None:
    error = cms.Unreachable("GET /api/users/me", "no connection to http://payload:3000")
    assert "payload:3000" not in sentence_for(error)
    assert sentence_for(error) == ANSWERS[cms.PayloadError].message


def test_a_problem_has_every_member_of_an_answer() -> None:
    error = errors.LibraryRefused(
        "Character Library answered 500: No", status=500, error="Image generation failed", details="422"
    )
    problem = problem_for(error, "r1")
    assert (problem.type, problem.title, problem.status) == ("about:blank", "Bad Gateway", 502)
    assert problem.detail == problem.error == "Character Library answered 500: No"
    assert (problem.success, problem.code, problem.request_id) == (False, "character_library_error", "r1")
    assert problem.upstream == {
        "service": "character-library",
        "status": 500,
        "error": "Image generation failed",
        "details": "422",
        "charged": "unknown",
    }


def test_the_fields_of_a_malformed_request_are_named() -> None:
    field = cms.FieldError("prompt", "too long")
    assert problem_for(errors.InvalidRequest("The prompt is too long.", field), "r1").fields == [field]
    assert problem_for(errors.InvalidRequest("That is no JSON."), "r1").fields is None


@pytest.mark.parametrize(
    ("kind", "charged"),
    [
        (errors.LibraryRefused, "unknown"),
        (errors.LibraryBadResponse, "unknown"),
        (errors.LibraryOutcomeUnknown, "unknown"),
        (errors.LibraryTimeout, "unknown"),
        (errors.LibraryUnreachable, "no"),
        (errors.MasterExists, "no"),
        (errors.MasterMissing, "no"),
        (errors.LibraryRouteMissing, "no"),
    ],
)
def test_a_failure_of_the_library_tells_what_it_may_have_cost(kind: type[errors.LibraryError], charged: str) -> None:
    told = upstream_of(kind("No."))
    assert told
    assert (told["service"], told["charged"]) == ("character-library", charged)


def test_a_picture_that_was_paid_for_and_then_lost_tells_that_it_was_paid_for() -> None:
    lost = errors.ImageDownloadFailed("It is gone.", gone=True)
    assert upstream_of(lost) is None
    lost = lost.after_payment("The image was drawn.")
    assert (str(lost), lost.gone) == ("The image was drawn. It is gone.", True)
    assert upstream_of(lost) == {"service": "character-library", "charged": "yes"}
    assert errors.ImageDownloadFailed.charged is None


def test_what_payload_refused_is_told_in_its_own_words_at_most_300_characters_of_them() -> None:
    named = {"errors": [{"path": "alt", "message": "Required"}]}
    inner = refused(400, message="m" * 400, data=named)
    error = errors.PayloadRejected("Payload refused the picture.", inner)
    assert upstream_of(error) == {"service": "payload", "status": 400, "error": "m" * 300}
    assert problem_for(error, "r1").fields == [cms.FieldError("alt", "Required")]
    error = error.after_payment("The image was drawn.")
    assert upstream_of(error) == {"service": "payload", "status": 400, "error": "m" * 300, "charged": "yes"}


def test_payload_without_words_is_told_by_its_status() -> None:
    assert upstream_of(refused(502)) == {"service": "payload", "status": 502, "error": None}


@pytest.mark.parametrize("error", [errors.Busy("Wait."), errors.CharacterNotFound("No."), KeyError("x")])
def test_a_failure_with_nobody_behind_it_has_no_upstream(error: Exception) -> None:
    assert upstream_of(error) is None


def test_a_failure_about_a_job_names_the_job() -> None:
    error = errors.LibraryTimeout("It was not over in time.", job_id="0d9f-41")
    assert upstream_of(error) == {
        "service": "character-library",
        "status": None,
        "error": None,
        "details": None,
        "jobId": "0d9f-41",
        "charged": "unknown",
    }
    assert "jobId" not in (upstream_of(errors.LibraryTimeout("Slow.")) or {})


def test_an_address_that_was_made_up_is_refused_like_any_other_and_cost_nothing() -> None:
    error = errors.PlaceholderRefused("Nothing was drawn.")
    assert (answer_for(error).code, upstream_of(error)) == (
        "image_url_refused",
        {"service": "character-library", "charged": "no"},
    )
