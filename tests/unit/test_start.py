"""What a process does before it serves, counted: modules, certificates, documents."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, ssl, sys
loaded = []
ssl.SSLContext.load_verify_locations = lambda *_, **__: loaded.append("certificates")
from app import __main__
from app.main import create_app
from app.settings import Settings
from litestar._openapi.plugin import OpenAPIPlugin
OpenAPIPlugin._build_openapi = lambda _: loaded.append("document")
url = "https://film.example"
create_app(Settings(site_url=url, payload_url=url, character_library_api_url=url))
loaded += [name for name in ("rich", "pygments", "httpx._main") if sys.modules.get(name)]
print(gc.isenabled(), *loaded)
"""


def test_a_start_loads_what_serving_needs() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["True", "certificates"]  # those for Payload
