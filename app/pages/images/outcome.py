"""What became of the last thing asked for, in words, at its panel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, get_args

import msgspec

from app.errors import Charged, Failure, StillRefused, failure_of, sentence_for
from app.generation.run import Run
from app.pages.images.kinds import Panel, panel_of
from app.use_cases.delete import FileLeft, ImageDeleted, RecordLeft
from app.use_cases.generate import ReferenceResult, SceneResult, SetResult
from app.use_cases.recover import RecoveryResult

_PAID: dict[Charged, str] = {
    "no": "Nothing was paid for.",
    "yes": "What was drawn is paid for.",
    "unknown": "A picture may have been drawn and paid for all the same.",
}
_FILE_LEFT: dict[FileLeft, str] = {
    "kept_in_use": "Its file is kept, since another image uses it too.",
    "kept_for_record": "Its file stays in Media until the record is deleted there for good.",
    "left_for_sweep": "Its file could not be deleted now; the next sweep does that.",
}
_REMOTE_LEFT = "The Character Library could not delete its copy and still has it."
_NOTE = re.compile(rf"([^\x00-\x1f]{{1,100}}):({'|'.join(get_args(FileLeft))}):(ok|failed):(in_trash|deleted)")


class Detail(msgspec.Struct, frozen=True):
    """A sentence below an outcome, and the address of the image that it is about."""

    text: str
    address: str | None = None


class Outcome(msgspec.Struct, frozen=True):
    """The outcome of the last request, shown at its panel. `recoverable`: the library may have the image.

    `prompt`: the exact prompt that was paid for, or may have been.
    `undo`: the ids of images that can be restored from the trash. `try_again`: nothing was tried, but can be.
    """

    panel: Panel
    tone: Literal["good", "partial", "bad"]
    text: str
    details: list[Detail] = []
    recoverable: bool = False
    prompt: str | None = None
    undo: list[str] = []
    try_again: bool = False


class Deleted(msgspec.Struct, frozen=True):
    """The result of deleting one image."""

    image: str
    media: FileLeft
    remote: Literal["ok", "failed"]
    record: RecordLeft | Literal["deleted"] = "deleted"

    @classmethod
    def of(cls, image: str, result: ImageDeleted) -> Deleted:
        """Convert the result of the use case."""
        remote: Literal["ok", "failed"] = "failed" if result.remote.attempted and not result.remote.deleted else "ok"
        return cls(image, result.media, remote, result.record or "deleted")

    @classmethod
    def noted(cls, note: str) -> Deleted | None:
        """Read a note; None where it is malformed."""
        match = _NOTE.fullmatch(note)
        return msgspec.convert(dict(zip(cls.__struct_fields__, match.groups(), strict=True)), cls) if match else None

    @property
    def note(self) -> str:
        """The same, small enough for the address of the page that tells it."""
        return f"{self.image}:{self.media}:{self.remote}:{self.record}"

    @property
    def is_noteworthy(self) -> bool:
        """Whether the page that follows has something to say of it, or a way back."""
        return self.record == "in_trash" or bool(self.left)

    @property
    def left(self) -> list[str]:
        """Sentences about what of the image could not be deleted."""
        sentences = [_FILE_LEFT[self.media]] if self.media in _FILE_LEFT else []
        return sentences + ([_REMOTE_LEFT] if self.remote == "failed" else [])


def failure(panel: Panel, error: Exception | Failure) -> Outcome:
    """The outcome of an error at a panel, with whether a generation may have been paid for."""
    failed = error if isinstance(error, Failure) else failure_of(error)
    details = [Detail(_PAID[failed.charged])] if failed.charged else []
    if failed.source_url:
        details.append(Detail("It is still at its own address.", failed.source_url))
    still_refused = isinstance(error, StillRefused)
    recoverable = still_refused or failed.recoverable
    return Outcome(panel, "bad", failed.sentence, details, recoverable, failed.prompt, try_again=still_refused)


def outcome_of(run: Run[Any]) -> Outcome | None:
    """The outcome of a run; None while it is under way."""
    panel = panel_of(run.kind)
    if not run.finished:
        return None
    if run.failure:
        return failure(panel, run.failure)
    match run.value:
        case ReferenceResult() | SceneResult():
            return Outcome(panel, "good", "The image is saved.")
        case SetResult(count=count, failures=failures):
            return _counted(panel, count, "of the set", [Detail(item.error, item.source_url) for item in failures])
        case RecoveryResult(count=count, failures=failures):
            if not count and not failures:
                return Outcome(panel, "good", "The Character Library has nothing that is not here already.")
            errors = [Detail(item.error, item.source_url) for item in failures]
            return _counted(panel, count, "that the Character Library had", errors)
    return None


def deletion(count: int, deleted: Iterable[Deleted], failed: Iterable[tuple[str, Exception]] = ()) -> Outcome:
    """The outcome of deleting images, `count` of which are deleted or in the trash.

    `deleted`: of those at least the noteworthy ones; `failed`: those that are still here, and why.
    """
    errors, deleted = list(failed), list(deleted)
    undo = [result.image for result in deleted if result.record == "in_trash"]
    several = count + len(errors) > 1
    if errors and not several:
        return failure("images", errors[0][1])
    sentences = [
        f"Image {result.image}: {_lower(words)}" if several else words for result in deleted for words in result.left
    ] + [f"Image {image}: {sentence_for(error)}" for image, error in errors]
    details = [Detail(sentence) for sentence in sentences]
    what = "in Payload’s trash" if undo else "deleted"
    if errors:
        text = f"{count} of {count + len(errors)} images {'is' if count == 1 else 'are'} {what}."
        return Outcome("images", "bad", text, details, undo=undo)
    text = f"{count} images are {what}." if several else f"The image is {what}."
    return Outcome("images", "partial" if details else "good", text, details, undo=undo)


def restoration(count: int, failed: Iterable[tuple[str, Exception]] = ()) -> Outcome:
    """The outcome of restoring images from the trash, `count` of which are back; `failed`: the others, and why."""
    errors = list(failed)
    if errors and not count and len(errors) == 1:
        return failure("images", errors[0][1])
    details = [Detail(f"Image {image}: {sentence_for(error)}") for image, error in errors]
    if errors:
        text = f"{count} of {count + len(errors)} images {'is' if count == 1 else 'are'} restored."
        return Outcome("images", "bad", text, details)
    return Outcome("images", "good", "The image is restored." if count == 1 else f"{count} images are restored.")


def _lower(sentence: str) -> str:
    return sentence if sentence.startswith("The Character Library") else sentence[0].lower() + sentence[1:]


def _counted(panel: Panel, count: int, of: str, errors: list[Detail]) -> Outcome:
    text = f"{count} of {count + len(errors)} images {of} {'is' if count == 1 else 'are'} saved."
    return Outcome(panel, "partial" if errors else "good", text, errors, recoverable=bool(errors))
