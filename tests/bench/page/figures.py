"""One table of what was measured, each with what it may be."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One number. `most`, `least`: what it may be; with neither it is only told."""

    what: str
    found: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it is as good as it has to be."""
        return (self.most is None or self.found <= self.most) and (self.least is None or self.found >= self.least)

    @property
    def line(self) -> str:
        """The same as a line of the table."""
        goal = f"at most {self.most:g}" if self.most is not None else ""
        goal = f"at least {self.least:g}" if self.least is not None else goal
        met = ("ok" if self.is_met else "MISSED") if goal else ""
        return f"{self.what:62} {self.found:8.4g} {self.unit:4} {goal:16} {met}".rstrip()


class Table:
    """The lines, printed as they are measured."""

    def __init__(self) -> None:
        self._figures: list[Figure] = []

    def tell(self, figures: list[Figure]) -> None:
        """Print some more."""
        self._figures += figures
        for figure in figures:
            print(figure.line, flush=True)

    def sum_up(self) -> bool:
        """Print how many goals are missed; whether none is."""
        goals = [one for one in self._figures if one.most is not None or one.least is not None]
        missed = sum(not one.is_met for one in goals)
        print(f"{missed} of {len(goals)} goals missed")
        return not missed
