"""Models made from a site's own schema: they read every document at every depth, write strictly, and pass mypy."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from payload_client import InvalidCall
from payload_client.codegen import generate
from payload_client.testing import read_schema
from tests.payload_client.conftest import CONFIG, PACKAGES, Site
from tests.payload_client.content import fill

ROOT = Path(__file__).parents[2]


def module_of(source: str, folder: Path) -> ModuleType:
    """The models as a module."""
    path = folder / "site_models.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location("site_models", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["site_models"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    """The schema of the tests' site, without a database."""
    return read_schema(CONFIG, packages=PACKAGES)


@pytest.fixture
def models(site: Site, tmp_path: Path) -> Iterator[ModuleType]:
    """Models of the site that is running."""
    yield module_of(generate(site.served.schema()), tmp_path)
    del sys.modules["site_models"]


MODELS = {
    "users": "User", "customers": "Customer", "authors": "Author", "tags": "Tag", "posts": "Post", "notes": "Note",
    "words": "Word", "media": "Media", "files": "File",
}  # fmt: skip


async def test_every_document_is_read_at_every_depth(site: Site, models: ModuleType) -> None:
    await fill(site.payload)
    for slug, name in MODELS.items():
        collection = site.payload.collection(slug, getattr(models, name))
        for depth in (0, 1, 2):
            plain = await site.payload.collection(slug).find(depth=depth, limit=0, trash=True, draft=True, sort="id")
            typed = await collection.find(depth=depth, limit=0, trash=True, draft=True, sort="id")
            assert len(typed.docs) == len(plain.docs)
            if slug != "customers":
                assert typed.docs
            for doc, raw in zip(typed.docs, plain.docs, strict=True):
                lost = missing(raw, msgspec.to_builtins(doc))
                assert lost == [], (slug, depth)
    for slug, name in (("settings", "Setting"), ("navigation", "Navigation")):
        for depth in (0, 1, 2):
            assert await site.payload.global_document(slug, getattr(models, name)).find(depth=depth)
    versions = await site.payload.collection("posts", models.Post).find_versions(limit=0, depth=1)
    assert len(versions.docs) > 6


def missing(raw: Any, read: Any, at: str = "") -> list[str]:
    """The paths of values that a model did not keep; what the schema does not know at all is no loss."""
    if isinstance(raw, dict) and isinstance(read, dict):
        known = [name for name in raw if name not in ("collection", "_strategy", "hasAPIKey", "globalType")]
        return [
            path
            for name in known
            for path in (missing(raw[name], read[name], f"{at}.{name}") if name in read else [f"{at}.{name}"])
        ]
    if isinstance(raw, list) and isinstance(read, list):
        return [path for one, other in zip(raw, read, strict=True) for path in missing(one, other, f"{at}[]")]
    same = raw == read or (at.endswith(("edAt", "expiresAt")) and str(raw)[:19] == str(read)[:19])
    return [] if same else [at]


async def test_ids_are_known_to_be_what_they_are(site: Site, models: ModuleType) -> None:
    made = await site.payload.collection("authors", models.Author).create(models.NewAuthor(name="Ada"))
    integers = isinstance(made.id, int)
    authors = site.payload.collection("authors", models.Author)
    before = len(site.served.requests())
    if integers:
        with pytest.raises(InvalidCall):
            await authors.delete(f"{made.id}abc")
    await authors.update(made.id, models.AuthorPatch(email="a@film.example"))
    assert [line.split()[0] for line in site.served.requests()[before:]] == ["PATCH"]


async def test_what_a_model_writes_is_what_is_stored(site: Site, models: ModuleType) -> None:
    author = await site.payload.collection("authors", models.Author).create(models.NewAuthor(name="Ada"))
    posts = site.payload.collection("posts", models.Post)
    new = models.NewPost(
        title="T",
        kind="news",
        author=author.id,
        mentions=[models.ToAuthorsId(value=author.id)],
        layout=[models.NewGalleryBlock(class_="wide"), models.NewPostLayoutQuote(text="q", by=author.id)],
        items=[models.NewPostItems(label="l", parts=[models.NewPostItemsParts(weight=2)])],
        seo=models.NewPostSeo(description="d"),
        status="published",
    )
    made = await posts.create(new, depth=1)
    assert (made.title, made.kind, made.author.name, made.status) == ("T", "news", "Ada", "published")
    assert made.layout[0].class_ == "wide"
    assert made.layout[1].by.id == author.id
    assert made.mentions[0].value.name == "Ada"
    changed = await posts.update(made.id, models.PostPatch(views=3, summary=None))
    assert (changed.views, changed.title, changed.items[0].parts[0].weight) == (3, "T", 2)


def test_a_model_for_writing_takes_no_other_fields(schema: dict[str, Any], tmp_path: Path) -> None:
    models = module_of(generate(schema), tmp_path)
    refused: dict[str, list[dict[str, Any]]] = {
        "NewPost": [{}, {"title": 1}, {"title": "x", "nothing": 1}, {"title": "x", "kind": "poem"}],
        "PostPatch": [{"createdAt": "2026-05-01T00:00:00Z"}, {"author": {"id": 1}}],
        "NewMedia": [{"filename": "a.png"}],
        "NewUser": [{"email": "a@b.example", "hash": "x"}],
        "NewAuthor": [{"name": "x", "posts": {"docs": []}}],
        "SettingPatch": [{"id": 1}],
    }
    for name, fields in refused.items():
        for wrong in fields:
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(wrong, getattr(models, name))
    assert msgspec.to_builtins(models.NewPost(title="x")) == {"title": "x"}
    assert msgspec.convert({"id": 1}, models.Post).title is msgspec.UNSET


def test_the_models_pass_mypy_and_the_command_prints_them(schema: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_bytes(msgspec.json.encode(schema))
    command = [sys.executable, "-m", "payload_client.codegen", str(tmp_path / "schema.json")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert printed == generate(schema)
    (tmp_path / "models.py").write_text(printed)
    (tmp_path / "uses.py").write_text(
        "from models import NewPost, Post, PostPatch\n"
        "def title(post: Post) -> str:\n"
        "    return post.title if isinstance(post.title, str) else ''\n"
        "new = NewPost(title='x', kind='news')\nwrong = NewPost(title=1, kind='poem')  # type: ignore[arg-type]\n"
        "patch = PostPatch(views=3)\n"
    )
    check = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "models.py", "uses.py"]
    done = subprocess.run(check, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("wrong", [{}, {"definitions": {}}, {"properties": {}}, {"properties": {"collections": 7}}])
def test_what_is_no_schema_is_told(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="configToJSONSchema"):
        generate(wrong)
    (tmp_path / "x.json").write_bytes(msgspec.json.encode(wrong))
    command = [sys.executable, "-m", "payload_client.codegen", str(tmp_path / "x.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (1, "")
    assert "configToJSONSchema" in done.stderr


def test_names_that_python_cannot_have_are_changed(tmp_path: Path) -> None:
    text = {"type": "string"}
    names = ["id", "class", "field", "datetime", "2nd", "aB", "a_b", "_status", "status", "ü", "from", "URLOfIt"]
    things = {"type": "object", "additionalProperties": False, "title": "Struct", "required": ["id"]}
    definitions = {"things": {**things, "properties": {**dict.fromkeys(names, text), "id": {"type": "number"}}}}
    collections = {"properties": {"things": {"$ref": "#/definitions/things"}}}
    source = generate({"definitions": definitions, "properties": {"collections": collections}})
    model = module_of(source, tmp_path).Struct2
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(model)}
    assert (fields["class"], fields["URLOfIt"]) == ("class_", "url_of_it")
    assert set(fields) == set(names)
    assert len(set(fields.values())) == len(names)
