"""The grid: newest first, and the pictures of a set together."""

from __future__ import annotations

from datetime import datetime
from statistics import median

import msgspec

from app.cms.image import Image
from app.generation.run import Kind as RunKind
from app.pages.images.kinds import run_that_draws
from payload_client import Id

_A_DAY_MS = 86_400_000  # no run takes longer


class ImageSet(msgspec.Struct, frozen=True):
    """The heading of a 360° set above its images.

    `total`: how many the library was to draw; None where that is not known. `is_cut`: more of it may be further down.
    `reference`: what it was drawn from, by its id; `reference_image`: that, where it is at hand.
    """

    id: str
    here: int
    total: int | None
    is_cut: bool
    created_at: datetime | None
    reference: Id | None
    reference_image: Image | None


class Group(msgspec.Struct, frozen=True):
    """Pictures that stand together: a set in its own order, or what was made one by one (`set` is None)."""

    images: list[Image]
    set: ImageSet | None = None


def groups_of(images: list[Image], candidates: list[Image], *, is_all: bool = True) -> list[Group]:
    """The grid in groups. `candidates`: images among which a set's reference may be; `is_all`: there are no more."""
    gathered: list[list[Image]] = []
    of_set: dict[str, list[Image]] = {}
    for image in images:
        set_id = image.typed_metrics.set_id
        if set_id in of_set:
            of_set[set_id].append(image)
        elif set_id or not gathered or gathered[-1][0].typed_metrics.set_id:
            gathered.append([image])
            if set_id:
                of_set[set_id] = gathered[-1]
        else:
            gathered[-1].append(image)
    by_id = {image.id: image for image in (*images, *candidates)}
    # Only the set of the last picture can go on: what comes next is older.
    return [_group(held, by_id, may_go_on=not is_all and images[-1] is held[-1]) for held in gathered]


def set_shown(images: list[Image], candidates: list[Image]) -> ImageSet | None:
    """The heading of the set that these images are; None for images of no set."""
    return _set(images, {image.id: image for image in candidates}, may_go_on=False)


def usual_ms(images: list[Image], before: datetime | None = None) -> dict[RunKind, int]:
    """The median duration in milliseconds of this character's runs by kind, as far as these images have it.

    `before`: images that are newer do not count, since their run may be under way.
    """
    durations: dict[RunKind, dict[object, int]] = {}
    for image in images:
        run, taken = run_that_draws(image.kind), image.typed_metrics.duration_ms
        if image.typed_metrics.recovered or (before and image.created_at and image.created_at >= before):
            continue
        if run and taken and 0 < taken <= _A_DAY_MS:
            runs, of = durations.setdefault(run, {}), image.typed_metrics.set_id or image.id
            runs[of] = max(taken, runs.get(of, 0))  # the picture of a set that came last
    return {run: round(median(times.values())) for run, times in durations.items()}


def _group(images: list[Image], by_id: dict[Id, Image], *, may_go_on: bool) -> Group:
    shown_set = _set(images, by_id, may_go_on=may_go_on)
    return Group(sorted(images, key=lambda image: image.place), shown_set) if shown_set else Group(images)


def _set(images: list[Image], by_id: dict[Id, Image], *, may_go_on: bool) -> ImageSet | None:
    first, total = images[0], images[0].set_total
    if not (set_id := first.typed_metrics.set_id):
        return None
    reference = first.reference_id
    return ImageSet(
        id=set_id,
        here=len(images),
        total=total,
        is_cut=may_go_on and (total is None or len(images) < total),
        created_at=min((image.created_at for image in images if image.created_at), default=None),
        reference=reference,
        reference_image=by_id.get(reference) if reference is not None else None,
    )
