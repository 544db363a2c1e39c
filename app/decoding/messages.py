"""What the application and its workers tell each other: one line of JSON each, beside the files that it is about."""

from __future__ import annotations

from typing import Literal

import msgspec

CELL_PIXELS = 320 * 480
"""Of a thumbnail on a contact sheet, at most."""

Wrong = Literal["not_an_image", "too_large", "damaged"]


class Inspect(msgspec.Struct, frozen=True, tag=True):
    """Look at every byte of the picture in the file. The answer is `Picture`."""

    seconds: float
    max_pixels: int


class Shrink(msgspec.Struct, frozen=True, tag=True):
    """Write the pixels of a thumbnail of the first file's picture into the second file, from `at` on.

    The answer is `Thumbnail`.
    """

    seconds: float
    max_pixels: int
    at: int


class Thumbnail(msgspec.Struct, frozen=True, tag=True):
    """A picture in the size of a cell of a contact sheet: rows of red, green and blue, in a file from `at` on."""

    width: int
    height: int
    at: int

    @property
    def end(self) -> int:
        """The position after it."""
        return self.at + 3 * self.width * self.height


class Frame(msgspec.Struct, frozen=True):
    """One place on a contact sheet. `thumbnail`: None where the picture is missing."""

    thumbnail: Thumbnail | None
    caption: str


class Draw(msgspec.Struct, frozen=True, tag=True):
    """Draw a contact sheet from the thumbnails in the first file into the second, as a PNG. The answer is `Drawn`."""

    seconds: float
    title: str
    subtitle: str
    frames: list[Frame]


class Inspected(msgspec.Struct, frozen=True, tag=True):
    """What a file was found to be: the type and extension that its bytes have, and pixels as they are in it.

    `length`: bytes up to the picture's end; what is behind it in the file is not the picture's. `is_turned`: its EXIF
    has it shown with width and height the other way round.
    """

    mime_type: str
    extension: str
    width: int
    height: int
    length: int
    is_turned: bool = False

    @property
    def turned_shape(self) -> tuple[int, int] | None:
        """The pixels as they are shown, where that is the other way round."""
        return (self.height, self.width) if self.is_turned else None


class Drawn(msgspec.Struct, frozen=True, tag=True):
    """The contact sheet is in its file."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The picture is not taken, and why, in words for people."""

    wrong: Wrong
    message: str


Task = Inspect | Shrink | Draw
Answer = Inspected | Thumbnail | Drawn | Failed
