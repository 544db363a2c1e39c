"""What the balancer itself says where nobody answers it: a page to people, a problem document to programs."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from scripts.local_stack.stack import free_port
from tests.replicas.answers import problem
from tests.replicas.nginx import balancer
from tests.support.raw_server import Reset, answer, raw_server

CHARACTER = "characters/7"
DRAW = f"/v1/{CHARACTER}/generate-initial-image"
NOTHING = "The server cannot be reached. Nothing was begun; try again in a moment."
PERHAPS = "The connection to the server broke. What you asked for may have been done, and a picture may still come"


def nobody() -> str:
    return f"127.0.0.1:{free_port()}"


def page(told: httpx.Response) -> str:
    assert told.headers["content-type"] == "text/html; charset=utf-8"
    assert told.text.startswith("<!doctype html>")
    assert "<h1>No answer just now</h1>" in told.text
    assert "nginx" not in told.text
    assert "default-src 'none'" in told.headers["content-security-policy"]
    return told.text


async def test_with_nobody_there_it_says_that_nothing_was_begun(tmp_path: Path) -> None:
    with balancer(tmp_path, [nobody(), nobody(), nobody()], nobody()) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            documents = [
                await client.post(DRAW, json={"prompt": "x"}),
                await client.get(f"/v1/{CHARACTER}/images"),
                await client.get("/api/users/me"),
            ]
            pages = [
                await client.get(f"/screenplay/{CHARACTER}/images"),
                await client.post(f"/screenplay/{CHARACTER}/images/reference", data={"prompt": "x"}),
                await client.get("/"),
                await client.get("/admin"),
            ]
    for told in documents:
        assert problem(told).detail == NOTHING
    for told in pages:
        assert NOTHING in page(told)
    for told in (*documents, *pages):
        assert told.status_code == 502
        assert told.headers["retry-after"] == "5"
        assert told.headers["cache-control"] == "no-store"
        assert told.headers["x-content-type-options"] == "nosniff"


async def test_where_a_connection_broke_it_says_that_all_may_have_been_done(tmp_path: Path) -> None:
    async with raw_server([Reset()]) as breaking:
        at = breaking.url.removeprefix("http://")
        with balancer(tmp_path, [at, at, at], at) as url:
            async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
                drawn = await client.post(DRAW, json={"prompt": "x"})
                asked = len(breaking.requests)
                form = await client.post(f"/screenplay/{CHARACTER}/images/reference", data={"prompt": "x"})
    assert asked == 1
    assert problem(drawn).detail.startswith(PERHAPS)
    assert PERHAPS in page(form)


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_what_the_product_says_itself_is_passed_on_as_it_is(tmp_path: Path, status: int) -> None:
    async with raw_server(answer(status, b"its own words", "Content-Type: text/plain")) as failing:
        at = failing.url.removeprefix("http://")
        with balancer(tmp_path, [at, at, at], at) as url:
            async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
                told = [await client.get(path) for path in (DRAW, f"/screenplay/{CHARACTER}", "/admin")]
    assert [(one.status_code, one.text) for one in told] == [(status, "its own words")] * 3
