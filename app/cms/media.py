"""A document of Payload's Media: a stored file with its sizes."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import islice
from urllib.parse import quote, urljoin

import msgspec

from app.limits import ADDRESS, MEMBERS
from payload_client import Id

_THUMBNAIL_WIDTH = 240
# An address in which there is nothing to encode and no dot segment, from its root: what almost all are.
_PLAIN = re.compile(r"(https?://[\w.-]+(?::[0-9]+)?)?(?:/[\w~%-][\w.~%-]*)+(?:\?[\w.~%&=-]+)?", re.ASCII)


class Size(msgspec.Struct, frozen=True):
    """One rendition; a size that did not fit the picture is an object of nulls."""

    url: str | None = None
    width: int | None = None
    height: int | None = None


class Media(msgspec.Struct, frozen=True, rename="camel", dict=True):
    """What is read of it. Addresses are as Payload gives them: relative, or not percent-encoded."""

    id: Id
    url: str | None = None
    thumbnail_url: str | None = msgspec.field(default=None, name="thumbnailURL")
    alt: str | None = None
    filename: str | None = None
    mime_type: str | None = None
    filesize: int | None = None
    width: int | None = None
    height: int | None = None
    created_at: datetime | None = None
    sizes: dict[str, Size | None] | None = None

    @cached_property
    def renditions(self) -> list[Size]:
        """Those that are wide enough for a card, smallest first."""
        sizes = islice((self.sizes or {}).values(), MEMBERS)
        return sorted((size for size in sizes if size and size.url and _width(size) >= _THUMBNAIL_WIDTH), key=_width)

    @property
    def thumbnail(self) -> str | None:
        """Address of the smallest rendition that is wide enough for a card."""
        return self.renditions[0].url if self.renditions else self.thumbnail_url or self.url


class NewMedia(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written beside the file."""

    alt: str


def public_url(address: str | None, origin: str) -> str | None:
    """The address as a browser needs it: absolute from `origin`, percent-encoded (once).

    None of what is too long, or no address.
    """
    if not address or len(address) > ADDRESS:
        return None
    if plain := _PLAIN.fullmatch(address):
        return address if plain[1] else f"{_root(origin)}{address}"
    try:
        return quote(urljoin(f"{origin}/", address), safe="%:/?#[]@!$&'()*+,;=~")
    except ValueError:  # half an IPv6 address
        return None


@lru_cache(8)
def _root(origin: str) -> str:
    return urljoin(f"{origin}/", "/").removesuffix("/")


def _width(size: Size) -> int:
    return size.width or 0
