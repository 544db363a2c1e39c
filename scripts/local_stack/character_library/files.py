"""Health, media documents, and the picture files in their three places."""

import time
from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from .characters import origin_of
from .library import Library, media_document
from .records import now
from .wire import Asked, answer, number, page_of

FORBIDDEN = {"errors": [{"message": "You are not allowed to perform this action."}]}


@get("/api/health")
async def health(library: NamedDependency[Library]) -> Response[Any]:
    """Says only that somebody answers."""
    uptime = time.monotonic() - library.started
    told = {"status": "ok", "service": "Character Library", "version": "2.0.0", "timestamp": now()}
    return answer({**told, "uptime": uptime, "environment": "production"})


@get("/api/media")
async def list_media(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """All media, or those whose file name has something in it, the newest first."""
    query, origin = request.query_params, origin_of(request)
    wanted = query.get("where[filename][contains]", "").lower()
    media = [one for one in reversed(library.media.values()) if wanted in one.filename.lower()]
    some, account = page_of(media, number(query.get("page"), 1), number(query.get("limit"), 10))
    return answer(
        {"docs": [media_document(one, origin, library.manner_of(one.character_id)) for one in some], **account}
    )


@get("/api/media/{media_id:str}")
async def read_media(request: Asked, media_id: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """One media document."""
    media = library.media.get(media_id)
    if media is None:
        return answer({"errors": [{"message": "Not Found"}]}, 404)
    return answer(media_document(media, origin_of(request), library.manner_of(media.character_id)))


@post("/api/media")
async def create_media() -> Response[Any]:
    """Not for strangers."""
    return answer(FORBIDDEN, 403)


@patch("/api/media/{media_id:str}")
async def change_media() -> Response[Any]:
    """Not for strangers."""
    return answer(FORBIDDEN, 403)


@delete("/api/media/{media_id:str}", status_code=200)
async def delete_media() -> Response[Any]:
    """Not for strangers."""
    return answer(FORBIDDEN, 403)


@get(["/media/{name:str}", "/dino/{name:str}"])
async def cdn_file(name: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """A file as the CDN serves it: always image/jpeg, whatever its name says."""
    media = library.media.get(library.files.get(name, ""))
    if media is None:
        return Response(b"", status_code=404, media_type="text/plain")
    return Response(media.jpeg, media_type="image/jpeg")


@get("/api/media/file/{name:str}")
async def service_file(name: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """A file through the service itself, with its malformed header."""
    media = library.media.get(library.files.get(name, ""))
    if media is None:
        return Response(b"", status_code=404, media_type="text/plain")
    headers = {"etag": f'"{media.id}"', "accept-ranges": "undefined"}
    return Response(media.jpeg, media_type="image/jpeg", headers=headers)


HANDLERS = [health, list_media, read_media, create_media, change_media, delete_media, cdn_file, service_file]
