"""Fields: where in a character's data each fact may stand, and how much of it belongs in a picture's prompt."""

import msgspec

# Objects to look into, by plain key (lower case, no separators). Others are left alone: relationships, for one,
# describe other people.
CONTAINERS = {
    **dict.fromkeys(("physicaldescription", "physicalappearance", "physicalattributes", "physicaltraits"), "body"),
    **dict.fromkeys(("physical", "appearance", "looks", "visual", "visualdescription"), "body"),
    **dict.fromkeys(("psychology", "psychologicalprofile", "characterdevelopment", "development"), "mind"),
    **dict.fromkeys(("character", "characterdata", "data", "bamldata", "profile", "result", "output"), ""),
    **dict.fromkeys(("details", "attributes", "basicinfo", "identity"), ""),
}

# Rich text is read by these keys alone; elsewhere the keys of bookkeeping are passed over.
PROSE_KEYS = ("root", "children", "text")  # in reading order
NOT_PROSE = frozenset({"_id", "id", "type", "kind", "source", "format", "version", "createdat", "updatedat"})


class Reading(msgspec.Struct, frozen=True):
    """How one fact is read: first in which kind of object, under which plain keys, up to how many code points."""

    kind: str
    keys: tuple[str, ...]
    limit: int
    sentence: bool = False  # the first one is enough
    numeric: bool = False  # a number is an answer too


def _read(kind: str, keys: str, limit: int, *, sentence: bool = False, numeric: bool = False) -> Reading:
    return Reading(kind, tuple(keys.split()), limit, sentence, numeric)


# Not here, on purpose: fears, desires, flaws, relationships, the arc. They are no part of how someone looks.
# The biography is only for a character about whom nothing else is known.
READINGS = {
    "name": _read("", "name charactername fullname", 80),
    "role": _read("", "role characterrole occupation profession job", 90, sentence=True),
    "archetype": _read("", "archetype characterarchetype", 60, sentence=True),
    "description": _read(
        "body",
        "physicaldescription physicalappearance visualdescription appearance looks physical description summary",
        500,
    ),
    "gender": _read("body", "gender sex", 30),
    "age": _read("body", "age apparentage", 40, numeric=True),
    "ethnicity": _read("body", "ethnicity", 50),
    "height": _read("body", "height", 40, numeric=True),
    "build": _read("body", "build bodytype physique", 60),
    "skin": _read("body", "skintone skincolor skincolour skin complexion", 60),
    "eyes": _read("body", "eyecolor eyecolour eyes", 60),
    "hair": _read("body", "haircolor haircolour hair", 80),
    "hairstyle": _read("body", "hairstyle", 60),
    "features": _read("body", "distinguishingfeatures distinguishingmarks distinctivefeatures features scars", 140),
    "clothing": _read("body", "clothing clothes outfit attire costume wardrobe", 180),
    "accessories": _read("body", "accessories", 80),
    "bearing": _read("body", "posture bearing demeanor demeanour expression bodylanguage mannerisms", 90),
    "personality": _read("mind", "personality personalitytraits traits temperament", 120),
    "motivation": _read("mind", "motivation motivations", 90, sentence=True),
    "biography": _read("mind", "biography backstory background", 140, sentence=True),
}
