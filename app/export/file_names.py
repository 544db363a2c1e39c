"""What pictures and files are called when somebody takes them along."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain, count
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from app.cms.image import Image
from app.cms.image_record import name_of_kind
from app.limits import NAME

_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".avif")
_EXTENSION_OF = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/avif": ".avif"}
_BARRED = re.compile(r'[<>:"/\\|?*]')  # on one file system or another
_LONGEST_PART = 60  # bytes: file systems count those


def angle_of(image: Image) -> str | None:
    """The side that it shows, "90°" or "three-quarter left", or else the name of its shot."""
    return image.angle or (image.shot or "").strip() or None


def title_of(images: list[Image]) -> str:
    """What to call them together: "Set of 8", "7 of a set of 8", "3 images"."""
    here = len(images)
    sets = {image.typed_metrics.set_id or "" for image in images}
    if len(sets) != 1 or sets == {""}:
        return "1 image" if here == 1 else f"{here} images"
    total = images[0].set_total
    return f"{here} of a set of {total}" if total and total > here else f"Set of {here}"


def stored_name(image: Image) -> str:
    """The name that its file has in Media; nothing where it has none."""
    try:
        path = urlsplit((image.media and image.media.url) or "").path
    except ValueError:  # no address at all
        return ""
    return PurePosixPath(unquote(path)).name


def file_name(character: str, *parts: str, extension: str) -> str:
    """A name from some parts that every file system takes."""
    sound = [cleaned for part in (character, *parts) if (cleaned := _cleaned(part))]
    return " - ".join(sound or ["images"]) + extension


class FileNames:
    """Names for the pictures of one archive, each different from the others also where case does not count.

    They differ before their extensions, so that a file beside a picture is called like it.
    """

    def __init__(self, character: str) -> None:
        self._character = character
        self._taken: set[str] = set()

    def name(self, image: Image) -> str:
        """Such as `Mara Quill - portfolio 03 - 90°.jpg`."""
        index, set_id = image.typed_metrics.index, image.typed_metrics.set_id
        number = f" {index + 1:02}" if index is not None and set_id else ""
        detail = angle_of(image) or (f"{image.created_at:%Y-%m-%d}" if image.created_at else "")
        suffix = PurePosixPath(stored_name(image)).suffix.lower()
        of_type = _EXTENSION_OF.get((image.media and image.media.mime_type) or "", ".bin")
        extension = suffix if suffix in _EXTENSIONS else of_type
        named = file_name(self._character, f"{name_of_kind(image.kind).lower()}{number}", detail, extension="")
        again = (f"{named} ({copy})" for copy in count(2))
        free = next(stem for stem in chain([named], again) if stem.casefold() not in self._taken)
        self._taken.add(free.casefold())
        return free + extension


def beside(name: str) -> str:
    """The name of the XMP beside a picture of that name, as Adobe's programs look for it."""
    return str(PurePosixPath(name).with_suffix(".xmp"))


def _cleaned(part: str) -> str:
    """The part without what some file system takes amiss, and not too long."""
    plain = unicodedata.normalize("NFC", _BARRED.sub(" ", part[:NAME]))  # quadratic in combining marks
    visible = "".join(
        " " if one.isspace() else one for one in plain if one.isspace() or unicodedata.category(one)[0] != "C"
    )
    short = " ".join(visible.split()).encode()[:_LONGEST_PART].decode(errors="ignore")
    return short.strip(" .")
