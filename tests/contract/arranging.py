"""Bringing a stand-in to where the real service was when an answer was recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import msgspec

Json = dict[str, Any]
NOBODY = "00000000-0000-4000-8000-000000000000"
Arrange = Callable[["Scene"], None]


class Scene(msgspec.Struct):
    """A stand-in with one character, and the ids that a request may name."""

    client: httpx.Client
    character: str = NOBODY
    media: str = NOBODY
    job: str = ""

    def path(self, route: str) -> str:
        """A route of the character's."""
        return f"/api/v1/characters/{self.character}/{route}"

    def appear(self, **settings: Any) -> None:
        """A character whom the library knows."""
        self.character = uuid4().hex
        body = {"id": self.character, "name": "Cara Lune", "pictureSize": [96, 128], **settings}
        self._done(self.client.post("/_control/characters", json=body))

    def fault(self, **fault: Any) -> None:
        """Something that breaks for this character."""
        self._done(self.client.post("/_control/faults", json={"characterId": self.character, **fault}))

    def draw(self) -> None:
        """Its master."""
        made = self._done(self.client.post(self.path("generate-initial-image"), json={"prompt": "Portrait, freckles"}))
        self.media = made["data"]["imageId"]

    def begin(self) -> None:
        """A job."""
        self.job = self._done(self.client.post(self.path("generate-360-set"), json={"imageCount": 2}))["jobId"]

    def until(self, reached: Callable[[Json], bool]) -> Json:
        """Wait until the job is so far."""
        for _ in range(2000):
            told = self._done(self.client.get(f"/api/v1/jobs/{self.job}/status"))
            if reached(told):
                return told
            time.sleep(0.02)
        raise AssertionError(f"job {self.job} never came so far")

    def cancel(self) -> None:
        """What does not cancel the job."""
        self._done(self.client.delete(f"/api/v1/jobs/{self.job}/status"))

    def _done(self, answer: httpx.Response) -> Json:
        assert answer.is_success, answer.text
        body: Json = answer.json()
        return body


def arrange(scene: Scene, given: str) -> None:
    """What a recording was preceded by."""
    _ARRANGED[given](scene)


def _nobody(_: Scene) -> None:
    pass


def _with_master(**settings: Any) -> Arrange:
    def arranged(scene: Scene) -> None:
        scene.appear(**settings)
        scene.draw()

    return arranged


def _character(**settings: Any) -> Arrange:
    return lambda scene: scene.appear(**settings)


def _scene(scene: Scene) -> None:
    _with_master()(scene)
    scene.client.post(scene.path("generate-scene-image"), json={"sceneContext": "x", "sceneType": "action"})


def _pending(scene: Scene) -> None:
    _with_master(dialect="job")(scene)
    scene.fault(route="queue", action="hang")
    scene.begin()


def _standing(made: int) -> Arrange:
    """A job that stands still once it has made so many."""

    def arranged(scene: Scene) -> None:
        _with_master(dialect="job")(scene)
        scene.fault(route="shot", action="hang", skip=made)
        scene.begin()
        scene.until(lambda told: bool(told["status"] == "processing" and told["progress"]["current"] == made))

    return arranged


def _cancelled(scene: Scene) -> None:
    _standing(2)(scene)
    scene.cancel()


def _cancelled_and_going_on(scene: Scene) -> None:
    _with_master(dialect="job")(scene)
    scene.fault(route="shot", delayMs=300, skip=1)
    scene.fault(route="shot", action="hang", skip=1)
    scene.begin()
    scene.until(lambda told: bool(told["progress"]["current"] == 1))
    scene.cancel()
    scene.until(lambda told: bool(told["status"] == "processing"))


def _completed(scene: Scene) -> None:
    _with_master(dialect="job", shots=3)(scene)
    scene.begin()
    scene.media = scene.until(lambda told: bool(told["status"] == "completed"))["results"]["generatedImages"][0][
        "mediaId"
    ]


def _failed(scene: Scene) -> None:
    _with_master(dialect="job", shots=2)(scene)
    scene.fault(route="shot", status=500, times=-1)
    scene.begin()
    scene.until(lambda told: bool(told["status"] == "failed"))


_ARRANGED: dict[str, Arrange] = {
    "nothing": _nobody,
    "nobody": _nobody,
    "a character": _character(),
    "a character for jobs": _character(dialect="job"),
    "a character of placeholders": _character(physicalDescription="lanky", placeholders=True),
    "a described character": _character(physicalDescription="lanky"),
    "a master": _with_master(),
    "a master for jobs": _with_master(dialect="job"),
    "relative addresses": _with_master(relativeUrls=True),
    "a scene": _scene,
    "a pending job": _pending,
    "a job at its first shot": _standing(0),
    "a job under way": _standing(3),
    "a cancelled job": _cancelled,
    "a cancelled job that goes on": _cancelled_and_going_on,
    "a completed job": _completed,
    "a failed job": _failed,
}
