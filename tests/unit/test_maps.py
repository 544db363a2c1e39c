"""Documents agree with the code: links, settings, metrics, packages, tests, templates, exported names, lock files."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import walk_packages
from subprocess import run

import msgspec
import pytest
from jinja2 import meta, nodes
from prometheus_client import Counter, Gauge, Histogram

import app
import payload_client
from app.character_library.metadata import NAMES
from app.errors import ANSWERS
from app.observability import metrics
from app.pages.characters import CharactersView, CharacterView
from app.pages.errors import ErrorView
from app.pages.images.bible import BibleView
from app.pages.images.suggested import SuggestionView
from app.pages.images.views import DeleteView, ImageView, SheetView, WorkspaceView
from app.pages.sign_in import SignInView
from app.pages.view import View, environment
from app.settings import Settings, SweepSettings, read

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    ROOT / "tests/README.md",
    ROOT / "payload_client/README.md",
]
REQUIRED = {
    "SITE_URL": "https://film.example",
    "PAYLOAD_URL": "http://127.0.0.1:3000",
    "CHARACTER_LIBRARY_API_URL": "http://127.0.0.1:4100",
}
VIEWS: list[type[View]] = [
    SignInView,
    CharactersView,
    CharacterView,
    WorkspaceView,
    SuggestionView,
    ImageView,
    SheetView,
    BibleView,
    DeleteView,
    ErrorView,
]


def variables() -> set[str]:
    fields = [*msgspec.structs.fields(Settings), *msgspec.structs.fields(SweepSettings)]
    return {field.name.upper() for field in fields}


def table_rows(page: str) -> list[list[str]]:
    return [re.split(r" \| ", line.strip("| ")) for line in page.splitlines() if line.startswith("| `")]


def test_the_page_of_the_settings_has_each_of_them_once_with_its_default() -> None:
    rows = table_rows((ROOT / "docs/settings.md").read_text())
    named = [name for names, *_ in rows for name in re.findall(r"`([A-Z_]+)`", names)]
    assert sorted(named) == sorted(variables())
    told = {
        name: default
        for names, defaults, *_ in rows
        for name, default in zip(names.split(", "), defaults.split(", "), strict=True)
    }
    given = {name.strip("`"): text.strip("`") for name, text in told.items() if re.fullmatch(r"`[^A-Z]+`", text)}
    assert len(given) >= 15
    assert read(Settings, REQUIRED | given) == read(Settings, REQUIRED)
    required = {name.strip("`") for name, text in told.items() if text == "required"}
    assert required == REQUIRED.keys()


def test_the_example_settings_are_all_of_them_with_their_defaults() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = dict(line.removeprefix("# ").split("=", 1) for line in lines if re.match(r"(# )?[A-Z_]+=", line))
    assert named.keys() == variables()
    assert read(Settings, named) == read(Settings, {name: named[name] for name in REQUIRED})


def test_the_page_of_the_metrics_has_each_that_is_counted() -> None:
    page = (ROOT / "docs/metrics.md").read_text()
    told = re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)
    collectors = [one for one in vars(metrics).values() if isinstance(one, Counter | Gauge | Histogram)]
    counted = {one.name + "_total" * (one.type == "counter") for each in collectors for one in each.describe()}
    assert sorted(told) == sorted(counted)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_exists(page: Path) -> None:
    """Files and folders; headings by their anchors; and a name in code that links to a module is defined in it."""
    text = page.read_text()
    for shown, path, anchor in re.findall(r"\[([^]]*)\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        target = page.parent / path if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target.read_text()), f"{path}#{anchor}"
        if path.endswith(".py") and (symbol := re.fullmatch(r"`([A-Za-z_]+)(\(\))?`", shown)):
            assert re.search(
                rf"^\s*(async def|def|class) {symbol[1]}\b|^{symbol[1]}\b", target.read_text(), re.MULTILINE
            ), shown


def anchors(text: str) -> set[str]:
    """The headings of a page as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_commands_that_the_pages_name_exist() -> None:
    for page in PAGES:
        for path in re.findall(r"\bscripts/[\w./]+\w", page.read_text()):
            assert (ROOT / path).exists(), f"{page}: {path}"


def test_the_map_has_every_package_in_the_order_in_which_imports_run() -> None:
    table = (ROOT / "docs/architecture.md").read_text().partition("## The packages")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| [")]
    level = {
        name.removesuffix("/").removesuffix(".py"): place
        for place, row in enumerate(rows)
        for name in re.findall(r"\]\(\.\./(?:app/)?([a-z_/]+(?:\.py)?)\)", row.split(" | ")[0])
    }
    there = {path.stem for path in (ROOT / "app").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert level.keys() == there - {"__init__"} | {"payload_client"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [layers] = [
        one["layers"] for one in project["tool"]["importlinter"]["contracts"] if "app.main" in one.get("layers", ())
    ]
    order = [[level[name.removeprefix("app.")] for name in layer.split(" | ")] for layer in layers]
    assert [max(upper) <= min(lower) for upper, lower in pairwise(order)] == [True] * (len(order) - 1)


def test_every_module_of_tests_and_every_folder_of_them_is_in_their_readme() -> None:
    page = (ROOT / "tests/README.md").read_text()
    linked = re.findall(r"\]\(([^)#:]+)\)", page)
    modules = {str(path.relative_to(ROOT / "tests")) for path in (ROOT / "tests").glob("*/test_*.py")}
    assert modules - set(linked) == set()
    folders = {f"{path.name}/" for path in (ROOT / "tests").iterdir() if any(path.glob("*.py"))}
    assert {"unit/", "bench/"} <= folders
    assert folders - set(linked) == set()


def test_what_is_promised_names_code_tests_settings_and_commands_that_exist() -> None:
    page = (ROOT / "SECURITY.md").read_text()
    promises = re.findall(r"^\| \*\*.*$", page, re.MULTILINE)
    assert len(promises) >= 10
    for promise in promises:
        _, kept, tested = promise.strip("| ").split(" | ")
        assert "](app/" in kept or "](payload_client/" in kept, promise
        assert "](tests/" in tested, promise
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", page)) <= variables()
    assert "](SECURITY.md)" in (ROOT / "README.md").read_text()


def test_the_page_about_the_library_names_our_own_settings_codes_and_metrics() -> None:
    page = (ROOT / "docs/externalServices/character-library.md").read_text()
    named = set(re.findall(r"`((?:CHARACTER|IMAGE)_[A-Z_]+)`", page)) - {"CHARACTER_LIBRARY_CONTRACT_URL"}
    assert named <= variables()
    codes = {answer.code for answer in ANSWERS.values() if answer.code.startswith("character_library")}
    assert set(re.findall(r"`(character_library_[a-z_]+)`", page)) == codes
    told = page.partition("`metrics`")[2].partition("`index`")[0]
    assert set(re.findall(r"`([a-zA-Z]+)`", told)) == NAMES


def test_every_shell_script_parses_and_its_help_names_what_it_takes() -> None:
    scripts = [path for path in (ROOT / "scripts").iterdir() if path.is_file() and path.suffix == ""]
    assert len(scripts) >= 6
    for script in [*scripts, ROOT / ".ci/run"]:
        run(["bash", "-n", script], check=True)  # noqa: S607 - whichever bash runs them, too
    for script in scripts:
        printed = run([script, "--help"], check=True, capture_output=True, text=True).stdout
        head = script.read_text().partition("\nset ")[0].splitlines()[1:]
        assert printed.splitlines() == [line.removeprefix("# ") for line in head]
    bench = (ROOT / "scripts/bench").read_text()
    [taken] = re.findall(r"^  ([a-z |]+)\) shift", bench, re.MULTILINE)
    told = re.findall(r"^#   scripts/bench \[?([a-z]+)", bench, re.MULTILINE)
    assert told == taken.split(" | ")
    assert [name for name in told if not (ROOT / f"tests/bench/{name}.py").exists()] == ["page"]  # a package


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_template_names_nothing_that_its_view_lacks(view: type[View]) -> None:
    fields, seen, todo = set(view.__struct_fields__), set[str](), [view.template]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        source = environment.loader.get_source(environment, name)[0] if environment.loader else ""
        tree = environment.parse(source)
        macros = {macro.name for macro in tree.find_all(nodes.Macro)}
        imported = {str(one) for found in tree.find_all(nodes.FromImport) for one in found.names}
        assigned = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
        assert meta.find_undeclared_variables(tree) <= fields | macros | imported | assigned, name
        todo += [found for found in meta.find_referenced_templates(tree) if found]
    assert ("base.html" in seen) is (view is not SuggestionView)  # a fragment of a page


def test_every_page_template_has_a_view_and_every_component_is_used() -> None:
    templates = {str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.html")}
    everything = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    reached = {view.template for view in VIEWS} | {name for name in templates if f'"{name}"' in everything}
    assert templates - reached == set()


def test_no_template_switches_escaping_off() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape false|Markup", path.read_text()), path


def test_the_exported_names_of_the_client_exist_and_are_documented() -> None:
    assert payload_client.__all__ == sorted(payload_client.__all__)
    for name in payload_client.__all__:
        assert getattr(payload_client, name).__doc__ or name in ("Auth", "Id", "Related"), name


def test_every_module_and_every_public_thing_has_a_docstring() -> None:
    for package in (app, payload_client):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if found.name == "app.__main__" or "baml_client" in found.name:  # a command; generated
                continue
            module = import_module(found.name)
            assert module.__doc__, found.name
            public = [value for name, value in vars(module).items() if not name.startswith("_")]
            own = [value for value in public if callable(value) and getattr(value, "__module__", "") == found.name]
            assert [value for value in own if not value.__doc__] == [], found.name


def test_no_test_module_imports_another() -> None:
    importing = re.compile(r"^(?:from|import) [\w.]*\btest_\w+", re.MULTILINE)
    assert [str(path) for path in (ROOT / "tests").rglob("*.py") if importing.search(path.read_text())] == []


def test_the_lock_files_hold_every_dependency_with_hashes_and_name_no_host() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = {re.split(r"[^a-z0-9-]", one)[0] for one in project["project"]["dependencies"]}
    development = {re.split(r"[^a-z0-9-]", one)[0] for one in project["dependency-groups"]["dev"]}
    extras = project["project"]["optional-dependencies"]
    extra = {name: {re.split(r"[^a-z0-9-]", one)[0] for one in wanted} for name, wanted in extras.items()}
    for lock, wanted in (
        ("requirements.lock", runtime),
        ("requirements-baml.lock", runtime | extra["baml"]),
        ("requirements-otel.lock", runtime | extra["otel"]),
        ("requirements-dev.lock", runtime | extra["baml"] | extra["otel"] | development),
        ("docs/deploy/requirements-build.lock", {"hatchling"}),
    ):
        text = (ROOT / lock).read_text()
        pinned = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
        assert wanted <= pinned, lock
        assert text.count("--hash=sha256:") > len(pinned)
        assert "://" not in text
        assert "index-url" not in text
    for folder in ("scripts/local_stack/payload", "tests/browser", "tests/bench/lighthouse"):
        assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text(), folder
