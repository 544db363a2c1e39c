"""A private authority: one setting makes its certificates count for Payload, the library and a host of pictures."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from scripts.local_stack import stack
from tests.payloads.conftest import NewWorld
from tests.support.pictures import canvas, encoded
from tests.support.raw_server import answer, raw_server
from tests.support.world import World

PLACES = ("PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL", "IMAGE_HOSTS")


class Authority:
    """A private authority, and a server's end of TLS that it vouches for."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "authority.pem"
        key, request, leaf = folder / "authority.key", folder / "request.pem", folder / "leaf.pem"
        new = ["openssl", "req", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        authority: list[str | Path] = [
            *new,
            "-x509",
            "-days",
            "2",
            "-subj",
            "/CN=The studio's own",
            "-keyout",
            key,
            "-out",
            self.file,
        ]
        signing = ["openssl", "x509", "-req", "-days", "2"]
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")
        commands: list[list[str | Path]] = [
            authority,
            [*new, "-subj", "/CN=localhost", "-keyout", folder / "leaf.key", "-out", request],
            [*signing, "-in", request, "-CA", self.file, "-CAkey", key, "-extfile", folder / "names", "-out", leaf],
        ]
        for command in commands:
            subprocess.run(command, check=True, capture_output=True)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(leaf, folder / "leaf.key")

    @contextmanager
    def before(self, url: str) -> Iterator[str]:
        """A server with TLS that passes all on to a plain one."""
        upstream = httpx.URL(url)

        async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while piece := await reader.read(65_536):
                    writer.write(piece)
                    await writer.drain()
            except ConnectionError:
                pass  # one of the two has gone
            finally:
                writer.close()

        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection(upstream.host, upstream.port)
            await asyncio.gather(pipe(reader, back), pipe(there, writer))

        async def listen() -> asyncio.Server:
            return await asyncio.start_server(visit, "127.0.0.1", 0, ssl=self.server)

        with start_blocking_portal() as portal:
            server = portal.call(listen)
            try:
                yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            finally:
                portal.call(server.close)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that nobody else knows."""
    return Authority(tmp_path)


async def generate(world: World, app_url: str, picture: str) -> httpx.Response:
    """Ask for a reference whose picture is on a host of its own."""
    character = await world.character()
    drawn = {"success": True, "imageUrl": picture, "mediaId": "m1"}
    await world.fault(character, "generate-initial-image", status=200, body=drawn)
    async with httpx.AsyncClient(base_url=app_url, headers=world.editor.headers, trust_env=False, timeout=60) as api:
        return await api.post(character.url("generate-initial-image"), json={"prompt": "A wiry woman"})


@pytest.mark.parametrize("secured", [*PLACES, "all of them"])
async def test_each_kind_of_host_may_have_a_certificate_of_the_authority(
    world_of: NewWorld, authority: Authority, tmp_path: Path, secured: str
) -> None:
    world = world_of("")
    secure = [place for place in PLACES if secured in (place, "all of them")]
    with authority.before(world.payload_url) as payload, authority.before(world.library_url) as library:
        tls = authority.server if "IMAGE_HOSTS" in secure else None
        async with raw_server(answer(200, encoded(canvas(), "PNG"), "Content-Type: image/png"), tls=tls) as images:
            settings = {
                "PAYLOAD_URL": payload if "PAYLOAD_URL" in secure else world.payload_url,
                "CHARACTER_LIBRARY_API_URL": library if "CHARACTER_LIBRARY_API_URL" in secure else world.library_url,
                "IMAGE_HOSTS": f"127.0.0.1:{images.port}",
            }
            answers: dict[str, httpx.Response] = {}
            for file in (str(authority.file), ""):
                folder = tmp_path / f"app{len(answers)}"
                folder.mkdir()
                with stack.app(folder, {**settings, "SSL_CERT_FILE": file}) as app:
                    answers[file] = await generate(world, app.url, f"{images.url}/picture.png")
    trusting, others = answers.values()
    assert trusting.status_code == 201, trusting.text
    assert others.status_code in (502, 503), others.text


def test_a_file_without_certificates_ends_the_start_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("none\n")
    for file in ("empty.pem", "missing.pem"):
        environment = {
            "SITE_URL": "http://film.example",
            "PAYLOAD_URL": "http://127.0.0.1:9",
            "CHARACTER_LIBRARY_API_URL": "http://127.0.0.1:9",
            "SSL_CERT_FILE": str(tmp_path / file),
        }
        command = [sys.executable, "-m", "app"]
        run = subprocess.run(command, cwd=stack.ROOT, env=environment, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr.count("\n")) == (2, 1), run.stderr
        assert run.stderr.startswith("SSL_CERT_FILE: expected a file with certificates in PEM"), run.stderr
