"""A wheel of just the client: installed without anything else of ours, it runs the first example of its README."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

import payload_client
from tests.payload_client.conftest import Site

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "payload_client"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PACKAGE, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path) -> Path:
    """The Python of an environment in which nothing but the wheel was installed."""
    environment = wheel.parent / "environment"
    venv.create(environment, with_pip=True)
    found = environment / "bin/python"
    command = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return found


def test_the_wheel_has_all_that_git_has_of_the_package(wheel: Path) -> None:
    listed = ["git", "ls-files", "."]
    tracked = subprocess.run(listed, cwd=PACKAGE, check=True, capture_output=True, text=True).stdout.split()
    expected = {f"payload_client/{path}" for path in tracked if not path.endswith((".md", ".toml"))}
    with ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == expected
        [metadata] = [name for name in archive.namelist() if name.endswith("METADATA")]
        told = archive.read(metadata).decode()
    assert f"Version: {payload_client.__version__}\n" in told
    needed = set(re.findall(r"^Requires-Dist: ([a-z]+)(?!.*extra)", told, re.MULTILINE))
    assert needed == {"httpx", "msgspec", "tenacity"}
    assert f"## {payload_client.__version__}" in (PACKAGE / "CHANGELOG.md").read_text()


async def test_the_first_example_of_the_readme_runs_without_anything_else_of_ours(
    site: Site, python: Path, tmp_path: Path
) -> None:
    me = (await site.payload.auth_collection().me()).user
    assert me
    key = await site.payload.auth_collection().new_api_key(me.id)
    example = (PACKAGE / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    (tmp_path / "example.py").write_text(f"{example}\nimport sys\nassert 'litestar' not in sys.modules\n")
    environment = {"PAYLOAD_URL": site.served.url, "PAYLOAD_API_KEY": key, "PATH": os.environ["PATH"]}
    program = await asyncio.create_subprocess_exec(
        str(python), "example.py", cwd=tmp_path, env=environment, stdout=-1, stderr=-1
    )
    out, err = await program.communicate()
    assert (program.returncode, out.decode()) == (0, "['Hello']\n"), err.decode()
    await site.payload.collection("posts").find()
    has = "import importlib.util as u; print([n for n in ('litestar', 'app', 'pytest') if u.find_spec(n)])"
    found = await asyncio.create_subprocess_exec(str(python), "-c", has, cwd=tmp_path, stdout=-1)
    assert (await found.communicate())[0] == b"[]\n"
