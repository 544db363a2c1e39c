"""The remote service that draws: its client, what it answers, and following its jobs."""

from app.character_library.client import CharacterLibrary, PictureSet, Scene, SceneType
from app.character_library.jobs import Pace
from app.character_library.responses import Picture

__all__ = ["CharacterLibrary", "Pace", "Picture", "PictureSet", "Scene", "SceneType"]
