"""Reading stored files back: from Payload as the caller, from listed origins as nobody, and from nowhere else."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import islice
from typing import IO

import httpx

from app.errors import ImageDownloadFailed, ImageError, ImageTooLarge, ImageUrlRefused
from app.ingest import Allowed, Downloads, GuardedNetwork
from app.limits import Limits
from app.origins import origin_of
from payload_client import Auth

log = logging.getLogger(__name__)

_AT_ONCE = 4
_AHEAD = 2
_DOTS = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)

_UNLISTED = "Its file is at an address that none is read from. An operator can allow its origin with MEDIA_ORIGINS."
_OF_ANOTHER_PAYLOAD = (
    "Its file is at Payload under a name that is not known here. An operator can give it with PAYLOAD_PUBLIC_URL."
)

File = IO[bytes] | ImageError
"""A file read from its start, or why it cannot be had."""


class Files:
    """The files of Media. `public`: Payload as the browser reaches it; `origins`: where else files may be.

    The address in a document is what some editor wrote there, so it is not trusted: with somebody's session only
    Payload's own route for files is asked, and a redirect of it (a storage that signs its addresses) is followed to
    listed origins only, as nobody. `max_bytes` and `seconds` bound one file.
    `tls`: whose certificates count.
    """

    def __init__(
        self,
        payload: str,
        public: str,
        slug: str,
        origins: Iterable[str],
        *,
        max_bytes: int,
        seconds: float,
        limits: Limits = Limits(),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._payload = payload
        self._public = httpx.URL(public)
        self._route = re.compile(rf"/api/{re.escape(slug)}/file/([^/\\?]+)(\?.*)?")
        listed = list(origins)
        self._origins = {origin for address in listed if (origin := origin_of(address))}
        allowed = Allowed([], [payload, *listed], elsewhere=False)
        self.most_bytes = _AHEAD * max_bytes
        """What one reading of several files has on the disk at once, at most."""
        self._downloads = Downloads(
            GuardedNetwork(allowed, limits=limits),
            max_bytes=max_bytes,
            seconds=seconds,
            limits=limits,
            tls=tls,
            onwards=Allowed([], listed, elsewhere=False),
        )
        self._reading = asyncio.Semaphore(_AT_ONCE)  # for all that are being sent, so that pages have the rest

    async def read_all(self, addresses: Iterable[str | None], auth: Auth) -> AsyncGenerator[File, None]:
        """The files behind some addresses, in order; each is closed after its turn, while the next is on its way."""
        rest, ahead = iter(addresses), deque[asyncio.Task[File]]()
        try:
            ahead.extend(asyncio.create_task(self._read_or_error(address, auth)) for address in islice(rest, _AHEAD))
            while ahead:
                yield await ahead[0]
                _close(ahead.popleft())
                ahead.extend(asyncio.create_task(self._read_or_error(address, auth)) for address in islice(rest, 1))
        finally:
            for task in ahead:
                task.cancel()
                task.add_done_callback(_close)

    async def read(self, address: str | None, auth: Auth) -> IO[bytes]:
        """The file behind an address; the caller closes it. Raises an `ImageError`, in words that name no host."""
        where, authorization = self._locate(address or "", auth)
        async with self._reading:
            try:
                return await self._downloads.fetch(where, authorization)
            except ImageError as error:
                log.info("a stored file cannot be read: %s", error)
                raise _public_error(error) from error

    async def _read_or_error(self, address: str | None, auth: Auth) -> File:
        try:
            return await self.read(address, auth)
        except ImageError as error:
            return error

    def _locate(self, address: str, auth: Auth) -> tuple[str, str | None]:
        """Where to ask for a file, and as whom."""
        if not address:
            raise ImageDownloadFailed("It has no file any more.", gone=True)
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise ImageUrlRefused("The address of its file is not one.") from error
        origin, path = origin_of(str(url)), url.raw_path.decode("ascii").removeprefix(self._public.path.rstrip("/"))
        route = self._route.fullmatch(path)
        is_file = route is not None and not _DOTS.fullmatch(route[1])
        if is_file and origin == origin_of(str(self._public)):
            return f"{self._payload}{path}", auth.header or None
        if origin in self._origins:
            return address, None
        raise ImageUrlRefused(_OF_ANOTHER_PAYLOAD if is_file else _UNLISTED)


def none_of(images: Sequence[object], error: ImageError) -> ImageError:
    """The same error of images of which no file can be had, and why, where there are several."""
    if len(images) == 1:
        return error
    return error.replace(
        message=f"None of these {len(images)} images can be had, the last of them for this reason: {error}"
    )


def _public_error(error: ImageError) -> ImageError:
    if isinstance(error, ImageDownloadFailed) and error.gone:
        return ImageDownloadFailed("Its file is not there any more.", gone=True)
    if isinstance(error, ImageTooLarge):
        return ImageTooLarge("Its file is larger than is read here.")
    if isinstance(error, ImageUrlRefused):
        return ImageUrlRefused(_UNLISTED)
    return ImageDownloadFailed("Its file could not be read. It may be gone.")


def _close(task: asyncio.Task[File]) -> None:
    file = None if task.cancelled() or task.exception() else task.result()
    if file and not isinstance(file, ImageError):
        file.close()
