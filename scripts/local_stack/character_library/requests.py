"""The log of all requests: the route and the character of each."""

import re
from typing import Any

import msgspec

from .records import now

ROUTES: list[tuple[str, str]] = [
    (r"/api/health", "health"),
    (r"/api/v1/characters", "characters"),
    (r"/api/v1/characters/generate-initial-image", "standalone"),
    (r"/api/v1/characters/(?P<character>[^/]+)", "character"),
    (r"/api/v1/characters/(?P<character>[^/]+)/(?P<verb>[^/]+)", "verb"),
    (r"/api/v1/jobs", "jobs"),
    (r"/api/v1/jobs/(?P<job>[^/]+)/status", "job"),
    (r"/api/media/file/(?P<file>[^/]+)", "file"),
    (r"/api/media/(?P<media>[^/]+)", "media"),
    (r"/media/(?P<file>[^/]+)", "file"),
    (r"/dino/(?P<asset>[^/]+)\.jpg", "file"),
]
OF_CHARACTER = {"GET": "character", "PATCH": "patch", "DELETE": "delete"}
MINIMAL = {
    ("POST", "generate-initial-image"),
    ("POST", "generate-360-set"),
    ("POST", "generate-scene-image"),
    ("DELETE", "reference-image"),
}


class Route(msgspec.Struct, frozen=True):
    """A route's name and the ids in its path."""

    name: str
    ids: dict[str, str]


def route_of(method: str, path: str) -> Route:
    """Where a request goes; "unknown" where no route is."""
    for pattern, name in ROUTES:
        if match := re.fullmatch(pattern, path):
            ids = {key: value for key, value in match.groupdict().items() if value is not None}
            route_name = ids.pop("verb", name)
            return Route(OF_CHARACTER.get(method, "character") if route_name == "character" else route_name, ids)
    return Route("unknown", {})


class LoggedRequest(msgspec.Struct, kw_only=True, rename="camel"):
    """One request as it came; `status` stays null where no answer went out."""

    at: str = msgspec.field(default_factory=now)
    method: str
    path: str
    query: str
    route: str
    character_id: str | None
    body: Any = None
    status: int | None = None


def read_body(raw: bytes) -> Any:
    """A body for the log: JSON where it is JSON, else text, else nothing."""
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw.decode("utf-8", "replace")
