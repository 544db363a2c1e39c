"""Faults that a test has ordered, each for the next request that it matches."""

from typing import Any, Literal

import anyio
import msgspec

Action = Literal[
    "answer",
    "after",
    "reset",
    "reset-before",
    "hang",
    "hang-after",
    "drip",
    "html",
    "redirect",
    "truncate",
    "cut",
    "garble",
    "huge",
]


BEHIND = ("shot", "generator", "storage", "dino", "queue")
"""Steps that are not routes but happen behind one."""


class Fault(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One order; the package's docstring tells what each field does."""

    character_id: str | None = None
    route: str = "*"
    method: str | None = None
    path_contains: str | None = None
    skip: int = 0
    times: int = 1
    action: Action | None = None
    status: int | None = None
    body: Any = msgspec.UNSET
    body_base64: str | None = None
    content_type: str | None = None
    headers: dict[str, str] = {}
    location: str | None = None
    delay_ms: int = 0
    pause_ms: int = 250
    pieces: int = 12
    bytes: int = 64 * 1024 * 1024

    @property
    def effect(self) -> Action | Literal["slow"]:
        """The action; where none is named, an answer if there is one to give, else only a delay."""
        if self.action is not None:
            return self.action
        given = self.status is not None or self.body is not msgspec.UNSET or self.body_base64 is not None
        return "answer" if given else "slow"

    @property
    def words(self) -> str:
        """What a generator that is spoilt like this says: an error of its own with a status, else the bare text."""
        if self.status is None and isinstance(self.body, str):
            return self.body
        body = self.body if isinstance(self.body, str) else '{"detail": "Internal Server Error (stub)"}'
        return f"Fal.ai API error: {self.status or 500} - {body}"

    async def suffer(self) -> bool:
        """Take the time that it takes; whether the work then fails. A hanging one never ends."""
        await anyio.sleep(self.delay_ms / 1000)
        if self.effect in ("hang", "hang-after"):
            await anyio.sleep_forever()
        return self.effect != "slow"


class BrokenError(Exception):
    """A service behind the library failed; the text is what the library tells of it."""


class GeneratorError(BrokenError):
    """No picture was made."""


class StorageError(BrokenError):
    """A picture was made, and could not be stored."""


class Faults:
    """The orders, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Take an order."""
        self.waiting.append(fault)

    def take(self, route: str, character_id: str | None, method: str = "", path: str = "") -> Fault | None:
        """The fault for this request, used up by one; None where nothing is wrong with it."""
        for fault in self.waiting:
            if not _meant(fault, route, character_id, method, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times > 0:
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
            return fault
        return None

    def forget(self, character_id: str | None) -> None:
        """Drop a character's orders, or all."""
        self.waiting = [
            fault for fault in self.waiting if character_id is not None and fault.character_id != character_id
        ]


def _meant(fault: Fault, route: str, character_id: str | None, method: str, path: str) -> bool:
    return (
        fault.times != 0
        and (fault.route == route or (fault.route == "*" and route not in BEHIND))
        and fault.character_id in (None, character_id)
        and (fault.method is None or fault.method.upper() == method)
        and (fault.path_contains is None or fault.path_contains in path)
    )
