"""What an upload costs in memory, measured in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.payload_client.conftest import Site

ROOT = Path(__file__).parents[2]
SIZE = 15 * 1024 * 1024
_MOST = 4 * 1024  # kB
PROGRAM = """
import asyncio, resource, sys
from pathlib import Path
from payload_client import Jwt, Payload

async def stream(path):
    with path.open("rb") as file:
        while piece := file.read(100_000):
            yield piece

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def main(url, token, kind, large, small):
    async with Payload(url, auth=Jwt(token)) as payload:
        files = payload.collection("files")
        for path in (small, large):
            before = peak()
            source = path if kind == "path" else stream(path)
            doc = await files.upload(source, filename=path.name, content_type="text/plain")
            assert doc["filesize"] == path.stat().st_size
        print(peak() - before)

url, token, kind, large, small = sys.argv[1:]
asyncio.run(main(url, token, kind, Path(large), Path(small)))
"""


@pytest.mark.parametrize("kind", ["path", "stream"])
async def test_an_upload_raises_the_memory_by_less_than_four_megabytes(site: Site, tmp_path: Path, kind: str) -> None:
    large, small = tmp_path / "large.txt", tmp_path / "small.txt"
    large.write_bytes(b"fifteen megabytes of text\n" * (SIZE // 26))
    small.write_bytes(b"x" * 1_000_000)
    arguments = [site.served.url, site.token, kind, str(large), str(small)]
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *arguments, cwd=ROOT, stdout=-1, stderr=-1
    )
    out, err = await program.communicate()
    assert program.returncode == 0, err.decode()
    assert int(out) < _MOST
