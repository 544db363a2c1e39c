"""Every pattern of the code takes time that grows with its input, and not with its square."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import msgspec

import app
import payload_client

ROOT = Path(__file__).parents[2]
METHODS = {"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}


class Used(msgspec.Struct, frozen=True):
    """A pattern, where it stands, and how it is asked."""

    place: str
    pattern: str
    flags: int
    method: str
    is_bytes: bool = False


class _Anything(dict[str, Any]):
    """The names of a module; a local one, which is not known here, stands for some text."""

    def __missing__(self, name: str) -> str:
        return "x"


def patterns() -> Iterator[Used]:
    """Those that `re` and `msgspec.Meta` are given anywhere, found in the syntax tree."""
    for package in (app, payload_client):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if "baml_client" not in found.name and found.name != "app.__main__":
                module = import_module(found.name)
                yield from _patterns_of(module, ast.parse(Path(str(module.__file__)).read_text()))


def _patterns_of(module: Any, tree: ast.Module) -> Iterator[Used]:
    names = _Anything(vars(module))
    methods = _methods_of(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called, place = ast.unparse(node.func), f"{module.__name__}:{node.lineno}"
        if called.startswith("re.") and called.removeprefix("re.") in METHODS | {"compile"}:
            pattern, *flags = [_value(argument, names) for argument in (node.args[0], *_flags(node))]
            for method in methods.get(id(node), METHODS & {called.removeprefix("re.")}) or {"search"}:
                yield _used(place, pattern, sum(flags), method)
        elif called.endswith("Meta"):
            for keyword in node.keywords:
                if keyword.arg == "pattern":
                    yield _used(place, _value(keyword.value, names), 0, "search")


def _used(place: str, pattern: str | bytes, flags: int, method: str) -> Used:
    plain = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    known = method if method in ("match", "fullmatch") else "finditer"
    return Used(place, plain, flags, "findall" if known == "finditer" else known, isinstance(pattern, bytes))


def _methods_of(tree: ast.Module) -> dict[int, set[str]]:
    """How what is compiled is asked, by the call that compiles it: `_NAME = re.compile(…)`, `_NAME.fullmatch(…)`."""
    named: dict[str, set[int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                calls = [id(call) for call in ast.walk(node.value) if isinstance(call, ast.Call)]
                for name in ast.walk(target):
                    named.setdefault(ast.unparse(name), set()).update(calls)
    asked: dict[int, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            for call in named.get(ast.unparse(node.value), ()):
                asked.setdefault(call, set()).add(node.attr)
    return asked


def _flags(node: ast.Call) -> list[ast.expr]:
    compiled = ast.unparse(node.func) == "re.compile"
    return [*(node.args[1:] if compiled else []), *(one.value for one in node.keywords if one.arg == "flags")]


def _value(expression: ast.expr, names: _Anything) -> Any:
    return eval(compile(ast.Expression(expression), "pattern", "eval"), dict(names), names)  # noqa: S307 - our own source


def slow(asked: list[Used]) -> list[Used]:
    """Those that do not get through 100 kB of their worst in time, measured in a process of its own."""
    content = json.dumps([[one.pattern, one.flags, one.method, one.is_bytes] for one in asked])
    command = [sys.executable, "-m", "tests.support.worst_inputs"]
    done = subprocess.run(command, cwd=ROOT, input=content, capture_output=True, text=True, check=True)
    return [asked[number] for number in json.loads(done.stdout)]


def test_each_pattern_is_linear() -> None:
    asked = list(dict.fromkeys(patterns()))
    assert len(asked) > 40
    assert {one.place.partition(":")[0] for one in asked} >= {
        "app.web.auth",
        "app.services",
        "app.export.stored_files",
        "app.settings",
    }
    assert slow(asked) == []


def test_the_worst_inputs_find_what_is_not_linear() -> None:
    known = [
        r"(must have|needs|no)\b.*\b(master|reference image)",
        r"(-?\d+(?:\.\d+)?)\s*(?:°|deg|$)",
        r"\s+$",
        r"(a+)+b",
        r"<!--.*-->",
        r"[^a]*[^b]*[^a]*z",
    ]
    asked = [Used("here", pattern, re.IGNORECASE, "findall") for pattern in known]
    assert slow(asked) == asked
    linear = [Used("here", pattern, 0, "findall") for pattern in (r"\d{1,6}", r"[a-z]+", r"\[([^\[\]]*)\]")]
    assert slow(linear) == []
