"""Shorten text so that it ends where a reader would pause, never within a word or a grapheme."""

import re
import unicodedata

_SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？؟।]")
_CLAUSE_END = re.compile(r"[,;:](?=\s)|\s[–—-](?=\s)|[，；：、،؛]")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d]|Mrs?|Ms|Dr|St|Prof|Sgt|Capt|Lt|Col|Jr|Sr|e\.g|i\.e)$", re.IGNORECASE)
_LONGEST_ABBREVIATION = 6


def shorten(line: str, limit: int) -> str:
    """Return at most `limit` code points: whole sentences if they fill half of it, else clauses, else words and "…"."""
    if len(line) <= limit:
        return line
    if (end := _last_end(_SENTENCE_END, line, limit - 1)) >= limit // 2:
        return line[: end + 1]
    if (end := _last_end(_CLAUSE_END, line, limit)) >= limit // 2:
        return _close(line[:end].rstrip(" ,;:"))
    end = next((place for place in range(limit - 1, 0, -1) if _is_gap(line, place)), 0)
    return line[:end].rstrip(" ,;:") + "…" if end else ""


def _last_end(pattern: re.Pattern[str], line: str, limit: int) -> int:
    """Return where the last pause within the limit begins, else 0."""
    ends = [found.start() for found in pattern.finditer(line, 0, limit + 1)]
    return next((end for end in reversed(ends) if not _is_abbreviation(line, end)), 0)


def _is_abbreviation(line: str, end: int) -> bool:
    return line[end] == "." and _ABBREVIATION.search(line[max(0, end - _LONGEST_ABBREVIATION) : end]) is not None


def _is_gap(line: str, place: int) -> bool:
    """Whether a word ends there, or a character of a script without spaces."""
    return line[place] == " " or (_is_ideograph(line[place - 1]) and _is_ideograph(line[place]))


def _is_ideograph(character: str) -> bool:
    return unicodedata.category(character) == "Lo" and unicodedata.east_asian_width(character) == "W"


def _close(line: str) -> str:
    """Return the line without a bracket that the cut left open."""
    return line[: line.rfind("(")].rstrip(" ,;:") if line.rfind("(") > line.rfind(")") else line
