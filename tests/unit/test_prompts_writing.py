"""What a suggested prompt says and how it reads."""

import pytest

from app.prompts import FRAMING, Suggestion, suggest

KEEPER = {
    "name": "Ada",
    "role": "Lighthouse keeper",
    "archetype": "The Reluctant Hero",
    "physicalDescription": {
        "description": "Short dark hair, freckles.\nA scar through the left eyebrow.",
        "age": 28,
        "height": "172 cm",
        "eyeColor": "Brown",
        "hairColor": "dark",
        "clothing": "A long green coat over a fisherman’s sweater",
    },
    "characterDevelopment": {
        "biography": "Raised on the coast. " * 400,
        "personality": ["stubborn", "warm", "quick to laugh"],
        "psychology": {"motivation": "to relight the lamp. And more.", "fears": "deep water"},
    },
}
BODY = "physicalDescription"


def prompt(name: str | None = "Ada", role: str | None = None, data: object = None) -> str:
    """What stands before the framing."""
    return suggest(name, role, data).prompt.removesuffix(f" Framing: {FRAMING}")


def body(**facts: object) -> str:
    """What is said of a body, after the name."""
    return prompt(data={BODY: facts}).removeprefix("Master reference image of Ada.").strip()


def taken(suggestion: Suggestion) -> dict[str, str]:
    """The texts of the spans by field."""
    return {span.field: suggestion.prompt[span.start : span.end] for span in suggestion.provenance}


def test_a_rich_character_reads_like_a_brief_for_a_picture() -> None:
    assert suggest("Ada Marsh", "protagonist", KEEPER).prompt == (
        "Master reference image of Ada Marsh, a lighthouse keeper, the reluctant hero. "
        "Short dark hair, freckles. A scar through the left eyebrow. Age 28, height 172 cm, brown eyes. "
        "Wearing a long green coat over a fisherman's sweater. "
        "Expression and bearing: stubborn, warm, quick to laugh. Motivation behind the gaze: to relight the lamp. "
        "Framing: chest-to-mid-thigh crop, equal headroom, characters pinned to left/right thirds, "
        "inter-subject gap ≈ 7% of frame width, matched eye level, 35mm lens."
    )


def test_every_phrase_names_the_field_it_came_from() -> None:
    suggestion = suggest("Ada Marsh", None, KEEPER)
    assert suggestion.source == "character-data"
    assert taken(suggestion) == {
        "projectCharacterName": "Ada Marsh",
        "role": "lighthouse keeper",
        "archetype": "the reluctant hero",
        "physicalDescription.description": "Short dark hair, freckles. A scar through the left eyebrow",
        "physicalDescription.age": "28",
        "physicalDescription.height": "172 cm",
        "physicalDescription.eyeColor": "brown",
        "physicalDescription.clothing": "a long green coat over a fisherman's sweater",
        "characterDevelopment.personality": "stubborn, warm, quick to laugh",
        "characterDevelopment.psychology.motivation": "to relight the lamp",
    }


def test_name_and_role_of_the_document_name_their_own_fields() -> None:
    suggestion = suggest("Ada", "spy", None, name_field="name", role_field="part")
    assert taken(suggestion) == {"name": "Ada", "part": "spy"}


def test_spans_count_code_points() -> None:
    assert taken(suggest("𝒜da 🌊", "spy", None)) == {"projectCharacterName": "𝒜da 🌊", "characterRole": "spy"}


def test_a_character_without_data_still_has_a_prompt() -> None:
    assert prompt("Bo") == "Master reference image of Bo."
    assert prompt(None) == "Master reference image of the character."


def test_the_name_in_the_data_serves_where_the_document_has_none() -> None:
    assert prompt(" ", None, {"name": "Bo"}) == "Master reference image of Bo."


def test_what_one_does_goes_before_the_part_in_the_story() -> None:
    assert prompt("Bo", "Protagonist", {"role": "night nurse"}) == "Master reference image of Bo, a night nurse."
    assert prompt("Bo", "surgeon", {"role": "night nurse"}) == "Master reference image of Bo, a surgeon."
    assert prompt("Bo", "supporting") == "Master reference image of Bo, a supporting character."


@pytest.mark.parametrize(
    ("role", "read"),
    [
        ("honest thief", "an honest thief"),
        ("university porter", "a university porter"),
        ("unimpressed waiter", "an unimpressed waiter"),
        ("FBI agent", "an FBI agent"),
        ("MI6 officer", "an MI6 officer"),
        ("NASA engineer", "a NASA engineer"),
        ("18-year-old heir", "an 18-year-old heir"),
        ("élan vital", "an élan vital"),
        ("Lighthouse keeper", "a lighthouse keeper"),
        ("Irish spy", "an Irish spy"),
        ("Main Antagonist", "a main antagonist"),
        ("The Mentor", "the mentor"),
        ("The Shadow of Ys", "the Shadow of Ys"),
        ("an old friend", "an old friend"),
        ("her twin", "her twin"),
        ("twins from Leeds", "twins from Leeds"),
        ("boss", "a boss"),
        ("head of operations", "a head of operations"),
        ("Lighthouse Keeper", "Lighthouse Keeper"),
        ("Zorro", "Zorro"),
        ("врач", "врач"),
    ],
)
def test_an_article_stands_only_where_english_wants_one(role: str, read: str) -> None:
    assert prompt("Ada", role) == f"Master reference image of Ada, {read}."


def test_a_role_that_is_a_sentence_stays_one() -> None:
    assert prompt("Ada", "she leads the rebels") == "Master reference image of Ada. She leads the rebels."


def test_an_archetype_within_the_role_is_not_repeated() -> None:
    assert (
        prompt("Ada", "a fallen mentor", {"archetype": "Mentor"}) == "Master reference image of Ada, a fallen mentor."
    )


@pytest.mark.parametrize(
    ("facts", "read"),
    [
        ({"description": "short dark hair", "hairColor": "dark"}, "Short dark hair."),
        ({"description": "dark eyes", "hairColor": "Dark"}, "Dark eyes. Dark hair."),
        ({"description": "a 28-year-old sailor", "age": 28}, "A 28-year-old sailor."),
        ({"description": "28 tattoos", "age": 28}, "28 tattoos. Age 28."),
        ({"description": "in a green coat", "clothing": "green coat"}, "In a green coat."),
        ({"description": "172 cm of spite", "height": "172 cm"}, "172 cm of spite."),
    ],
)
def test_nothing_is_said_twice(facts: dict[str, object], read: str) -> None:
    assert body(**facts) == read


@pytest.mark.parametrize(
    ("facts", "read"),
    [
        ({"age": "late twenties"}, "Age late twenties."),
        ({"age": "28 years old"}, "28 years old."),
        ({"age": "Middle-aged"}, "Middle-aged."),
        ({"eyeColor": "brown eyes"}, "Brown eyes."),
        ({"hairColor": "Bald"}, "Bald."),
        ({"hairColor": "Light Brown", "gender": "Female"}, "Female, light brown hair."),
        ({"ethnicity": "Irish", "build": "wiry"}, "Irish, wiry build."),
        ({"eyeColor": "one blue, one green", "age": 9}, "Age 9; eyes: one blue, one green."),
        ({"hair": {"color": "dark", "style": "cropped"}}, "Hair: dark, cropped."),
        ({"clothing": "jeans and a shirt"}, "Wearing jeans and a shirt."),
        ({"clothing": "wears black"}, "Wears black."),
        ({"clothing": ["coat", "boots", "coat"]}, "Clothing: coat, boots."),
        ({"scars": "one on the chin"}, "Distinguishing features: one on the chin."),
        ({"posture": "upright"}, "Expression and bearing: upright."),
    ],
)
def test_short_values_get_the_noun_they_need(facts: dict[str, object], read: str) -> None:
    assert body(**facts) == read


def test_a_biography_is_used_only_when_nothing_else_is_known() -> None:
    life = {"characterDevelopment": {"biography": "Baker to Mr. Hale in Leeds. Then more."}}
    assert prompt("Bo", None, life) == "Master reference image of Bo. Baker to Mr. Hale in Leeds."
    assert prompt("Bo", "baker", life) == "Master reference image of Bo, a baker."


def test_a_long_description_ends_with_a_sentence_and_leaves_room_for_the_rest() -> None:
    long = prompt("Bo", None, {BODY: {"description": "Grey beard and oilskins. " * 90, "clothing": "oilskin hat"}})
    assert long.endswith("Grey beard and oilskins. Clothing: oilskin hat.")
    assert 400 < len(long) < 600


def test_a_cut_falls_between_words_and_leaves_no_article_or_bracket_hanging() -> None:
    words = "tall " * 98 + "a (weathered captain"
    assert body(description=words) == "T" + ("tall " * 98).strip()[1:] + "."


def test_a_script_without_spaces_is_cut_between_characters_and_a_word_without_end_is_left_out() -> None:
    assert len(body(description="黒髪" * 400)) == 501
    assert body(description="x" * 900) == ""
