"""What holds for every prompt, and the characters of the table."""

from __future__ import annotations

import json
import re
from pathlib import Path

from app.prompts import FRAMING, MAX_LENGTH
from app.prompts.assemble.clean import QUOTES


def check_text(text: str) -> None:
    assert text.endswith(f" Framing: {FRAMING}")
    assert len(text) <= MAX_LENGTH
    assert not set(QUOTES) & set(re.sub(r"(?<=[\w\u0300-\u036f])['’״](?=\w)", "", text))
    assert not re.search(r"\s\s|[,;]\s?[,;]|[\x00-\x1f\x7f-\x9f\ud800-\udfff]", text)
    assert text == " ".join(text.split())


# Sixty characters of many lands, trades and scripts: name, role, bamlData, and what a person read and would leave as it
# is between "Master reference image of" and the framing.
_LINES = Path(__file__).with_name("prompt_characters.jsonl").read_text(encoding="utf-8")


CHARACTERS = [json.loads(line) for line in _LINES.splitlines()]
