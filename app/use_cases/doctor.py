"""Try all that this product needs of a Payload and its settings as one user, and say what is right and what is not."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec

from app.cms.caller import Caller
from app.cms.gateway import NEWEST_FIRST, Cms
from app.cms.image_record import CharacterImageMetadata, Metrics, NewCharacterImageMetadata
from app.cms.media import Media
from app.decoding.messages import Inspected
from app.errors import (
    AppError,
    CharacterNotFound,
    PayloadRejected,
    PayloadUnavailable,
    Unauthenticated,
    payload_words,
    sentence_for,
)
from app.export.stored_files import Files
from app.ingest import store
from app.limits import MEMBERS
from payload_client import (
    Answer,
    ApiKey,
    Auth,
    Collection,
    Id,
    NotFound,
    Payload,
    PayloadError,
    Refused,
    RouteNotFound,
    TooLarge,
    Unreachable,
)

Identify = Callable[[Cms, Auth], Awaitable[Caller]]
Reach = Callable[[], Awaitable[None]]

_WIDTH, _HEIGHT = 480, 640
_CLOCK_SECONDS = 60
_SMALLEST = 64 * 1024
_CHUNK = 12
"""Bytes of a PNG's chunk beside its content."""
_LONGEST_CHUNK = 1024 * 1024
"""Of a chunk that is skipped: libpng refuses those above 8 MB."""
_ALT = "A trial of the doctor's, deleted at once"


class Finding(msgspec.Struct, frozen=True):
    """One sentence on something that was tried, and whether it is wrong."""

    sentence: str
    is_wrong: bool = False

    def __str__(self) -> str:
        return f"{'WRONG' if self.is_wrong else 'right'}  {self.sentence}"


class Site(msgspec.Struct, frozen=True):
    """What the settings say of the site. `cookie`: the name of the session cookie."""

    site_url: str
    payload_public_url: str
    cookie: str
    image_max_bytes: int


async def examine(
    cms: Cms, auth: Auth, site: Site, files: Files, identify: Identify, reach_library: Reach
) -> AsyncIterator[Finding]:
    """Everything that can be tried, in the order in which one thing needs another. What it stores it deletes again.

    `cms`: of nobody; `auth`: of the user; `identify`: the use case of that name; `reach_library`: raises
    `ConnectionError` where the library is not there.
    """
    finding = await _reach(cms)
    yield finding
    yield await _reach_library(reach_library)
    if finding.is_wrong:
        return
    finding, auth = await _recognise(cms, auth, identify)
    yield finding
    if finding.is_wrong:
        return
    yield _compare_clocks(cms.payload)
    if not isinstance(auth, ApiKey):
        yield await _look_at_cookie(cms.as_user(auth), site)
    user = cms.as_user(auth)
    async for finding in _read(user):
        yield finding
    for finding in await _store(user, auth, site, files):
        yield finding


async def _reach(cms: Cms) -> Finding:
    try:
        await cms.users.initialised()
    except RouteNotFound:
        return _wrong(f"Payload has no collection {cms.slugs.users!r}: set PAYLOAD_USERS_SLUG.")
    except PayloadError as error:
        return _wrong(_unreachable("Payload", "PAYLOAD_URL", error))
    return Finding("Payload and its database answer.")


async def _reach_library(reach: Reach) -> Finding:
    try:
        await reach()
    except ConnectionError as error:
        return _wrong(_unreachable("The Character Library", "CHARACTER_LIBRARY_API_URL", error))
    return Finding("The Character Library can be reached.")


def _unreachable(who: str, variable: str, error: BaseException) -> str:
    causes, cause = [str(error)], error.__cause__
    while cause:
        causes, cause = [*causes, str(cause)], cause.__cause__
    if any("CERTIFICATE" in text or "certificate" in text for text in causes):
        return f"{who} has a certificate that is not trusted: name its authority's in SSL_CERT_FILE."
    if isinstance(error, Unreachable | ConnectionError):
        return f"{who} cannot be reached at {variable}: start it, or correct the address."
    return f"{who} does not answer well at {variable} ({type(error).__name__}): look at its log."


async def _recognise(cms: Cms, auth: Auth, identify: Identify) -> tuple[Finding, Auth]:
    """Whether Payload recognises the user, and the form in which it takes the token (`auth.jwtOrder`)."""
    variable = "PAYLOAD_API_KEY" if isinstance(auth, ApiKey) else "PAYLOAD_TOKEN"
    try:
        caller = await identify(cms, auth)
    except Unauthenticated:
        return _wrong(f"Payload recognises nobody by {variable}: it may have ended; give another one."), auth
    except PayloadError as error:
        return _wrong(f"Payload does not say who the user is: {_words(error)}"), auth
    return Finding(f"Payload recognises the user {caller.id}."), caller.auth


def _compare_clocks(payload: Payload) -> Finding:
    if payload.answered_at is None:
        return _wrong("Payload's answers have no Date: have the proxy before it pass that header on.")
    apart = abs((payload.answered_at - datetime.now(UTC)).total_seconds())
    if apart > _CLOCK_SECONDS:
        return _wrong(f"The clocks of Payload and of this machine are {apart:.0f} s apart: synchronise both (NTP).")
    return Finding("The clocks agree.")


async def _look_at_cookie(user: Cms, site: Site) -> Finding:
    """The session cookie as Payload sets it: that of a refresh, which ends no session."""
    answers: list[Answer] = []
    try:
        await user.payload.using(on_answer=answers.append).auth_collection(user.slugs.users).refresh()
    except PayloadError as error:
        return _wrong(f"Payload does not renew the session: {_words(error)}")
    cookies: SimpleCookie = SimpleCookie()
    for header in answers[-1].headers.get_list("set-cookie"):
        try:
            cookies.load(header)
        except CookieError:
            continue
    name = site.cookie
    if name not in cookies:
        others = ", ".join(sorted(cookies)) or "none"
        return _wrong(f"Payload sets no cookie {name!r} but {others}: set PAYLOAD_COOKIE_PREFIX to its cookiePrefix.")
    host, domain = urlsplit(site.site_url).hostname or "", cookies[name]["domain"].lstrip(".").lower()
    if domain and host != domain and not host.endswith(f".{domain}"):
        return _wrong(
            f"The session cookie is for {domain}, which {host} of SITE_URL is not in: set auth.cookies.domain."
        )
    if cookies[name]["secure"] and not site.site_url.startswith("https:"):
        return _wrong("The session cookie is for https only and SITE_URL is not: serve it by https.")
    if not domain and host != urlsplit(site.payload_public_url).hostname:
        return Finding(
            "The session cookie is for Payload's host alone, so people sign in here and there: serve both at one."
        )
    return Finding("The session cookie fits SITE_URL.")


async def _read(user: Cms) -> AsyncIterator[Finding]:
    """Each collection, in the order in which it is listed."""
    slugs = user.slugs
    try:
        permissions = await user.payload.access()
    except PayloadError as error:
        yield _wrong(f"Payload does not say what the user may do: {_words(error)}")
        return
    for slug, variable, actions in (
        (slugs.characters, "PAYLOAD_CHARACTER_REFERENCES_SLUG", ()),
        (slugs.media, "PAYLOAD_MEDIA_SLUG", ("create", "delete")),
        (slugs.images, "PAYLOAD_CHARACTER_IMAGE_METADATA_SLUG", ("create", "delete")),
    ):
        try:
            await user.payload.collection(slug).find(sort=NEWEST_FIRST, limit=1)
        except RouteNotFound:
            yield _wrong(f"Payload has no collection {slug!r}: set {variable}, or add the collection.")
        except PayloadError as error:
            yield _wrong(f"{slug} cannot be read, newest first: {_words(error)}")
        else:
            refused = [action for action in actions if not permissions.may(action, slug)]
            yield (
                _wrong(
                    f"The user may not {' or '.join(refused)} in {slug}: let them by its access, or try as an editor."
                )
                if refused
                else Finding(f"{slug} is read, newest first.")
            )


async def _store(user: Cms, auth: Auth, site: Site, files: Files) -> list[Finding]:
    """A real upload with its record, read back by their ids; both are deleted, whatever happens."""
    findings: list[Finding] = []
    media: Media | None = None
    record: CharacterImageMetadata | None = None
    try:
        user = await _with_site_fields(user)
        media = await _upload(user, site.image_max_bytes, findings)
        findings += _look_at_sizes(media)
        record = await _record(user, media, findings)
        [read] = await user.with_files([await user.images.find_by_id(record.id, depth=1, populate=user.listed)])
        (await files.read(image.media.url if (image := user.image(read)).media else None, auth)).close()
        findings.append(Finding("The record and its file are read back by their ids."))
    except (PayloadError, AppError) as error:
        findings.append(_wrong(_words(error)))
    finally:
        findings += [
            *await _delete(user.images, record.id if record else None, user.slugs.images),
            *await _delete(user.media, media.id if media else None, user.slugs.media),
        ]
    return findings


async def _with_site_fields(user: Cms) -> Cms:
    """The same, with the site's own fields of the newest character (PAYLOAD_COPY_FIELDS)."""
    characters = (await user.characters.find(sort=NEWEST_FIRST, limit=1)).docs
    return await user.writing_for(characters[0].id) if characters else user


async def _upload(user: Cms, largest: int, findings: list[Finding]) -> Media:
    """Store an image of the largest size that is taken, up to `largest` bytes. Raises `AppError`."""
    size = largest
    while True:
        content, picture = _picture(size)

        async def inspect(_: IO[bytes], inspected: Inspected = picture) -> Inspected:
            return inspected

        try:
            media = await store.upload(user, io.BytesIO(content), picture, _ALT, inspect)
        except (PayloadRejected, PayloadUnavailable) as error:
            refused = isinstance(error, PayloadRejected) and not isinstance(error.refused, TooLarge)
            if refused or size < _SMALLEST:
                raise
            size //= 2
            continue
        findings.append(
            Finding(f"An image of {size:,} bytes is stored, as large as IMAGE_MAX_BYTES.")
            if size == largest
            else _wrong(
                f"An image of {2 * size:,} bytes is refused (413, or a broken connection), "
                f"one of {size:,} is stored: raise the proxy's limit (client_max_body_size in nginx) or Payload's "
                f"upload.limits.fileSize to IMAGE_MAX_BYTES, {largest:,}, or lower that."
            )
        )
        return media


async def _record(user: Cms, media: Media, findings: list[Finding]) -> CharacterImageMetadata:
    """Store the record of a file for the newest character. Raises `AppError` or `PayloadError`."""
    characters = (await user.characters.find(sort=NEWEST_FIRST, limit=1)).docs
    if not characters:
        raise CharacterNotFound("There is no character that a record could be tried for: create one in Payload.")
    new = NewCharacterImageMetadata(
        character_reference=characters[0].id,
        media=media.id,
        kind="scene",
        prompt=_ALT,
        source_url="https://doctor.example/trial.png",
        external_id=None,
        metrics=Metrics(),
        created_by=None,
    )
    record = await store.record(user, new)
    findings.append(Finding("Its record is stored."))
    return record


def _look_at_sizes(media: Media) -> list[Finding]:
    shape = media.shape()
    if (media.width, media.height) != (_WIDTH, _HEIGHT):
        sentence = "Payload makes another picture of an upload (resizeOptions, crop), or tells no width and height."
        return [_wrong(f"{sentence} Leave its pixels as they are.")]
    if media.renditions(shape):
        return [Finding("Media has image sizes that show the whole image.")]
    return [
        Finding("Media has no image size that shows the whole image, so pages load originals: add one by width alone.")
    ]


async def _delete(collection: Collection[Any], id: Id | None, slug: str) -> list[Finding]:
    if id is None:
        return []
    try:
        await collection.delete(id)
    except NotFound:
        pass  # taken back already
    except PayloadError as error:
        return [_wrong(f"{slug} {id} is left behind, delete it in Payload: {_words(error)}")]
    return [Finding(f"What was stored in {slug} is deleted.")]


def _picture(size: int) -> tuple[bytes, Inspected]:
    """A PNG that has so many bytes, if not fewer than it needs: its pixels, and chunks that decoders skip."""
    rows = b"".join(b"\0" + bytes([row % 256, 96, 160]) * _WIDTH for row in range(_HEIGHT))
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0))
    end = _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    padding, missing = b"", size - len(start) - len(end)
    while missing >= _CHUNK:
        length = min(missing - _CHUNK, _LONGEST_CHUNK)
        padding += _chunk(b"paDd", bytes(length))
        missing -= length + _CHUNK
    content = start + padding + end
    return content, Inspected("image/png", "png", _WIDTH, _HEIGHT, len(content))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _wrong(sentence: str) -> Finding:
    return Finding(sentence, is_wrong=True)


def _words(error: Exception) -> str:
    """Why it failed, in Payload's own words where it said any."""
    if isinstance(error, Refused):
        named = ", ".join(field.path for field in error.fields[:MEMBERS])
        return f"{payload_words(error)} ({error.status}{f'; {named}' if named else ''})."
    fields = error.fields if isinstance(error, AppError) else []
    return " ".join([sentence_for(error), *(f"{field.path}: {field.message}" for field in fields)])
