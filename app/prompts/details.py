"""Details: age 28, brown eyes, a wiry build. Short values with the noun they need, unless it was told before."""

import re

import msgspec

from app.prompts.facts import Fact
from app.prompts.grammar import lowered, words
from app.prompts.suggestion import Phrase


class Detail(msgspec.Struct, frozen=True):
    """How a short value is put: what stands before and behind it, and which words make them superfluous."""

    before: str = ""
    behind: str = ""
    complete: frozenset[str] = frozenset()
    topic: frozenset[str] = frozenset()


def _detail(*, before: str = "", behind: str = "", complete: str = "", topic: str = "") -> Detail:
    topics = words(topic)
    return Detail(before, behind, topics | words(complete), topics)


# In the order of a prompt.
DETAILS = {
    "gender": _detail(),
    "age": _detail(
        before="age",
        complete="teens teenage teenager teenaged middle infant child adult elderly young",
        topic="age aged old year years",
    ),
    "ethnicity": _detail(),
    "height": _detail(before="height", complete="short petite", topic="height tall high cm ft feet"),
    "build": _detail(behind="build", topic="build built frame figure physique body bodied"),
    "skin": _detail(behind="skin", complete="freckles", topic="skin skinned complexion"),
    "eyes": _detail(behind="eyes", complete="blind", topic="eye eyes eyed"),
    "hair": _detail(behind="hair", complete="bald balding head locks braids dreadlocks curls", topic="hair haired"),
    "hairstyle": _detail(
        behind="hairstyle", complete="bald head bob ponytail braids bun curls afro", topic="hair haired hairstyle"
    ),
}
_UNITS = frozenset({"cm", "ft", "feet", "years"})  # 172 cm still wants to be called a height
_TOO_LONG_FOR_A_NOUN = words("with of in to at but that which")


def detail(slot: str, fact: Fact) -> Phrase:
    """The phrase for a short value: "age 28", "brown eyes", "eyes: one blue, one green"."""
    how, spoken = DETAILS[slot], _words(fact.text)
    fact = fact if slot == "ethnicity" else Fact(_in_a_list(fact.text), fact.field)
    if not how.complete or (how.complete - _UNITS) & set(spoken):
        return (fact,)
    if how.before:
        return (f"{how.before} ", fact)
    if len(spoken) > 3 or _TOO_LONG_FOR_A_NOUN & set(spoken) or re.search("[,;:/()]", fact.text):
        return (f"{how.behind}: ", fact)
    return (fact, f" {how.behind}")


def is_told(slot: str, fact: Fact, by: Fact | None) -> bool:
    """Whether the other fact says the same: "dark" is told by "short dark hair", not by "dark eyes", for hair."""
    if by is None:
        return False
    topic = DETAILS[slot].topic if slot in DETAILS else frozenset()
    value = _words(fact.text)
    clauses = map(_words, re.split("[,;:.()]", by.text) if topic else [by.text])
    return any(_holds(clause, value) and (not topic or clause == value or topic & set(clause)) for clause in clauses)


def _in_a_list(text: str) -> str:
    """The value for the middle of a sentence; a title's capitals are none of its own."""
    return text.lower() if text.isascii() and text == text.title() and not text.isupper() else lowered(text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _holds(words: list[str], part: list[str]) -> bool:
    return f" {' '.join(part)} " in f" {' '.join(words)} "
