"""Clean text: one line of what an editor wrote, without quotation marks and with nothing else changed."""

import html
import re
import unicodedata

LONGEST_READ = 2_000
"""Code points of a value that are looked at: several times what a prompt can hold."""

APOSTROPHES = "'’"
LIKE_APOSTROPHES = "`´‘‛′＇"  # typed for one inside a word: O`Brien
# Unicode's Quotation_Mark property, all of Pi and Pf, and what is drawn like them: primes, accents, ornaments. Letters
# that look like one (the okina of Hawaiʻi, the geresh of ג׳ורג) are not among them.
DOUBLE_MARKS = '"“”‚„‟«»‹›″‴⁗‵‶‷＂˝״⹂「」『』〝〞〟﹁﹂﹃﹄｢｣⸂⸃⸄⸅⸉⸊⸌⸍⸜⸝⸠⸡❛❜❝❞❟❠❮❯🙶🙷🙸'
QUOTES = APOSTROPHES + LIKE_APOSTROPHES + DOUBLE_MARKS
SENTENCE_ENDS = ".!?…。！？؟।"

_BLANKS = "\u115f\u1160\u2800\u3164\uffa0\ufffd"  # letters and symbols by category, nothing to the eye
_OVERTURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they reorder the words of others on a page
_TAG = re.compile(r"</?(?:p|br|div|span|b|i|u|em|strong|ul|ol|li|h[1-6]|a)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#39|#34);")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_SINGLE = f"[{APOSTROPHES}{LIKE_APOSTROPHES}]"
_FEET_AND_INCHES = re.compile(
    rf"(?<![\w.])(\d{{1,2}})\s?{_SINGLE}\s?(\d{{1,2}}(?:\.\d+)?)\s?(?:[{DOUBLE_MARKS}]|{_SINGLE}{{2}})?(?!\w)"
)
_LONE_MEASURE = re.compile(rf"\s*(\d+(?:\.\d+)?)\s*(?:({_SINGLE})|[{DOUBLE_MARKS}])\s*")
_QUOTE_RUN = re.compile(f"[{QUOTES}]+")
_QUOTED_NOTHING = re.compile(rf" ?\( *[{QUOTES}][{QUOTES} ]*\)")
_COMMAS = re.compile(r"([,;])(?: ?[,;])+")

# What programs and people write where they know nothing.
_ABSENT = frozenset({"none", "null", "undefined", "unknown", "not known", "unspecified", "not specified", "empty"})
_ABSENT |= {"n/a", "n.a", "not applicable", "not available", "not provided", "no data", "[object object]"}
_ABSENT |= {"tbd", "tba", "to be determined", "todo", "true", "false"}
_ABSENT_AS_WRITTEN = frozenset({"NA", "NaN", "nan"})  # Na and Nan are names


def clean_text(text: str) -> str:
    """Return the text in one line without quotation marks, empty commas and markup; "" if it says nothing."""
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), _TAG.sub(" ", text[:LONGEST_READ]))
    line = _collapse("".join(map(_visible, _BOLD.sub(r"\1", text))))
    line = _QUOTED_NOTHING.sub("", _FEET_AND_INCHES.sub(r"\1 ft \2 in", line))
    line = _collapse(_QUOTE_RUN.sub(_without_quotes, line))
    line = _COMMAS.sub(r"\1", ", ".join(item for item in line.split(", ") if not _is_absent(item))).strip(" ,;")
    return "" if says_nothing(line) else line


def spell_measure(text: str) -> str:
    """Return a height of only feet or only inches with its unit as a word: the mark would go as a quotation mark."""
    if not (match := _LONE_MEASURE.fullmatch(text[:LONGEST_READ])):
        return text
    return f"{match[1]} ft" if match[2] else f"{match[1]} in"


def says_nothing(line: str) -> bool:
    """Whether the line is without letters and digits, or a word for nothing: n/a, TBD."""
    has_words = any(unicodedata.category(character)[0] in "LN" and character not in _BLANKS for character in line)
    return not has_words or _is_absent(line)


def _is_absent(line: str) -> bool:
    word = line.strip(" .-–—:!?()")
    return word in _ABSENT_AS_WRITTEN or word.casefold() in _ABSENT or line.casefold() in _ABSENT


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _visible(character: str) -> str:
    """Return the character, a space for a control character, "" for what no text may hold."""
    if character in _OVERTURNING:
        return ""
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category == "Cs" else character


def _without_quotes(run: re.Match[str]) -> str:
    """Return what a run of quotation marks leaves: inside a word an apostrophe, or a space for double marks."""
    start, end = run.span()
    before, after = run.string[start - 1 : start], run.string[end : end + 1]
    if not (after.isalnum() and (before.isalnum() or (before and unicodedata.category(before)[0] == "M"))):
        return ""
    mark = run[0][0]
    if mark in LIKE_APOSTROPHES:
        return "'"
    return mark if mark in APOSTROPHES + "״" else " "
