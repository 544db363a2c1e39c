"""A document of Payload's Media: a stored file with its sizes."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from itertools import islice
from urllib.parse import quote, urljoin

import msgspec
from msgspec import UNSET, UnsetType

from app.limits import ADDRESS, MEMBERS
from payload_client import Id, Lenient

_THUMBNAIL_WIDTH = 240
# An address in which there is nothing to encode and no dot segment, from its root: what almost all are.
_PLAIN = re.compile(r"(https?://[\w.-]+(?::[0-9]+)?)?(?:/[\w~%-][\w.~%-]*)+(?:\?[\w.~%&=-]+)?", re.ASCII)

Shape = tuple[int, int]
"""Width and height in pixels."""


class Size(Lenient, frozen=True):
    """One rendition; a size that did not fit the picture is an object of nulls."""

    url: str | None = None
    width: int | None = None
    height: int | None = None

    @property
    def shape(self) -> Shape | None:
        """Its pixels, where Payload tells both."""
        return _shape(self.width, self.height)


class Media(Lenient, frozen=True, rename="camel"):
    """What is read of it. Addresses are as Payload gives them: relative, or not percent-encoded.

    `deleted_at`: UNSET where the collection keeps no trash.
    """

    id: Id
    url: str | None = None
    alt: str | None = None
    filename: str | None = None
    mime_type: str | None = None
    filesize: int | None = None
    width: int | None = None
    height: int | None = None
    created_at: datetime | None = None
    deleted_at: datetime | UnsetType | None = UNSET
    sizes: dict[str, Size | None] | None = None

    @property
    def has_trash(self) -> bool:
        """Whether Payload keeps a trash of files."""
        return self.deleted_at is not UNSET

    def shape(self, upright: Shape | None = None) -> Shape | None:
        """The pixels as browsers show them. `upright`: those of a file that its EXIF turns on its side, where known.

        Payload tells the pixels of the file, and its copies are upright (payload 3.90). So a file is taken to be turned
        where that is known, or else where its copies have its proportions the other way round, and none has them.
        """
        stored = _shape(self.width, self.height)
        if stored is None:
            return None
        turned = stored[1], stored[0]
        if upright:
            return turned if not _is_same(stored, upright) and _is_same(turned, upright) else stored
        copies = [size.shape for size in self._copies if size.shape]
        is_turned = any(_is_same(copy, turned) for copy in copies) and not any(
            _is_same(copy, stored) for copy in copies
        )
        return turned if is_turned else stored

    def renditions(self, shape: Shape | None) -> list[Size]:
        """The copies that show all of a picture of that shape and are wide enough for a card, smallest first."""
        whole = [size for size in self._copies if shape and size.shape and _is_same(size.shape, shape)]
        return sorted((size for size in whole if _width(size) >= _THUMBNAIL_WIDTH), key=_width)

    @property
    def _copies(self) -> list[Size]:
        sizes = islice((self.sizes or {}).values(), MEMBERS)
        return [size for size in sizes if size and size.url]


POPULATED = dict.fromkeys([*(one.encode_name for one in msgspec.structs.fields(Media)), "prefix", "_objectKey"], True)
"""A `populate` with what is read, and what storage plugins make its address from."""


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


def _shape(width: int | None, height: int | None) -> Shape | None:
    return (width, height) if width and height and width > 0 and height > 0 else None


def _is_same(one: Shape, other: Shape) -> bool:
    """Whether the proportions are the same: a side differs by a pixel at most, as scaling rounds it."""
    small, large = sorted((one, other))
    expected = small[0] * large[1] / large[0], small[1] * large[0] / large[1]
    return abs(small[1] - expected[0]) <= 1 or abs(small[0] - expected[1]) <= 1


def _width(size: Size) -> int:
    return size.width or 0
