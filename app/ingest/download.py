"""Fetching a picture: streamed into a file without a name, bounded in bytes and time, from allowed hosts only."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import tempfile
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import IO
from urllib.parse import urljoin

import httpcore
import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from app import __version__
from app.certificates import trusted
from app.errors import ImageDownloadFailed, ImageTooLarge, ImageTruncated, ImageUrlRefused
from app.ingest.content_coding import CodingError, coding_of
from app.ingest.egress import Allowed, GuardedNetwork
from app.limits import Limits
from app.observability import logs

log = logging.getLogger(__name__)

_REDIRECTS = 3
_ASKING = [
    (b"User-Agent", f"character-images/{__version__}".encode()),
    (b"Accept", b"image/*,*/*;q=0.8"),
    (b"Accept-Encoding", b"identity"),
]
_IN_MEMORY = 1024 * 1024
_DELIVERED = (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_NOT_YET = (202, 403, 404, 425, 429, 503)
"""Statuses of hosts that may have a picture in a moment that was made a moment ago."""
_MOVED = (301, 302, 303, 307, 308)


class _PassingError(Exception):
    """A failure that a second try may mend; `error` is what it is called when it does not."""

    def __init__(self, error: ImageDownloadFailed | ImageTruncated) -> None:
        self.error = error


def _tries(pause: tuple[float, float]) -> AsyncRetrying:
    """Two, with a moment between them: the picture is paid for, and asking for it again costs nothing."""
    return AsyncRetrying(
        retry=retry_if_exception_type(_PassingError),
        stop=stop_after_attempt(2),
        wait=wait_random(*pause),
        reraise=True,
    )


class Downloads:
    """Fetches pictures through a guarded network. `max_bytes` and `seconds` bound one download, start to end.

    `tls`: whose certificates count. `onwards`: where redirects may lead, if not wherever a picture may be.
    """

    def __init__(
        self,
        network: GuardedNetwork,
        *,
        max_bytes: int,
        seconds: float,
        limits: Limits = Limits(),
        tls: ssl.SSLContext | None = None,
        onwards: Allowed | None = None,
    ) -> None:
        self._network = network
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._onwards = onwards or network.allowed
        self._limits = limits
        self._tls = tls

    async def fetch(self, address: str, authorization: str | None = None) -> IO[bytes]:
        """The file behind an address, read from its start; the caller closes it. Raises an `ImageError`.

        `authorization`: told to the address itself, never to where it redirects.
        """
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
        try:
            await self._fetch(address, authorization, file)
        except BaseException:
            with suppress(OSError):  # what the disk had no room for is not written now either
                file.close()
            raise
        file.seek(0)
        return file

    async def _fetch(self, address: str, authorization: str | None, file: IO[bytes]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                async for attempt in _tries(self._limits.second_try_seconds):
                    with attempt:
                        await self._follow(address, authorization, file)
        except TimeoutError as error:
            raise ImageDownloadFailed(
                f"{_host(address)} did not deliver the picture within {self._seconds:.0f} s."
            ) from error
        except _PassingError as passing:
            raise passing.error from passing

    async def _follow(self, address: str, authorization: str | None, file: IO[bytes]) -> None:
        for _ in range(_REDIRECTS + 1):
            moved = await self._get(address, authorization, file)
            if moved is None:
                return
            address, authorization = _moved(address, moved), None
            self._onwards.target(address)
        raise ImageDownloadFailed(f"{_host(address)} redirected more than {_REDIRECTS} times.")

    async def _get(self, address: str, authorization: str | None, file: IO[bytes]) -> str | None:
        """None once it is in the file; else where it has moved to."""
        url, target = self._network.allowed.target(address)
        headers = [(b"Host", url.netloc), *_ASKING]
        headers += [(b"Authorization", authorization.encode())] if authorization else []
        timeouts = {"timeout": {"connect": self._limits.connect_seconds}}
        try:
            # Of the address the host alone: the rest may be signed.
            with logs.exchange(log, logging.DEBUG, "GET", "/…", upstream=target.host) as exchange:
                # One pool for each: one that lives on may keep the connection of a request that was cancelled.
                async with (
                    httpcore.AsyncConnectionPool(self._tls or trusted(), network_backend=self._network) as pool,
                    pool.stream("GET", _core(url), headers=headers, extensions=timeouts) as response,
                ):
                    exchange.status = response.status
                    if response.status in _MOVED:
                        return _escape(_header(response, "Location"))
                    self._accept(response, target.host)
                    await self._read(response, target.host, file)
                    return None
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise _PassingError(ImageDownloadFailed(f"{target.host} could not be reached.")) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, ssl.SSLError) as error:
            raise _PassingError(ImageTruncated(f"The connection to {target.host} broke in the middle.")) from error

    def _accept(self, response: httpcore.Response, host: str) -> None:
        status = response.status
        if status not in _DELIVERED:
            retry_after = _header(response, "Retry-After").strip()
            again_after = _seconds(retry_after) if status in _NOT_YET else None
            sentence = f"{host} answered {status} instead of the picture."
            error = ImageDownloadFailed(sentence, gone=status in _GONE, again_after=again_after)
            passes = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
            raise _PassingError(error) if passes and not retry_after else error
        length = _header(response, "Content-Length")
        self._bound(int(length) if length.isdigit() else 0, host)

    async def _read(self, response: httpcore.Response, host: str, file: IO[bytes]) -> None:
        file.seek(0)
        file.truncate()  # of what a first try left
        try:
            coding = coding_of(_header(response, "Content-Encoding"))
            async for chunk in response.aiter_stream():
                _write(file, coding.unpack(chunk, self._max_bytes + 1 - file.tell()), host)
                self._bound(file.tell(), host)
        except CodingError as error:
            raise ImageDownloadFailed(f"{host} sent the picture in an encoding that was not asked for.") from error
        if not coding.is_whole:
            raise _PassingError(ImageTruncated(f"The picture from {host} ends in the middle of its encoding."))

    def _bound(self, count: int, host: str) -> None:
        if count > self._max_bytes:
            raise ImageTooLarge(f"The picture from {host} has more than {self._max_bytes:,} bytes.")


def _write(file: IO[bytes], chunk: bytes, host: str) -> None:
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        log.error("the temporary folder takes no picture: %s", error)  # noqa: TRY400 - the message says it all
        raise ImageDownloadFailed(
            f"This server has no room for the picture from {host}: its temporary folder is full. Once an operator has "
            "made some, ask the library what it has."
        ) from error


def _seconds(retry_after: str) -> float:
    """How long to wait by a `Retry-After`: a number of seconds, or a date; 0 without one that can be read."""
    if retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def _escape(location: str) -> str:
    """Encode each byte that is not ASCII, as browsers do whatever its charset is."""
    return re.sub(r"[\x80-\xff]", lambda one: f"%{ord(one[0]):02X}", location)


def _moved(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise ImageUrlRefused(f"{_host(address)} redirected to something that is no address.") from error


def _core(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _header(response: httpcore.Response, name: str) -> str:
    wanted = name.lower().encode()
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == wanted), "")


def _host(address: str) -> str:
    try:
        return httpx.URL(address).host or "the host"
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return "the host"
