"""The answers of a library that knows only four routes, in its three shapes."""

from typing import Any

from .records import Json, Manner


def one(manner: Manner, url: str, media_id: str) -> Json:
    """One picture: its address at the top, or under `data` beside an id."""
    return {"data": {"id": media_id, "publicUrl": url}} if manner.shape == "data" else {"publicUrl": url}


def many(manner: Manner, urls: list[str], angles: list[str]) -> Json:
    """A set: objects at the top or under `data`, or nothing but addresses."""
    if manner.shape == "strings":
        return {"images": urls}
    images: list[Any] = [{"publicUrl": url, "angle": angle} for url, angle in zip(urls, angles, strict=True)]
    return {"data": {"images": images}} if manner.shape == "data" else {"images": images}
