"""What costs money is asked for once: read in the code itself, where no test of a run can overlook a new way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = "app.character_library"
PAID = {"generate_reference", "generate_scene", "generate_set"}
REPEATING = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@cache
def modules() -> dict[str, ast.Module]:
    """The product's own code by module name."""
    files = [path for folder in ("app", "payload_client") for path in (ROOT / folder).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
        for path in files
    }


def imported(module: str) -> Iterator[str]:
    """What a module imports, and the names that it takes from there as if they were modules."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached(module: str) -> set[str]:
    """All that a module can reach by imports of ours."""
    known, waiting = set[str](), [module]
    while waiting:
        for name in imported(waiting.pop()):
            if name in modules() and name not in known:
                known.add(name)
                waiting.append(name)
    return known


def retrying() -> set[str]:
    """The modules that can try something again."""
    return {module for module in modules() if any(name.partition(".")[0] == "tenacity" for name in imported(module))}


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module."""
    nodes = ast.walk(modules()[module])
    return (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def named(node: ast.AST) -> set[str]:
    """Every name and attribute that is mentioned below a node."""
    below = list(ast.walk(node))
    return {one.id for one in below if isinstance(one, ast.Name)} | {
        one.attr for one in below if isinstance(one, ast.Attribute)
    }


def test_two_modules_can_try_again_and_neither_can_reach_the_library() -> None:
    assert retrying() == {"payload_client.retry", "app.ingest.download"}
    for module in retrying():
        assert not {name for name in reached(module) if name.startswith(LIBRARY)}


def test_what_tries_again_is_used_for_reads_of_payload_and_for_pictures_only() -> None:
    for module, helper, user in (
        ("payload_client.transport", "retrying", "_retry"),
        ("app.ingest.download", "_tries", "_fetch"),
    ):
        assert [function.name for function in functions(module) if helper in named(function)] == [user]
        assert {name for name in modules() if helper in named(modules()[name])} == {module}


def test_the_client_of_the_library_sends_in_one_place_and_in_no_loop() -> None:
    ways = [function for module in modules() if module.startswith(LIBRARY) for function in functions(module)]
    assert [function.name for function in ways if "build_request" in named(function)] == ["_judged"]
    for function in ways:
        for node in ast.walk(function):
            if isinstance(node, REPEATING):
                assert not named(node) & {"_call", "call", "_judged", "_send", *PAID}, function.name


def test_nothing_that_leads_to_a_paid_request_stands_in_a_loop() -> None:
    for module in modules():
        if module.startswith("app.") and not module.startswith("app.prompts"):
            for node in ast.walk(modules()[module]):
                if isinstance(node, REPEATING):
                    assert not named(node) & {*PAID, "draw", "draw_reference", "draw_from_master"}, ast.unparse(node)


def test_the_library_is_asked_a_second_time_only_after_a_refusal_that_drew_nothing() -> None:
    for name, draws, refusal in (
        ("draw_reference", "generate_reference", "MasterExists"),
        ("draw_from_master", "draw", "MasterMissing"),
    ):
        [function] = [one for one in functions("app.generation.master") if one.name == name]
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and draws in named(node.func)]
        first = next(node for node in ast.walk(function) if isinstance(node, ast.Try))
        assert len(calls) == 2
        assert calls[0] in ast.walk(ast.Module(first.body, []))
        assert [ast.unparse(handler.type) for handler in first.handlers if handler.type] == [refusal]
