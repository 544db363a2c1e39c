"""Spoken: a text as its words, with what stands between them, in the order in which it is said."""

import re
import unicodedata
from collections.abc import Iterator

import msgspec

from app.prompts.clean import JOINERS
from app.prompts.inflection import forms
from app.prompts.vocabulary import ALONG, CONNECTING, COPULAS, HE, LINKS, NEGATIONS, NOUNS, RUNS, SHE

_UNITS = frozenset(["cm", "mm", "m", "ft", "in", "kg", "lb", "lbs", "year", "years", "yo"])
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_SMALL += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: number for number, word in enumerate(_SMALL.split())}
_ROUND = {word: 10 * number for number, word in enumerate(_TENS.split(), 2)}
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_LETTERS = re.compile(r"([\d.,]*\d)(\D+)")
_ALL_NOUNS = frozenset().union(*NOUNS.values())
_TRANSPARENT = COPULAS | {":", "-"}


class Token(msgspec.Struct, frozen=True):
    """A word or a mark of a text, and where it stands; `key` is how it is compared."""

    start: int
    end: int
    key: str
    is_word: bool = True

    @property
    def is_number(self) -> bool:
        """Whether it is a number, in digits or spelled out."""
        return self.key.startswith("#")


class Word(msgspec.Struct, frozen=True):
    """A word with a meaning of its own. `between`: the keys of what stands between it and the one before."""

    token: Token
    forms: frozenset[str]
    between: tuple[str, ...]
    negation: str = ""

    @property
    def joins(self) -> bool:
        """Whether it belongs to the same phrase as the word before: burn scar, grey-green, hair is grey."""
        return all(key in _TRANSPARENT for key in self.between)

    @property
    def link(self) -> str:
        """The preposition that ties it to the word before, else ""."""
        if any(key in ".;!?…" for key in self.between):
            return ""
        return next((key for key in self.between if key in LINKS), "")


def tokens_of(text: str) -> list[Token]:
    """The words and marks of a text; spelled numbers of two words are one."""
    tokens = list(_merged(list(_split(text))))
    return [_inch(tokens, place) for place in range(len(tokens))]


def words_of(text: str) -> list[Word]:
    """The words with a meaning of their own; one after "never" or "without" has that for its negation."""
    found: list[Word] = []
    between: list[str] = []
    negation = ""
    tokens = tokens_of(text)
    for token, behind in zip(tokens, [*tokens, None][1:], strict=True):
        if token.key in NEGATIONS or token.key.endswith("n't"):
            negation = "no"
        if _has_meaning(token, behind):
            keys = frozenset((token.key,)) if token.is_number else forms(token.key)
            found.append(Word(token, keys, tuple(between) if found else ("", *between), negation))
            between = []
            continue
        between.append("," if token.key == ":" and not (found and found[-1].token.key in _ALL_NOUNS) else token.key)
        if (not token.is_word and token.key != "-") or token.key in ("and", "but", "with"):
            negation = ""
    return found


def _has_meaning(token: Token, behind: Token | None) -> bool:
    if token.key in RUNS and behind and behind.key in ALONG:
        return False
    return token.is_word and token.key not in CONNECTING | NEGATIONS | SHE | HE


def phrases_of(words: list[Word]) -> list[list[Word]]:
    """The words in groups that belong together."""
    phrases: list[list[Word]] = []
    for word in words:
        if phrases and word.joins:
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return phrases


def _split(text: str) -> Iterator[Token]:
    """Words, numbers and marks; an apostrophe, a point or a comma within belongs to the word."""
    start, place = 0, 0
    while place < len(text):
        start = place
        while place < len(text) and _is_inside(text, start, place):
            place += 1
        if place > start:
            yield from _parted(text[start:place], start)
        else:
            place += 1
            if text[start] != " ":
                yield Token(start, place, _mark(text, start), is_word=False)


def _is_inside(text: str, start: int, place: int) -> bool:
    character = text[place]
    if character.isalnum() or character in JOINERS or unicodedata.category(character).startswith("M"):
        return True
    before, after = text[place - 1 : place] if place > start else "", text[place + 1 : place + 2]
    if character in "'’":
        return before.isalpha() and after.isalpha()
    return character in ".," and before.isdigit() and after.isdigit()


def _mark(text: str, place: int) -> str:
    """A hyphen within a word joins; one between spaces, as any dash, does not."""
    if text[place] == "-" and " " in (text[place - 1 : place] or " ", text[place + 1 : place + 2] or " "):
        return "–"
    return text[place]


def _parted(word: str, start: int) -> Iterator[Token]:
    """A word as it is, but 172cm as 172 and cm."""
    end = start + len(word)
    if (found := _LETTERS.fullmatch(word)) and found[2].casefold() in _UNITS:
        middle = start + len(found[1])
        yield Token(start, middle, _number(found[1]))
        yield Token(middle, end, found[2].casefold())
    else:
        yield Token(start, end, _number(word) if word[0].isdigit() else _key(word))


def _number(word: str) -> str:
    if _LETTERS.fullmatch(word):
        return word.casefold()
    return "#" + (word.replace(",", "") if _THOUSANDS.fullmatch(word) else word)


def _key(word: str) -> str:
    key = word.casefold().replace("’", "'")
    number = _NUMBERS.get(key, _ROUND.get(key))
    return key if number is None else f"#{number}"


def _merged(tokens: list[Token]) -> Iterator[Token]:
    """Forty-one and forty one as 41."""
    place = 0
    while place < len(tokens):
        first, rest = tokens[place], tokens[place + 1 : place + 3]
        second = rest[1] if len(rest) == 2 and rest[0].key == "-" else rest[0] if rest else None
        place += 1
        if second and first.key in _SPELLED_TENS and second.key in _SPELLED_UNITS and first.end - first.start > 2:
            place += 2 if rest[0].key == "-" else 1
            yield Token(first.start, second.end, f"#{int(first.key[1:]) + int(second.key[1:])}")
        else:
            yield first


def _inch(tokens: list[Token], place: int) -> Token:
    """The token, or the inch of 5 ft 8 in."""
    token = tokens[place]
    if token.key == "in" and place >= 3 and tokens[place - 1].is_number and tokens[place - 2].key == "ft":
        return Token(token.start, token.end, "inch")
    return token


_SPELLED_TENS = frozenset(f"#{number}" for number in _ROUND.values())
_SPELLED_UNITS = frozenset(f"#{number}" for number in range(1, 10))
