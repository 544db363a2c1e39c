"""What a caller may do, as Payload's access routes tell it."""

from __future__ import annotations

from typing import Any


class Permissions:
    """Answer of `GET /api/access`: `may("create", "media")`."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self._tree = tree

    def may(self, action: str, slug: str) -> bool:
        """Whether that action (`create`, `read`, `update`, `delete`) is open to the caller in that collection."""
        return allowed(self._collection(slug), action)

    def sees_all(self, slug: str) -> bool:
        """Whether every document of that collection may be read: no rule hides some of them."""
        granted = self._collection(slug).get("read")
        return granted is True or granted == {"permission": True}

    def _collection(self, slug: str) -> dict[str, Any]:
        collections = self._tree.get("collections")
        found = collections.get(slug) if isinstance(collections, dict) else None
        return found if isinstance(found, dict) else {}


def allowed(permissions: object, action: str) -> bool:
    """Whether an action is open in one document's or collection's permissions: `true`, or `{"permission": true}`."""
    granted = permissions.get(action) if isinstance(permissions, dict) else False
    if isinstance(granted, dict):
        granted = granted.get("permission")
    return granted is True
