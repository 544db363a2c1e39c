"""What is asked of Payload is written as its `qs` parser reads it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payload_client import Where, field
from payload_client.query import encode


@pytest.mark.parametrize(
    ("built", "query"),
    [
        (field("kind") == "scene", {"kind": {"equals": "scene"}}),
        (field("kind") != "scene", {"kind": {"not_equals": "scene"}}),
        (field("width") > 320, {"width": {"greater_than": 320}}),
        (field("width") >= 320, {"width": {"greater_than_equal": 320}}),
        (field("width") < 320, {"width": {"less_than": 320}}),
        (field("width") <= 320, {"width": {"less_than_equal": 320}}),
        (field("id").is_in(1, "b"), {"id": {"in": [1, "b"]}}),
        (field("id").is_in(), {"id": {"in": []}}),
        (field("alt").contains("50%"), {"alt": {"contains": "50%"}}),
        (field("error").exists(), {"error": {"exists": True}}),
        (field("error").exists(yes=False), {"error": {"exists": False}}),
        (field("a.b.c") == None, {"a.b.c": {"equals": None}}),  # noqa: E711 - builds a filter
    ],
)
def test_a_filter_is_written_in_pythons_operators(built: Where, query: dict[str, Any]) -> None:
    assert built.query == query


def test_filters_are_joined_to_any_depth() -> None:
    a, b, c = field("a") == 1, field("b") == 2, field("c") == 3
    assert (a & b).query == {"and": [a.query, b.query]}
    assert (a | b).query == {"or": [a.query, b.query]}
    assert ((a | b) & c).query == {"and": [{"or": [a.query, b.query]}, c.query]}


def test_a_field_that_waits_for_its_operator_is_no_key() -> None:
    with pytest.raises(TypeError):
        hash(field("a"))


def test_a_filter_goes_out_as_json_with_real_types() -> None:
    [(name, text)] = encode({"where": (field("a") == 1) & (field("b") == None) & field("c").is_in(True, "x")})  # noqa: E711
    assert name == "where"
    assert json.loads(text) == {
        "and": [{"and": [{"a": {"equals": 1}}, {"b": {"equals": None}}]}, {"c": {"in": [True, "x"]}}]
    }


def test_a_filter_as_a_plain_mapping_goes_out_the_same_way() -> None:
    assert encode({"where": {"a": {"equals": 1}}}) == encode({"where": field("a") == 1})


def test_a_time_in_a_filter_is_written_as_payload_reads_it() -> None:
    [(_, text)] = encode({"where": field("createdAt") > datetime(2025, 9, 14, 12, tzinfo=UTC)})
    assert json.loads(text) == {"createdAt": {"greater_than": "2025-09-14T12:00:00Z"}}


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ({}, []),
        ({"sort": None}, []),
        ({"select": {"alt": None}}, []),
        ({"limit": 0}, [("limit", "0")]),
        ({"depth": 2, "page": 1}, [("depth", "2"), ("page", "1")]),
        ({"draft": True, "pagination": False}, [("draft", "true"), ("pagination", "false")]),
        ({"sort": "-createdAt,-id"}, [("sort", "-createdAt,-id")]),
        ({"sort": ["-createdAt", "id"]}, [("sort", "-createdAt,id")]),
        ({"select": {"alt": True, "url": False}}, [("select[alt]", "true"), ("select[url]", "false")]),
        (
            {"select": {"url": True}},
            [("select[filename]", "true"), ("select[prefix]", "true"), ("select[url]", "true")],
        ),
        (
            {"populate": {"media": {"thumbnailURL": True, "filename": False}}},
            [
                ("populate[media][filename]", "true"),
                ("populate[media][prefix]", "true"),
                ("populate[media][thumbnailURL]", "true"),
            ],
        ),
        ({"joins": {"pictures": False}}, [("joins[pictures]", "false")]),
        ({"locale": "de"}, [("locale", "de")]),
    ],
)
def test_values_are_written_as_payload_reads_them(query: dict[str, Any], pairs: list[tuple[str, str]]) -> None:
    assert encode(query) == pairs


EXACT = st.integers(-(2**53) + 1, 2**53 - 1)


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text() | EXACT | st.booleans() | st.none()))
def test_any_value_of_a_filter_comes_back_as_it_was(values: dict[str, Any]) -> None:
    [(_, text)] = encode({"where": {"a": {"in": [values]}}})
    assert json.loads(text) == {"a": {"in": [values]}}
