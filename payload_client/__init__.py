"""A typed, async client of Payload's REST API.

async with Payload("https://cms.example.com", auth=ApiKey("users", key)) as payload:
    media = payload.collection("media", Media)          # Media: a msgspec.Struct of yours
    found = await media.find(field("alt").contains("Ada"), sort="-createdAt", limit=20)
    doc = await media.upload(png, filename="ada.png", content_type="image/png", data={"alt": "Ada"})
    as_editor = payload.as_user(Jwt(token))             # same connections, another caller

Every call has a deadline, answers are bounded, cookies are never kept, and only reads are tried again.
What can go wrong is one tree: `payload_client.errors`.
"""

from payload_client.auth import ApiKey, Auth, AuthCollection, Jwt, Session, User
from payload_client.call import Id
from payload_client.client import Payload, open_pool
from payload_client.collections import Collection
from payload_client.errors import (
    AccountLocked,
    BadAnswer,
    Disconnected,
    DocumentLocked,
    FieldError,
    Forbidden,
    InvalidCall,
    NotFound,
    NotUnique,
    PartlyDone,
    PayloadError,
    Refused,
    RouteNotFound,
    ServerError,
    TimedOut,
    TooLarge,
    Unauthenticated,
    Unreachable,
    ValidationFailed,
)
from payload_client.page import Page, Unreadable
from payload_client.permissions import Permissions
from payload_client.where import Where, field

__all__ = [
    "AccountLocked",
    "ApiKey",
    "Auth",
    "AuthCollection",
    "BadAnswer",
    "Collection",
    "Disconnected",
    "DocumentLocked",
    "FieldError",
    "Forbidden",
    "Id",
    "InvalidCall",
    "Jwt",
    "NotFound",
    "NotUnique",
    "Page",
    "PartlyDone",
    "Payload",
    "PayloadError",
    "Permissions",
    "Refused",
    "RouteNotFound",
    "ServerError",
    "Session",
    "TimedOut",
    "TooLarge",
    "Unauthenticated",
    "Unreachable",
    "Unreadable",
    "User",
    "ValidationFailed",
    "Where",
    "field",
    "open_pool",
]
