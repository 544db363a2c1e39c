"""Put a fact into words: inside a sentence where its form is one that always reads well, else behind its label."""

import re

from app.prompts.assemble.clean import SENTENCE_ENDS
from app.prompts.assemble.facts import Fact
from app.prompts.assemble.fields import READINGS
from app.prompts.assemble.suggestion import Phrase

_AGE = re.compile(r"\d{1,6}")
_YEARS = re.compile(r"\d{1,6} years? old")
_HEIGHT = re.compile(
    r"\d{1,3}(?:[.,]\d{1,2})? ?(?:cm|m|ft|feet)(?: \d{1,2}(?:\.\d+)? ?(?:in|inches))?( tall)?", re.IGNORECASE
)
_GENDERS = frozenset({"female", "male", "non-binary", "nonbinary", "genderfluid", "agender", "intersex"})
# Before "eyes", "hair" or "skin" each of these reads well, alone or together. Whatever else stands there may be no
# adjective (bald, two plaits, like wet slate), and gets the label.
_ADJECTIVES = """
    amber ash ash-blonde auburn black blond blonde blue blue-black blue-green blue-grey bronze brown chestnut copper
    coppery cropped curly dark dark-brown deep deep-set dyed ebony fair fine freckled frizzy ginger gold golden gray
    greasy green grey grey-blue grey-green greying hazel heavy honey ivory jet-black light light-brown long mid-
    brown olive pale pale-blue pink platinum raven red reddish rosy ruddy salt-and-pepper sandy short shoulder-
    length silver silver-grey slate sleek steel steel-grey straight strawberry sun-bleached tan tanned tawny thick
    thin thinning tousled unruly violet warm watery wavy weathered white wild wind-burnt wispy wrinkled
"""
_DESCRIBING = frozenset(_ADJECTIVES.split())
_PAUSE = re.compile(rf"[;:,，、；：()]|[{re.escape(SENTENCE_ENDS)}](?: |$)")
_SENTENCES = re.compile(r"[.!?](?: |$)|[。！？؟।]")
_LONGEST_INLINE = 80

_MAY_BE_PLACED = frozenset({"role", "part", "occupation", "archetype", "ethnicity"})
_IF_LOWER = frozenset({"gender", "build", "description", "features", "clothing", "accessories", "personality"})


def read_well(fact: Fact) -> Phrase | None:
    """Return the fact as it reads well in any sentence ("41 years old", "auburn hair"); None if it needs its label."""
    text, noun = fact.text, READINGS[fact.slot].noun
    if fact.slot == "age":
        if _AGE.fullmatch(text):
            return (fact, " year old" if text == "1" else " years old")
        return (fact,) if _YEARS.fullmatch(text) else None
    if fact.slot == "height":
        match = _HEIGHT.fullmatch(text)
        return None if not match else (fact,) if match[1] else (fact, " tall")
    if fact.slot == "gender":
        return (fact,) if text in _GENDERS else None
    if fact.slot in ("skin", "eyes", "hair"):
        *words, last = text.split()
        if _DESCRIBING.issuperset(words) and last in (*_DESCRIBING, noun) and (words or last != noun):
            return (fact,) if last == noun else (fact, f" {noun}")
    return None


def place_inline(fact: Fact) -> Phrase | None:
    """Return the fact as a model may place it inside a sentence; None if it can only be a sentence of its own."""
    if phrase := read_well(fact):
        return phrase
    lowered = fact.slot in _IF_LOWER and not fact.text[0].isupper()
    if not (lowered or fact.slot in _MAY_BE_PLACED) or len(fact.text) > _LONGEST_INLINE or _PAUSE.search(fact.text):
        return None
    return (fact, " build") if fact.slot == "build" and not fact.text.endswith("build") else (fact,)


def make_sentence(fact: Fact) -> Phrase:
    """Return the fact as a sentence of its own: what is written as sentences by itself, the rest behind its label."""
    sentences = fact.slot in ("description", "biography") and _SENTENCES.search(fact.text)
    if sentences and not fact.text[0].islower():
        return close_sentence((fact,))
    return close_sentence((f"{READINGS[fact.slot].label}: ", fact))


def close_sentence(phrase: Phrase) -> Phrase:
    """Return the phrase with a full stop, unless a mark that ends a sentence stands there already."""
    last = phrase[-1]
    text = last if isinstance(last, str) else last.text
    return phrase if text.endswith((*SENTENCE_ENDS, ":")) else (*phrase, ".")
