"""The settings: what the environment may say, and one line for each variable that it says wrongly."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.ingest import Allowed
from app.main import site_fields
from app.settings import Settings, SettingsError, SweepSettings, read
from app.web.server import proxies

REQUIRED = {
    "SITE_URL": "https://film.example",
    "PAYLOAD_URL": "http://payload:3000",
    "CHARACTER_LIBRARY_API_URL": "http://library.internal:4111/base",
}
DEFAULTS: dict[str, Any] = {
    "site_url": "https://film.example",
    "payload_url": "http://payload:3000",
    "payload_public_url": "http://payload:3000",
    "payload_cookie_prefix": "payload",
    "payload_copy_fields": (),
    "payload_media_data": {},
    "payload_record_data": {},
    "payload_users_slug": "users",
    "payload_media_slug": "media",
    "payload_character_references_slug": "character-references",
    "payload_character_image_metadata_slug": "character-image-metadata",
    "payload_media_used_in": (),
    "payload_locale": "",
    "ssl_cert_file": "",
    "character_library_api_url": "http://library.internal:4111/base",
    "character_library_timeout": 180,
    "character_library_set_timeout": 2700,
    "character_library_stalled": 1200,
    "portfolio_image_count": 8,
    "image_hosts": (),
    "image_max_bytes": 15_728_640,
    "image_max_pixels": 25_000_000,
    "image_timeout": 60,
    "decoders": 2,
    "ingest_concurrency": 4,
    "generation_slots": 64,
    "draining_redirect": "",
    "media_origins": (),
    "prompt_model_url": "",
    "prompt_model": "",
    "prompt_model_key": "",
    "prompt_model_timeout": 20,
    "prompt_model_per_minute": 40,
    "host": "127.0.0.1",
    "port": 8000,
    "log_level": "info",
    "log_format": "json",
}
MALFORMED = {
    "SITE_URL": ["film.example", "ftp://film.example", "https://", "https://film.example/app", "https://a b", "//x"],
    "PAYLOAD_URL": ["payload:3000", "http://u:p@payload", "http://payload:port", "http://payload:", "http://p/?a", "x"],
    "PAYLOAD_PUBLIC_URL": ["cms.example", "https://cms.example#top", "javascript:alert(1)"],
    "CHARACTER_LIBRARY_API_URL": ["library", "https://bücher.example", "https://[::1", "https://a;b", "https://①"],
    "PAYLOAD_COOKIE_PREFIX": ["a b", "a;b", "a="],
    "PAYLOAD_COPY_FIELDS": ["a b", "tenant;project", "group.field"],
    "PAYLOAD_MEDIA_DATA": ["caption", "[]", "{", '"a"', "{'caption': 'x'}", "1"],
    "PAYLOAD_RECORD_DATA": ["null", "[{}]"],
    "PAYLOAD_USERS_SLUG": ["a/b", "../x"],
    "PAYLOAD_MEDIA_SLUG": ["a b"],
    "PAYLOAD_CHARACTER_REFERENCES_SLUG": ["?"],
    "PAYLOAD_CHARACTER_IMAGE_METADATA_SLUG": ["a.b"],
    "PAYLOAD_MEDIA_USED_IN": ["pages", "pages.", ".cover", "pages.cover hero", "pages.cover, ../x"],
    "CHARACTER_LIBRARY_TIMEOUT": ["0", "-1", "soon", "nan", "inf", "86401", "3m"],
    "CHARACTER_LIBRARY_SET_TIMEOUT": ["0", "x"],
    "CHARACTER_LIBRARY_STALLED": ["0", "x"],
    "PORTFOLIO_IMAGE_COUNT": ["0", "65", "8.5", "x", "-1"],
    "IMAGE_HOSTS": [
        "https://img.example.com",
        "img.example.com/a",
        "*.example.com:443",
        "*",
        "img.*.com",
        "a b",
        "minio:port",
        "[::1]",
        "::1:9000",
        "user@img.example.com",
        "img.example.com;x",
        "good.example.com, bad/example",
    ],
    "IMAGE_MAX_BYTES": ["0", "15MB", "1.5"],
    "IMAGE_MAX_PIXELS": ["0", "-1"],
    "IMAGE_TIMEOUT": ["0"],
    "INGEST_CONCURRENCY": ["0", "65"],
    "GENERATION_SLOTS": ["0", "10001"],
    "DRAINING_REDIRECT": ["elsewhere", "/elsewhere", "@else where", "@"],
    "MEDIA_ORIGINS": [
        "cdn.example.com",
        "https://cdn.example.com/path",
        "https://a.example, b",
        "https://x;script-src",
    ],
    "PROMPT_MODEL_URL": ["model", "file:///model"],
    "PROMPT_MODEL_TIMEOUT": ["0"],
    "PORT": ["65536", "-1", "http", "80.5"],
    "LOG_LEVEL": ["loud", "INFO"],
    "LOG_FORMAT": ["xml", "JSON"],
}


def problems(environment: dict[str, str], kind: type[Settings | SweepSettings] = Settings) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(kind, environment)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_three_variables_are_enough_and_the_rest_has_defaults() -> None:
    assert msgspec.structs.asdict(read(Settings, REQUIRED)) == DEFAULTS


@pytest.mark.parametrize("variable", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_that_is_missing_is_named_in_one_line(variable: str, value: str | None) -> None:
    without = {name: text for name, text in REQUIRED.items() if name != variable}
    [line] = problems(without if value is None else {**without, variable: value})
    assert line.startswith(f"{variable}: missing; expected an http(s) ")


@pytest.mark.parametrize(
    ("variable", "value"), [(variable, value) for variable, values in MALFORMED.items() for value in values]
)
def test_a_variable_that_is_malformed_is_named_in_one_line(variable: str, value: str) -> None:
    [line] = problems({**REQUIRED, variable: value})
    assert line.startswith(f"{variable}: expected ")
    assert len(line) > len(f"{variable}: expected text")
    assert "\n" not in line


def test_every_problem_is_told_at_once() -> None:
    lines = problems({"SITE_URL": "x", "PORT": "x", "IMAGE_HOSTS": "/"})
    assert [line.partition(":")[0] for line in lines] == [
        "PAYLOAD_URL",
        "SITE_URL",
        "CHARACTER_LIBRARY_API_URL",
        "IMAGE_HOSTS",
        "PORT",
    ]


@pytest.mark.parametrize("variable", [*REQUIRED, "PROMPT_MODEL_KEY"])
def test_a_value_is_never_told(variable: str) -> None:
    lines = problems({**REQUIRED, variable: "https://ada:S3CRET@x", "PORT": "S3CRET"})
    assert lines
    assert not any("S3CRET" in line for line in lines)


def test_a_slash_at_the_end_of_an_address_does_not_count() -> None:
    slashed = {name: f" {value}/ " for name, value in REQUIRED.items()}
    assert read(Settings, slashed) == read(Settings, REQUIRED)


def test_payload_may_look_different_from_the_browser() -> None:
    found = read(Settings, {**REQUIRED, "PAYLOAD_PUBLIC_URL": "https://cms.example/admin-host/"})
    assert (found.payload_url, found.payload_public_url) == ("http://payload:3000", "https://cms.example/admin-host")


@pytest.mark.parametrize("variable", ["PORT", "IMAGE_HOSTS", "LOG_LEVEL", "PAYLOAD_PUBLIC_URL", "PROMPT_MODEL_URL"])
def test_an_empty_variable_counts_as_not_set(variable: str) -> None:
    assert read(Settings, {**REQUIRED, variable: " "}) == read(Settings, REQUIRED)


def test_what_is_set_is_read() -> None:
    found = read(
        Settings,
        {
            **REQUIRED,
            "CHARACTER_LIBRARY_TIMEOUT": "0.5",
            "PORTFOLIO_IMAGE_COUNT": "64",
            "PORT": "0",
            "LOG_LEVEL": "debug",
            "MEDIA_ORIGINS": "https://a.example, http://b.example:9000/,",
            "PAYLOAD_USERS_SLUG": "people",
            "PAYLOAD_COPY_FIELDS": "tenant, project",
            "PAYLOAD_RECORD_DATA": '{"stage": "draft", "reel": 3}',
            "SITE_URL": "http://[::1]:8000",
            "PROMPT_MODEL_URL": "http://model:11434/v1",
        },
    )
    assert (found.character_library_timeout, found.portfolio_image_count, found.port) == (0.5, 64, 0)
    assert (found.log_level, found.payload_users_slug, found.site_url) == ("debug", "people", "http://[::1]:8000")
    assert found.media_origins == ("https://a.example", "http://b.example:9000/")
    assert (found.payload_copy_fields, found.payload_record_data) == (
        ("tenant", "project"),
        {"stage": "draft", "reel": 3},
    )
    assert found.prompt_model_url == "http://model:11434/v1"


@pytest.mark.parametrize(
    ("variable", "text", "named"),
    [
        ("PAYLOAD_COPY_FIELDS", "tenant, prompt, alt", "alt, prompt,"),
        ("PAYLOAD_MEDIA_DATA", '{"alt": "x", "caption": "x"}', "alt,"),
        ("PAYLOAD_RECORD_DATA", '{"id": 1, "media": 2, "stage": 3}', "id, media,"),
    ],
)
def test_fields_that_are_written_anyway_are_no_site_fields(variable: str, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        site_fields(read(Settings, {**REQUIRED, variable: text}))
    [line] = caught.value.problems
    assert line.startswith(f"{variable}: expected other fields than {named}")


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("img.example.com", ("img.example.com",)),
        ("img.example.com,*.example.org", ("img.example.com", "*.example.org")),
        (" a.example ,, b.example , ", ("a.example", "b.example")),
        ("127.0.0.1:4112,minio:9000", ("127.0.0.1:4112", "minio:9000")),
        ("[::1]:9000,[FD00::1]:9000", ("[::1]:9000", "[FD00::1]:9000")),
        ("xn--bcher-kva.example,a_b", ("xn--bcher-kva.example", "a_b")),
        (",", ()),
    ],
)
def test_hosts_of_images_are_read_in_every_spelling_and_understood_by_the_guard(
    text: str, hosts: tuple[str, ...]
) -> None:
    found = read(Settings, {**REQUIRED, "IMAGE_HOSTS": text}).image_hosts
    assert found == hosts
    allowed = Allowed(found, [REQUIRED["CHARACTER_LIBRARY_API_URL"]])
    for host in hosts:
        allowed.target(f"https://{host.replace('*', 'img')}/a.png")


def test_the_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        read(Settings, REQUIRED).port = 1  # type: ignore[misc]


@pytest.mark.parametrize("variable", ["PAYLOAD_TOKEN", "PAYLOAD_API_KEY"])
def test_the_sweep_needs_payload_and_one_way_to_sign_in(variable: str) -> None:
    found = read(SweepSettings, {"PAYLOAD_URL": "http://payload:3000", variable: "S3CRET"})
    assert "S3CRET" in (found.payload_token, found.payload_api_key)


def test_a_sweep_that_cannot_sign_in_says_what_it_needs() -> None:
    [line] = problems({"PAYLOAD_URL": "http://payload:3000"}, SweepSettings)
    assert line.startswith("PAYLOAD_TOKEN or PAYLOAD_API_KEY: ")


def test_a_sweep_without_payload_says_so_and_does_not_tell_its_token() -> None:
    [line] = problems({"PAYLOAD_TOKEN": "S3CRET"}, SweepSettings)
    assert line.startswith("PAYLOAD_URL: missing; expected ")
    assert "S3CRET" not in line


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Film.Example/", "https://film.example"),
        ("https://film.example:443", "https://film.example"),
        ("http://film.example:80", "http://film.example"),
        ("https://film.example:80", "https://film.example:80"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_our_own_origin_is_kept_as_browsers_send_it(written: str, origin: str) -> None:
    required = {"PAYLOAD_URL": "http://cms.example", "CHARACTER_LIBRARY_API_URL": "http://library.example"}
    assert read(Settings, {**required, "SITE_URL": written}).site_url == origin


def test_proxies_are_addresses_and_networks_and_everybody_is_none() -> None:
    assert proxies({}) == proxies({"FORWARDED_ALLOW_IPS": " "}) == []
    named = {"FORWARDED_ALLOW_IPS": "127.0.0.1, 10.1.2.0/24,::1"}
    assert proxies(named) == ["127.0.0.1", "10.1.2.0/24", "::1"]
    for wrong in ("*", "127.0.0.1,*", "nginx", "10.1.2.3/24", "127.0.0.1 10.0.0.1"):
        with pytest.raises(SettingsError) as failed:
            proxies({"FORWARDED_ALLOW_IPS": wrong})
        [line] = failed.value.problems
        assert line.startswith("FORWARDED_ALLOW_IPS: ")
        assert line.endswith("expected addresses or networks, separated by commas")
