"""Two replicas, two characters, and everything that can happen to them, in any order."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PIL import Image
from ulid import ULID

from scripts.local_stack.stack import NO_TLS
from tests.crash.operations import FILE, RECORD, SCENE, Doc
from tests.crash.replica import Orders, Replica, command, forkserver, replica
from tests.crash.world import is_whole
from tests.support.between import Fault
from tests.support.faulty_world import SETTINGS, FaultyWorld
from tests.support.raw_server import Reset, Script, json_answer
from tests.support.world import Character

REPLICAS = CHARACTERS = 2
SET = 2
AT_ONCE = 8
"""Pictures that one recovery deals with at a time."""
TWO_HOURS = 7200
OLDER_THAN = 3600
SETTLED_SECONDS = 20

NOTHING_BEGUN = {"generation_in_progress", "busy", "draining"}

ONE_OF_RECORDS, ONE_OF_FILES = r"/api/character-image-metadata/\w", r"/api/media/\w"
GENERATE = r"/generate-"
PICTURE = r"/(media|dino)/"


def _says(status: int) -> Script:
    return json_answer(status, {"errors": [{"message": "Something is wrong."}]})


AT_PAYLOAD = [
    *(Fault(method="POST", path=FILE, instead=_says(status)) for status in (400, 403, 413, 500)),
    *(Fault(method="POST", path=RECORD, instead=_says(status)) for status in (400, 403, 500, 503)),
    *(Fault(method="POST", path=path, lost=[Reset()]) for path in (FILE, RECORD)),
    *(Fault(method="POST", path=path, lost=_says(500)) for path in (FILE, RECORD)),
    *(Fault(method="DELETE", path=path, instead=_says(500)) for path in (ONE_OF_FILES, ONE_OF_RECORDS)),
    *(Fault(method="DELETE", path=path, lost=[Reset()]) for path in (ONE_OF_FILES, ONE_OF_RECORDS)),
    Fault(method="DELETE", path=ONE_OF_RECORDS, instead=_says(423)),
    Fault(method="GET", path=RECORD, instead=_says(500)),
    Fault(method="GET", path=r"/api/", instead=[Reset()]),
]
AT_LIBRARY = [
    Fault(method="POST", path=GENERATE, lost=[Reset()]),
    Fault(method="POST", path=GENERATE, instead=[Reset()]),
    Fault(method="POST", path=GENERATE, instead=json_answer(500, {"success": False, "error": "Out of paint."})),
    Fault(method="POST", path=GENERATE, lost=json_answer(502, {"error": "Bad gateway"})),
    Fault(method="GET", path=r"/reference-image$", instead=json_answer(500, {"error": "Not now."})),
    Fault(method="GET", path=r"/images$", instead=[Reset()]),
    Fault(method="PATCH", path=r"/characters/", lost=[Reset()]),
    Fault(method="DELETE", path=r"/reference-image$", lost=[Reset()]),
    Fault(method="GET", path=PICTURE, instead=json_answer(403, {})),
    Fault(method="GET", path=PICTURE, changed=lambda answer: answer[: len(answer) // 2]),
    Fault(method="GET", path=PICTURE, times=2, instead=[Reset()]),
]
FOREIGN: dict[str, Callable[[], str]] = {
    "holiday": lambda: "holiday.png",
    "much older": lambda: f"ci-{ULID.from_datetime(datetime.now(UTC) - timedelta(hours=5))}.png",
    "almost ours": lambda: f"ci-{ULID()}-1.png",
}


class Member(msgspec.Struct):
    """A replica and the shared number by which it is told when to die."""

    server: Replica
    countdown: Any
    stack: ExitStack


class Fleet:
    """The replicas; one that died is replaced."""

    def __init__(self, world: FaultyWorld, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.members: list[Member] = []

    def __enter__(self) -> Self:
        self.members = [self._begun(str(index)) for index in range(REPLICAS)]
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.stack.close()

    def replace(self, index: int) -> None:
        """Another in its place."""
        self.members[index].stack.close()
        self.members[index] = self._begun(str(index))

    def _begun(self, name: str) -> Member:
        world, stack, countdown = self.world, ExitStack(), forkserver.RawValue("i", 0)
        settings = {**SETTINGS, "PAYLOAD_URL": world.payload.url, "CHARACTER_LIBRARY_API_URL": world.library.url}
        log = self.folder / f"replica-{name}.log"
        return Member(stack.enter_context(replica(log, settings, Orders(countdown=countdown))), countdown, stack)


class Request(msgspec.Struct, frozen=True):
    """What somebody asks of a replica about a character. `which`: of its pictures, for a deletion."""

    what: str
    replica: int
    character: int
    which: int

    @property
    def generates(self) -> bool:
        """Whether it costs money."""
        return self.what.startswith("generate-")

    @property
    def pictures(self) -> int:
        """How many it has under way at once at most."""
        return {"generate-360-set": SET, "recover-images": AT_ONCE}.get(self.what, 2)


GENERATING = ("generate-initial-image", "generate-scene-image", "generate-360-set")
BODIES: dict[str, Doc] = {
    "generate-initial-image": {"prompt": "A wiry woman"},
    "generate-scene-image": SCENE,
    "generate-360-set": {"imageCount": SET},
    "recover-images": {},
}


def requests(*what: str) -> st.SearchStrategy[Request]:
    """Any request of those kinds."""
    return st.builds(
        Request,
        st.sampled_from(what),
        replica=st.integers(0, REPLICAS - 1),
        character=st.integers(0, CHARACTERS - 1),
        which=st.integers(0, 9),
    )


ANY = requests(*GENERATING, "recover-images", "delete")


class Machine(RuleBasedStateMachine):
    """What is expected of the product, whatever happens."""

    def __init__(self, world: FaultyWorld, fleet: Fleet) -> None:
        super().__init__()
        self.world = world
        self.fleet = fleet
        self.characters: list[Character] = []
        self.foreign: set[int | str] = set()
        self.accepted = self.drawn = 0
        self.kept: set[int | str] = set()
        self.in_flight = 0
        options: dict[str, Any] = {"verify": NO_TLS, "trust_env": False, "timeout": 60}
        self.cms = httpx.Client(base_url=f"{world.payload_url}/api", headers=world.editor.headers, **options)
        self.library = httpx.Client(base_url=world.library_url, **options)
        self.app = httpx.Client(headers=world.editor.headers, **options)

    @initialize()
    def two_characters(self) -> None:
        """Each with a name of its own."""
        self.world.calm()
        self.characters = [self._character() for _ in range(CHARACTERS)]

    @rule(request=requests("generate-initial-image"))
    def reference(self, request: Request) -> None:
        """Somebody has a reference drawn,"""
        self._told(request, self._ask(request, None))

    @rule(request=requests("generate-scene-image"))
    def scene(self, request: Request) -> None:
        """or a scene,"""
        self._told(request, self._ask(request, None))

    @rule(request=requests("generate-360-set"))
    def portfolio(self, request: Request) -> None:
        """or a set."""
        self._told(request, self._ask(request, None))

    @rule(request=requests("recover-images"))
    def recover(self, request: Request) -> None:
        """Somebody has everything brought in that the library has."""
        self._told(request, self._ask(request, None))

    @rule(request=requests("delete"))
    def delete(self, request: Request) -> None:
        """Somebody deletes a picture."""
        self._told(request, self._ask(request, self._target(request)))

    @rule(both=st.tuples(ANY, ANY))
    def at_once(self, both: tuple[Request, Request]) -> None:
        """Two people do something."""
        targets = [self._target(request) for request in both]
        with ThreadPoolExecutor(2) as people:
            answers = list(people.map(self._ask, both, targets))
        for request, answer in zip(both, answers, strict=True):
            self._told(request, answer)

    @rule(request=ANY, points=st.integers(1, 400))
    def crash(self, request: Request, points: int) -> None:
        """A replica dies after so many awaits, or after its answer; another takes its place."""
        member, target = self.fleet.members[request.replica], self._target(request)
        member.countdown.value = points
        answer = self._ask(request, target)
        self._told(request, answer)
        if answer is None and (target or request.what != "delete"):
            assert member.server.killed
            self.in_flight += request.pictures
        self.fleet.replace(request.replica)
        self._settle()

    @rule(request=ANY, fault=st.sampled_from(AT_PAYLOAD) | st.sampled_from(AT_LIBRARY))
    def something_goes_wrong(self, request: Request, fault: Fault) -> None:
        """With that request, or with the next one that the fault is meant for, whoever sends it."""
        if fault in AT_PAYLOAD:
            self.world.payload.order(fault)
            self.in_flight += 1
        else:
            self.world.library.order(fault)
        self._told(request, self._ask(request, self._target(request)))

    @rule(name=st.sampled_from(sorted(FOREIGN)))
    def somebody_uploads(self, name: str) -> None:
        """A file that is not the product's."""
        body = {"file": (FOREIGN[name](), _png(), "image/png")}
        answer = self.cms.post("/media", files=body, data={"_payload": '{"alt": "mine"}'}).raise_for_status()
        self.foreign.add(answer.json()["doc"]["id"])

    @rule(request=requests("delete"))
    def somebody_loses_a_record(self, request: Request) -> None:
        """An editor deletes it, and leaves the file."""
        if image := self._target(request):
            self.cms.delete(f"/character-image-metadata/{image['id']}").raise_for_status()
            self.in_flight += 1

    @rule(request=requests("delete"))
    def somebody_uses_a_file_again(self, request: Request) -> None:
        """An editor has a second record of it; the first is deleted."""
        if image := self._target(request):
            new = {"characterReference": image["characterReference"]["id"], "media": image["media"]["id"]}
            made = self.cms.post("/character-image-metadata", json={**new, "kind": "scene"}).raise_for_status().json()
            self.kept.add(made["doc"]["id"])
            self._told(request, self._ask(request, image))

    @rule(delete=st.booleans(), later=st.sampled_from([0, TWO_HOURS]), older_than=st.sampled_from([0, OLDER_THAN]))
    def sweep(self, delete: bool, later: int, older_than: int) -> None:
        """The sweep, now or after two hours in which nothing happened."""
        before, orphans = self._files(), self._orphans()
        told = self._sweep(older_than, delete=delete, later=later)
        gone = before - self._files()
        reaches = later >= older_than
        assert gone == (orphans if delete and reaches else set()), told
        if delete and reaches:
            self.in_flight = len(self.world.payload.waiting)

    @invariant()
    def what_is_promised_holds(self) -> None:
        """After every step."""
        records, files = self._records(), self._files()
        drawn, self.drawn = self.drawn, self._drawn()
        assert all(is_whole(self.world, record) for record in records), "a record has no file"
        assert self.drawn - drawn <= self.accepted, "one request of a user's was paid for twice"
        assert self.kept <= {record["id"] for record in records}, "what an answer named is not there"
        assert len(self._without_record(files, records)) <= self.in_flight, "more files without a record than can be"
        assert self.foreign <= files, "a file that is not the product's is gone"
        self.accepted = 0

    def teardown(self) -> None:
        """In the end a sweep and a recovery put everything right."""
        try:
            if self.characters:
                self._all_is_put_right()
        finally:
            self._forget()
            for client in (self.cms, self.library, self.app):
                client.close()

    def _all_is_put_right(self) -> None:
        self.world.calm()
        self._settle()
        self._sweep(0, delete=True)
        assert self._orphans() == set()
        for index, character in enumerate(self.characters):
            answer = self._ask(Request("recover-images", 0, index, 0), None)
            assert answer
            assert answer.json()["success"], answer.text
            url = self.fleet.members[0].server.url + character.url("library-images")
            held = self.app.get(url).raise_for_status().json()["images"]
            assert [one for one in held if not one["known"]] == []
        self.in_flight = 0
        self.what_is_promised_holds()

    def _ask(self, request: Request, target: Doc | None) -> httpx.Response | None:
        """The answer; None where the replica died of it, or there is nothing to delete."""
        base = self.fleet.members[request.replica].server.url
        character = self.characters[request.character]
        with suppress(httpx.TransportError):
            if request.what != "delete":
                return self.app.post(base + character.url(request.what), json=BODIES[request.what])
            if target is not None:
                return self.app.delete(base + character.url(f"images/{target['id']}"))
        return None

    def _target(self, request: Request) -> Doc | None:
        """The picture that is to be deleted; whatever comes of it, nobody counts on that any more."""
        if request.what != "delete":
            return None
        image = self._image(self.characters[request.character], request.which)
        self.kept -= {image["id"]} if image else set()
        return image

    def _told(self, request: Request, answer: httpx.Response | None) -> None:
        """Believe what an answer says."""
        body = answer.json() if answer else {}
        if request.generates:
            self.accepted += body.get("code") not in NOTHING_BEGUN
        if answer is not None:
            assert answer.status_code != 500, answer.text
        self.kept |= {image["id"] for image in [*body.get("images", []), body.get("image")] if image}

    def _character(self) -> Character:
        name, library_id = f"Mara {uuid4().hex}", f"lib-{uuid4().hex[:12]}"
        body = {"projectCharacterName": name, "libraryDbId": library_id}
        made = self.cms.post("/character-references", json=body).raise_for_status().json()
        settings = {"id": library_id, "name": name, "pictureSize": [24, 32]}
        self.library.post("/_control/characters", json=settings).raise_for_status()
        return Character(made["doc"]["id"], name, library_id)

    def _image(self, character: Character, which: int) -> Doc | None:
        images = [one for one in self._records() if one["characterReference"]["id"] == character.id]
        return images[which % len(images)] if images else None

    def _records(self) -> list[Doc]:
        return self._all("character-image-metadata", depth=1)

    def _files(self) -> set[int | str]:
        return {file["id"] for file in self._all("media")}

    def _orphans(self) -> set[int | str]:
        return self._without_record(self._files(), self._records())

    def _without_record(self, files: set[int | str], records: list[Doc]) -> set[int | str]:
        """The product's own files that no record has."""
        return files - {record["media"]["id"] for record in records} - self.foreign

    def _all(self, collection: str, depth: int = 0) -> list[Doc]:
        query: dict[str, str | int] = {"limit": 0, "depth": depth, "sort": "id"}
        docs: list[Doc] = self.cms.get(f"/{collection}", params=query).raise_for_status().json()["docs"]
        return docs

    def _drawn(self) -> int:
        """How often the library was asked to draw and did not refuse, having drawn nothing."""
        asked = self.library.get("/_control/log").json()["requests"]
        ours = {character.library_id for character in self.characters}
        return sum(
            visit["characterId"] in ours and visit["route"] in GENERATING and visit["status"] != 400 for visit in asked
        )

    def _sweep(self, older_than: int, *, delete: bool, later: int = 0) -> str:
        token = self.world.editor.auth.header.removeprefix("JWT ")
        arguments = ["sweep", "--older-than", str(older_than), *(["--delete"] if delete else [])]
        settings = {"PAYLOAD_URL": self.world.payload_url, "PAYLOAD_TOKEN": token}
        code, told = command(arguments, settings, self.fleet.folder / "sweep.log", Orders(ahead=later))
        assert code == 0, told
        assert "dangling" not in told
        return told

    def _settle(self) -> None:
        """Wait until nobody works on for a replica that is gone."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while self.world.payload.busy or self.world.library.busy:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def _forget(self) -> None:
        """Leave Payload as it was found."""
        for collection in ("character-image-metadata", "media", "character-references"):
            self.cms.delete(f"/{collection}", params={"where[id][exists]": "true"})
        for character in self.characters:
            self.library.post("/_control/reset", json={"characterId": character.library_id})


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


@contextmanager
def machines(world: FaultyWorld, folder: Path) -> Iterator[Any]:
    """What makes a machine; all have the same two replicas, one after the other."""
    with Fleet(world, folder) as fleet:
        yield lambda: Machine(world, fleet)
