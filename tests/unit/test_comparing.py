"""Prompts side by side."""

from __future__ import annotations

from app.pages.images.comparing import differing_words
from tests.patterns.samples import image


def _marked(*prompts: str) -> list[str]:
    images = [image(number, prompt=prompt) for number, prompt in enumerate(prompts)]
    words = differing_words(images)
    for one in images:
        assert not words or "".join(piece for piece, _ in words[one.id]) == one.prompt
    return [" ".join(piece for piece, differs in pieces if differs) for pieces in words.values()]


def test_the_words_that_another_prompt_lacks_are_marked() -> None:
    assert _marked("A red coat, tall", "A Green coat!\n short") == ["red tall", "Green short"]
    assert _marked("a b c", "a b", "a c") == ["b c", "b", "c"]


def test_equal_prompts_a_single_one_and_more_than_four_have_nothing_marked() -> None:
    assert _marked("a b", "A  b") == ["", ""]
    assert _marked("a") == []
    assert _marked(*"abcde") == []
