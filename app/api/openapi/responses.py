"""What the OpenAPI document says of each route's failures, from the table in `app.errors`."""

from __future__ import annotations

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from app.errors import ANSWERS, Failure
from app.web.problem import PROBLEM_JSON, Problem, problem_for

_SENTENCES = {
    400: "The request is malformed: prompt.",
    401: "Nobody is signed in. Sign in first.",
    403: "Payload does not allow you to store pictures. Nothing was generated.",
    404: "There is no such character, or you may not see it.",
    409: "A generation is already under way for this character; nothing was started. Wait until it is over.",
    415: "This address takes application/json in UTF-8; nothing was started.",
    429: "You have as many generations under way as one person may; nothing was started.",
    502: "Character Library answered 500: Image generation failed",
    503: "Payload could not be reached or failed.",
    504: "The Character Library did not answer within 180 s.",
}


def described(status: int, example: msgspec.Struct, *failures: int) -> dict[int, ResponseSpec]:
    """A route's answers: the good one with an example, and its failures by status, each as a problem."""
    good = {status: shown(example, "It worked.")}
    return good | {failure: _problem(failure) for failure in sorted(failures)}


def shown(example: msgspec.Struct, description: str) -> ResponseSpec:
    """An answer by its example."""
    examples = [Example(value=msgspec.to_builtins(example))]
    return ResponseSpec(type(example), description=description, generate_examples=False, examples=examples)


def _problem(status: int) -> ResponseSpec:
    answers = {answer.code: answer for answer in ANSWERS.values() if answer.status == status}
    codes = sorted(answers)
    first = answers[codes[0]]
    example = problem_for(Failure(first, _SENTENCES.get(status) or first.message or ""), "01K…")
    return ResponseSpec(
        Problem,
        description=f"Problem: {', '.join(codes)}",
        media_type=PROBLEM_JSON,
        generate_examples=False,
        examples=[Example(summary=example.code, value=msgspec.to_builtins(example))],
    )
