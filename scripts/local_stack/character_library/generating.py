"""First images, with and without a character, and scenes."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from . import minimal
from .characters import origin_of
from .faults import BrokenError, GeneratorError
from .library import Library, NotFound, public_url_of, url_of
from .painting import View, look_of
from .records import Character, Hung, Media, now
from .wire import UNDEFINED, Asked, Unreadable, answer, body_of, member

HAS_MASTER = "Character already has a master reference image. Use the generate-image endpoint for additional images."
INTERNAL = "Internal server error during image generation"
NO_DINO = "Failed to process image with DINOv3"
NO_DINO_DETAILS = "Image was uploaded but DINOv3 processing failed"
NO_STORAGE = "Failed to upload generated image"
MADE = "Initial character image generated successfully"
REFERENCE = View(lens=35)
SCENE_TYPES = {"dialogue", "action", "emotional", "establishing"}
REFERENCE_WORDS = (
    "front facing", "eyes on the viewer", "at ease", "even light", "full body visible", "upright", "plain background",
    "finely drawn", "reference sheet of one figure",
)  # fmt: skip


@post("/api/v1/characters/{character_id:str}/generate-initial-image")
async def generate_initial_image(
    request: Asked, character_id: FromPath[str], library: NamedDependency[Library]
) -> Response[Any]:
    """A character's first image becomes its master; nobody locks anything, so the last to finish wins."""
    try:
        prompt = member(await body_of(request), "prompt")
        if not prompt:
            return answer({"success": False, "error": "Prompt is required"}, 400)
        character = library.character(character_id)
    except (Unreadable, NotFound) as error:
        return answer({"success": False, "error": INTERNAL, "details": str(error)}, 500)
    if character.master and not character.manner.minimal:
        return answer({"success": False, "error": HAS_MASTER}, 400)
    if not isinstance(prompt, str):
        return answer(
            {"success": False, "error": "Image generation failed", "details": "a.substring is not a function"}, 500
        )
    try:
        media = await draw_reference(library, character, prompt)
    except BrokenError as error:
        return answer({"success": False, "error": _refusal(error), "details": str(error)}, 500)
    if media.dino_asset_id is None:
        return answer({"success": False, "error": NO_DINO, "details": NO_DINO_DETAILS}, 500)
    character.master = media.id
    character.document |= {"masterReferenceProcessed": True, "updatedAt": now()}
    url = public_url_of(media, origin_of(request), character.manner)
    if character.manner.minimal:
        return answer(minimal.one(character.manner, url, media.id))
    data = {
        "characterId": character.id,
        "characterName": character.name,
        "imageId": media.id,
        "dinoAssetId": media.dino_asset_id,
        "publicUrl": url,
    }
    return answer({"success": True, "message": MADE, "data": data})


def _refusal(error: BrokenError) -> str:
    return "Image generation failed" if isinstance(error, GeneratorError) else NO_STORAGE


async def draw_reference(library: Library, character: Character, prompt: str) -> Media:
    """Paint a character as a prompt has it."""
    filename = f"{character.id}_initial_{library.stamp()}.jpg"
    look = look_of(prompt, character.id + character.name)
    alt = f"Initial character reference image: {filename}"
    return await library.draw(character, look, filename=filename, alt=alt, words=prompt, view=REFERENCE)


@post("/api/v1/characters/generate-initial-image")
async def generate_standalone_image(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """An image of nobody's, from a prompt that the service rewrites."""
    try:
        body = await body_of(request)
        prompt = member(body, "prompt")
    except Unreadable as error:
        return answer({"success": False, "error": INTERNAL, "details": str(error)}, 500)
    if not prompt:
        return answer({"success": False, "error": "Prompt is required"}, 400)
    if not isinstance(prompt, str):
        return answer({"success": False, "error": INTERNAL, "details": "a.toLowerCase is not a function"}, 500)
    words = f"{prompt}, {_added(prompt)}"
    filename = f"standalone_initial_{library.stamp()}.jpg"
    alt = member(body, "alt") or f"Generated character reference image: {filename}"
    try:
        media = await library.draw(
            None, look_of(words, prompt), filename=filename, alt=str(alt), words=words, view=REFERENCE
        )
    except BrokenError as error:
        return answer({"success": False, "error": _refusal(error), "details": str(error)}, 500)
    url = public_url_of(media, origin_of(request), library.manner)
    data = {"imageId": media.id, "dinoAssetId": media.dino_asset_id, "publicUrl": url, "filename": media.filename}
    return answer({"success": True, "message": MADE, "data": data})


def _added(prompt: str) -> str:
    """What the service appends: less where the prompt has some of it already."""
    if any(word in prompt.lower() for word in REFERENCE_WORDS):
        return ", ".join(REFERENCE_WORDS[-2:])
    return ", ".join(REFERENCE_WORDS)


@post("/api/v1/characters/{character_id:str}/generate-scene-image")
async def generate_scene_image(
    request: Asked, character_id: FromPath[str], library: NamedDependency[Library]
) -> Response[Any]:
    """The character in a scene, after its master or the reference that is named."""
    try:
        body = await body_of(request)
        scene_type, context = member(body, "sceneType"), member(body, "sceneContext")
        if refusal := _scene_refusal(context, scene_type):
            return answer({"success": False, "error": refusal}, 400)
        character = library.character(character_id)
    except (Unreadable, NotFound) as error:
        return answer({"success": False, "error": str(error)}, 500)
    reference = _reference(library, character, member(body, "referenceImageAssetId"))
    if reference is None and not character.manner.minimal:
        return answer({"success": False, "error": "No reference image available for character consistency"}, 400)
    gallery = character.gallery  # as it was read: what a set hangs meanwhile is written over
    try:
        media = await _draw_scene(library, character, body, reference or "")
    except BrokenError as error:
        words = str(error) if isinstance(error, GeneratorError) else NO_STORAGE
        return answer({"success": False, "error": words}, 500)
    if scene_type not in SCENE_TYPES:
        field = f"Novel Movie Integration > Scene Contexts {len(character.scenes) + 1} > Scene Type"
        return answer({"success": False, "error": f"The following field is invalid: {field}"}, 500)
    character.gallery = gallery
    scene = _remember(library, character, media, str(scene_type), member(body, "mood") or "neutral")
    url = url_of(media, origin_of(request), character.manner)
    if character.manner.minimal:
        return answer(minimal.one(character.manner, url, media.id))
    return answer({"success": True, "imageUrl": url, "mediaId": media.id, "sceneContext": scene})


def _scene_refusal(context: Any, scene_type: Any) -> str | None:
    """The service logs the context's first letters before it checks anything: what has none is a 500."""
    if context is UNDEFINED or context is None:
        raise Unreadable(
            f"Cannot read properties of {'null' if context is None else 'undefined'} (reading 'substring')"
        )
    if not isinstance(context, str):
        raise Unreadable("a.sceneContext.substring is not a function")
    if not context.strip():
        return "sceneContext is required"
    return None if scene_type else "sceneType is required"


def _reference(library: Library, character: Character, named: Any) -> str | None:
    """The dinoAssetId to go by; one that nobody knows is taken too, and the picture is then of somebody else."""
    if named:
        return str(named)
    if (master := library.master(character)) is not None and master.dino_asset_id:
        return master.dino_asset_id
    return next((hung.dino_asset_id for hung in character.gallery if hung.core and hung.dino_asset_id), None)


async def _draw_scene(library: Library, character: Character, body: Any, reference: str) -> Media:
    context, scene_type = str(member(body, "sceneContext")), str(member(body, "sceneType"))
    given = [member(body, key) for key in ("environmentContext", "mood", "lightingStyle")]
    words = ", ".join([context, *(str(value) for value in given if value)])
    known = library.media.get(library.files.get(f"{reference}.jpg", ""))
    stamp = library.stamp()
    filename = f"{character.id}_scene_{scene_type}_{stamp}.jpg"
    return await library.draw(
        character,
        known.look if known else look_of(context, f"somebody {reference}"),
        filename=filename,
        alt=f"Generated scene image: {filename}",
        words=words,
        view=View(turn=(-30.0, -18.0, 16.0, 28.0)[stamp % 4]),
        scene_type=scene_type,
    )


def _remember(library: Library, character: Character, media: Media, scene_type: str, mood: Any) -> dict[str, Any]:
    """Append the scene and hang its picture."""
    scene_id = f"scene_{library.stamp()}"
    character.scenes = [
        *character.scenes,
        {"sceneId": scene_id, "sceneType": scene_type, "generatedImages": [{"imageId": media.id}],
         "qualityScores": [{"score": 85}], "lastGenerated": now()},
    ]  # fmt: skip
    hung = Hung(media_id=media.id, core=False, shot_type=f"scene_{scene_type}", quality=85, consistency=90,
                tags=f"scene,{scene_type},{mood}")  # fmt: skip
    character.gallery = [*character.gallery, hung]
    return {"sceneId": scene_id, "sceneType": scene_type, "generatedAt": now(), "qualityScore": 85}


HANDLERS = [generate_initial_image, generate_standalone_image, generate_scene_image]
