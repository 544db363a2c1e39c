"""A typed, async client of Payload's REST API.

```python
async with Payload("https://cms.example.com", auth=ApiKey("users", key)) as payload:
    media = payload.collection("media", Media)  # Media: a msgspec.Struct of yours
    found = await media.find(field("alt").contains("Ada"), sort="-createdAt", limit=20)
    doc = await media.upload(Path("ada.png"), data={"alt": "Ada"})
    as_editor = payload.as_user(Jwt(token))  # same connections, another caller
```

Every call has a deadline, answers are bounded, cookies are never kept, and a write is sent once. What can go wrong is
one tree: `payload_client.errors`. The options of each call are in `payload_client.options`. Models can be made from the
site's own schema (`payload_client.codegen`), and tests run against a real Payload (`payload_client.testing`).
"""

from payload_client.access import Permissions
from payload_client.auth import ApiKey, Auth, Bearer, Jwt, Login, SessionCookie
from payload_client.auth_collection import AuthCollection, Session, User
from payload_client.bulk import BulkResult
from payload_client.client import Payload
from payload_client.collection import Collection
from payload_client.errors import (
    AccountLocked,
    BadAnswer,
    Disconnected,
    DocumentLocked,
    ErrorItem,
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
    StillUsed,
    StoredDifferently,
    TimedOut,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unreachable,
    ValidationFailed,
    WrongDocument,
)
from payload_client.global_document import Global
from payload_client.ids import Id
from payload_client.lenient import Lenient
from payload_client.page import Page, Unreadable
from payload_client.preferences import Preferences
from payload_client.relations import Polymorphic, Related, populated, related_id
from payload_client.transport import Answer, open_pool
from payload_client.uploads import unique_filename
from payload_client.urls import absolute_url
from payload_client.versions import Version
from payload_client.where import Where, all_of, any_of, field

__version__ = "0.1.0"

__all__ = [
    "AccountLocked",
    "Answer",
    "ApiKey",
    "Auth",
    "AuthCollection",
    "BadAnswer",
    "Bearer",
    "BulkResult",
    "Collection",
    "Disconnected",
    "DocumentLocked",
    "ErrorItem",
    "FieldError",
    "Forbidden",
    "Global",
    "Id",
    "InvalidCall",
    "Jwt",
    "Lenient",
    "Login",
    "NotFound",
    "NotUnique",
    "Page",
    "PartlyDone",
    "Payload",
    "PayloadError",
    "Permissions",
    "Polymorphic",
    "Preferences",
    "Refused",
    "Related",
    "RouteNotFound",
    "ServerError",
    "Session",
    "SessionCookie",
    "StillUsed",
    "StoredDifferently",
    "TimedOut",
    "TooLarge",
    "TooManyRequests",
    "Unauthenticated",
    "Unreachable",
    "Unreadable",
    "User",
    "ValidationFailed",
    "Version",
    "Where",
    "WrongDocument",
    "absolute_url",
    "all_of",
    "any_of",
    "field",
    "open_pool",
    "populated",
    "related_id",
    "unique_filename",
]
