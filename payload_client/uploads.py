"""Files in upload collections."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path, PurePath
from secrets import token_hex
from typing import Any, Unpack
from urllib.parse import quote

import msgspec

from payload_client.documents import Doc, Documents, Saved
from payload_client.errors import InvalidCall, StoredDifferently
from payload_client.ids import Id
from payload_client.multipart import Multipart, Progress, Source, first_bytes
from payload_client.options import UpdateOptions, WriteOptions
from payload_client.wire import from_json, to_json

_UPLOAD_SECONDS = 60.0
_SNIFFED = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
}
_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*")


class _Stored(msgspec.Struct, frozen=True, rename="camel"):
    id: Id | None = None
    filesize: int | None = None
    mime_type: str | None = None


class Uploading(Documents[Doc]):
    """The part of `Collection` that has files."""

    async def upload(
        self,
        file: Source,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        data: Any = None,
        timeout: float = _UPLOAD_SECONDS,  # noqa: ASYNC109 - an upload's deadline is its own
        max_bytes: int | None = None,
        exact: bool | None = None,
        progress: Progress | None = None,
        **options: Unpack[WriteOptions],
    ) -> Doc:
        """Store a file, with `data` as its other fields: `POST /{slug}` as multipart, in constant memory.

        `file`: bytes, a `Path`, an opened file or an async stream. `filename`: sent as it is; left out, a unique one is
        made of the path's name (two uploads of one name at once can get each other's bytes in Payload 3.90).
        `content_type`: guessed from the name unless given. `max_bytes`: nothing larger is sent. `exact`: whether the
        stored size must be the sent one; unless given, it must for all but images, which Payload may encode anew.
        `progress`: called with the bytes sent, and with how many there will be where that is known.

        Raises `InvalidCall` for an image of another type than its name says, `ValidationFailed`, `TooLarge`,
        `StoredDifferently`, `Forbidden` and any other `PayloadError`.
        """
        body = _body(file, filename, content_type, data, max_bytes, progress)
        return await self._send_file("POST", self._route, body, {"depth": 0, **options}, timeout, exact, None)

    async def replace_file(
        self,
        id: Id,
        file: Source,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        data: Any = None,
        timeout: float = _UPLOAD_SECONDS,  # noqa: ASYNC109 - as `upload`
        max_bytes: int | None = None,
        exact: bool | None = None,
        progress: Progress | None = None,
        **options: Unpack[UpdateOptions],
    ) -> Doc:
        """Put another file into the document of exactly that id: `PATCH /{slug}/{id}` as multipart.

        Otherwise as `upload`. Payload removes the old file. The same name again becomes `name-1` (payload PR #16578).
        """
        path = await self._path_to_write(id)
        body = _body(file, filename, content_type, data, max_bytes, progress)
        return await self._send_file("PATCH", path, body, {"depth": 0, **options}, timeout, exact, id)

    async def file(self, filename: str) -> bytes:
        """The bytes of a file, as Payload itself serves them: `GET /{slug}/file/{filename}`.

        At most `max_bytes` of `Payload`. Raises `NotFound`, `Forbidden` and any other `PayloadError`.
        """
        path = f"{self._route}/file/{quote(filename, safe='')}"
        return await self._payload.call("GET", path, answer=bytes)

    async def _send_file(
        self,
        method: str,
        path: str,
        body: Multipart,
        query: dict[str, Any],
        seconds: float,
        exact: bool | None,
        id: Id | None,
    ) -> Doc:
        call = f"{method} /api{path}"
        sent = self._payload.call(method, path, answer=msgspec.Raw, query=query, body=body, timeout=seconds)
        content = from_json(call, await sent, Saved[msgspec.Raw]).doc
        self._check_written(call, content, id)
        _check_size(call, body.sent, content, exact=exact)
        return from_json(call, content, self._doc)


def name_for(file: Source, filename: str | None, content_type: str | None) -> str:
    """The name that was given, or a unique one made of the path's name or the type."""
    return filename or unique_filename(_name_of(file) or f"upload{_extension(content_type)}")


def unique_filename(name: str) -> str:
    """A name that no other upload has: `ada.png` becomes `ada-1f0c….png`."""
    path = PurePath(name)
    return f"{path.stem}-{token_hex(8)}{path.suffix}"


def _body(
    file: Source,
    filename: str | None,
    content_type: str | None,
    data: Any,
    max_bytes: int | None,
    progress: Progress | None,
) -> Multipart:
    name = name_for(file, filename, content_type)
    kind = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if not _CONTENT_TYPE.fullmatch(kind):
        raise InvalidCall("upload", "no content type")
    begins = first_bytes(file)
    found = next((sniffed for magic, sniffed in _SNIFFED.items() if begins.startswith(magic)), None)
    if begins[:4] == b"RIFF" and begins[8:12] == b"WEBP":
        found = "image/webp"
    if found and kind.startswith("image/") and found != kind.replace("image/jpg", "image/jpeg"):
        raise InvalidCall("upload", f"the file is {found}, and its name or type says {kind}")
    fields = to_json({} if data is None else data)
    return Multipart(file, fields, filename=name, content_type=kind, max_bytes=max_bytes, progress=progress)


def _check_size(call: str, sent: int, doc: msgspec.Raw, *, exact: bool | None) -> None:
    try:
        stored = msgspec.json.decode(doc, type=_Stored)
    except msgspec.MsgspecError:  # a hook of the site's shows another kind of size
        return
    must = exact if exact is not None else not (stored.mime_type or "").startswith("image/")
    if must and stored.filesize is not None and stored.filesize != sent:
        raise StoredDifferently(call, sent, stored.filesize, stored.id)


def _name_of(file: Source) -> str | None:
    name = file if isinstance(file, Path) else getattr(file, "name", None)
    return PurePath(name).name or None if isinstance(name, str | Path) else None


def _extension(content_type: str | None) -> str:
    return mimetypes.guess_extension((content_type or "").partition(";")[0]) or ""
