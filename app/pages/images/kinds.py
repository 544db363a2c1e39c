"""The one table of runs on the pages: what each draws, and at which panel it is shown."""

from __future__ import annotations

from typing import Literal

import msgspec

from app.cms.image_record import Kind
from app.generation.run import Kind as RunKind

Panel = Literal["reference", "portfolio", "scene", "images"]


class ShownRun(msgspec.Struct, frozen=True):
    """A kind of run, the kind of images that it draws (None: of any), and its panel."""

    run: RunKind
    image: Kind | None
    panel: Panel


_RUNS = (
    ShownRun("reference", "reference", "reference"),
    ShownRun("set", "portfolioItem", "portfolio"),
    ShownRun("scene", "scene", "scene"),
    ShownRun("recovery", None, "images"),
)


def panel_of(run: RunKind) -> Panel:
    """The panel at which runs of a kind are shown."""
    return next(shown.panel for shown in _RUNS if shown.run == run)


def run_that_draws(kind: str | None) -> RunKind | None:
    """The kind of run that draws images of a kind; None for a kind that is none of ours."""
    return next((shown.run for shown in _RUNS if kind and shown.image == kind), None)
