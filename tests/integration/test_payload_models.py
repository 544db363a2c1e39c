"""The product's own models of Payload's documents, held against those made from the schema of its collections."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import msgspec
import pytest

from app.cms.character import CharacterReference
from app.cms.image_record import CharacterImageMetadata, Metrics, NewCharacterImageMetadata
from app.cms.media import Media, NewMedia
from payload_client.codegen import generate
from payload_client.testing import read_schema
from scripts.local_stack import stack

AT = "2026-05-01T12:00:00.000Z"
CHARACTER = {
    "id": 3, "projectCharacterName": "Mara", "name": "M", "characterRole": "lead", "libraryDbId": "17",
    "libraryIntegration": {"libraryDbId": "17"}, "libraryCharacterId": "mara", "createdAt": AT, "updatedAt": AT,
    "generationMetadata": {"bamlData": {"hair": "grey"}},
}  # fmt: skip
MEDIA = {
    "id": 5, "alt": "a", "url": "/api/media/file/a.png", "thumbnailURL": None, "filename": "a.png", "filesize": 7,
    "mimeType": "image/png", "width": 640, "height": 480, "createdAt": AT, "updatedAt": AT,
    "sizes": {"thumbnail": {"url": "/t.png", "width": 320, "height": 240}, "card": {"url": None, "width": None}},
}  # fmt: skip
IMAGE = {
    "id": 9, "characterReference": CHARACTER, "media": MEDIA, "kind": "scene", "provider": "p", "prompt": "x\ny",
    "sourceUrl": "https://cdn.test/a.png", "externalId": "e", "status": "succeeded", "error": None, "createdBy": 1,
    "metrics": {"index": 1}, "createdAt": AT, "updatedAt": AT,
}  # fmt: skip


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    """Models made from the collections of the local Payload."""
    config = stack.PAYLOAD / "payload.config.ts"
    module = ModuleType("generated_models")
    sys.modules[module.__name__] = module  # where msgspec looks the names of annotations up
    exec(generate(read_schema(config)), module.__dict__)  # noqa: S102 - what this test is about
    return module


@pytest.mark.parametrize(
    ("ours", "theirs", "raw"),
    [
        (CharacterReference, "CharacterReference", CHARACTER),
        (Media, "Media", MEDIA),
        (CharacterImageMetadata, "CharacterImageMetadatum", IMAGE),
        (CharacterImageMetadata, "CharacterImageMetadatum", {**IMAGE, "characterReference": 3, "media": 5}),
    ],
)
def test_what_is_read_is_in_the_schema_and_read_alike(
    generated: ModuleType, ours: Any, theirs: str, raw: dict[str, Any]
) -> None:
    model = getattr(generated, theirs)
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(model)}
    mine = {field.encode_name: field.name for field in msgspec.structs.fields(ours)}
    assert set(mine) - {"deletedAt"} <= set(fields)  # the local Payload keeps no trash
    content = msgspec.json.encode(raw)
    here, there = msgspec.json.decode(content, type=ours), msgspec.json.decode(content, type=model)
    for name, field in mine.items():
        if name in ("characterReference", "media", "sizes", "libraryIntegration", "generationMetadata", "deletedAt"):
            continue  # parts with models of their own
        one, other = getattr(here, field), getattr(there, fields[name])
        assert one == other, name
    assert here.id == there.id


def test_what_is_written_is_what_the_schema_takes(generated: ModuleType) -> None:
    record = NewCharacterImageMetadata(
        character_reference=3, media=5, kind="portfolioItem", prompt="p", source_url="s", external_id="e",
        metrics=Metrics(index=0), created_by=1,
    )  # fmt: skip
    for written, model in ((record, generated.NewCharacterImageMetadatum), (NewMedia(alt="a"), generated.NewMedia)):
        plain = msgspec.to_builtins(written)
        assert msgspec.to_builtins(msgspec.convert(plain, model)) == plain
