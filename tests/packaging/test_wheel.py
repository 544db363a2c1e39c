"""What `pip install .` gives: a wheel that serves outside the checkout, with its templates and static files."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from scripts.local_stack import stack

SETTINGS = {
    "SITE_URL": "http://127.0.0.1:8000",
    "PAYLOAD_URL": "http://127.0.0.1:9",
    "CHARACTER_LIBRARY_API_URL": "http://127.0.0.1:9",
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of this checkout and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    hatch = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*hatch, "-t", "sdist"], cwd=stack.ROOT, check=True, capture_output=True)
    [sdist] = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [source] = [path for path in folder.iterdir() if path.is_dir()]
    subprocess.run([*hatch, "-t", "wheel"], cwd=source, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def installed(dist: Path) -> Path:
    """The programs of an environment in which nothing but the wheel was installed."""
    [wheel] = dist.glob("*.whl")
    venv.create(dist / "environment", with_pip=True)
    programs = dist / "environment/bin"
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return programs


def test_the_wheel_has_all_that_git_has_of_the_packages(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    listed = ["git", "ls-files", "app", "payload_client", "templates"]
    tracked = subprocess.run(listed, cwd=stack.ROOT, check=True, capture_output=True, text=True).stdout.split()
    expected = {re.sub(r"^templates/", "app/templates/", path) for path in tracked}
    apart = {path for path in expected if re.fullmatch(r"payload_client/[^/]+\.(md|toml)", path)}
    with ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == expected - apart


def test_the_console_command_tells_how_it_is_used(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "character-images", "--help"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("usage: character-images ")
    assert "sweep" in done.stdout


@pytest.mark.parametrize("command", [["character-images"], ["python", "-m", "app"]], ids=["command", "module"])
def test_what_is_installed_serves_a_page_with_its_style_sheet_elsewhere(
    installed: Path, tmp_path: Path, command: list[str]
) -> None:
    program = [str(installed / command[0]), *command[1:]]
    with (
        stack.program(program, tmp_path, SETTINGS) as server,
        httpx.Client(base_url=server.url, trust_env=False) as site,
    ):
        assert site.get("/health/live").json() == {"status": "ok"}
        page = site.get("/login")
        assert page.status_code == 200
        [sheet, *_] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
        style = site.get(sheet)
        assert style.headers["content-type"].startswith("text/css")
        assert "font-family" in style.text


@pytest.mark.long
def test_the_extra_for_a_model_installs_beside_it(dist: Path, installed: Path) -> None:
    [wheel] = dist.glob("*.whl")
    command = [str(installed / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, f"{wheel}[baml]"], check=True, capture_output=True)
    subprocess.run([installed / "python", "-c", "import baml_py"], check=True)
