"""Each route of the application, as its router has them: without a session nothing of a request is read or judged."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from app.main import create_app
from app.settings import Settings
from tests.inputs.sending import request, send
from tests.support.world import World

ANONYMOUS = {
    "/",
    "/login",
    "/logout",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/schema",
    "/schema/openapi.json",
    "/schema/{path}",
    "/static/{file_path}",
}
Headers = list[tuple[str, str]]
FORGED = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl"
NOBODY: dict[str, Headers] = {
    "no session": [],
    "nonsense": [("Authorization", "JWT nonsense")],
    "another's scheme": [("Authorization", "Basic YTpi")],
    "a wrong key": [("Authorization", "users API-Key wrong")],
    "a forged token": [("Authorization", f"JWT {FORGED}")],
    "a forged token twice": [("Authorization", f"JWT {FORGED}"), ("Authorization", "JWT nonsense")],
    "a forged cookie": [("Cookie", f"payload-token={FORGED}")],
    "two cookies": [("Cookie", "payload-token=a.b.c; payload-token=a.b.d")],
}
ODD: list[Headers] = [
    [("Content-Type", "application/json")],
    [("Content-Type", "text/plain")],
    [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Type", "text/plain")],
    [("Content-Type", ";charset=;;")],
    [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
    [("Accept", "text/event-stream")],
]
QUERIES = ["", "?page=0&limit=x&kind=nothing&status=1&set=&image=", "?page=1&page=2&suggest=maybe", "?%ff=%00&[]=]"]
IDS = ["1", "nope", "%2e", "%00", "7" * 300]
BODIES = [[("Content-Length", "20")], [("Content-Length", "9000000")], [("Transfer-Encoding", "chunked")]]
"""What tells of a body that then never comes."""


@pytest.fixture(scope="module")
def operations() -> list[tuple[str, str]]:
    """Method and path template of each route."""
    nowhere = "http://127.0.0.1:1"
    app: Any = create_app(Settings(site_url=nowhere, payload_url=nowhere, character_library_api_url=nowhere)).asgi
    while not isinstance(app, Litestar):
        app = app.app
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    return sorted((method, route.path_format) for route in routes for method in route.methods)


@pytest.mark.inside
@pytest.mark.parametrize("nobody", NOBODY.values(), ids=NOBODY)
async def test_without_a_session_each_route_says_so_before_anything_else(
    world: World, operations: list[tuple[str, str]], nobody: Headers
) -> None:
    closed = [(method, path) for method, path in operations if path not in ANONYMOUS]
    assert len(closed) > 40
    for turn, (method, template) in enumerate(closed):
        target = template
        for name in ("character_id", "image_id"):
            target = target.replace(f"{{{name}}}", quote(IDS[turn % len(IDS)], safe="%"))
        target += QUERIES[turn % len(QUERIES)]
        body = BODIES[turn % len(BODIES)] if method not in ("GET", "OPTIONS") else []
        answer = await send(world.app_url, request(method, target, [*nobody, *ODD[turn % len(ODD)], *body]))
        if target.startswith("/v1/"):
            assert (answer.status, answer.json()["code"]) == (401, "unauthenticated"), (method, target)
        else:
            assert answer.status == 303, (method, target, answer.text)
            assert str(answer.header("location")).startswith("/login?next="), (method, target)
        assert answer.header("connection") == ("close" if body else None), (method, target)


def test_the_routes_that_need_no_session_are_these(operations: list[tuple[str, str]]) -> None:
    assert {path for _, path in operations} > ANONYMOUS  # all others are closed, by the test above
