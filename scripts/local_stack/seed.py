"""The sample data of a new local Payload: two users and five characters.

`python -m scripts.local_stack.seed PAYLOAD_URL LIBRARY_URL` creates them.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx
import msgspec

from payload_client import Auth, Id, Jwt, Payload

EMAIL = "ada@example.com"
VIEWER = "viewer@example.com"
PASSWORD = "lighthouse"  # noqa: S105 - of a Payload that nobody else can reach
MARA = "Mara Quill"
CHORUS = "The Chorus"

CHARACTERS: list[dict[str, Any]] = [
    {
        "projectCharacterName": MARA,
        "characterRole": "Protagonist",
        "libraryDbId": "mara-quill",
        "libraryCharacterId": "tidewater-mara-quill",
        "generationMetadata": {
            "bamlData": {
                "name": "Mara Quill",
                "role": "Protagonist",
                "archetype": "The reluctant guardian",
                "physicalDescription": {
                    "description": "A wiry woman with a weathered face and a burn scar along her left forearm",
                    "age": 41,
                    "height": "172 cm",
                    "eyeColor": "grey green",
                    "hairColor": "auburn",
                    "clothing": "a patched oilskin coat over a fisherman's sweater",
                },
                "characterDevelopment": {
                    "biography": "Keeper of the last lighthouse on the Tidewater coast, where she grew up.",
                    "personality": "Dry, watchful, slow to trust and impossible to rush.",
                    "motivations": ["keep the light burning", "find her brother"],
                    "backstory": "Her brother sailed out in the storm of '09 and was never found.",
                    "psychology": {
                        "motivation": "To be forgiven for the night she let the lamp go out.",
                        "fears": ["open water", "being needed"],
                        "desires": "A quiet harbour",
                        "flaws": "Pride",
                    },
                },
            }
        },
    },
    {
        "projectCharacterName": "Teodor “Teo” Blanc",
        "characterRole": "Antagonist",
        "libraryIntegration": {"libraryDbId": "teodor-blanc"},
        "generationMetadata": {
            "bamlData": {
                "name": "Teodor Blanc",
                "role": "Antagonist",
                "archetype": "The charming salvager",
                "physicalDescription": {
                    "description": "Tall and broad, a silver tooth, hands that never rest",
                    "age": "early fifties",
                    "eyeColor": "brown",
                    "hairColor": "black, going grey at the temples",
                    "clothing": ["navy peacoat", "red silk scarf", "polished boots"],
                },
                "characterDevelopment": {
                    "personality": "Generous in public, exacting in private.",
                    "psychology": {"fears": "Being ordinary", "desires": "The lighthouse and what lies under it"},
                },
            }
        },
    },
    {"projectCharacterName": "The Stranger", "libraryDbId": "the-stranger"},
    {
        "projectCharacterName": "Ines Okafor",
        "characterRole": "Mentor",
        "generationMetadata": {
            "bamlData": {
                "name": "Ines Okafor",
                "physicalDescription": "Seventy, small, upright, white braids, a magnifying glass on a cord",
            }
        },
    },
    {
        "projectCharacterName": CHORUS,
        "characterRole": "Crowd",
        "libraryDbId": "the-chorus",
        "generationMetadata": {
            "bamlData": {"name": CHORUS, "description": "The people of Tidewater harbour, as many as there are boats"}
        },
    },
]


class Seeded(msgspec.Struct, frozen=True):
    """The session of the first user, who made it all, and each character's document by its name."""

    auth: Auth
    user: Id
    characters: dict[str, dict[str, Any]]


async def seed(payload_url: str, library_url: str) -> Seeded:
    """Fill an empty Payload, and tell the stand-in library of the characters that are linked to it."""
    characters = dict[str, dict[str, Any]]()
    async with Payload(payload_url) as nobody:
        session = await nobody.auth_collection().first_register(
            email=EMAIL, password=PASSWORD, name="Ada", role="editor"
        )
        assert session.token  # noqa: S101 - Payload's first user is always signed in
        assert session.user  # noqa: S101 - and told who it is
        auth = Jwt(session.token)
        payload = nobody.as_user(auth)
        viewer = {"email": VIEWER, "password": PASSWORD, "name": "Vic", "role": "viewer"}
        await payload.collection("users").create(viewer)
        for character in CHARACTERS:
            made = await payload.collection("character-references").create(character)
            characters[character["projectCharacterName"]] = made
    async with httpx.AsyncClient(base_url=library_url, trust_env=False) as library:
        for character in CHARACTERS:
            if linked := character.get("libraryDbId") or character.get("libraryIntegration", {}).get("libraryDbId"):
                body = {"id": linked, "name": character["projectCharacterName"]}
                (await library.post("/_control/characters", json=body)).raise_for_status()
    return Seeded(auth, session.user.id, characters)


if __name__ == "__main__":
    asyncio.run(seed(*sys.argv[1:]))
    print(f"Sign in as {EMAIL} with the password {PASSWORD}.")
