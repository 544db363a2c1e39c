"""The master reference and the list of a character's pictures."""

from typing import Any

from litestar import Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from .characters import BLANK, origin_of
from .library import Library, NotFound, copied, url_of
from .records import Character, Hung, Json, now
from .wire import Asked, Unreadable, answer, body_of, member, number

RESET = [
    "masterReferenceImage",
    "masterReferenceProcessed",
    "masterReferenceQuality",
    "coreSetGenerated",
    "coreSetGeneratedAt",
    "coreSetQuality",
    "imageGallery",
    "enhancedQualityMetrics",
    "lastConsistencyValidation",
    "consistencyValidationSummary",
    "sceneContexts.generatedImages",
]
WIPED = "Master reference image and all derived content deleted successfully. Character reset to base state."
NO_LISTS: Json = {"coreReferenceSet": [], "sceneImages": [], "onDemandImages": [], "relationshipImages": []}
NO_SUMMARY: Json = {
    "masterReferenceCount": 0, "coreReferenceCount": 0, "sceneImageCount": 0, "onDemandImageCount": 0,
    "relationshipImageCount": 0, "totalValidImages": 0, "averageQuality": 0, "averageConsistency": 0,
}  # fmt: skip


def _failed(error: Exception | str, status: int = 500) -> Response[Any]:
    return answer({"success": False, "updated": False, "error": str(error)}, status)


@get("/api/v1/characters/{character_id:str}/reference-image")
async def read_reference(
    request: Asked, character_id: FromPath[str], library: NamedDependency[Library]
) -> Response[Any]:
    """The master; where there is none, a success without it."""
    try:
        character = library.character(character_id)
    except NotFound as error:
        return _failed(error)
    master = library.master(character)
    found = {"imageUrl": url_of(master, origin_of(request), character.manner), "mediaId": master.id} if master else {}
    return answer({"success": True, "updated": True, **found})


@put("/api/v1/characters/{character_id:str}/reference-image")
async def set_reference(
    request: Asked, character_id: FromPath[str], library: NamedDependency[Library]
) -> Response[Any]:
    """A mediaId becomes the master; an imageUrl is thanked for and forgotten."""
    try:
        body = await body_of(request)
        media_id, image_url = member(body, "mediaId"), member(body, "imageUrl")
        if not media_id and not image_url:
            return _failed("Either imageUrl or mediaId is required", 400)
        character = library.character(character_id)
    except (Unreadable, NotFound) as error:
        return _failed(error)
    if not media_id:
        return answer({"success": True, "updated": True, "imageUrl": image_url})
    if not isinstance(media_id, str):
        return _failed("The following field is invalid: Reference Image Gallery > Master Reference Image")
    media = library.media.get(media_id)
    if media is None:
        return _failed("FOREIGN KEY constraint failed")
    character.master = media.id
    character.document["updatedAt"] = now()
    url = url_of(media, origin_of(request), character.manner)
    return answer({"success": True, "updated": True, "imageUrl": url, "mediaId": media.id})


@delete("/api/v1/characters/{character_id:str}/reference-image", status_code=200)
async def wipe_reference(character_id: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """Master, gallery and all that was made from them leave the character; media and files stay."""
    try:
        character = library.character(character_id)
    except NotFound as error:
        return _failed(error)
    _reset(character)
    if character.manner.minimal:
        return Response(None, status_code=204) if character.manner.shape == "strings" else answer({"success": True})
    return answer({"success": True, "updated": True, "message": WIPED, "resetFields": RESET})


def _reset(character: Character) -> None:
    character.master, character.gallery = None, []
    character.scenes = [
        {**scene, "generatedImages": [], "qualityScores": [], "lastGenerated": None} for scene in character.scenes
    ]
    blank = {key: copied(BLANK[key]) for key in RESET if key in BLANK}
    character.document |= {**blank, "masterReferenceProcessed": False, "coreSetGenerated": False, "updatedAt": now()}


@get("/api/v1/characters/{character_id:str}/images")
async def list_images(request: Asked, character_id: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """All pictures that the character itself knows of, with their real addresses."""
    try:
        character = library.character(character_id)
    except NotFound as error:
        nobody = {"success": False, "characterId": "", "characterName": "", "totalImages": 0}
        return answer({**nobody, "images": NO_LISTS, "summary": NO_SUMMARY, "error": str(error)}, 500)
    query, origin = request.query_params, origin_of(request)
    category, least = query.get("category"), number(query.get("minQuality"), 0)
    hung = [one for one in character.gallery if one.media_id in library.media and one.quality >= least]
    core = [_core(library, character, one, origin) for one in hung if one.core and category in (None, "core")]
    scenes = [_scene(library, character, one, origin) for one in hung if not one.core and category in (None, "scene")]
    master = _master(library, character, origin)
    everything = [*([master] if master else []), *core, *scenes]
    return answer(
        {
            "success": True,
            "characterId": character.id,
            "characterName": character.name,
            "totalImages": len(everything),
            "images": {
                **({"masterReference": master} if master else {}),
                **NO_LISTS,
                "coreReferenceSet": core,
                "sceneImages": scenes,
            },
            "summary": {
                **NO_SUMMARY,
                "masterReferenceCount": 1 if master else 0,
                "coreReferenceCount": len(core),
                "sceneImageCount": len(scenes),
                "totalValidImages": sum(1 for one in everything if one.get("isValid") or one.get("isProcessed")),
                "averageQuality": _average(one.get("qualityScore") for one in everything),
                "averageConsistency": _average(one.get("consistencyScore") for one in everything),
            },
        }
    )


def _master(library: Library, character: Character, origin: str) -> Json | None:
    media = library.master(character)
    if media is None:
        return None
    url, processed = url_of(media, origin, character.manner), bool(character.document["masterReferenceProcessed"])
    return {
        "imageId": media.id,
        "url": url,
        "dinoAssetId": media.dino_asset_id,
        "qualityScore": None,
        "isProcessed": processed,
    }


def _core(library: Library, character: Character, hung: Hung, origin: str) -> Json:
    told = {"angle": hung.angle, "lens": hung.lens, "qualityScore": hung.quality, "consistencyScore": hung.consistency}
    return {**_hung(library, character, hung, origin), **told, "isValid": False, "referenceShot": hung.shot}


def _scene(library: Library, character: Character, hung: Hung, origin: str) -> Json:
    told = {"tags": hung.tags, "qualityScore": hung.quality, "consistencyScore": hung.consistency}
    return {**_hung(library, character, hung, origin), **told, "isValid": False, "generationPrompt": None}


def _hung(library: Library, character: Character, hung: Hung, origin: str) -> Json:
    url = url_of(library.media[hung.media_id], origin, character.manner)
    return {"imageId": hung.media_id, "url": url, "dinoAssetId": hung.dino_asset_id, "shotType": hung.shot_type}


def _average(scores: Any) -> int:
    known = [score for score in scores if score is not None]
    return round(sum(known) / len(known)) if known else 0


HANDLERS = [read_reference, set_reference, wipe_reference, list_images]
