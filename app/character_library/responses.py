"""Reading the Character Library's answers: tolerant of every dialect that is known, strict about having an address.

An answer is a picture, or a set of them; its members are looked for where any known version of the library puts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from app.character_library.metadata import facts_of
from app.cms.image_record import Kind
from app.limits import ADDRESS, ID, LARGEST_NUMBER, LIBRARY_HELD, LIBRARY_ITEMS, PROMPT, WORDS, cut

T = TypeVar("T")

_PLACEHOLDERS = "placeholder.example.com"
_ADDRESSES = ("publicUrl", "imageUrl", "url")
_SETS = ("images", "results", "generatedImages")
_MEDIA_IDS = ("imageId", "mediaId")
_OTHER_IDS = ("dinoAssetId", "id")
_GROUPS: tuple[tuple[str, Kind], ...] = (
    ("masterReference", "reference"),
    ("coreReferenceSet", "portfolioItem"),
    ("sceneImages", "scene"),
)


class LibraryImage(msgspec.Struct, frozen=True):
    """A picture that the library holds.

    `url`: absolute, None where only `media_id` leads to it. `external_id`: the first id it is known by;
    `external_id_is` names that id where it is not a media id. `facts`: what else the library says of it.
    """

    url: str | None
    external_id: str | None = None
    external_id_is: str | None = None
    prompt: str | None = None
    error: str | None = None
    facts: dict[str, Any] = {}

    @property
    def media_id(self) -> str | None:
        """Its media id in the library, by which it can be looked up and made the master."""
        return None if self.external_id_is else self.external_id

    @property
    def is_placeholder(self) -> bool:
        """Whether its address is one that the library's first sets invented: nothing was drawn."""
        return bool(self.url) and _host(str(self.url)) == _PLACEHOLDERS


def read_image(body: object, base: str, library_id: str) -> LibraryImage | None:
    """The one picture of an answer; None without an address. `library_id`: never taken for a picture's."""
    return next(
        (image for level in _levels(body) if (image := _read_image(level, base, library_id)) and image.url), None
    )


def read_images(body: object, base: str, library_id: str) -> list[LibraryImage]:
    """The pictures of a set, in the library's order; an item that names no picture is left out."""
    images = (
        LibraryImage(_absolute(item, base)) if isinstance(item, str) else _read_image(item, base, library_id)
        for item in _set(body)[:LIBRARY_ITEMS]
        if not isinstance(item, str) or item.strip()
    )
    return [image for image in images if image and (image.url or image.media_id)]


def listed_images(body: object, base: str, library_id: str) -> list[tuple[Kind, LibraryImage]]:
    """The pictures of `GET …/images`, each with its kind: the master, the core set, the scenes."""
    groups = _member(body, "images", dict)
    listed = ((kind, item) for name, kind in _GROUPS for item in _as_list(groups.get(name))[:LIBRARY_HELD])
    images = ((kind, _read_image(item, base, library_id)) for kind, item in listed)
    return [(kind, image) for kind, image in images if image and (image.url or image.media_id)]


def failed_items(body: object) -> list[str]:
    """What the library says of the pictures of a set that it could not make."""
    failed = _member(body, "failedImages", list)[:LIBRARY_ITEMS]
    words = (filter(None, (text(item, "angle"), text(item, "error"))) for item in failed)
    return [cut(": ".join(parts), WORDS) or "failed" for parts in words]


def text(level: object, *names: str, longest: int = WORDS) -> str | None:
    """The first of these members that is a text, or a number as one, and not blank; cut to `longest` characters."""
    return next((cut(value, longest) for value in _texts(level, names)), None)


def identity(level: object, *names: str) -> str | None:
    """The first of these members that can be an id: a text, or a number as one, not blank and not too long."""
    return next((value for value in _texts(level, names) if len(value) <= ID), None)


def _texts(level: object, names: tuple[str, ...]) -> Iterator[str]:
    for value in (level.get(name) for name in names) if isinstance(level, dict) else ():
        if isinstance(value, str) and value.strip():
            yield value
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER:
            yield str(value)


def _read_image(item: object, base: str, library_id: str) -> LibraryImage | None:
    if not isinstance(item, dict):
        return None
    name = next((n for n in (*_MEDIA_IDS, *_OTHER_IDS) if identity(item, n) not in (None, library_id)), None)
    addresses = [value for n in _ADDRESSES if isinstance(value := item.get(n), str) and value.strip()]
    usable = [address for address in addresses if len(address) <= ADDRESS]
    address = next(iter(usable or (addresses if name not in _MEDIA_IDS else [])), None)
    return LibraryImage(
        url=_absolute(address, base) if address else None,
        external_id=identity(item, name) if name else None,
        external_id_is=name if name in _OTHER_IDS else None,
        prompt=text(item, "prompt", "generationPrompt", longest=PROMPT),
        error=_failure(item),
        facts=facts_of(item),
    )


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _absolute(address: str, base: str) -> str:
    """The address with the library's origin; one that is too long or none at all is refused where it is fetched."""
    short = cut(address.strip(), ADDRESS + 1)
    try:
        return urljoin(f"{base}/", short)
    except ValueError:
        return short


def _failure(item: dict[str, Any]) -> str | None:
    failed = item.get("success") is False or item.get("status") == "failed"
    return text(item, "error", "message") or "The Character Library says that it failed." if failed else None


def _levels(body: object) -> Iterator[dict[str, Any]]:
    """Where members are looked for: the answer itself, its `data`, its `results`."""
    if isinstance(body, dict):
        yield body
        yield from (inner for name in ("data", "results") if isinstance(inner := body.get(name), dict))


def _member(body: object, name: str, kind: type[T]) -> T:
    """The first member of that name and type; an empty one where there is none."""
    return next((value for level in _levels(body) if isinstance(value := level.get(name), kind)), kind())


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _set(body: object) -> list[Any]:
    arrays = [
        array for level in _levels(body) for name in _SETS if isinstance(array := level.get(name), list) and array
    ]
    if isinstance(body, dict) and isinstance(body.get("data"), list):
        arrays.append(body["data"])
    return arrays[0] if arrays else []
