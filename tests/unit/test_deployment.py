"""The examples of a deployment agree with the product: grace, probes, variables, paths; and systemd can read them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import yaml  # type: ignore[import-untyped]  # ships no types

from app.__main__ import _parser
from app.limits import Limits
from app.settings import Settings, SweepSettings, read
from app.web.server import proxies
from tests.support.deployment import ANSWERING, DEPLOY, NOT_OURS, ROOT, Doc, budget, manifest, routes


def pod(kind: str) -> Doc:
    spec = manifest(kind)["spec"]
    return dict((spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]["spec"])


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]  # as configparser's documentation has it
    parser.read(DEPLOY / name)
    return parser


def test_a_process_is_given_the_time_of_its_longest_run_before_it_is_killed() -> None:
    assert budget() == 2700 + 300
    assert int(unit("character-images.service")["Service"]["TimeoutStopSec"]) >= budget() + ANSWERING
    spec = pod("Deployment")
    [container] = spec["containers"]
    first = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert first > container["readinessProbe"]["periodSeconds"]
    assert spec["terminationGracePeriodSeconds"] >= first + budget() + ANSWERING
    said = re.findall(r"\b(3\d{3}) s\b", (DEPLOY / "README.md").read_text())
    assert said == [str(round(budget())), unit("character-images.service")["Service"]["TimeoutStopSec"]]


def test_a_process_that_ended_itself_is_started_again() -> None:
    assert unit("character-images.service")["Service"]["Restart"] == "on-failure"
    assert pod("Deployment").get("restartPolicy", "Always") == "Always"
    probe = pod("Deployment")["containers"][0]["livenessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= Limits().loop_seconds  # its last words come first


def test_probes_ask_what_is_answered_and_wait_long_enough() -> None:
    known = routes()
    [container] = pod("Deployment")["containers"]
    [port] = container["ports"]
    for probe in ("readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"] in known
        assert asked["port"] == port["name"]
        assert container[probe]["timeoutSeconds"] > 3  # which readiness gives Payload
    assert manifest("ConfigMap")["data"]["PORT"] == str(port["containerPort"])
    assert manifest("Service")["spec"]["ports"][0]["targetPort"] == port["name"]


def test_every_variable_is_a_setting_and_the_settings_are_whole() -> None:
    fields = [*msgspec.structs.fields(Settings), *msgspec.structs.fields(SweepSettings)]
    known = {field.name.upper() for field in fields} | NOT_OURS
    variables: dict[str, str] = manifest("ConfigMap")["data"]
    assert variables.keys() <= known
    assert read(Settings, variables).host == "0.0.0.0"  # noqa: S104 - a container is reached from outside
    for page in DEPLOY.iterdir():
        named = {
            name
            for name in re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", page.read_text())
            if not name.startswith("OTEL_") and not re.fullmatch(r"AF_[A-Z]+", name)
        }
        assert named <= known, page
    assert {field.name.upper() for field in msgspec.structs.fields(SweepSettings)} >= {"PAYLOAD_API_KEY"}


def test_the_public_paths_are_those_of_the_product_and_the_balancer_finds_the_character_in_them() -> None:
    known = routes()
    [rule] = manifest("Ingress")["spec"]["rules"]
    public = [path["path"] for path in rule["http"]["paths"]]
    assert all(path["backend"] == rule["http"]["paths"][0]["backend"] for path in rule["http"]["paths"])
    inside = {"/health", "/metrics", "/"}
    first = {f"/{route.split('/')[1]}" for route in known}
    assert first - inside == set(public)

    snippet = next(
        doc["data"]["http-snippets"]
        for doc in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
        if "http-snippets" in doc.get("data", {})
    )
    [pattern] = re.findall(r"~(\^\S+) \$id;", snippet)
    variable = re.findall(r"map \$uri (\$\w+)", snippet)[0]
    assert manifest("Ingress")["metadata"]["annotations"]["nginx.org/lb-method"] == f"hash {variable} consistent"
    of_a_character = [route for route in known if "{character_id" in route]
    assert len(of_a_character) > 10
    for route in of_a_character:
        found = re.match(pattern.replace("(?<", "(?P<"), re.sub(r"\{[^}]+\}", "c7", route))
        assert found
        assert found["id"] == "c7", route


PROXIES = [DEPLOY / "nginx.conf", DEPLOY / "kubernetes.yaml", ROOT / "docs/existing-payload.md"]


@pytest.mark.parametrize("page", PROXIES, ids=lambda page: page.name)
def test_a_proxy_waits_longer_than_the_longest_run(page: Path) -> None:
    *_, seconds = sorted(map(int, re.findall(r"proxy[_-]read[_-]timeout:? (\d+)s", page.read_text())))
    assert seconds >= budget() + ANSWERING


@pytest.mark.parametrize("page", PROXIES, ids=lambda page: page.name)
def test_a_proxy_repeats_nothing_limits_who_tries_passwords_at_payload_and_logs_no_address(page: Path) -> None:
    text = page.read_text()
    [own] = {re.sub(r"#.*", "", line).strip() for line in text.splitlines() if line.strip().startswith("proxy_next")}
    assert own == "proxy_next_upstream off;"
    [tried] = re.findall(r'map "\$request_method \$uri" \$trying \{\s+"~(\S+ \S+)" ', text)
    for slug, way in (("users", "login"), ("admins", "unlock"), ("users", "reset-password")):
        assert re.match(tried, f"POST /api/{slug}/{way}")
        assert not re.match(tried, f"GET /api/{slug}/{way}")
    assert not re.match(tried, "POST /api/users/logout")
    zone = "limit_req_zone $trying zone=trying:4m rate=20r/m;"
    assert all(one in text for one in (zone, "limit_req zone=trying burst=20 nodelay;", "limit_req_status 429;"))
    assert re.search(r"error_log stderr crit;|error-log-level: crit", text)
    assert re.search(r'access_log off;|access-log-off: "true"', text)


def test_the_proxies_that_are_believed_are_named_exactly() -> None:
    [line] = [value for key, value in unit("character-images.service")["Service"].items() if key == "Environment"]
    assert proxies(dict([line.split("=")])) == ["127.0.0.1"]
    [pool] = proxies(manifest("ConfigMap")["data"])
    assert ip_network(pool).num_addresses <= 16


def test_the_network_lets_each_pod_reach_what_it_asks_and_nothing_else_that_is_private() -> None:
    known = [
        one for one in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()) if one["kind"] == "NetworkPolicy"
    ]
    serving, sweeping = (one["spec"] for one in known)
    for policy, kind in ((serving, "Deployment"), (sweeping, "CronJob")):
        spec = manifest(kind)["spec"]
        template = spec["jobTemplate"]["spec"]["template"] if kind == "CronJob" else spec["template"]
        assert policy["podSelector"]["matchLabels"] == template["metadata"]["labels"]
        assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in sweeping
    [entry] = serving["ingress"]
    assert entry["ports"] == [{"port": pod("Deployment")["containers"][0]["ports"][0]["name"]}]
    addresses: Doc = manifest("ConfigMap")["data"]
    payload, library = (urlsplit(addresses[name]).port for name in ("PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL"))
    assert [[one["port"] for one in rule["ports"]] for rule in serving["egress"]] == [
        [53, 53],
        [payload],
        [library],
        [443],
    ]
    assert sweeping["egress"] == serving["egress"][:2]
    private = [ip_network(one) for one in serving["egress"][-1]["to"][0]["ipBlock"]["except"]]
    for address in ("10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.250.20", "192.168.1.1"):
        assert any(ip_address(address) in one for one in private)


def test_beside_an_existing_payload_the_proxy_sends_here_what_is_ours_and_public() -> None:
    [ours] = re.findall(r"^location ~ (\S+) \{$", (ROOT / "docs/existing-payload.md").read_text(), re.MULTILINE)
    elsewhere = {"/", "/health/live", "/health/ready", "/metrics"}
    assert {route for route in routes() if not re.match(ours, route)} == elsewhere
    assert not [path for path in ("/api/users/me", "/admin", "/v10", "/loginx") if re.match(ours, path)]


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_containers_may_do_nothing_but_their_work(kind: str) -> None:
    spec = pod(kind)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    [container] = spec["containers"]
    allowed = container["securityContext"]
    assert (allowed["readOnlyRootFilesystem"], allowed["allowPrivilegeEscalation"]) == (True, False)
    assert allowed["capabilities"] == {"drop": ["ALL"]}
    assert container["command"][:3] == ["python", "-m", "app"]


def test_the_sweep_runs_once_an_hour_within_its_time_beside_no_other_and_writes_for_programs() -> None:
    job, unit_ = manifest("CronJob")["spec"], unit("character-images-sweep.service")["Service"]
    assert job["schedule"].split()[1:] == ["*", "*", "*", "*"]
    assert unit("character-images-sweep.timer")["Timer"]["OnCalendar"] == "hourly"
    assert job["concurrencyPolicy"] == "Forbid"
    assert unit_["Type"] == "oneshot"
    assert job["jobTemplate"]["spec"]["activeDeadlineSeconds"] == int(unit_["TimeoutStartSec"])
    [container] = pod("CronJob")["containers"]
    assert container["command"] == unit_["ExecStart"].replace("/opt/character-images/.venv/bin/", "").split()
    assert _parser().parse_args(container["command"][3:]).delete
    told = {one["name"]: one["value"] for one in container["env"]}
    assert unit_["Environment"] == "LOG_FORMAT=json"
    secret = {"PAYLOAD_API_KEY": "from the secret"}
    assert read(SweepSettings, manifest("ConfigMap")["data"] | secret | told).log_format == "json"


def test_who_serves_does_not_hold_the_key_of_who_sweeps() -> None:
    sweeping, serving = pod("CronJob")["containers"][0]["envFrom"], pod("Deployment")["containers"][0]["envFrom"]
    assert [source for source in sweeping if "secretRef" in source]
    assert not [source for source in serving if "secretRef" in source]
    assert "sweep.env" not in (DEPLOY / "character-images.service").read_text()


@pytest.mark.parametrize(
    "name", ["character-images.service", "character-images-sweep.service", "character-images-sweep.timer"]
)
def test_systemd_can_read_its_units(name: str, tmp_path: Path) -> None:
    """`systemd-analyze`, where there is one, as if the product was installed; the commands everywhere."""
    for path in DEPLOY.glob("character-images*"):
        text = path.read_text().replace("/opt/character-images/.venv/bin/python", f'"{sys.executable}"')
        (tmp_path / path.name).write_text(text)
    parser = unit(name)
    if name.endswith(".service"):
        assert parser["Service"]["ExecStart"].split()[1:4] == ["-m", "app", "sweep"][: 2 + ("sweep" in name)]
        assert parser["Service"]["NoNewPrivileges"] == "yes"
    else:
        assert (DEPLOY / name).with_suffix(".service").exists()
    if analyse := shutil.which("systemd-analyze"):
        command = [analyse, "verify", "--man=no", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
