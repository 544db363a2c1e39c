"""Creating, reading, changing and deleting characters."""

import re
import uuid
from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from .library import Library, NotFound, copied, hung_document, media_document
from .records import Character, Json, now
from .wire import Asked, Unreadable, answer, body_of, number, page_of

STATUSES = {"draft", "in_development", "ready", "in_production", "archived"}
TEXTS = [
    "biography", "personality", "motivations", "relationships", "backstory", "role", "archetype", "height", "weight",
    "eyeColor", "hairColor", "physicalDescription", "clothing",
]  # fmt: skip
BLANK: Json = {
    "name": None, "status": "draft", "characterId": None, "biography": None, "personality": None, "motivations": None,
    "relationships": None, "backstory": None, "skills": [], "role": None, "archetype": None,
    "psychology": {"motivation": None, "fears": None, "desires": None, "flaws": None},
    "characterArc": {"startState": None, "transformation": None, "endState": None},
    "age": None, "height": None, "weight": None, "eyeColor": None, "hairColor": None, "physicalDescription": None,
    "clothing": None, "dialogueVoice": {"voiceDescription": None, "style": None, "patterns": [], "vocabulary": None},
    "voiceModels": [],
    "novelMovieIntegration": {"projectId": None, "projectName": None, "lastSyncAt": None, "syncStatus": "pending",
                              "conflictResolution": "manual", "changeLog": []},
    "enhancedRelationships": [], "sceneContexts": [], "masterReferenceImage": None, "masterReferenceProcessed": None,
    "masterReferenceQuality": None, "coreSetGenerated": None, "coreSetGeneratedAt": None, "coreSetQuality": None,
    "enhancedQualityMetrics": {"narrativeConsistency": None, "crossSceneConsistency": None,
                               "relationshipVisualConsistency": None, "lastValidated": None, "validationHistory": []},
    "pathragSynced": None, "pathragLastSync": None, "pathragDocumentCount": None, "lastConsistencyValidation": None,
    "consistencyValidationSummary": None, "imageGallery": [],
}  # fmt: skip


class Invalid(Exception):
    """What Payload's validation would not take."""


def create(library: Library, data: Any, character_id: str | None = None) -> Character:
    """A new character from what Payload would take of the data."""
    document: Json = copied(BLANK)
    document.update(_checked(data))
    if not isinstance(document["name"], str) or not document["name"]:
        raise Invalid("name")
    if document["characterId"] is None:
        document["characterId"] = re.sub(r"[^a-z0-9]+", "-", document["name"].lower()).strip("-")
    if any(other.document["characterId"] == document["characterId"] for other in library.characters.values()):
        raise Invalid("characterId")
    document["updatedAt"] = document["createdAt"] = now()
    character = Character(id=character_id or str(uuid.uuid4()), document=document, manner=library.manner)
    library.characters[character.id] = character
    return character


def change(library: Library, character: Character, data: Any) -> None:
    """What PATCH does: fields that are given replace those that were."""
    fresh = _checked(data)
    if "name" in fresh and not fresh["name"]:
        raise Invalid("name")
    if isinstance(data, dict) and "masterReferenceImage" in data:
        master = data["masterReferenceImage"]
        if master is not None and master not in library.media:
            raise Invalid("masterReferenceImage")
        character.master = master
    character.document |= {**fresh, "updatedAt": now()}


def document_of(library: Library, character: Character, origin: str) -> Json:
    """A character as the library answers it, its pictures expanded."""

    def expanded(media_id: str | None) -> Json | None:
        media = library.media.get(media_id or "")
        return media_document(media, origin, character.manner) if media else None

    gallery = [hung_document(hung, expanded(hung.media_id)) for hung in character.gallery]
    pictures = {
        "masterReferenceImage": expanded(character.master),
        "imageGallery": gallery,
        "sceneContexts": character.scenes,
    }
    return {"id": character.id, **character.document, **pictures}


def _checked(data: Any) -> Json:
    """The known fields of a body; unknown ones are dropped, wrong types refused."""
    if not isinstance(data, dict):
        raise Invalid("data")
    known = {
        key: value
        for key, value in data.items()
        if key in BLANK and key not in ("masterReferenceImage", "imageGallery", "sceneContexts")
    }
    for key in ("name", "characterId", *TEXTS):
        if not isinstance(known.get(key), str | None):
            raise Invalid(key)
    age = known.get("age")
    if isinstance(age, bool) or not isinstance(age, int | float | None) or known.get("status", "draft") not in STATUSES:
        raise Invalid("age or status")
    return known


@post("/api/v1/characters")
async def create_character(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """201 and the bare document; everything that can go wrong is one and the same 500."""
    try:
        character = create(library, await body_of(request))
    except (Unreadable, Invalid):
        return answer({"error": "Failed to create character"}, 500)
    return answer(document_of(library, character, origin_of(request)), 201)


@get("/api/v1/characters")
async def list_characters(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """The newest first, by a part of their name or characterId."""
    query = request.query_params
    search = query.get("search", "").lower()
    found = [
        one
        for one in reversed(library.characters.values())
        if search in one.name.lower() or search in one.document["characterId"].lower()
    ]
    some, account = page_of(found, number(query.get("page"), 1), number(query.get("limit"), 10))
    origin = origin_of(request)
    return answer({"docs": [document_of(library, one, origin) for one in some], **account})


@get("/api/v1/characters/{character_id:str}")
async def read_character(
    request: Asked, character_id: FromPath[str], library: NamedDependency[Library]
) -> Response[Any]:
    """The bare document; an unknown id is a 500."""
    try:
        return answer(document_of(library, library.character(character_id), origin_of(request)))
    except NotFound:
        return answer({"error": "Failed to fetch character"}, 500)


@patch("/api/v1/characters/{character_id:str}")
async def change_character(
    request: Asked, character_id: FromPath[str], library: NamedDependency[Library]
) -> Response[Any]:
    """The changed document; a master of null frees the place of the master and wipes nothing."""
    try:
        character = library.character(character_id)
        change(library, character, await body_of(request))
    except (NotFound, Unreadable, Invalid):
        return answer({"error": "Failed to update character"}, 500)
    return answer(document_of(library, character, origin_of(request)))


@delete("/api/v1/characters/{character_id:str}", status_code=200)
async def delete_character(character_id: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """The character goes; its pictures stay."""
    if library.characters.pop(character_id, None) is None:
        return answer({"error": "Failed to delete character"}, 500)
    return answer({"success": True})


def origin_of(request: Asked) -> str:
    """The address under which the caller sees this server."""
    return str(request.base_url).rstrip("/")


HANDLERS = [create_character, list_characters, read_character, change_character, delete_character]
