"""Grammar: the little English it takes to put a value into a sentence. In doubt, the value stays as it was written."""

import unicodedata


def words(listed: str) -> frozenset[str]:
    """The words of a list written with spaces."""
    return frozenset(listed.split())


_DETERMINERS = words(
    "a an the my your his her its our their this that these those one two three some both all no every each"
)
_PRONOUNS = words("he she they it i we you who someone")
_VERBS = words("is was are were has have had will would must can could does")
_JOINTS = words("of in on at to for from with without by and or who that whose the a an as under over turned but")
_STORY_ADJECTIVES = words(
    "supporting minor main major secondary recurring background leading primary principal tertiary"
)
_STORY_NOUNS = words(
    "protagonist antagonist deuteragonist tritagonist hero heroine antihero anti-hero villain lead character mentor"
    " sidekick foil narrator love-interest ally rival extra cameo"
)
# Archetypes with a name of their own: nouns, whatever their capitals.
_ARCHETYPES = words(
    "innocent everyman outlaw explorer creator ruler magician lover caregiver jester sage orphan rebel trickster"
    " shadow herald guardian shapeshifter warrior seeker fool maiden mother father crone child wanderer outsider"
    " underdog survivor healer leader detective destroyer scapegoat martyr"
)
_BREAKS = str.maketrans(dict.fromkeys(",;(/", " and "))
# Endings of words for peoples, which keep their capital: an Irish spy, an Italian chef.
_PEOPLES = tuple(words("ish ese ican french german italian indian russian dutch greek welsh swiss"))
_CONSONANT_SOUNDS = ("uni", "use", "usu", "uti", "eu", "ewe", "one-", "once", "ubi", "ura")
_VOWEL_SOUNDS = ("unin", "unim", "unid", "hour", "honest", "honor", "honour", "heir")
_SPELLED_WITH_VOWEL = "AEFHILMNORSX"


def is_story_part(phrase: str) -> bool:
    """Whether the phrase tells only the part in the story: protagonist, a supporting character."""
    return (
        words(phrase.lower().replace("love interest", "love-interest"))
        <= _STORY_NOUNS | _STORY_ADJECTIVES | _DETERMINERS
    )


def is_story_adjective(phrase: str) -> bool:
    """Whether the phrase wants the noun "character" behind it: supporting, minor."""
    return phrase.lower() in _STORY_ADJECTIVES


def is_clause(phrase: str) -> bool:
    """Whether the phrase is rather a sentence than the name of a thing."""
    spoken = phrase.lower().split()
    return spoken[0] in _PRONOUNS or len(spoken) > 9 or not _VERBS.isdisjoint(spoken)


def article(phrase: str) -> str:
    """ "a ", "an " or nothing: none before names, plurals, foreign scripts and what has a determiner."""
    first = phrase.split()[0]
    if not _starts_in_latin(first) or first.lower() in _DETERMINERS | _PRONOUNS or first.endswith("'s"):
        return ""
    if _may_be_a_name(phrase) or is_plural(phrase):
        return ""
    return "an " if _sounds_like_a_vowel(first) else "a "


def is_determined(phrase: str) -> bool:
    """Whether the phrase can stand behind a verb as it is: a long coat, his coat, black jeans."""
    return phrase.split()[0].lower() in _DETERMINERS or is_plural(phrase)


def is_plural(phrase: str) -> bool:
    """Whether the noun that the phrase is about is a plural."""
    noun = _head(phrase)
    if noun.endswith(("ss", "us", "is", "'s")):
        return False
    return noun.endswith(("s", "men", "people", "children"))


def lowered(phrase: str) -> str:
    """The phrase for the middle of a sentence: without the capitals that only its beginning or a title gave it."""
    if _is_noun_in_title_case(phrase):
        return phrase.lower()
    first, _, rest = phrase.partition(" ")
    if first in ("A", "An", "The"):
        return first.lower() + phrase[len(first) :]
    kept = _may_be_a_name(phrase) or first.lower().endswith((*_PEOPLES, "'s")) or first == "I"
    sentence_case = first.isascii() and first == first.capitalize() and rest == rest.lower()
    return first.lower() + phrase[len(first) :] if sentence_case and not kept else phrase


def raised(phrase: str) -> str:
    """The phrase for the beginning of a sentence."""
    capital = phrase[:1].upper()
    return capital + phrase[1:] if capital.lower() == phrase[:1] else phrase


def _is_noun_in_title_case(phrase: str) -> bool:
    known = _STORY_NOUNS | _ARCHETYPES
    return phrase.isascii() and (_head(phrase) in known or is_story_adjective(phrase)) and phrase.title() == phrase


def _may_be_a_name(phrase: str) -> bool:
    """Whether capitals are more than the beginning of a sentence: Lighthouse Keeper, Zorro."""
    first, *others = phrase.split()
    if _is_noun_in_title_case(phrase) or first.lower().endswith(_PEOPLES):
        return False
    return first[:1].isupper() and (not others or any(word[:1].isupper() for word in others))


def _head(phrase: str) -> str:
    """The noun that the phrase is about, in lower case: the last word before a joint or a comma."""
    spoken = phrase.lower().translate(_BREAKS).split()
    start = next((at for at, word in enumerate(spoken) if word not in _DETERMINERS), 0)
    end = next((at for at, word in enumerate(spoken) if at > start and word in _JOINTS), len(spoken))
    return spoken[end - 1]


def _starts_in_latin(word: str) -> bool:
    """Whether English can put an article before the word: letters of ours, or 3rd and 40-year-old."""
    if word[0].isdigit():
        return any(map(str.isalpha, word))
    return word[0].isalpha() and word[0] < "\u0250"


def _sounds_like_a_vowel(word: str) -> bool:
    # Spelled out (an FBI agent, an MI6 man) unless the second letter makes it a word (a NASA engineer).
    if word.isupper() and 1 < len(word) < 5 and (word[1] not in "AEIOU" or word[-1].isdigit()):
        return word[0] in _SPELLED_WITH_VOWEL
    sound = word.lower()
    if sound.startswith((*_VOWEL_SOUNDS, "8", "11", "18")):
        return True
    # An accent does not change the sound: Ä, É.
    return unicodedata.normalize("NFD", sound)[0] in "aeiouæø" and not sound.startswith(_CONSONANT_SOUNDS)
