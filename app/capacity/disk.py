"""Room on the disk: pictures on their way to Payload are paid for, so zips and contact sheets leave them theirs."""

from __future__ import annotations

import logging
import shutil
import tempfile

from app.errors import Busy

log = logging.getLogger(__name__)


class Disk:
    """The temporary folder. `pictures`: bytes that those on their way to Payload may take there, at most.

    What one person's may take is half of that.
    """

    def __init__(self, pictures: int) -> None:
        self._pictures = pictures

    def check_room_for_pictures(self) -> None:
        """Raise `Busy` where those of a set might find no room."""
        if _free() < self._pictures // 2:
            raise _no_room("the pictures of a generation")

    def check_room_beside_pictures(self, wanted: int) -> None:
        """Raise `Busy` where so many bytes leave too little for pictures."""
        if _free() < self._pictures + wanted:
            raise _no_room("a download")


def _free() -> int:
    return shutil.disk_usage(tempfile.gettempdir()).free


def _no_room(what: str) -> Busy:
    log.error("the temporary folder %s has no room for %s: %d bytes are free", tempfile.gettempdir(), what, _free())
    return Busy(
        f"This server has no room for {what}: its temporary folder is full. Nothing was started; try again later."
    )
