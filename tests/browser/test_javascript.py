"""The scripts of the pages are held to their types, and to the events by which they call each other."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TSC = ROOT / "scripts/local_stack/payload/node_modules/.bin/tsc"
BROKEN = {
    ("dialog.js", "send('place', page)"): "send('plcae', page)",
    ("gallery.js", "send('offer', { words, field })"): "send('offer', { word: words, field })",
    ("gallery.js", "send('place', new DOMParser()"): "send('place', new DOMException()",
    ("prompt.js", "document.addEventListener('offer'"): "document.addEventListener('offre'",
    ("live.js", "status.toggleAttribute("): "status.toggleAtribute(",
}


def errors_of(folder: Path) -> list[str]:
    done = subprocess.run(
        [TSC, "--project", folder / "scripts/javascript"], capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) is (done.stdout == ""), done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith(" ")]


def test_the_scripts_of_the_pages_are_well_typed() -> None:
    assert errors_of(ROOT) == []


def test_a_misspelt_event_or_a_wrong_detail_is_an_error(tmp_path: Path) -> None:
    """One line is broken for each, in a copy of the scripts."""
    shutil.copytree(ROOT / "app/static", tmp_path / "app/static")
    shutil.copytree(ROOT / "scripts/javascript", tmp_path / "scripts/javascript")
    places = set()
    for (file, text), instead in BROKEN.items():
        script = tmp_path / "app/static" / file
        source = script.read_text()
        assert source.count(text) == 1, text
        script.write_text(source.replace(text, instead))
        places.add(f"{file}({source[: source.index(text)].count(chr(10)) + 1},")
    told = {line.split("app/static/")[1].split(",")[0] + "," for line in errors_of(tmp_path)}
    assert told == places
