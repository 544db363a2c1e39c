"""One collection of Payload."""

from __future__ import annotations

from typing import Unpack
from urllib.parse import quote

from payload_client.bulk import Bulk
from payload_client.calls import Calls
from payload_client.direct_uploads import DirectUploading
from payload_client.documents import Doc
from payload_client.ids import Id
from payload_client.options import RestoreOptions
from payload_client.reading import Reading
from payload_client.uploads import Uploading
from payload_client.versions import Versioned
from payload_client.wire import from_json
from payload_client.writing import Writing


class Collection(Reading[Doc], Writing[Doc], Bulk[Doc], Uploading[Doc], DirectUploading[Doc], Versioned[Doc]):
    """One collection of one caller's Payload. `model`: what its documents are read as; ids are `int` or `str`."""

    def __init__(self, payload: Calls, slug: str, model: type[Doc]) -> None:
        super().__init__(payload, f"/{quote(slug, safe='')}", model)
        self.slug = slug

    async def restore_version(self, id: Id, **options: Unpack[RestoreOptions]) -> Doc:
        """Bring a version back and return the document as it is then: `POST /{slug}/versions/{id}`.

        Raises `NotFound`, `Forbidden` and any other `PayloadError`.
        """
        raw = await self._restore(id, options)
        return from_json(f"POST /api{self._version_path(id)}", raw, self._doc)
