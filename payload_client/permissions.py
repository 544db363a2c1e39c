"""What a caller may do, as Payload's access routes tell it."""

from __future__ import annotations

from typing import Any


class Permissions:
    """Answer of `GET /api/access`: `may("create", "media")`."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self._tree = tree

    def may(self, action: str, slug: str) -> bool:
        """Whether that action (`create`, `read`, `update`, `delete`) is open to the caller in that collection."""
        collections = self._tree.get("collections")
        collection = collections.get(slug) if isinstance(collections, dict) else None
        return allowed(collection, action)


def allowed(permissions: object, action: str) -> bool:
    """Whether an action is open in one document's or collection's permissions: `true`, or `{"permission": true}`."""
    granted = permissions.get(action) if isinstance(permissions, dict) else False
    if isinstance(granted, dict):
        granted = granted.get("permission")
    return granted is True
