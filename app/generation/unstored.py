"""What runs of this process may have had drawn and could not store: prompt and set, for whoever recovers it."""

from __future__ import annotations

import re
import time
from collections import OrderedDict

import msgspec

from app.character_library import LibraryImage
from app.cms.image_record import Kind
from app.ingest import Subject
from payload_client import Id

_REMEMBERED = 500
_DRAWN_AT = re.compile(r"_(\d{13})\.\w+$", re.ASCII)  # milliseconds since 1970, in the library's names of files
_CLOCKS_DIFFER = 60.0

Key = tuple[str, str]


class UnstoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that ended without an answer that names its images. `started`: seconds since 1970."""

    key: Key
    subject: Subject
    started: float

    def may_have_drawn(self, image: LibraryImage) -> bool:
        """Whether the image is not older than the run, as far as its address tells."""
        match = _DRAWN_AT.search(image.url or "")
        return match is None or int(match[1]) / 1000 > self.started - _CLOCKS_DIFFER


class Unstored:
    """The newest of them, by character and library id; whoever has another character learns nothing of them."""

    def __init__(self) -> None:
        self._images: OrderedDict[tuple[Key, str], Subject] = OrderedDict()
        self._runs: list[UnstoredRun] = []

    def remember_image(self, key: Key, image: LibraryImage, subject: Subject) -> None:
        """Remember an image that the library named and that could not be stored."""
        for name in {image.external_id, image.url} - {None}:
            self._images[key, str(name)] = subject
        while len(self._images) > _REMEMBERED:
            self._images.popitem(last=False)

    def remember_run(self, key: Key, subject: Subject, seconds: float) -> None:
        """Remember a run that may have drawn what nobody named; it started so many seconds ago."""
        self._runs.append(UnstoredRun(key=key, subject=subject, started=time.time() - seconds))
        del self._runs[:-_REMEMBERED]

    def forget(self, key: Key, image: LibraryImage, subject: Subject) -> None:
        """Forget an image that is stored now, and the run that drew it."""
        for name in (image.external_id, image.url):
            self._images.pop((key, str(name)), None)
        if subject.kind != "portfolioItem":  # others of the set may be recovered later
            drew = [run for run in self._runs if run.key == key and run.subject.prompt == subject.prompt]
            self._runs = [run for run in self._runs if run not in drew[:1] or run.subject.kind != subject.kind]

    def find(self, key: Key, kind: Kind, images: list[LibraryImage]) -> list[Subject | None]:
        """Find what is known of each of the images of a kind that have no record, in the order of the library's list.

        Only what is certain: a run's only image, as many runs as images, or several runs with one prompt.
        """
        named = [self._named(key, image) for image in images]
        rest = [image for image, subject in zip(images, named, strict=True) if subject is None]
        runs = [run for run in self._runs if run.key == key and run.subject.kind == kind]
        matched = iter(_match(runs, rest))
        return [subject or next(matched) for subject in named]

    def _named(self, key: Key, image: LibraryImage) -> Subject | None:
        names = (str(name) for name in (image.external_id, image.url) if name)
        return next((subject for name in names if (subject := self._images.get((key, name)))), None)


def key_of(character_id: Id, library_id: str) -> Key:
    """The key of a character with its id at the library."""
    return str(character_id), library_id


def _match(runs: list[UnstoredRun], images: list[LibraryImage]) -> list[Subject | None]:
    if runs and runs[0].subject.kind == "portfolioItem":
        return [runs[-1].subject] * len(images)  # a set takes the place of the one before it
    if len(runs) == len(images):
        return [run.subject if run.may_have_drawn(image) else None for run, image in zip(runs, images, strict=True)]
    prompts = {run.subject.prompt for run in runs}
    return [runs[-1].subject if len(prompts) == 1 and runs[-1].may_have_drawn(image) else None for image in images]
