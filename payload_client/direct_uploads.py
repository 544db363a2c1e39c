"""Files that go to the bucket itself, by an address that a storage plugin of the site signs for each."""

from __future__ import annotations

import mimetypes
from typing import Any, Unpack

import msgspec

from payload_client.bodies import form_body
from payload_client.documents import Doc, Documents
from payload_client.multipart import Plain, Progress, Source
from payload_client.options import WriteOptions
from payload_client.uploads import name_for

_UPLOAD_SECONDS = 60.0


class _Signed(msgspec.Struct, frozen=True, rename="camel"):
    url: str
    headers: dict[str, str] = {}
    filename: str | None = None
    client_upload_context: Any = None


class DirectUploading(Documents[Doc]):
    """The part of `Collection` that uploads past Payload."""

    async def upload_to_bucket(
        self,
        file: Source,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        data: Any = None,
        timeout: float = _UPLOAD_SECONDS,  # noqa: ASYNC109 - of each of the three requests
        progress: Progress | None = None,
        plugin: str = "storage-s3",
        **options: Unpack[WriteOptions],
    ) -> Doc:
        """Store a file in the bucket of a site whose `storage-s3` (3.90) has `clientUploads`, then make its document.

        `POST /{plugin}-generate-signed-url`, PUT to the address that it gives, `POST /{slug}` with the receipt: no
        limit of what stands in front of Payload counts. The size must be known: no async stream. Otherwise as
        `upload`. Raises `RouteNotFound` where the site has no such plugin, and any other `PayloadError`.
        """
        name = name_for(file, filename, content_type)
        kind = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        size = Plain(file, {}).size
        wanted = {"collectionSlug": self._route[1:], "filename": name, "filesize": size, "mimeType": kind}
        path = f"/{plugin}-generate-signed-url"
        signed = await self._payload.call("POST", path, answer=_Signed, json=wanted)
        await self._payload.send_elsewhere(signed.url, Plain(file, signed.headers, progress), timeout=timeout)
        receipt = {
            "clientUploadContext": signed.client_upload_context,
            "collectionSlug": self._route[1:],
            "filename": signed.filename or name,
            "mimeType": kind,
            "size": size,
        }
        body = form_body({"_payload": {} if data is None else data, "file": receipt})
        sent = self._payload.call(
            "POST", self._route, answer=msgspec.Raw, query={"depth": 0, **options}, body=body, timeout=timeout
        )
        return self._saved(f"POST /api{self._route}", await sent)
