"""Inflection: whether two English words are forms of one: coat and coats, freckle and freckled, quick and quickly."""

from functools import lru_cache

from app.prompts.grammar import words

_VOWELS = "aeiouy"
_SHORTEST = 3
# They look like a form of another word and mean something else.
_OWN_WORDS = words(
    "glasses earring earrings evening evenings building buildings stocking stockings wedding morning lightning"
    " painting early hardly barely nearly scarcely shortly lately homely family belly only lovely"
)
_SPELLINGS = {"gray": "grey", "color": "colour", "mustache": "moustache", "jewelry": "jewellery"}


@lru_cache(maxsize=4096)
def forms(word: str) -> frozenset[str]:
    """What the word may be a form of, itself included. Two words are related if they share one."""
    plain = _spelled(word.casefold().removesuffix("'s").replace("'", ""))
    if plain in _OWN_WORDS or not plain.isalpha():
        return frozenset((plain,))
    found = {plain, *_singular(plain), *_adjective(plain), *_verb(plain, "ing"), *_verb(plain, "ed")}
    return frozenset(_spelled(form) for form in found if form == plain or _is_word(form))


def _spelled(word: str) -> str:
    return _SPELLINGS.get(word, word)


def _is_word(form: str) -> bool:
    return len(form) >= _SHORTEST and any(letter in _VOWELS for letter in form)


def _singular(word: str) -> set[str]:
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return set()
    found = {word[:-1]}
    if word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")):
        found.add(word[:-2])
    if word.endswith("ies"):
        found.add(word[:-3] + "y")
    return found


def _adjective(word: str) -> set[str]:
    """Quick of quickly, happy of happily."""
    if not word.endswith("ly"):
        return set()
    return {word[:-2], word[:-3] + "y"} if word.endswith("ily") else {word[:-2]}


def _verb(word: str, ending: str) -> set[str]:
    """Wear of wearing, weave of weaving, scar of scarred; not scar of scared."""
    if not word.endswith(ending):
        return set()
    stem = word.removesuffix(ending)
    found = {stem + "e"}
    if ending == "ed" and stem.endswith("i"):
        found.add(stem[:-1] + "y")
    if len(stem) > _SHORTEST and stem[-1] == stem[-2]:
        found.add(stem[:-1])
    if not _wants_doubling(stem):
        found.add(stem)
    return found


def _wants_doubling(stem: str) -> bool:
    """Whether the last letter would have been doubled before the ending: one vowel, one consonant, one syllable."""
    vowels = [letter in _VOWELS for letter in stem]
    return sum(vowels) == 1 and len(stem) > 1 and vowels[-2] and stem[-1] not in _VOWELS + "wx"
