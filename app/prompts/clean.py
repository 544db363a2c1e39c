"""Cleaning: one line of plain text out of whatever was typed, pasted or generated into a field."""

import html
import re
import unicodedata

# Unicode's Quotation_Mark property and all of Pi and Pf, then the look-alikes: primes, accents, ornaments.
APOSTROPHES = "'`´‘’‛′＇ʹʻʼʽˈˊˋ՚׳ꞌ"
DOUBLE_MARKS = '"“”‚„‟«»‹›″‴⁗‵‶‷＂ʺ˝ˮ״⹂「」『』〝〞〟﹁﹂﹃﹄｢｣⸂⸃⸄⸅⸉⸊⸌⸍⸜⸝⸠⸡❛❜❝❞❟❠❮❯🙶🙷🙸'
QUOTES = APOSTROPHES + DOUBLE_MARKS

LONGEST_READ = 4_000  # code points of a value: several times what a prompt can hold
JOINERS = "\u200c\u200d"  # emoji, Persian and the Indic scripts need them; other format characters hide things
BLANKS = "\u115f\u1160\u2800\u3164\uffa0\ufffd"  # letters and symbols by category, nothing to the eye
EDGES = " ,;:.!?…-–—/&=•·、。，；：！？،؛"

_TAG = re.compile(r"<!--[^<>]*-->|</?[A-Za-z][^<>]*>")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_ADDRESS = re.compile(r"https?://\S+")
_BULLET = re.compile(r"[-*+•>]\s+")
_HEADING = re.compile(r"#{1,6}\s+")
_MARKUP = str.maketrans("_|\\", "   ", "*{}[]")
_FEET_AND_INCHES = re.compile(
    rf"(?<![\w.])(\d{{1,2}})\s?[{APOSTROPHES}]\s?(\d{{1,2}}(?:\.\d+)?)\s?(?:[{DOUBLE_MARKS}]|[{APOSTROPHES}]{{2}})?(?!\w)"
)
_LONE_MEASURE = re.compile(rf"\s*(\d+(?:\.\d+)?)\s*(?:([{APOSTROPHES}])|[{DOUBLE_MARKS}])\s*")
_QUOTE_RUN = re.compile(f"[{QUOTES}]+")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)")
_PUNCTUATION_RUN = re.compile(r"\s*[,;:.!?…][\s,;:.!?…]*")
_STRENGTH = "!?.…;:,"

_ABSENT = frozenset({"none", "null", "undefined", "unknown", "not known", "unspecified", "not specified", "empty"})
_ABSENT |= {"n/a", "n.a", "not applicable", "not available", "not provided", "no data", "object object"}
_ABSENT |= {"tbd", "tba", "to be determined", "todo", "true", "false"}
_ABSENT_AS_WRITTEN = frozenset({"NA", "NaN", "nan"})  # Na and Nan are names


def cleaned(text: str) -> str:
    """The text in one line without quotation marks, markup and control characters; "" when it says nothing."""
    line = _punctuated(_unquoted(_visible(_unmarked(_bounded(text)))))
    return "" if says_nothing(line) else line


def measured(text: str) -> str:
    """A height of only feet or only inches with its unit as a word: the mark would vanish as a quotation mark."""
    if not (found := _LONE_MEASURE.fullmatch(text)):
        return text
    return f"{found[1]} ft" if found[2] else f"{found[1]} in"


def trimmed(line: str) -> str:
    """The line without punctuation at its ends."""
    line = line.rstrip(EDGES + JOINERS)
    return line[next((at for at, character in enumerate(line) if not _is_loose(character)), len(line)) :]


def says_nothing(line: str) -> bool:
    """Whether the line is without letters and digits, or a word for nothing: n/a, TBD."""
    spoken = any(unicodedata.category(character)[0] in "LN" for character in line)
    return not spoken or line in _ABSENT_AS_WRITTEN or line.casefold() in _ABSENT


def _bounded(text: str) -> str:
    """At most LONGEST_READ code points, ended between words: a novel must not hold up the server."""
    if len(text) <= LONGEST_READ:
        return text
    return text[:LONGEST_READ].rpartition(" ")[0] or text[:LONGEST_READ]


def _unmarked(text: str) -> str:
    """One line without HTML and Markdown."""
    # Composed first: some characters normalise to an accent that counts as a quotation mark.
    text = unicodedata.normalize("NFC", html.unescape(html.unescape(text)))
    text = _ADDRESS.sub(" ", _LINK.sub(r"\1", _TAG.sub(" ", text))).replace("~~", "")
    return " ".join(map(_line, text.splitlines())).translate(_MARKUP)


def _line(text: str) -> str:
    """A line with the punctuation that its bullet, heading or emptiness stood for."""
    text = text.strip()
    if bullet := _BULLET.match(text):
        return ", " + text[bullet.end() :]
    if heading := _HEADING.match(text):
        return text[heading.end() :] + "."
    return text or "."


def _visible(text: str) -> str:
    """Without what cannot be seen, lone surrogates included; every kind of space is a space."""
    return " ".join("".join(map(_shown, text)).split())


def _shown(character: str) -> str:
    """The character, a space for a space or control character, nothing for an invisible one."""
    if character in JOINERS:
        return character
    category = unicodedata.category(character)
    if category == "Cc" or category.startswith("Z"):
        return " "
    return "" if category.startswith("C") or character in BLANKS else character


def _unquoted(line: str) -> str:
    """Without quotation marks; an apostrophe inside a word stays, feet and inches become words."""
    return _QUOTE_RUN.sub(_without_quotes, _FEET_AND_INCHES.sub(r"\1 ft \2 in", line))


def _without_quotes(run: re.Match[str]) -> str:
    """What a run of quotation marks leaves behind."""
    start, end = run.span()
    if not (_ends_a_word(run.string[start - 1 : start]) and run.string[end : end + 1].isalnum()):
        return ""
    return "'" if run[0] in APOSTROPHES else " "


def _ends_a_word(character: str) -> bool:
    return character.isalnum() or _is_mark(character)


def _is_loose(character: str) -> bool:
    """Whether no text begins with it; a combining mark would alter the character before the text."""
    return character in EDGES + JOINERS + "'" or _is_mark(character)


def _is_mark(character: str) -> bool:
    return character != "" and unicodedata.category(character).startswith("M")


def _punctuated(line: str) -> str:
    """With one mark and one space where removals left several, and none at the ends."""
    line = _PUNCTUATION_RUN.sub(_one_mark, _EMPTY_BRACKETS.sub(" ", line))
    return trimmed(" ".join(line.split()))


def _one_mark(run: re.Match[str]) -> str:
    """The strongest mark of a run; a mark within a number or a word gets no space."""
    mark = min("".join(run[0].split()), key=_STRENGTH.index)
    return mark if len(run[0]) == 1 else mark + " "
