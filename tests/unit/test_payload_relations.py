"""A relation at any depth."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from payload_client import Id, Polymorphic, Related, populated, related_id


class Author(msgspec.Struct, frozen=True):
    """What is pointed at."""

    id: Id
    name: str = ""


class Post(msgspec.Struct, frozen=True):
    """What points."""

    author: Related[Author] | None = None
    about: Polymorphic | None = None


@pytest.mark.parametrize(
    ("related", "expected"),
    [
        (7, 7),
        ("a-uuid", "a-uuid"),
        (Author("x"), "x"),
        ({"id": 7, "name": "Ada"}, 7),
        (Polymorphic("authors", 7), 7),
        (Polymorphic("authors", Author(8)), 8),
        ({"relationTo": "authors", "value": {"id": 9}}, 9),
        ({"relationTo": "authors", "value": "x"}, "x"),
        ({"relationTo": "authors", "value": None}, None),
        (None, None),
        ({}, None),
        (True, None),
    ],
)
def test_the_id_of_a_relation_is_told_at_any_depth(related: Any, expected: Id | None) -> None:
    assert related_id(related) == expected


def test_a_model_reads_a_relation_at_any_depth() -> None:
    shallow = msgspec.json.decode(b'{"author": 7, "about": {"relationTo": "posts", "value": 3}}', type=Post)
    deep = msgspec.json.decode(b'{"author": {"id": 7, "name": "Ada"}}', type=Post)
    assert (related_id(shallow.author), related_id(deep.author), related_id(shallow.about)) == (7, 7, 3)
    assert populated(shallow.author, Author) is None
    assert populated(deep.author, Author) == Author(7, "Ada")
