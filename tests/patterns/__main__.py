"""`scripts/patterns`: write the page to .local/patterns.html, and print where it is."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from app.pages.view import View, environment
from scripts.local_stack import stack
from scripts.local_stack.character_library.painting import Portrait, look_of, paint
from scripts.local_stack.character_library.painting import View as PaintedView
from tests.patterns.samples import PAINTED
from tests.patterns.states import STATES

PAGE = stack.ROOT / ".local" / "patterns.html"

_PICTURES = 4
_STATIC = (stack.ROOT / "app" / "static").as_uri()
_SCRIPT = re.compile(r"<script\b[^>]*></script>")
_FRAME = '<h2>{name}</h2>\n<iframe title="{name}" srcdoc="{html}"></iframe>\n'
_WHOLE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Patterns</title>
<style>
  :root {{ color-scheme: light dark }} body {{ margin: 0; font: 1rem system-ui }} h1, h2 {{ margin: 1rem }}
  iframe {{ display: block; inline-size: 100%; block-size: 40rem; border: 0; border-block: 1px dashed }}
</style>
<main>
<h1>Patterns</h1>
{frames}
</main>
<script>
  for (const frame of document.querySelectorAll('iframe')) {{
    const fit = () => {{ frame.style.blockSize = `${{frame.contentDocument.documentElement.scrollHeight}}px` }}
    frame.addEventListener('load', () => {{ fit(); new ResizeObserver(fit).observe(frame.contentDocument.body) }})
  }}
</script>
</html>
"""


def write(page: Path = PAGE) -> Path:
    """Render all states, each in a frame of its own, so that ids and widths are what they are on a page."""
    pictures = page.parent / "painted"
    pictures.mkdir(parents=True, exist_ok=True)
    for number in range(_PICTURES):
        look = look_of("", f"pattern {number}")
        painted = paint(Portrait(look, view=PaintedView(turn=60.0 * number), size=(360, 480)))
        (pictures / f"{number}.jpg").write_bytes(painted)
    frames = "".join(_framed(name, view, pictures.as_uri()) for name, view in STATES.items())
    page.write_text(_WHOLE.format(frames=frames))
    return page


def _framed(name: str, view: View, pictures: str) -> str:
    """One state, without scripts: they would ask a server."""
    fields = {field: getattr(view, field) for field in view.__struct_fields__}
    html = environment.get_template(view.template).render(fields)
    html = _SCRIPT.sub("", html).replace(PAINTED, f"{pictures}/").replace('"/static/', f'"{_STATIC}/')
    return _FRAME.format(name=escape(name), html=escape(html))


if __name__ == "__main__":
    print(write())
