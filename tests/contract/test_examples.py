"""The stand-in gives every answer that was recorded from the real service: same status, members, types and words."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contract.arranging import Scene, arrange
from tests.contract.examples import Example, differences, read_all

EXAMPLES = read_all()


def asked(scene: Scene, example: Example) -> httpx.Response:
    """The example's request, with the ids of the scene."""
    names = {"{character}": scene.character, "{media}": scene.media, "{job}": scene.job, "{unique}": uuid4().hex}
    method, _, target = example.request.partition(" ")
    for name, value in names.items():
        target = target.replace(name, value)
    if not isinstance(example.sent, dict):
        return scene.client.request(method, target, content=b"null" if example.sent is None else b"")
    sent = {key: names.get(value, value) if isinstance(value, str) else value for key, value in example.sent.items()}
    return scene.client.request(method, target, json=sent)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_stand_in_answers_as_the_real_service_did(stand_ins: dict[str, httpx.Client], example: Example) -> None:
    scene = Scene(stand_ins[example.dialect])
    arrange(scene, example.given)
    if example.fault:
        scene.fault(**example.fault)
    answer = asked(scene, example)
    found = answer.text if isinstance(example.body, str) else answer.json()
    assert (answer.status_code, differences(example.body, found, cut=example.cut)) == (example.status, [])


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"error": "a", "n": 2.5, "gone": None, "list": [{"x": "z"}], "message": "Made 27."}, []),
        ({"error": "b", "n": 1, "list": [{"x": "y"}], "message": "Made 1."}, [".error: 'b' instead of 'a'"]),
        ({"error": "a", "n": "1", "list": [{"x": "y"}], "message": "Made 1."}, [".n: string instead of number"]),
        ({"error": "a", "n": True, "list": [{"x": "y"}], "message": "Made 1."}, [".n: boolean instead of number"]),
        ({"error": "a", "n": 1, "list": [], "message": "Made 1."}, [".list: nothing in it"]),
        ({"error": "a", "n": 1, "list": [{}], "message": "Made 1."}, [".list[].x: not there"]),
        (
            {"error": "a", "n": 1, "list": [{"x": "y"}], "message": "Lost 1."},
            [".message: 'Lost 1.' instead of 'Made 1.'"],
        ),
        ({"error": "a", "n": 1, "list": [{"x": "y"}], "message": "Made 1.", "new": 1}, [".new: not in the recording"]),
    ],
)
def test_a_difference_is_found(answer: dict[str, Any], found: list[str]) -> None:
    assert differences({"error": "a", "n": 1, "list": [{"x": "y"}], "message": "Made 1."}, answer) == found
