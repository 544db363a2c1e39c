"""Vocabulary: the words a prompt may use beside the character's own, and what each of them does."""

from app.prompts.grammar import words

DETERMINERS = words("a an the this that these those its their theirs it they them who whose which where")
SHE = words("she her hers herself")
HE = words("he him his himself")
# A scar runs along an arm; nobody runs along in a coat.
RUNS, ALONG = words("run runs running"), words("along across")
# Only what the facts themselves say makes a character a he or a she.
SAYS_SHE = SHE | words("woman female girl lady mother daughter sister queen actress heroine wife princess")
SAYS_HE = HE | words("man male boy gentleman father son brother king husband prince")
COPULAS = words("is are was were")  # "her hair is grey" says what "grey hair" says
# They tie what follows to what stands before, and may not tie it to anything else.
LINKS = words(
    "of in on at to for from by along over under across above below behind around beneath through into onto beside"
    " near between against within inside outside"
)
BREAKS = words("and or but yet though although with as while also has have having wear wears wearing worn dressed clad")
SCAFFOLD = words(
    "master reference image portrait picture character shown showing shows depicting stands standing"
    " distinguishing features feature clothing outfit accessories expression bearing posture manner personality"
    " motivation gaze behind role archetype be"
)
NEGATIONS = words("no not never none neither nor without cannot lacks lacking")
CONNECTING = DETERMINERS | COPULAS | LINKS | BREAKS | SCAFFOLD
# These need a fact of their kind.
SCAFFOLD_OF = {
    "clothing": words("clothing outfit wear wears wearing worn dressed clad"),
    "accessories": words("accessories"),
    "features": words("distinguishing features feature"),
}
WEARING = words("wear wears wearing worn dressed clad")

# The nouns of short values. Each must stand beside a value of its own kind: grey eyes, aged 41, 172 cm tall.
NOUNS = {
    "age": words("age aged old year years"),
    "height": words("height tall"),
    "build": words("build built frame figure physique"),
    "skin": words("skin skinned complexion"),
    "eyes": words("eye eyes eyed"),
    "hair": words("hair haired"),
}
FAMILY = {"hairstyle": "hair"}  # one noun for both
CLOSES = words("old tall aged haired eyed skinned built")  # auburn-haired | keeper
OPENS = words("age aged height")  # keeper | aged 41
AFTER_NUMBERS = words("year years old tall")
LENGTHS = words("cm mm m ft feet foot inch inches metre metres meter meters")

# Whose adjectives are the whole person's: an Irish lighthouse keeper, a reluctant woman.
PERSONAL = ("name", "role", "archetype", "gender", "age", "ethnicity", "personality")
PEOPLE = words("woman man girl boy person lady gentleman child teenager adult")
MARKS = frozenset(" ,.;:!?-–—()/'&…")
