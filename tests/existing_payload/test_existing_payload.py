"""`docs/existing-payload.md`, followed to the letter beside a Payload that has only users and media."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from scripts.local_stack import stack
from tests.replicas.nginx import nginx

PAGE = stack.ROOT / "docs/existing-payload.md"
SITE = Path(__file__).parent / "site"
EDITOR = {"email": "editor@example.com", "password": "correct horse battery"}


def steps() -> list[tuple[str, str]]:
    """The code of the page in order, each with its language."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def run(script: str, folder: Path, **environment: str) -> None:
    """A step in a shell, in the folder that it belongs to."""
    own = {"PAYLOAD_DISABLE_DEPENDENCY_CHECKER": "true"} | environment
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=folder, env=os.environ | own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


def changed(text: str, difference: str) -> str:
    """The text with each line that goes replaced by those that come; what comes without one stands first."""
    first, *groups = re.split(r"^-", difference, flags=re.MULTILINE)
    text = first.replace("+", "") + text
    for group in groups:
        old, new = group.split("\n", 1)
        assert text.count(old) == 1, old
        text = text.replace(old, new.removeprefix("+").removesuffix("\n"))
    return text


@contextmanager
def started(command: list[str], folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A server of this folder, ended with the block."""
    own = os.environ | {"PAYLOAD_DISABLE_DEPENDENCY_CHECKER": "true"} | environment
    with (
        (folder / "log").open("a") as log,
        subprocess.Popen(command, cwd=folder, env=own, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            yield server
        finally:
            server.terminate()


@contextmanager
def payload_of(site: Path) -> Iterator[str]:
    """The address of the site's Payload, in production."""
    with started(["node", "--import", "tsx", "serve.ts"], site, NODE_ENV="production") as server:
        assert server.stdout
        url = server.stdout.readline().strip()
        assert url, (site / "log").read_text()
        yield url


@contextmanager
def one_host(folder: Path, above: str, block: str, port: int, product: str, payload: str) -> Iterator[None]:
    """The page's own lines for nginx, and Payload as the rest of the host."""
    assert block.count("http://127.0.0.1:8000") == 1
    ours = block.replace("http://127.0.0.1:8000", product)
    own = "".join(f"{kind}_temp_path tmp; " for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
    rest = f"location / {{ proxy_pass {payload}; proxy_set_header Host $host; }}"
    site = f"server {{ listen 127.0.0.1:{port};\n{ours}\n{rest} }}"
    (folder / "nginx.conf").write_text(f"pid nginx.pid; events {{}} http {{ {own}\n{above}\n{site} }}\n")
    program = nginx()
    assert program, "this test needs nginx; scripts/test installs one"
    with started(
        [program, "-p", str(folder), "-e", "stderr", "-c", "nginx.conf", "-g", "daemon off;"], folder
    ) as server:
        until_ready(f"http://127.0.0.1:{port}/login", server)
        yield


def until_ready(url: str, server: subprocess.Popen[str]) -> None:
    """Wait until it answers there, and well."""
    for _ in range(1000):
        assert server.poll() is None
        with suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url} never answered well")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that was there before: its Payload has made its tables, and somebody has signed in."""
    folder = tmp_path_factory.mktemp("existing") / "site"
    shutil.copytree(SITE, folder)
    (folder / "node_modules").symlink_to(stack.PAYLOAD / "node_modules")
    run("npx payload migrate:create initial && npx payload migrate", folder)
    with payload_of(folder) as url:
        httpx.post(f"{url}/api/users/first-register", json=EDITOR, trust_env=False).raise_for_status()
        assert httpx.get(f"{url}/api/character-image-metadata", trust_env=False).status_code == 404
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of this repository with settings of its own."""
    for path in stack.ROOT.iterdir():
        if path.name not in (".env", ".git"):
            (tmp_path / path.name).symlink_to(path)
    return tmp_path


def settings(block: str, **values: str) -> str:
    """The settings of the page, with this machine's addresses."""
    lines = [line.partition("=")[0] for line in block.splitlines()]
    assert sorted(lines) == sorted(values)
    return "".join(f"{name}={values[name]}\n" for name in lines)


@pytest.mark.timeout(300)  # a dozen programs, one after the other
def test_the_page_followed_step_by_step_leads_to_a_product_that_works(site: Path, checkout: Path) -> None:
    languages = [language for language, _ in steps()]
    assert languages == ["sh", "diff", "sh", "dotenv", "sh", "nginx", "nginx", "sh"]
    copy, config, migrate, dotenv, start, above, proxy, see = (text for _, text in steps())
    run(copy, site, CHARACTER_IMAGES=str(checkout))
    (site / "payload.config.ts").write_text(changed((site / "payload.config.ts").read_text(), config))
    run(migrate, site)
    venv, install, command = start.splitlines()
    assert venv.endswith(".venv")
    assert (checkout / install.split()[-1]).exists()
    site_port, port = stack.free_port(), stack.free_port()
    url, product, work = f"http://127.0.0.1:{site_port}", f"http://127.0.0.1:{port}", checkout / "work"
    work.mkdir()
    with payload_of(site) as payload, stack.character_library(work) as library:
        known = {"id": "mara", "name": "Mara Quill", "pictureSize": [192, 256]}
        httpx.post(f"{library.url}/_control/characters", json=known, trust_env=False).raise_for_status()
        places = {"SITE_URL": url, "PAYLOAD_URL": payload, "CHARACTER_LIBRARY_API_URL": library.url}
        (checkout / ".env").write_text(settings(dotenv, **places))
        behind = {"PORT": str(port), "PAYLOAD_PUBLIC_URL": url, "FORWARDED_ALLOW_IPS": "127.0.0.1"}
        with started(command.split(), checkout, **behind) as server, ExitStack() as proxies:
            until_ready(f"{product}/health/ready", server)
            proxies.enter_context(one_host(work, above, proxy, site_port, product, payload))
            person = {"EMAIL": EDITOR["email"], "PASSWORD": EDITOR["password"]}
            run(see, work, SITE=url, PAYLOAD=url, LIBRARY_ID="mara", **person)
            for inside in ("/health/ready", "/metrics"):
                assert httpx.get(f"{url}{inside}", trust_env=False).status_code == 404, inside
    cookies = [line.split("\t") for line in (work / "session").read_text().splitlines() if "\t" in line]
    assert [(cookie[0].removeprefix("#HttpOnly_"), cookie[5]) for cookie in cookies] == [("127.0.0.1", "payload-token")]
    [image] = json.loads((work / "listed.json").read_text())["images"]
    assert (image["prompt"], image["media"]["width"]) == ("Mara at the lamp", 192)
    assert image["media"]["url"].startswith(f"{url}/api/media/file/ci-")
    assert f'src="{image["media"]["url"]}"' in (work / "workspace.html").read_text()
    deleted = json.loads((work / "deleted.json").read_text())
    assert (deleted["media"], deleted["remote"]["deleted"]) == ("deleted", True)
    assert not list((site / "media").glob("ci-*"))
