"""Prompts side by side: the words in which they differ."""

from __future__ import annotations

import re

from app.cms.image import Image
from app.limits import PROMPT
from payload_client import Id

MOST = 4
_WORD = re.compile(r"\w+|\W+")


def differing_words(images: list[Image]) -> dict[Id, list[tuple[str, bool]]]:
    """The pieces of each prompt, in order, and whether a piece is a word that another prompt does not have.

    Of two to four images with prompts; of others there is nothing to compare.
    """
    pieces = {image.id: _WORD.findall(image.prompt[:PROMPT]) for image in images if image.prompt}
    if not 1 < len(pieces) <= MOST:
        return {}
    words = [{piece.casefold() for piece in prompt} for prompt in pieces.values()]
    common = set.intersection(*words)
    return {
        image: [(piece, piece[0].isalnum() and piece.casefold() not in common) for piece in prompt]
        for image, prompt in pieces.items()
    }
