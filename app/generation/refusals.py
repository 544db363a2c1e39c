"""What Payload has refused to store, so that nobody pays a second time for an image that it would refuse again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from http import HTTPStatus

import msgspec

from app.cms.image import Image
from app.cms.image_record import Kind
from app.cms.site_fields import OF_MEDIA, OF_RECORDS
from app.errors import AppError, Forbidden, PayloadRejected, StillRefused, payload_reasons, shown_fields
from app.generation.context import GenerationContext
from app.ingest import Subject
from payload_client import FieldError, NotUnique, Refused

_REMEMBERED = 1_000
_CERTAIN = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_OURS = OF_MEDIA | OF_RECORDS
_OF_THE_PROMPT = {"prompt", "alt"}
_Key = tuple[str, str, Kind | None]


class _Refusal(msgspec.Struct, frozen=True):
    """A refusal in Payload's words. `shortest`: the length of a prompt from which on it counts."""

    reason: str
    fields: list[FieldError]
    shortest: int


class Refusals:
    """The refusals of this process, by user and by what a site adds to documents: for one kind of image, or for all.

    A refusal counts until an image of that user is stored, or another kind of data is written (another tenant). The
    oldest of very many are forgotten.
    """

    def __init__(self) -> None:
        self._refusals: OrderedDict[_Key, _Refusal] = OrderedDict()

    def check(self, context: GenerationContext, kind: Kind, prompt: str | None = None) -> None:
        """Raise `StillRefused` where Payload would refuse such an image, as far as is known."""
        for bound_to in (None, kind):
            refusal = self._refusals.get(_key(context, bound_to))
            if refusal and (prompt is None or len(prompt) >= refusal.shortest):
                raise StillRefused(
                    f"Payload refused your last image and would refuse this one too: {refusal.reason}. "
                    "Nothing was generated. Once that is mended, try again.",
                    *refusal.fields,
                )

    def note(self, context: GenerationContext, outcomes: Iterable[tuple[Subject, Image | Exception]]) -> None:
        """Remember what was refused, unless one of its kind was stored; forget what was refused of those kinds."""
        known = list(outcomes)
        stored = {subject.kind for subject, outcome in known if isinstance(outcome, Image)}
        for kind in stored:
            for bound_to in (None, kind):
                self._refusals.pop(_key(context, bound_to), None)
        for subject, outcome in known:
            if isinstance(outcome, AppError) and subject.kind not in stored and _is_certain(outcome):
                self._remember(context, subject, outcome, for_all=not stored)

    def _remember(self, context: GenerationContext, subject: Subject, error: AppError, *, for_all: bool) -> None:
        refused = error.refused
        fields = shown_fields(refused.fields) if refused else []
        named, shortest = {field.path for field in fields}, 0
        about_all = for_all and refused is not None and not _is_about_size(refused) and not (named and named <= _OURS)
        if named and named <= _OF_THE_PROMPT:
            if subject.prompt is None and subject.kind != "portfolioItem":
                return  # the prompt of a recovered image says nothing of the next
            shortest = len(subject.prompt or "")
        key = _key(context, None if about_all else subject.kind)
        # Its words alone: an error has frames, whose variables are pictures.
        reason = payload_reasons(refused) if refused else str(error).rstrip(".")
        self._refusals[key] = _Refusal(reason, fields, shortest)
        self._refusals.move_to_end(key)
        if len(self._refusals) > _REMEMBERED:
            self._refusals.popitem(last=False)


def _key(context: GenerationContext, kind: Kind | None) -> _Key:
    site = context.cms.site_fields
    written = msgspec.json.encode((site.media, site.records), order="sorted")
    return str(context.caller.id), blake2b(written, digest_size=16).hexdigest(), kind


def _is_certain(error: AppError) -> bool:
    """Whether Payload would refuse the same again: not for a while, nor for a value that only this image has."""
    refused = error.refused
    if refused is None:
        return isinstance(error, PayloadRejected)  # it has stored another file than it was sent
    taken = isinstance(refused, NotUnique) and {field.path for field in refused.fields} <= _OURS
    return isinstance(error, PayloadRejected | Forbidden) and refused.status in _CERTAIN and not taken


def _is_about_size(refused: Refused) -> bool:
    return refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
