"""Fit: shorter text that ends where a reader would pause, never within a word or a grapheme."""

import re
import unicodedata

from app.prompts.clean import trimmed
from app.prompts.grammar import words

_SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？]")
_CLAUSE_END = re.compile(r"[,;:](?=\s)|\s[–—-](?=\s)|[，；：、]")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|[Mm]rs?|[Mm]s|[Dd]r|[Ss]t|[Pp]rof|[Ss]gt|[Cc]apt|[Ll]t|[Jj]r|[Ss]r|e\.g|i\.e)$"
)
_LOOSE_ENDS = words(
    "a an the and or but nor of in on at to for from with without by as into over under than that who whose which"
    " her his their its my our your is was are were has had have be been not no very so"
)


def first_sentence(line: str) -> str:
    """The line up to the end of its first sentence."""
    ends = (found.start() for found in _SENTENCE_END.finditer(line))
    return line[: next((end for end in ends if not _ABBREVIATION.search(line[:end])), len(line))]


def shortened(line: str, limit: int) -> str:
    """At most `limit` code points of the line, whole sentences if they fill half of it, else clauses, else words."""
    if len(line) <= limit:
        return line
    ends = (_last_end(_SENTENCE_END, line, limit), _last_end(_CLAUSE_END, line, limit))
    end = next((end for end in ends if end >= limit // 2), _last_gap(line, limit))
    return _closed(_tied(trimmed(line[:end])))


def _last_end(pattern: re.Pattern[str], line: str, limit: int) -> int:
    """Where the last pause within the limit begins, else 0."""
    ends = [found.start() for found in pattern.finditer(line, 0, limit + 1)]
    return next((end for end in reversed(ends) if not _ABBREVIATION.search(line[:end])), 0)


def _last_gap(line: str, limit: int) -> int:
    """The last place within the limit between two words or between two characters of a script without spaces."""
    return next((place for place in range(limit, 0, -1) if _is_gap(line, place)), 0)


def _is_gap(line: str, place: int) -> bool:
    return line[place] == " " or (_is_ideograph(line[place - 1]) and _is_ideograph(line[place]))


def _is_ideograph(character: str) -> bool:
    return unicodedata.category(character) == "Lo" and unicodedata.east_asian_width(character) == "W"


def _tied(line: str) -> str:
    """Without the little words that a cut left hanging."""
    before, _, last = line.rpartition(" ")
    return _tied(trimmed(before)) if last.lower() in _LOOSE_ENDS else line


def _closed(line: str) -> str:
    """Without a bracket that the cut left open."""
    return trimmed(line[: line.rfind("(")]) if line.rfind("(") > line.rfind(")") else line
