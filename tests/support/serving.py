"""A product of a test's own."""

from __future__ import annotations

from tests.support.world import World


def settings_of(world: World) -> dict[str, str]:
    return {"PAYLOAD_URL": world.payload_url, "CHARACTER_LIBRARY_API_URL": world.library_url}


NOBODY = {"PAYLOAD_URL": "http://127.0.0.1:9", "CHARACTER_LIBRARY_API_URL": "http://127.0.0.1:9"}
