"""The remote service that draws: its client, what it answers, and following its jobs."""

from app.character_library.client import CharacterLibrary, LibraryImageSet, Scene, SceneType
from app.character_library.responses import LibraryImage

__all__ = ["CharacterLibrary", "LibraryImage", "LibraryImageSet", "Scene", "SceneType"]
