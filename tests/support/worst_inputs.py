"""`python -m tests.support.worst_inputs`: feed patterns the worst inputs that their own structure suggests.

Reads a JSON list of `[pattern, flags, method]` and writes the list of those, as indexes, that took longer than a linear
one would. Each match has a second of this process's time, the whole process two minutes.
"""

from __future__ import annotations

import itertools
import json
import re
import resource
import signal
import sys
import time
from collections.abc import Iterator
from re import _parser as parser  # the only description of a pattern's structure
from typing import Any

LENGTH = 100_000
SECONDS = 1.0
_TRIED_AT, _WORST = 2_000, 5
_WHOLE_PROCESS = 120
_MOST_ATOMS, _MOST_PREFIXES = 10, 16
_NOWHERE = "\x00"
_OF_CATEGORY = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}
_OF_ITS_OPPOSITE = {"CATEGORY_NOT_DIGIT": "a", "CATEGORY_NOT_SPACE": "a", "CATEGORY_NOT_WORD": "-"}


def inputs(pattern: str, flags: int) -> Iterator[tuple[str, str]]:
    """What a pattern is made of, in ones, twos and runs, to be said over and over after a beginning."""
    nodes = parser.parse(pattern, flags)
    atoms = list(dict.fromkeys([*_atoms(nodes), "a", "1", " "]))[:_MOST_ATOMS]
    whole = _least(nodes)
    prefixes = [whole[:end] for end in range(min(len(whole), _MOST_PREFIXES) + 1)]
    words = [word for run in _runs(nodes) for word in (run, *(run + atom for atom in atoms))]
    pumped = [*atoms, *map("".join, itertools.permutations(atoms, 2)), *words, *filter(None, prefixes)]
    for unit in dict.fromkeys(pumped):
        yield "", unit
    yield from itertools.product(prefixes[1:], atoms)


def _atoms(nodes: Any) -> Iterator[str]:
    """A character for each literal, class and category in a pattern."""
    for operation, argument in nodes:
        name = str(operation)
        if name == "LITERAL":
            yield chr(argument)
        elif name == "IN":
            yield from (_member(part) for part in argument if str(part[0]) != "NEGATE")
        elif name == "CATEGORY":
            yield _member((operation, argument))
        else:
            yield from (atom for inner in _within(argument) for atom in _atoms(inner))


def _runs(nodes: Any) -> Iterator[str]:
    """Each run of literals in a pattern."""
    run = ""
    for operation, argument in nodes:
        if str(operation) == "LITERAL":
            run += chr(argument)
            continue
        yield from [run] if len(run) > 1 else []
        run = ""
        yield from (word for inner in _within(argument) for word in _runs(inner))
    yield from [run] if len(run) > 1 else []


def _within(argument: Any) -> Iterator[Any]:
    """The patterns inside of a repeat, a group, a branch or a look around."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from _within(part)


def _least(nodes: Any) -> str:
    """A short string that a pattern takes, as far as can be told without matching: each repeat once."""
    found = ""
    for operation, argument in nodes:
        name = str(operation)
        if name == "LITERAL":
            found += chr(argument)
        elif name == "NOT_LITERAL":
            found += "a" if argument != ord("a") else "b"
        elif name == "ANY":
            found += "a"
        elif name == "IN":
            is_negated = str(argument[0][0]) == "NEGATE"
            members = {_member(part) for part in argument[is_negated:]}
            found += next(one for one in "a1 -.~" if one not in members) if is_negated else _member(argument[0])
        elif not name.startswith("ASSERT") and (inside := list(_within(argument))):
            found += _least(inside[0])
    return found


def _member(part: tuple[Any, Any]) -> str:
    operation, argument = part
    if str(operation) == "CATEGORY":
        return (_OF_CATEGORY | _OF_ITS_OPPOSITE)[str(argument)]
    return chr(argument[0] if str(operation) == "RANGE" else argument)


def is_slow(pattern: str, flags: int, method: str, *, is_bytes: bool) -> bool:
    """Whether 100 kB of its worst take longer than they may: all are tried at 2 kB, the slowest then in full."""

    def seconds(beginning: str, unit: str, length: int) -> float:
        text = beginning + unit * (length // len(unit)) + _NOWHERE
        content: Any = text.encode("latin-1", "replace") if is_bytes else text
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        begun = time.process_time()
        try:
            getattr(compiled, method)(content)
        except TimeoutError:
            return SECONDS
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return time.process_time() - begun

    compiled: Any = re.compile(pattern.encode("latin-1") if is_bytes else pattern, flags)
    tried = list[tuple[float, str, str]]()
    for beginning, unit in inputs(pattern, flags):
        tried.append((seconds(beginning, unit, _TRIED_AT), beginning, unit))
        if tried[-1][0] >= SECONDS:
            return True
    return any(seconds(beginning, unit, LENGTH) >= SECONDS for _, beginning, unit in sorted(tried)[-_WORST:])


def _late(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (_WHOLE_PROCESS, _WHOLE_PROCESS))
    signal.signal(signal.SIGVTALRM, _late)
    asked = json.load(sys.stdin)
    slow = [
        number
        for number, (pattern, flags, method, is_bytes) in enumerate(asked)
        if is_slow(pattern, flags, method, is_bytes=is_bytes)
    ]
    json.dump(slow, sys.stdout)
