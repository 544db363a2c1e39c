"""Where the product can be killed between two things: at each of its awaits, found in the syntax tree.

`install` has modules that are imported from then on tell `reached` before and after each `await`, at both ends of each
`async with` and at each step of each `async for`; otherwise they run as they are written.
"""

from __future__ import annotations

import ast
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "payload_client")
GENERATED = "baml_client"
LONGEST = 45

_HERE = "__crash_points__"


def points_of(path: Path) -> list[str]:
    """The names of a module's points, in the order of its source: file, function, and the words of the await."""
    naming = _Watching(path)
    naming.visit(ast.parse(path.read_bytes()))
    return naming.names


def all_points() -> list[str]:
    """Those of the whole product."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [name for path in files if GENERATED not in path.parts for name in points_of(path)]


class _Watching(ast.NodeTransformer):
    """Puts a call around everything that is awaited."""

    def __init__(self, path: Path) -> None:
        self._file = path.relative_to(ROOT).as_posix()
        self._scope: list[str] = []
        self._seen: Counter[str] = Counter()
        self.names: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._within(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._within(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._within(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        name = self._named("await", node.value)
        self.generic_visit(node)
        node.value = _call("before", name, node.value)
        return _call("after", name, node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        for item in node.items:
            item.context_expr = _call(
                "watched_context", self._named("async with", item.context_expr), item.context_expr
            )
        return self.generic_visit(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        node.iter = _call("watched_iterator", self._named("async for", node.iter), node.iter)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        if node.is_async:
            node.iter = _call("watched_iterator", self._named("async for", node.iter), node.iter)
        return self.generic_visit(node)

    def _within(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        self._scope.append(node.name)
        self.generic_visit(node)
        self._scope.pop()
        return node

    def _named(self, how: str, node: ast.expr) -> str:
        words = " ".join(ast.unparse(node).split())
        shortened = words if len(words) <= LONGEST else f"{words[:LONGEST]}..."
        name = f"{self._file}:{'.'.join(self._scope)}: {how} {shortened}"
        self._seen[name] += 1
        self.names.append(name if self._seen[name] == 1 else f"{name} #{self._seen[name]}")
        return self.names[-1]


def _call(function: str, name: str, value: ast.expr) -> ast.Call:
    place = ast.Attribute(ast.Name(_HERE, ast.Load()), function, ast.Load())
    return ast.Call(place, [ast.Constant(name), value], [])


class _Loader(SourceFileLoader):
    """Compiles the watched tree, and neither reads nor writes compiled files."""

    def get_code(self, fullname: str) -> CodeType:
        path = Path(self.get_filename(fullname))
        tree = _Watching(path).visit(ast.parse(path.read_bytes(), path))
        return compile(ast.fix_missing_locations(tree), path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        setattr(module, _HERE, sys.modules[__name__])
        super().exec_module(module)


class _Finder(PathFinder):
    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in PACKAGES or GENERATED in fullname:
            return None
        spec = super().find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.loader.path)
        return spec


def install() -> None:
    """Watch the product's modules; none may have been imported yet."""
    loaded = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    if loaded:
        raise RuntimeError(f"imported too early: {loaded}")
    sys.meta_path.insert(0, _Finder)


_told: Counter[str] = Counter()
_listeners: list[Callable[[str], None]] = []


def reached(moment: str, name: str) -> None:
    """The product is at that point now."""
    for listener in _listeners:
        listener(f"{moment} {name}")


def trace(file: Path) -> None:
    """Write a line for each point reached."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def listen(told: str) -> None:
        os.write(opened, f"{told}\n".encode())

    _listeners.append(listen)


def die_at(place: str) -> None:
    """End this process like a power cut at `<n> <moment> <point>`: the n-th time that it is reached."""
    count, _, wanted = place.partition(" ")

    def listen(told: str) -> None:
        _told[told] += 1
        if told == wanted and _told[told] == int(count):
            die()

    _listeners.append(listen)


def die_after(countdown: Any) -> None:
    """The same after so many points, once the shared number is above 0; it can be set at any time."""

    def listen(_: str) -> None:
        if countdown.value > 0:
            countdown.value -= 1
            if countdown.value == 0:
                die()

    _listeners.append(listen)


def die() -> None:
    """Nothing of this process runs after this."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(name: str, value: Any) -> Any:
    """`value` is about to be awaited."""
    reached("before", name)
    return value


def after(name: str, value: Any) -> Any:
    """`value` came of it."""
    reached("after", name)
    return value


class watched_context:  # noqa: N801 - stands where an expression stood
    """The same context, watched as it is entered and left."""

    def __init__(self, name: str, inner: Any) -> None:
        self._name, self._inner = name, inner

    async def __aenter__(self) -> Any:
        reached("before", self._name)
        entered = await self._inner.__aenter__()
        reached("after", self._name)
        return entered

    async def __aexit__(self, *error: object) -> Any:
        reached("leaving", self._name)
        left = await self._inner.__aexit__(*error)
        reached("left", self._name)
        return left


class watched_iterator:  # noqa: N801 - stands where an expression stood
    """The same iterator, watched at each step."""

    def __init__(self, name: str, inner: Any) -> None:
        self._name, self._inner = name, aiter(inner)

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        reached("before", self._name)
        found = await anext(self._inner)
        reached("after", self._name)
        return found
