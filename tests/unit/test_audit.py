"""The check for vulnerabilities: clean, found and "not checked" are three things, with the real pip-audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.audit import audit
from scripts.local_stack.stack import free_port

LOCK = "".join(f"{pin} \\\n    --hash=sha256:{'0' * 64}\n" for pin in ("h11==0.14.0", "idna==3.20"))
ADVISORY = {
    "id": "GHSA-vqfr-h8mv-ghfj",
    "aliases": ["CVE-2025-43859"],
    "summary": "h11 accepts some malformed Chunked-Encoding bodies",
    "affected": [
        {
            "package": {"name": "h11", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.16.0"}]}],
        }
    ],
}


@contextmanager
def osv(known: dict[str, Any], status: int = 200) -> Iterator[str]:
    """Somebody who answers as OSV does, for as long as the block lasts."""

    class Visit(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = [known[name] for name in [asked["package"]["name"]] if name in known]
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Visit) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "some.lock"
    path.write_text(LOCK)
    return path


def test_what_is_clean_is_told_as_clean(lock: Path) -> None:
    with osv({}) as url:
        assert audit(lock, url) == (0, ["Vulnerabilities: clean, 2 packages."])


def test_what_is_found_fails_and_is_named(lock: Path) -> None:
    with osv({"h11": ADVISORY}) as url:
        code, lines = audit(lock, url)
    assert code == 1
    assert lines == [
        "Vulnerabilities: found.",
        "h11 0.14.0: CVE-2025-43859, GHSA-vqfr-h8mv-ghfj; fixed in 0.16.0",
    ]


@pytest.mark.parametrize("status", [None, 503])
def test_who_cannot_look_says_so_and_does_not_fail(lock: Path, status: int | None) -> None:
    if status is None:
        code, [line] = audit(lock, f"http://127.0.0.1:{free_port()}/v1/query")
    else:
        with osv({}, status) as url:
            code, [line] = audit(lock, url)
    assert code == 0
    assert line.startswith("Vulnerabilities: not checked (")
    assert line.endswith("): some.lock.")


def test_a_lock_that_cannot_be_read_is_no_excuse(lock: Path) -> None:
    lock.write_text("h11==\n")
    with osv({}) as url:
        code, lines = audit(lock, url)
    assert code == 1
    assert lines[0] == "Vulnerabilities: pip-audit failed."
