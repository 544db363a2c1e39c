"""Characters of a film, and what a model may make of them: the same, more, or something in the wrong place."""

from __future__ import annotations

from typing import Any

from app.prompts.facts import Facts, read

# name, she or he, role, archetype, description, age, height, eyes, hair, clothing, personality, scars
_ROWS = [
    (
        "Ada Marsh",
        "she",
        "lighthouse keeper",
        "reluctant hero",
        "A wiry woman with a weathered face",
        41,
        "172 cm",
        "grey",
        "auburn",
        "a patched oilskin coat over a wool sweater",
        "dry, watchful",
        "a burn scar along her left forearm",
    ),
    (
        "Teodor Blanc",
        "he",
        "salvager",
        "charming rogue",
        "A broad man with restless hands",
        52,
        "188 cm",
        "brown",
        "black",
        "a navy peacoat and polished boots",
        "generous, exacting",
        "a silver tooth",
    ),
    (
        "Ines Okafor",
        "she",
        "botanist",
        "mentor",
        "A small, upright woman with ink on her fingers",
        70,
        "155 cm",
        "dark brown",
        "white",
        "a linen waistcoat with deep pockets",
        "patient, stern",
        "freckles across her nose",
    ),
    (
        "Jun O'Hara",
        "he",
        "night nurse",
        "caregiver",
        "A lanky man with tired eyes",
        28,
        "6 ft 2 in",
        "hazel",
        "dark",
        "pale green scrubs under a long cardigan",
        "gentle, quick to laugh",
        "a crooked nose",
    ),
    (
        "Vera Lindqvist",
        "she",
        "harbour pilot",
        "outsider",
        "A stocky woman with wind-burnt cheeks",
        "late forties",
        "168 cm",
        "pale blue",
        "short blonde",
        "an orange survival jacket and rubber boots",
        "blunt, loyal",
        "a missing fingertip on her right hand",
    ),
    (
        "Rafael Ortiz",
        "he",
        "boxing coach",
        "fallen champion",
        "A heavy man with scarred knuckles",
        "59",
        "180 cm",
        "green",
        "shaved grey",
        "a faded tracksuit with white stripes",
        "proud, tender",
        "a broken nose",
    ),
    (
        "Mei Tan",
        "she",
        "clockmaker",
        "trickster",
        "A slender girl with nimble fingers",
        19,
        "160 cm",
        "black",
        "long black",
        "a leather apron over a striped shirt",
        "curious, reckless",
        "a small burn on her chin",
    ),
    (
        "Colonel Hart",
        "he",
        "retired officer",
        "guardian",
        "A gaunt man with a trimmed moustache",
        66,
        "183 cm",
        "steel grey",
        "silver",
        "a tweed suit and a regimental tie",
        "formal, lonely",
        "a limp in his left leg",
    ),
    (
        "Zuri Bello",
        "she",
        "street dancer",
        "rebel",
        "An athletic woman with strong shoulders",
        "twenty-four",
        "170 cm",
        "amber",
        "copper",
        "a yellow bomber jacket over a black vest",
        "fierce, playful",
        "a tattoo of a heron on her neck",
    ),
    (
        "Emil Novak",
        "he",
        "organist",
        "wanderer",
        "A frail man with bony wrists",
        81,
        "165 cm",
        "watery blue",
        "thin white",
        "a brown overcoat with velvet lapels",
        "absent, courteous",
        "age spots on his hands",
    ),
]
_LOOKS = ("name", "they", "role", "archetype", "description", "age", "height", "eyes", "hair", "clothing")
_KEYS = (*_LOOKS, "personality", "scars")
CHARACTERS: list[dict[str, Any]] = [dict(zip(_KEYS, row, strict=True)) for row in _ROWS]


def facts_of(row: dict[str, Any]) -> Facts:
    """What is read of a character."""
    body = {"eyeColor": row["eyes"], "hairColor": row["hair"], "distinguishingFeatures": row["scars"]}
    body |= {key: row[key] for key in ("description", "age", "height", "clothing")}
    data = {"archetype": row["archetype"], "physicalDescription": body, "personality": row["personality"]}
    return read(row["name"], row["role"], data, name_field="projectCharacterName", role_field="characterRole")


def filled(template: str, row: dict[str, Any]) -> str:
    """A template with a character's own words in it."""
    description, she = str(row["description"]), row["they"] == "she"
    first, _, second = str(row["personality"]).partition(", ")
    age = str(row["age"])
    words = {
        **row,
        "a_description": description[0].lower() + description[1:],
        "kind": description.partition(" with ")[0].partition(" ")[2],
        "look": description.partition(" with ")[2],
        "outfit": str(row["clothing"]).removeprefix("a ").removeprefix("an "),
        "aged": f"aged {age}" if age[0].isdigit() else f"in {'her' if she else 'his'} {age}",
        "years": f"{age}-year-old " if age[0].isdigit() or "-" in age else "",
        "eyed": str(row["eyes"]).replace(" ", "-"),
        "haired": str(row["hair"]).replace(" ", "-"),
        "their": "her" if she else "his",
        "first": first,
        "second": second,
    }
    return template.format(**words)


# As models word such things: orders, connectives and inflections of their own.
FAITHFUL = [
    "Master reference image of {name}, a {role}: {a_description}. {eyes} eyes, {hair} hair, wearing {clothing}.",
    "{name} is a {years}{role} with {hair} hair and {eyes} eyes, dressed in {clothing}. {archetype}, {personality}.",
    "A portrait of {name}, {aged}, the {archetype}. {they} has {eyes} eyes and {hair} hair, and stands {height} tall.",
    "Dressed in {clothing}, {name} stands {height} tall; {their} hair is {hair} and {their} eyes are {eyes}.",
    "{name}, a {kind} with {look}, {hair} hair, {eyes} eyes and {scars}, wears {clothing}.",
    "Reference portrait of {name}, {kind}, {role} and {archetype}. {personality} expression. Clothing: {clothing}.",
    "A {eyed}-eyed, {haired}-haired {role}, {name} is {first} and {second}. Distinguishing features: {scars}.",
    "{name}: {role}. Age {age}, height {height}, {hair} hair, {eyes} eyes. {scars}. Wearing {outfit}.",
    "With {scars} and {look}, {name} stands in {clothing}. Expression and bearing: {first}, {second}.",
    "Picture the {archetype} {name}, a {first} {role} {aged}, with {eyes} eyes, {hair} hair and {look}.",
]

# One per answer, each put into a faithful one; nobody above has any of it.
SCARS = [
    "a scar on the brow",
    "a jagged cheek wound",
    "two scars",
    "a birthmark",
    "an earring",
    "pockmarks",
    "a cut lip",
]
AGES = [
    "35 years old",
    "aged 7",
    "in mid thirties",
    "33",
    "thirty-three",
    "middle-aged",
    "young",
    "elderly",
    "a teenager",
]
AGES += ["an old soul", "ancient", "ninety years old", "a hundred years old", "3rd of five"]
COLOURS = ["crimson scarf", "violet eyes", "teal ribbon", "golden hair", "a purple coat", "scarlet lips", "ivory skin"]
COLOURS += ["beige hat", "turquoise", "ebony hair", "emerald pendant", "hints of bronze"]
PROPS = [
    "holding a lantern",
    "a revolver",
    "a cigarette",
    "with glasses",
    "a pocket watch",
    "gloves",
    "a cane",
    "a dog",
]
PROPS += [
    "carrying an umbrella",
    "a necklace",
    "an ornate ring",
    "a hood",
    "a backpack",
    "a sword at the belt",
    "a book",
]
ADJECTIVES = ["beautiful", "handsome", "muscular", "menacing", "melancholic", "smiling", "brooding", "elegant", "tall"]
ADJECTIVES += ["mysterious", "confident", "sensual", "wrinkled", "bearded", "pregnant", "barefoot", "heroic", "sad"]
ADJECTIVES += ["running along", "running in {clothing}"]
NUMBERS = ["7", "190 cm tall", "4 rings", "three buttons", "seven", "1.9 m", "50%", "12th", "a dozen pins", "1920s"]
NUMBERS += ["5 ft 1 in", "a 35", "1,000 stitches"]
NAMES = ["like Humphrey Bogart", "beside Marta", "from Norway", "in Paris", "called Red", "Captain Ahab", "a Viking"]
QUOTES = ["“never again”", "'the sea took him'", "saying hello", '"I will return"', "«adieu»", "with a whisper"]
VIEWS = ["shown from behind", "from above", "from below", "standing near", "with the gaze beneath"]
OTHER = [
    "at dusk",
    "in the rain",
    "cinematic lighting",
    "oil painting style",
    "not {first}",
    "never {second}",
    "🗡",
    "★",
]
OTHER += [
    "no hair",
    "without {first} eyes",
    "hardly {first}",
    "8k",
    "photorealistic",
    "blood stains",
    "a prison tattooist",
]
INVENTED = SCARS + AGES + COLOURS + PROPS + ADJECTIVES + NUMBERS + NAMES + QUOTES + VIEWS + OTHER

# Of Ada Marsh, with every word hers and something in the wrong place.
SWAPS = [
    "grey hair and auburn eyes",
    "auburn-eyed and grey-haired",
    "her hair is grey",
    "her eyes are auburn",
    "her eyes and hair are auburn",
    "hair auburn and grey",
    "eyes of auburn",
    "an auburn coat",
    "a grey sweater",
    "a patched sweater over an oilskin coat",
    "a wool sweater over a patched oilskin coat",
    "a wool coat",
    "a weathered coat",
    "a wiry face",
    "a weathered woman",
    "a burn scar along her weathered face",
    "a patched forearm",
    "172 years old",
    "41 cm tall",
    "172 tall",
    "hair as grey as her eyes are auburn",
    "auburn hair over grey eyes",
    "skin of wool",
    "a watchful coat",
]
# Seen by nobody but a reader; docs/prompts.md says so.
UNSEEN_SWAPS = [
    "a weathered face with a burn scar",
    "a patched oilskin coat with a weathered face",
    "a dry lighthouse keeper, a watchful hero",
]
