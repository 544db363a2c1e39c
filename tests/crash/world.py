"""What is really stored."""

from __future__ import annotations

from typing import Any

from tests.support.world import World


def is_whole(world: World, record: dict[str, Any]) -> bool:
    """Whether a record, read with its media, has its file, and that its bytes: Payload can lose those alone."""
    media = record["media"]
    return isinstance(media, dict) and (world.log.parent / "media" / media["filename"]).exists()
