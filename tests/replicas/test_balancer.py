"""What the balancer does where a replica hangs or somebody asks too often, and what it passes on and writes down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from scripts.local_stack.stack import free_port
from tests.inputs.sending import neighbour
from tests.replicas.answers import problem
from tests.replicas.nginx import balancer
from tests.support.raw_server import HANG, RawServer, answer, raw_server

FORGOTTEN_SECONDS = 6
IMPATIENT = {
    "proxy_read_timeout 15s": "proxy_read_timeout 1s",
    "fail_timeout=10s": f"fail_timeout={FORGOTTEN_SECONDS}s",
}
SOME = range(12)
"""Characters, among whom each replica has some at home."""


class Behind(msgspec.Struct):
    """A balancer, and the three behind it: the first one hangs, the others answer with their names."""

    url: str
    hung: RawServer
    others: list[RawServer]

    async def ask(self, method: str, path: str, **options: object) -> httpx.Response | None:
        """Ask once; None where there is no answer within three seconds."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=3) as client:
            try:
                return await client.request(method, path, **options)  # type: ignore[arg-type]  # passed on as they are
            except httpx.ReadTimeout:
                return None

    def asked(self, method: str) -> list[str]:
        """The requests of that kind that reached any of them."""
        return [
            one.line for server in (self.hung, *self.others) for one in server.requests if one.line.startswith(method)
        ]


@asynccontextmanager
async def one_hangs(folder: Path) -> AsyncIterator[Behind]:
    async with raw_server([HANG]) as hung, raw_server(answer(200, b"b")) as b, raw_server(answer(200, b"c")) as c:
        at = [one.url.removeprefix("http://") for one in (hung, b, c)]
        with balancer(folder, at, at[2], IMPATIENT) as url:
            yield Behind(url, hung, [b, c])


async def test_what_only_reads_is_asked_of_another_one_and_who_hangs_is_not_asked_for_a_while(tmp_path: Path) -> None:
    async with one_hangs(tmp_path) as site:
        told = [await site.ask("GET", f"/v1/characters/{n}/images") for n in SOME]
        made = [await site.ask("POST", f"/v1/characters/{n}/generate-scene-image", json={}) for n in SOME]
        assert [one.status_code for one in (*told, *made) if one] == [200] * 2 * len(SOME)
        assert site.hung.connections == 1
        await asyncio.sleep(FORGOTTEN_SECONDS + 1)
        for n in SOME:
            await site.ask("GET", f"/screenplay/characters/{n}")
        assert site.hung.connections == 2


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
async def test_what_may_change_something_is_asked_once_whoever_hangs(tmp_path: Path, method: str) -> None:
    async with one_hangs(tmp_path) as site:
        told = await asyncio.gather(*(site.ask(method, f"/v1/characters/{n}/images/1") for n in SOME))
        await asyncio.sleep(0.2)
        lines = site.asked(method)
    assert sorted(set(lines)) == sorted(lines)
    assert len(lines) == len(SOME)
    assert None in told


@pytest.mark.parametrize("route", ["initial-image-prompt", "library-images"])
async def test_what_costs_somebody_something_is_not_asked_of_another_one(tmp_path: Path, route: str) -> None:
    async with one_hangs(tmp_path) as site:
        await asyncio.gather(*(site.ask("GET", f"/v1/characters/{n}/{route}") for n in SOME))
        lines = site.asked("GET")
    assert len(lines) == len(set(lines)) == len(SOME)


async def test_what_a_caller_says_of_its_address_is_not_passed_on_and_no_address_is_written_down(
    tmp_path: Path,
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    async with raw_server(answer(200)) as there:
        at = there.url.removeprefix("http://")
        with balancer(tmp_path, [at, nobody, nobody], nobody) as url:
            async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
                for n in SOME:
                    forged = {"X-Forwarded-For": f"192.0.2.{n}"}
                    await client.get(f"/v1/characters/{n}/images?prompt=tell-nobody", headers=forged)
                    await client.get(f"/api/tell-nobody-{n}?prompt=tell-nobody", headers=forged)
                for _ in range(30):
                    await client.post("/api/users/login?prompt=tell-nobody")
    assert {one.header("X-Forwarded-For") for one in there.requests} == {"127.0.0.1"}
    assert "tell-nobody" not in (tmp_path / "nginx.log").read_text()


LOGIN = "/api/users/login"
SAME = [LOGIN, f"{LOGIN}/", "/api//users/login", "/api/%75sers/login", "/api/admins/unlock", f"{LOGIN}?depth=0"]


async def test_passwords_are_not_tried_at_payload_without_end(tmp_path: Path) -> None:
    async with raw_server(answer(401)) as payload:
        at = payload.url.removeprefix("http://")
        with balancer(tmp_path, [at, at, at], at) as url:
            mine, theirs = (httpx.AsyncHTTPTransport(local_address=neighbour()) for _ in range(2))
            async with httpx.AsyncClient(base_url=url, transport=mine) as client:
                told = [await client.post(SAME[n % len(SAME)], json={}) for n in range(30)]
                read = await client.get(LOGIN)
                other = await client.post("/api/users/me", json={})
            async with httpx.AsyncClient(base_url=url, transport=theirs) as client:
                elsewhere = await client.post(LOGIN, json={})
    statuses = [one.status_code for one in told]
    assert statuses[:21] == [401] * 21
    assert statuses.count(429) >= 8
    refused = problem(told[-1], "too_many_requests")
    assert refused.detail.startswith("Signing in was tried too often.")
    assert told[-1].json()["errors"] == [{"message": refused.detail}]
    assert told[-1].headers["Retry-After"] == "60"
    assert [one.status_code for one in (read, other, elsewhere)] == [401] * 3


async def test_one_address_has_not_all_the_connections(tmp_path: Path) -> None:
    few = {"limit_conn sources 200": "limit_conn sources 3"}
    async with raw_server([HANG]) as hung:
        at = hung.url.removeprefix("http://")
        with balancer(tmp_path, [at, at, at], at, few) as url:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
                waiting = [asyncio.create_task(client.post("/v1/characters/7/recover-images")) for _ in range(3)]
                while len(hung.requests) < 3:  # noqa: ASYNC110 - nobody tells when they are there
                    await asyncio.sleep(0.05)
                refused = await client.post("/v1/characters/7/recover-images")
                page = await client.get("/login")
                for one in waiting:
                    one.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)
    assert problem(refused, "too_many_requests").detail.startswith("Too many requests from your network")
    assert page.status_code == 429
    assert "Too many requests from your network" in page.text
