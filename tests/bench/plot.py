"""`python -m tests.bench.plot`: draw `docs/scale.svg` from what `scripts/bench scale --save` has measured."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

_DOCS = Path(__file__).parents[2] / "docs"
_WIDTH, _HEIGHT, _GAP = 300, 210, 44
_LEFT, _TOP, _BELOW = 52, 46, 96
_COLOURS = ("#1f5fa8", "#b3471d", "#7fa8d6", "#e0a084")
_INK, _FAINT, _PAPER = "#24221e", "#d6d0c4", "#fbfaf7"


class Panel(msgspec.Struct, frozen=True):
    """A diagram: milliseconds, by the name of their line, `at` steps that are drawn at equal distances."""

    title: str
    at: list[int]
    lines: dict[str, list[float]] = {}


def save(panels: list[Panel]) -> None:
    """Write what was measured, and draw it."""
    text = msgspec.json.format(msgspec.json.encode(panels), indent=1)
    (_DOCS / "scale.json").write_bytes(text + b"\n")
    (_DOCS / "scale.svg").write_text(draw(panels))


def draw(panels: list[Panel]) -> str:
    """Draw the panels beside each other."""
    width = len(panels) * (_LEFT + _WIDTH) + (len(panels) - 1) * _GAP + 40
    height = _TOP + _HEIGHT + _BELOW
    words = "Processor time of a list of 100 images and of a page of 48"
    most = _ceiling(max(value for panel in panels for values in panel.lines.values() for value in values))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{words}</title>",
        f'<g font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">',
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
    ]
    for number, panel in enumerate(panels):
        left = 20 + number * (_LEFT + _WIDTH + _GAP)
        parts += [f'<g transform="translate({left + _LEFT},{_TOP})">', *_panel(panel, most), "</g>"]
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _panel(panel: Panel, most: float) -> list[str]:
    step = _WIDTH / (len(panel.at) - 1)
    parts = [f'<text x="{-_LEFT}" y="-22" font-weight="600">{escape(panel.title)}</text>']
    for share in (0, 0.5, 1):
        y = _HEIGHT * (1 - share)
        parts.append(f'<path d="M0 {y}H{_WIDTH}" stroke="{_FAINT}"/>')
        parts.append(f'<text x="-8" y="{y + 4}" text-anchor="end">{most * share:g}{" ms" if share == 1 else ""}</text>')
    for place, at in enumerate(panel.at):
        parts.append(f'<text x="{place * step:.0f}" y="{_HEIGHT + 22}" text-anchor="middle">{at:,}</text>')
    for number, ((name, values), colour) in enumerate(zip(panel.lines.items(), _COLOURS, strict=True)):
        points = [(place * step, _HEIGHT * (1 - value / most)) for place, value in enumerate(values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = number % 2 * 150, _HEIGHT + 54 + number // 2 * 22
        parts.append(f'<path d="M{x} {y - 4}h18" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 24}" y="{y}">{escape(name)}</text>')
    return parts


def _ceiling(value: float) -> float:
    """The next number that is easy to read."""
    power: float = 10 ** (len(str(int(value))) - 1)
    return next(power * step for step in (1, 2, 4, 6, 8, 10) if power * step >= value)


if __name__ == "__main__":
    save(msgspec.json.decode((_DOCS / "scale.json").read_bytes(), type=list[Panel]))
