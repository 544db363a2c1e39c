"""Where in a character's data each fact may stand, how much of it a prompt holds, and what the fact is called there."""

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
    """How one fact is read: first in which kind of object, under which plain keys, up to how many code points.

    `label` is what its sentence begins with, `noun` what its value needs behind it inside a sentence.
    """

    label: str
    kind: str
    keys: tuple[str, ...]
    limit: int
    noun: str = ""
    numeric: bool = False  # a number is an answer too


def _read(label: str, kind: str, keys: str, limit: int, *, noun: str = "", numeric: bool = False) -> Reading:
    return Reading(label, kind, tuple(keys.split()), limit, noun, numeric)


# In the order of a prompt. Not here, on purpose: fears, desires, flaws, relationships, the arc. They are no part of how
# someone looks. The biography is only for a character about whom little else is known.
READINGS = {
    "name": _read("", "", "name charactername fullname", 80),
    "role": _read("Role", "", "role characterrole", 90),
    "part": _read("Also", "", "", 90),
    "occupation": _read("Occupation", "", "occupation profession job", 90),
    "archetype": _read("Archetype", "", "archetype characterarchetype", 60),
    "description": _read(
        "Appearance",
        "body",
        "physicaldescription physicalappearance visualdescription appearance looks physical description summary",
        500,
    ),
    "gender": _read("Gender", "body", "gender sex", 30),
    "age": _read("Age", "body", "age apparentage", 40, numeric=True),
    "ethnicity": _read("Ethnicity", "body", "ethnicity", 50),
    "height": _read("Height", "body", "height", 40, numeric=True),
    "build": _read("Build", "body", "build bodytype physique", 60, noun="build"),
    "skin": _read("Skin", "body", "skintone skincolor skincolour skin complexion", 60, noun="skin"),
    "eyes": _read("Eyes", "body", "eyecolor eyecolour eyes", 60, noun="eyes"),
    "hair": _read("Hair", "body", "haircolor haircolour hair", 80, noun="hair"),
    "hairstyle": _read("Hairstyle", "body", "hairstyle", 60),
    "features": _read(
        "Distinguishing features",
        "body",
        "distinguishingfeatures distinguishingmarks distinctivefeatures features scars",
        140,
    ),
    "clothing": _read("Clothing", "body", "clothing clothes outfit attire costume wardrobe", 180),
    "accessories": _read("Accessories", "body", "accessories", 80),
    "bearing": _read(
        "Expression and bearing",
        "body",
        "posture bearing demeanor demeanour expression bodylanguage mannerisms",
        90,
    ),
    "personality": _read("Personality", "mind", "personality personalitytraits traits temperament", 120),
    "motivation": _read("Motivation", "mind", "motivation motivations", 90),
    "biography": _read("Background", "mind", "biography backstory background", 140),
}
