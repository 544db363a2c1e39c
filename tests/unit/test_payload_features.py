"""The table of features in the client's README names tests that exist, and leaves no method of the client out."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import payload_client as client

ROOT = Path(__file__).parents[2]
README = (ROOT / "payload_client/README.md").read_text()
OPTIONS = ROOT / "payload_client/options.py"


def found_in(name: str) -> set[str]:
    """The tests in a file of that name."""
    [path] = [path for folder in ("payload_client", "unit") for path in (ROOT / "tests" / folder).glob(name)]
    found = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_row_of_the_table_names_a_test_that_exists() -> None:
    table = re.findall(r"^\| .* \|$", README.partition("## Features")[2], re.MULTILINE)
    rows = [row for row in table if "---" not in row and not row.endswith("| test |")]
    assert len(rows) > 80
    assert [row for row in rows if not re.search(r"`test_\w+\.py::test_\w+` \|$", row)] == []
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", README)
    assert [test for file, test in named if test not in found_in(file)] == []


def test_the_table_has_every_method_and_every_option() -> None:
    kinds = (client.Collection, client.Global, client.AuthCollection, client.Payload)
    methods = {
        name
        for kind in kinds
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }  # fmt: skip
    missing = [
        name
        for name in sorted(methods - {"collection", "send_elsewhere"})
        if not re.search(rf"`[^`]*\b{name}\b[^`]*`", README)
    ]
    assert missing == []
    options = {
        node.target.id
        for node in ast.walk(ast.parse(OPTIONS.read_text()))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    known = {"publish_all_locales", "unpublish_all_locales"}  # options that the SDK has not either
    assert [name for name in sorted(options - known) if f"`{name}`" not in README] == []


def test_the_pages_that_the_readme_links_to_exist() -> None:
    linked = [path for path in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in path]
    assert [path for path in linked if not (ROOT / "payload_client" / path).exists()] == []


def test_the_modules_of_the_client_stay_small() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in (ROOT / "payload_client").rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length >= 250} == {}
