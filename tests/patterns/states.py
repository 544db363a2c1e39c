"""The states: a name, and the view that a page is rendered from. To add one is to add an entry."""

from __future__ import annotations

from typing import Any

import msgspec

from app.cms.caller import Person
from app.cms.character import CharacterReference
from app.cms.image import Image
from app.generation.run import Progress
from app.pages.characters import CharactersView, CharacterView
from app.pages.errors import ErrorView, SentField
from app.pages.facts import Fact
from app.pages.images.bible import BibleView
from app.pages.images.comparing import differing_words
from app.pages.images.gallery import groups_of, set_shown, usual_ms
from app.pages.images.outcome import Detail, Outcome
from app.pages.images.suggested import Phrase, Suggested
from app.pages.images.turntable import Frame, frames_of
from app.pages.images.views import Counts, DeleteView, Filters, ImageView, SheetView, WorkspaceView
from app.pages.sign_in import SignInView
from app.pages.view import Refresh, View
from app.use_cases.cast import Member
from app.use_cases.listing import ListedCharacter
from tests.patterns.samples import (
    LONG,
    LONG_NAME,
    MARKUP,
    ODD,
    ONE_WORD,
    RIGHT_TO_LEFT,
    RUNS,
    TEXTS,
    character,
    image,
)

_ADDRESS = f"{'a.very.long.address' * 4}@film.example"
_PERSON = Person(7, _ADDRESS)
_HOME = "/screenplay/characters/7/images"
_PHRASES = [Phrase("A wiry woman", "appearance"), Phrase(", aged ", None), Phrase("41", "age"), Phrase(".", None)]
_SUGGESTED = Suggested("A wiry woman, aged 41.", False, _PHRASES)


def workspace(**fields: Any) -> WorkspaceView:
    name, images = fields.pop("name", "Mara Quill"), fields.pop("images", [])
    plain: dict[str, Any] = {
        "title": f"Image Management: {name}",
        "signed_in": _PERSON,
        "character": ListedCharacter(7, name, "mara-quill"),
        "home": _HOME,
        "prompt": _SUGGESTED.prompt,
        "suggestion": _SUGGESTED,
        "suggestion_is_in_place": False,
        "suggestion_is_beside": False,
        "has_model": False,
        "scene": "",
        "scene_type": "dialogue",
        "mood": "",
        "lighting": "",
        "references": [],
        "chosen": None,
        "portfolio_count": 8,
        "groups": groups_of(images, fields.get("references", [])),
        "counts": Counts(
            len(images),
            {"reference": 2, "portfolioItem": len(images), "scene": 0},
            {"picked": 1, "rejected": 2, "open": None},
        ),
        "filters": Filters(),
        "pages": 1,
        "more": None,
        "runs": [],
        "usual": usual_ms(images),
        "outcome": None,
        "facts": {"hair": "grey", "clothing": LONG[:180]},
    }
    return WorkspaceView(**{**plain, **fields})


def _sign_in(**fields: Any) -> SignInView:
    return SignInView(title="Sign in", next="/screenplay/characters", **fields)


def _characters(members: list[Member], count: int, **fields: Any) -> CharactersView:
    plain: dict[str, Any] = {
        "is_counted": True,
        "search": "",
        "sort": "name",
        "by_name": "?",
        "by_change": "?sort=change",
        "previous_page": None,
        "next_page": None,
    }
    return CharactersView(title="Characters", signed_in=_PERSON, members=members, count=count, **plain | fields)


def _member(number: int, one: CharacterReference, face: Image | None, *runs: Progress) -> Member:
    return Member(one, face, {"reference": number % 2, "portfolioItem": number * 999, "scene": 1}, list(runs))


def _character(one: CharacterReference, *facts: Fact) -> CharacterView:
    return CharacterView(
        title=one.name or "Character 7", signed_in=_PERSON, character=one, facts=list(facts), is_cut=False
    )


def _image(number: int, **fields: Any) -> ImageView:
    one = next(found for found in ODD if found.id == number)
    told = (one.media and one.media.alt) or "Image"
    lineage: dict[str, Any] = {
        "lineage": [],
        "lineage_count": 0,
        "changes": ["hair: auburn → grey", f"clothing: {ONE_WORD} → {RIGHT_TO_LEFT}"],
    } | fields
    return ImageView(title=told, signed_in=_PERSON, home=_HOME, image=one, metrics=one.shown_metrics(), **lineage)


def _sheet(images: list[Image], total: int) -> SheetView:
    return SheetView(
        title=f"Set of {total}: {LONG_NAME}",
        signed_in=_PERSON,
        home=_HOME,
        query="?set=01",
        set=set_shown(images, _REFERENCES),
        frames=frames_of(images, total),
        words={},
    )


def _bible(**fields: Any) -> BibleView:
    plain: dict[str, Any] = {
        "character": character(projectCharacterName=LONG_NAME, characterRole=RIGHT_TO_LEFT),
        "facts": [Fact(f"Fact {at}", text) for at, text in enumerate(TEXTS)],
        "reference": None,
        "set": None,
        "frames": [],
        "scenes": [],
        "chosen": [],
    }
    return BibleView(title=f"Bible: {LONG_NAME}", signed_in=_PERSON, home=_HOME, **plain | fields)


def _question(images: list[Image], **fields: Any) -> DeleteView:
    plain: dict[str, Any] = {"may_be_master": False, "drawn": 0, "filters": Filters(), "pages": 1} | fields
    return DeleteView(title="Delete images", signed_in=_PERSON, home=_HOME, back_to=_HOME, images=images, **plain)


def _error(status: int, title: str, *sent: SentField, back: str = "") -> ErrorView:
    return ErrorView(
        title=title, status=status, sentence=f"{title}. {LONG[:200]}", request_id="01REQ", sent=list(sent), back=back
    )


_REFERENCES = [image(number) for number in range(1, 13)]
_CAST = [
    character(),
    character(id=8, projectCharacterName=LONG_NAME, characterRole=LONG[:300], libraryDbId=None),
    character(id=9, projectCharacterName=RIGHT_TO_LEFT, characterRole=RIGHT_TO_LEFT),
    character(id=10, projectCharacterName=ONE_WORD, characterRole=None),
    character(id="0190-uuid", projectCharacterName=None, name=None),
    character(id=12, projectCharacterName=MARKUP, characterRole=MARKUP),
]
_DETAILS = [
    Detail(f"Image {number} could not be downloaded: 403.", f"https://cdn.example/{number}.png") for number in (3, 7)
]

STATES: dict[str, View] = {
    "signing in": _sign_in(),
    "signing in failed": _sign_in(email=_ADDRESS, error="Email or password is wrong."),
    "signed out here only": _sign_in(session_left=True),
    "no characters": _characters([], 0),
    "odd characters": _characters(
        [_member(at, one, ODD[at] if at % 2 else None, *RUNS[:at]) for at, one in enumerate(_CAST)],
        1_234_567,
        is_counted=False,
        sort="change",
        previous_page="?",
        next_page="?page=3",
    ),
    "beyond the last character": _characters([], 51, previous_page="?"),
    "no character of that name": _characters([], 0, search=ONE_WORD),
    "a character of whom nothing is known": _character(character(libraryDbId=None, projectCharacterName=LONG_NAME)),
    "a character of whom much is known": _character(
        character(libraryCharacterId=ONE_WORD), *(Fact(f"Fact {at}", text) for at, text in enumerate(TEXTS))
    ),
    "an empty workspace": workspace(),
    "a workspace that is not linked": workspace(name=LONG_NAME, character=ListedCharacter(7, LONG_NAME, None)),
    "odd pictures": workspace(
        name=RIGHT_TO_LEFT,
        references=_REFERENCES,
        chosen=2,
        images=ODD,
        counts=Counts(
            1_234_567,
            {"reference": 12, "portfolioItem": 1_234_000, "scene": 555},
            {"picked": 12, "rejected": 1_000, "open": 9},
        ),
        pages=2,
        more=f"{_HOME}?page=3",
    ),
    "everything under way": workspace(runs=RUNS, references=_REFERENCES[:1], refresh=Refresh(3, _HOME)),
    "a reference failed": workspace(
        prompt=MARKUP,
        outcome=Outcome(
            "reference",
            "bad",
            LONG[:300],
            [Detail("It may be paid for."), Detail("It is still at its own address.", "https://cdn.example/a.png")],
            recoverable=True,
            prompt=MARKUP,
        ),
    ),
    "a set in part": workspace(
        references=_REFERENCES[:2], outcome=Outcome("portfolio", "partial", "6 of 8 images of the set.", _DETAILS)
    ),
    "a scene landed": workspace(
        scene=LONG, mood=ONE_WORD, lighting=RIGHT_TO_LEFT, outcome=Outcome("scene", "good", "The image is saved.")
    ),
    "a delete that can be undone": workspace(
        images=ODD[:2], outcome=Outcome("images", "good", "2 images are in Payload’s trash.", undo=["1", "2"])
    ),
    "a recovery in part": workspace(images=ODD[:2], outcome=Outcome("images", "partial", "1 of 3.", _DETAILS)),
    "the suggestion is in place": workspace(suggestion_is_in_place=True, has_model=True),
    "the suggestion is beside": workspace(prompt=TEXTS[-2], suggestion_is_beside=True),
    "nothing for this filter": workspace(filters=Filters("scene", "failed")),
    "a reference": _image(10),
    "a long prompt": _image(11),
    "a picture of a set": _image(20),
    "a picture whose file is missing": _image(40),
    "a picture that failed": _image(50),
    "a reference of which much came": _image(10, lineage=_REFERENCES, lineage_count=1_234),
    "a turntable with gaps": _sheet([one for one in ODD if one.typed_metrics.set_id], 9),
    "a comparison": SheetView(
        title="2 images",
        home=_HOME,
        query="?image=1",
        set=None,
        frames=[Frame(0, _REFERENCES[0], None), Frame(1, ODD[2], None)],
        words=differing_words([_REFERENCES[0], ODD[2]]),
    ),
    "a bible": _bible(
        reference=image(1, prompt=LONG, metrics={"review": {"verdict": "pick", "note": MARKUP}}),
        set=set_shown([one for one in ODD if one.typed_metrics.set_id], []),
        frames=frames_of([one for one in ODD if one.typed_metrics.set_id], None),
        scenes=[one for one in ODD if one.kind == "scene"],
    ),
    "a bible of nothing": _bible(facts=[]),
    "a bible of chosen images": _bible(reference=ODD[0], chosen=ODD[1:]),
    "the question before one is deleted": _question(_REFERENCES[:1], may_be_master=True, drawn=8),
    "the question before many are deleted": _question(ODD),
    "the question before one goes to the trash": _question([msgspec.structs.replace(_REFERENCES[0], restorable=True)]),
    "a record that cannot be read": _image(51),
    "not found": _error(404, "Not found"),
    "signed out": _error(401, "Not signed in"),
    "an error that keeps what was typed": _error(
        502,
        "Payload does not answer",
        SentField("prompt", "Prompt", LONG),
        SentField("scene", "Scene description", MARKUP),
        back=_HOME,
    ),
}
