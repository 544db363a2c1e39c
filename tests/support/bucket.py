"""A bucket for Payload's files: a local S3 server, and a public domain before it, as Cloudflare R2 has one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import httpx
import msgspec

from scripts.local_stack import stack

_NAME = "media"
_ACCESS = {"Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request"}


class Bucket(msgspec.Struct, frozen=True):
    """Where the S3 server and the public domain answer, and the folder in the bucket that one Payload writes to.

    `asked`: the paths that somebody has asked the public domain for.
    """

    store_url: str
    public_url: str
    asked: list[str]
    prefix: str = ""

    @property
    def media_url(self) -> str:
        """What the public address of each file begins with, percent-encoded."""
        return f"{self.public_url}/{quote(self.prefix)}/"

    @property
    def settings(self) -> dict[str, str]:
        """The local Payload's, for keeping its files here."""
        return {
            "S3_BUCKET": _NAME,
            "S3_ENDPOINT": self.store_url,
            "S3_PUBLIC_URL": self.public_url,
            "S3_PREFIX": self.prefix,
            "S3_ACCESS_KEY_ID": "local",
            "S3_SECRET_ACCESS_KEY": "local",
        }

    def keys(self) -> set[str]:
        """What the objects of this folder are called in it."""
        query = {"list-type": "2", "prefix": f"{self.prefix}/"}
        listed = httpx.get(f"{self.store_url}/{_NAME}", params=query, headers=_ACCESS, trust_env=False)
        assert "<IsTruncated>false" in listed.raise_for_status().text
        keys = [unescape(key) for key in re.findall(r"<Key>(.*?)</Key>", listed.text)]
        return {key.removeprefix(f"{self.prefix}/") for key in keys}

    def lose(self, key: str) -> None:
        """Delete an object behind Payload's back."""
        path = quote(f"{_NAME}/{self.prefix}/{key}")
        httpx.delete(f"{self.store_url}/{path}", headers=_ACCESS, trust_env=False).raise_for_status()


NewBucket = Callable[[str], Bucket | None]
"""From a name to a folder of that name in the bucket; None: files are on the local disk."""


@contextmanager
def bucket(folder: Path) -> Iterator[Bucket]:
    """An empty bucket, and its public domain."""
    asked: list[str] = []
    with stack.object_store(folder) as store:
        httpx.put(f"{store.url}/{_NAME}", headers=_ACCESS, trust_env=False).raise_for_status()
        with _public_domain(f"{store.url}/{_NAME}", asked) as url:
            yield Bucket(store.url, url, asked)


@contextmanager
def _public_domain(objects: str, asked: list[str]) -> Iterator[str]:
    """Whoever knows the name of an object may read it, and nothing else."""

    class Front(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            got = httpx.get(f"{objects}{self.path.partition('?')[0]}", headers=_ACCESS, trust_env=False)
            self.send_response(got.status_code)
            self.send_header("Content-Type", got.headers.get("content-type", "application/xml"))
            self.send_header("Content-Length", str(len(got.content)))
            self.end_headers()
            self.wfile.write(got.content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
