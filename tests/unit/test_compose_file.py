"""The compose file and the balancer's configuration agree with the product, and with each other."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml  # type: ignore[import-untyped]  # ships no types

from app.__main__ import _parser
from app.settings import Settings, SweepSettings
from tests.support.deployment import ANSWERING, DEPLOY, NOT_OURS, ROOT, budget, manifest, routes

STACK: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
REPLICAS = ("app1", "app2", "app3")
NGINX = (DEPLOY / "nginx.conf").read_text()


LASTING = SERVICES.keys() - {"secrets", "seed", "sweep"}
"""The services that go on; the others do one thing and end."""

DOCKERFILES = [
    ROOT / "Dockerfile",
    DEPLOY / "nginx.Dockerfile",
    *sorted((ROOT / "scripts/local_stack").glob("*/Dockerfile")),
]
BASES = {"debian:bookworm-slim", "python:3.11-slim", "node:22-slim", "postgres:15"}
HIDDEN = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


def address(service: str) -> str:
    return str(SERVICES[service]["networks"]["front"]["ipv4_address"])


def test_a_replica_is_given_the_time_of_its_longest_run_before_it_is_killed() -> None:
    for name in REPLICAS:
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= budget() + ANSWERING


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
    assert set(re.findall(r"server (\w+):8000 ", NGINX)) == set(REPLICAS)


def test_every_service_is_hardened() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["init"] is True, name
        assert not {"privileged", "cap_add", "devices"} & service.keys(), name


def test_what_goes_on_is_watched_and_started_again_and_nothing_starts_before_what_it_needs_is_healthy() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] == ("unless-stopped" if name in LASTING else "no"), name
        assert ("healthcheck" in service) == (name in LASTING), name
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_healthy" if needed in LASTING else "service_completed_successfully"
            assert how == {"condition": wanted}, (name, needed)
    assert {"cms", "library"} <= SERVICES["app1"]["depends_on"].keys()
    assert {"db", "secrets"} <= SERVICES["cms"]["depends_on"].keys()
    assert SERVICES["lb"]["depends_on"].keys() == set(REPLICAS)


def test_a_healthcheck_asks_what_is_answered_and_waits_for_it() -> None:
    for name in LASTING:
        check = SERVICES[name]["healthcheck"]
        assert check.keys() == {"test", "interval", "timeout", "retries"}, name
        assert check["test"][0] == "CMD", name
        assert int(check["interval"][:-1]) * check["retries"] >= 60, name
    for name, port, path in (("app1", 8000, "/health/ready"), ("lb", 8080, "/login")):
        test = " ".join(SERVICES[name]["healthcheck"]["test"])
        assert path in routes()
        assert f"127.0.0.1:{port}{path}" in test or (f"127.0.0.1/{port}" in test and f"GET {path} " in test), name
    assert SERVICES["db"]["healthcheck"]["test"][:4] == ["CMD", "pg_isready", "-q", "-h"]


def test_nobody_is_root_and_what_images_are_made_from_is_known() -> None:
    for dockerfile in DOCKERFILES:
        text = dockerfile.read_text()
        [user] = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
        assert user.partition(":")[0] not in ("0", "root"), dockerfile
        last = text[text.rindex("\nFROM ") if "\nFROM " in text else 0 :]
        assert f"\nUSER {user}\n" in last, dockerfile
        assert not re.search(r"^(?:RUN|COPY|ADD) ", last.partition(f"\nUSER {user}\n")[2], re.MULTILINE), dockerfile
        assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= BASES, dockerfile
    built = {(ROOT / path).resolve() for path in map(dockerfile_of, SERVICES.values()) if path}
    assert built == set(DOCKERFILES)
    for name, service in SERVICES.items():
        assert "user" in service or "build" in service or service["image"] in built_images(), name
        assert str(service.get("user", "1")).partition(":")[0] not in ("0", "root"), name


def dockerfile_of(service: dict[str, Any]) -> str | None:
    build = service.get("build")
    if isinstance(build, str):
        return f"{build}/Dockerfile"
    return f"{build['context']}/{build['dockerfile']}" if build else None


def built_images() -> set[str]:
    return {service["image"] for service in SERVICES.values() if "build" in service}


def test_no_secret_is_written_down_and_none_can_come_into_an_image() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if HIDDEN.search(variable):
                assert value == f"${{{variable}:-}}" or str(value).startswith("/secrets/"), (name, variable)
    for dockerfile in DOCKERFILES:
        assert not re.search(rf"^(?:ARG|ENV) .*(?:{HIDDEN.pattern})", dockerfile.read_text(), re.MULTILINE), dockerfile
    [everything, *taken] = (ROOT / ".dockerignore").read_text().splitlines()
    assert everything == "*"
    for left_out in (taken, (ROOT / "scripts/local_stack/payload/.dockerignore").read_text().splitlines()):
        assert {"**/.env*", "**/.local", "**/node_modules"} <= set(left_out)


def test_what_is_kept_is_in_named_volumes_and_secrets_are_read_only() -> None:
    mounted = [
        (name, *volume.split(":")) for name, service in SERVICES.items() for volume in service.get("volumes", [])
    ]
    assert {volume for _, volume, *_ in mounted} == STACK["volumes"].keys()
    for name, volume, _, *how in mounted:
        assert (how == ["ro"]) == (volume.endswith("-secret") and name != "secrets"), (name, volume)
    assert ("db", "database", "/var/lib/postgresql/data") in mounted
    assert ("cms", "media", "/media") in mounted
    assert {name for name, volume, *_ in mounted if volume == "payload-secret"} == {"cms", "secrets"}


def test_the_line_for_cron_runs_the_sweep() -> None:
    [line] = re.findall(r"^```crontab\n(.*?)\n```$", (DEPLOY / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    schedule, _, command = line.partition(" cd ")
    assert schedule == manifest("CronJob")["spec"]["schedule"]
    options, _, arguments = command.partition(" docker compose run ")[2].partition(" sweep")
    assert options.split() == ["--rm", "-T"]  # cron has no terminal
    entrypoint = SERVICES["sweep"]["entrypoint"]
    assert entrypoint == ["python", "-m", "app", "sweep"]
    assert _parser().parse_args([*entrypoint[3:], *arguments.split()]).delete


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
