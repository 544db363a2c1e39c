"""The compose file and the balancer's configuration agree with the product, and with each other."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml  # type: ignore[import-untyped]  # ships no types

from app.settings import Settings, SweepSettings
from tests.unit.test_deployment import ANSWERING, DEPLOY, NOT_OURS, ROOT, budget, routes

STACK: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
REPLICAS = ("app1", "app2", "app3")
NGINX = (DEPLOY / "nginx.conf").read_text()


def address(service: str) -> str:
    return str(SERVICES[service]["networks"]["front"]["ipv4_address"])


def test_a_replica_is_given_the_time_of_its_longest_run_before_it_is_killed() -> None:
    for name in REPLICAS:
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= budget() + ANSWERING
    [patience] = re.findall(r"proxy_read_timeout (\d+)s;", NGINX)
    assert int(patience) >= budget() + ANSWERING


def test_every_variable_is_a_setting() -> None:
    fields = [*msgspec.structs.fields(Settings), *msgspec.structs.fields(SweepSettings)]
    known = {field.name.upper() for field in fields} | NOT_OURS
    for name in (*REPLICAS, "sweep"):
        assert SERVICES[name]["environment"].keys() <= known, name
    assert SERVICES["app1"]["environment"] == SERVICES["app3"]["environment"]
    assert not {"PAYLOAD_TOKEN", "PAYLOAD_API_KEY"} & SERVICES["app1"]["environment"].keys()


def test_nginx_knows_each_replica_by_an_address_that_stays() -> None:
    known = {name: at for name, _, at in (line.partition(":") for line in SERVICES["lb"]["extra_hosts"])}
    assert known == {name: address(name) for name in (*REPLICAS, "cms")}
    assert len(set(known.values())) == 4
    assert SERVICES["app1"]["environment"]["FORWARDED_ALLOW_IPS"] == address("lb")
    assert set(re.findall(r"server (\w+):8000;", NGINX)) == set(REPLICAS)


def test_every_service_is_hardened() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["init"] is True, name
        assert not {"privileged", "cap_add", "devices"} & service.keys(), name


def test_nothing_is_published_but_the_balancer_on_the_loopback_interface() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"lb"}
    assert all(port.startswith("127.0.0.1:") for port in published["lb"])


def test_what_is_ours_goes_to_a_replica_and_a_character_to_its_own() -> None:
    [inside] = re.findall(r"location ~ (\S+) \{", NGINX)
    private = {"health", "metrics"}
    for route in routes():
        assert bool(re.match(inside, route)) != (route.split("/")[1] in private), route
    assert not re.match(inside, "/api/users/login")
    [pattern] = re.findall(r"~(\^\S+) \$id;", NGINX)
    for route in (one for one in routes() if "{character_id" in one):
        found = re.match(pattern.replace("(?<", "(?P<"), re.sub(r"\{[^}]+\}", "c7", route))
        assert found
        assert found["id"] == "c7", route


def test_nginx_repeats_nothing_by_itself() -> None:
    assert re.findall(r"^\s*proxy_next_upstream\S* .*?;", NGINX, re.MULTILINE) == ["    proxy_next_upstream off;"]
    assert "keepalive " not in re.sub(r"#.*", "", NGINX)
    assert f"location {SERVICES['app1']['environment']['DRAINING_REDIRECT']} " in NGINX
