"""Payload's answers about the session."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tests.support.faulty_world import SETTINGS, FaultyWorld
from tests.support.raw_server import HANG, Drip, Reset, Script, answer, json_answer
from tests.support.world import Character

ME, ACCESS, CHARACTER = r"/api/users/me\?", r"/api/access$", r"/api/character-references/\d+\?"


TRIES = 3


# What Payload may say to any question; of a `passing` kind it is asked again, so that a moment's trouble costs nothing.
YES, NO = {"create": {"permission": True}}, {"create": {"permission": False}}


MEDIA, RECORDS = "media", "character-image-metadata"


GOOD = json.dumps({"user": {"id": 1, "email": "a@b.c"}, "collections": {MEDIA: YES, RECORDS: YES}}).encode()


BOMB = gzip.compress(b" " * 200_000_000)


AWAY: dict[str, tuple[Script, bool]] = {
    "A1-04 silent": ([HANG], False),
    "A1-04 dripping": ([Drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, 0.01)], False),
    "A1-05 reset": ([Reset()], True),
    "A1-06 500": (json_answer(500, {"errors": [{"message": "Something went wrong."}]}), False),
    "A1-06 503": (answer(503, b"<html>Bad gateway: upstream http://10.0.0.7/api/</html>"), True),
    "A1-07 html": (answer(200, b"<!doctype html><title>Sign in</title>", "Content-Type: text/html"), False),
    "A1-07 nothing": (answer(200), False),
    "A1-07 list": (json_answer(200, []), False),
    "A1-07 half": (answer(200, b'{"user": {"id"'), False),
    "A1-07 shape": (json_answer(200, {"user": 5, "id": [5], "collections": 5, "exp": "soon"}), False),
    "A1-08": (json_answer(307, {"user": {"id": 1}}, "Location: /elsewhere"), False),
    "A1-08 moved": (json_answer(301, {"user": {"id": 1}}, "Location: /api/elsewhere"), False),
    "A1-09 bomb": (answer(200, BOMB, "Content-Encoding: gzip", "Content-Type: application/json"), False),
    "A1-09 encoded": (answer(200, gzip.compress(GOOD), "Content-Encoding: gzip"), False),
    "A1-09 long": (answer(200, b" " * 17 * 1024 * 1024 + GOOD), False),
    "A1-09 endless": ([b"HTTP/1.1 200 OK\r\n\r\n", *([b" " * 1024 * 1024] * 40), HANG], False),
}


def memory(world: FaultyWorld) -> float:
    """What the product takes, in MiB."""
    status = Path(f"/proc/{world.app.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def upstreams(world: FaultyWorld) -> dict[str, str]:
    """Settings of another product in the same world."""
    return {
        **SETTINGS,
        "PAYLOAD_URL": world.payload.url,
        "CHARACTER_LIBRARY_API_URL": world.library.url,
        "FORWARDED_ALLOW_IPS": "",
    }


async def drawn(world: FaultyWorld, character: Character, count: int) -> list[dict[str, Any]]:
    """So many references of the character, newest first."""
    async with world.api() as api:
        for number in range(count):
            made = await api.post(character.url("generate-initial-image"), json={"prompt": f"prompt {number}"})
            assert made.status_code == 201, made.text
    return await world.records(character)
