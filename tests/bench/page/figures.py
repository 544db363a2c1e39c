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


def told(figures: list[Figure]) -> bool:
    """Print the table; whether every goal is met."""
    for figure in figures:
        print(figure.line)
    missed = sum(not figure.is_met for figure in figures)
    print(f"{missed} of {sum(one.most is not None or one.least is not None for one in figures)} goals missed")
    return not missed
