"""What is shipped for deployment, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # ships no types
from litestar import Litestar

from app.main import create_app
from app.services import longest_run
from app.settings import Settings, read

ROOT = Path(__file__).parents[2]


DEPLOY = ROOT / "docs/deploy"


REQUIRED = {
    "SITE_URL": "https://film.example",
    "PAYLOAD_URL": "http://payload:3000",
    "CHARACTER_LIBRARY_API_URL": "http://library:4100",
}


NOT_OURS = {"FORWARDED_ALLOW_IPS"}  # uvicorn's


ANSWERING = 30
"""Seconds that a process may take to end once its last run is over."""


Doc = dict[str, Any]


def manifest(kind: str) -> Doc:
    """The one example of that kind."""
    [found] = [
        doc
        for doc in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
        if doc["kind"] == kind and doc["metadata"]["name"].startswith("character-images")
    ]
    return dict(found)


def routes() -> set[str]:
    """The paths that the product answers, with the names of what varies in braces."""
    layer: Any = create_app(read(Settings, REQUIRED)).asgi
    while not isinstance(layer, Litestar):
        layer = layer.app
    return {route.path_format for route in layer.routes}


def budget() -> float:
    settings = read(Settings, REQUIRED)
    return longest_run(settings.character_library_timeout, settings.character_library_set_timeout)
