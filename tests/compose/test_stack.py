"""What the stack shows to the outside, and what its containers may do."""

from __future__ import annotations

import asyncio

import pytest
from ulid import ULID

from tests.compose import docker
from tests.compose.conftest import Site
from tests.compose.sweeping import swept
from tests.support.steps import uploaded

pytestmark = [pytest.mark.compose, pytest.mark.timeout(120)]
SERVICES = ("lb", "app1", "app2", "app3", "cms", "db", "library")


async def test_only_the_balancer_is_reached_and_only_from_here(site: Site) -> None:
    published = {service: docker.container(service)["NetworkSettings"]["Ports"] for service in SERVICES}
    opened = {service: [one for some in ports.values() if some for one in some] for service, ports in published.items()}
    assert {service for service, addresses in opened.items() if addresses} == {"lb"}
    assert [address["HostIp"] for address in opened["lb"]] == ["127.0.0.1"]
    async with site.world.browser() as nobody:
        for inside in ("/health/ready", "/health/live", "/metrics"):
            assert (await nobody.get(inside)).status_code == 404, inside
        assert (await nobody.get("/screenplay/characters")).headers["location"].startswith("/login")


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_nothing_but_its_work(service: str) -> None:
    known = docker.container(service)
    host, config = known["HostConfig"], known["Config"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["Init"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert config["User"].partition(":")[0] not in ("", "0", "root")
    assert docker.compose("exec", "-T", service, "id", "-u").strip() != "0"


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_is_in_an_image_or_in_what_docker_shows(service: str) -> None:
    secrets = [
        docker.compose("exec", "-T", "cms", "cat", file).strip()
        for file in ("/secrets/database/password", "/secrets/payload/secret")
    ]
    assert [len(secret) for secret in secrets] == [64, 64]
    shown = str(docker.container(service))
    assert not any(secret in shown for secret in secrets)


async def test_who_signs_in_too_often_is_refused_whatever_they_say_of_their_address(site: Site) -> None:
    form = {"email": "nobody@example.com", "password": "wrong"}
    statuses = []
    for n in range(12):
        async with site.world.browser() as browser:  # with an X-Forwarded-For of its own
            statuses.append((await browser.post("/login", data=form | {"email": f"n{n}@example.com"})).status_code)
    assert statuses[-1] == 429
    assert set(statuses) <= {401, 429}


async def test_the_sweep_runs_in_the_stack(site: Site) -> None:
    orphan = await uploaded(site.world, f"ci-{ULID()}.png")
    assert f"orphan media {orphan['id']}: {orphan['filename']}; deleted" in await swept(site)


async def test_what_is_stored_outlives_the_containers(site: Site) -> None:
    kept = await uploaded(site.world, "kept.png")
    await asyncio.to_thread(docker.compose, "rm", "--stop", "--force", "cms", "db")
    await asyncio.to_thread(docker.up)
    async with site.world.api() as api:
        assert (await api.get(kept["url"])).status_code == 200  # and the session is still one
        assert (await api.get("/api/users/me")).json()["user"]["email"] == site.world.editor.email
