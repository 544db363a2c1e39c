"""The settings: each is a field here, read from the environment variable of the same name in capitals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from app.certificates import trusted
from app.limits import SET_PLACES
from app.origins import origin_of

# ASCII, since that is how a host goes over the wire and into an Origin header: international names in punycode.
_HOST, _IPV6, _PORT = r"[A-Za-z0-9_.-]+", r"\[[0-9A-Fa-f:.]+\]", r":\d{1,5}"
_PLACE = rf"({_HOST}|{_IPV6})({_PORT})?"
Url = Annotated[
    str,
    Meta(pattern=rf"^https?://{_PLACE}(/[^\s?#]*)?$", description="an http(s) address such as https://cms.example"),
]
Origin = Annotated[
    str, Meta(pattern=rf"^https?://{_PLACE}/?$", description="an http(s) origin such as https://film.example")
]
Location = Annotated[str, Meta(pattern=r"^@[\w-]+$", description="a named location of nginx, such as @elsewhere")]
Slug = Annotated[str, Meta(pattern=r"^[\w-]+$", description="the slug of a Payload collection")]
Name = Annotated[str, Meta(pattern=r"^[\w-]+$", description="letters, digits, - and _")]
Seconds = Annotated[float, Meta(gt=0, le=86_400, description="a number of seconds above 0")]
Count = Annotated[int, Meta(ge=1, le=SET_PLACES, description="a whole number from 1 to 64")]
Processes = Annotated[int, Meta(ge=2, le=64, description="a whole number from 2 to 64")]
Slots = Annotated[int, Meta(ge=1, le=10_000, description="a whole number from 1 to 10000")]
Size = Annotated[int, Meta(ge=1, le=2**40, description="a whole number above 0")]
Port = Annotated[int, Meta(ge=0, le=65_535, description="a port number")]
Level = Annotated[Literal["debug", "info", "warning", "error"], Meta(description="debug, info, warning or error")]
Layout = Annotated[Literal["json", "text"], Meta(description="json or text")]
Hosts = Annotated[
    tuple[Annotated[str, Meta(pattern=rf"^(\*\.)?{_HOST}$|^({_HOST}|{_IPV6}){_PORT}$")], ...],
    Meta(description="hosts separated by commas, such as img.example.com, *.example.com, minio:9000"),
]
Fields = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[\w-]+(\.[\w-]+)+$")], ...],
    Meta(description="fields with their collections, separated by commas, such as pages.cover, posts.hero.image"),
]
Names = Annotated[tuple[Name, ...], Meta(description="names of fields separated by commas, such as tenant, project")]
Values = Annotated[dict[str, Any], Meta(description='a JSON object such as {"caption": "A character of the film"}')]
Origins = Annotated[tuple[Origin, ...], Meta(description="http(s) origins separated by commas")]


class PayloadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings to reach Payload."""

    payload_url: Url
    payload_users_slug: Slug = "users"
    payload_media_slug: Slug = "media"
    payload_character_references_slug: Slug = "character-references"
    payload_character_image_metadata_slug: Slug = "character-image-metadata"
    payload_media_used_in: Fields = ()
    payload_locale: Name = ""
    ssl_cert_file: str = ""

    def __post_init__(self) -> None:
        try:
            trusted(self.ssl_cert_file)
        except OSError as error:
            raise SettingsError([f"SSL_CERT_FILE: expected a file with certificates in PEM ({error})"]) from error


class Settings(PayloadSettings, frozen=True, kw_only=True):
    """The server's settings; `docs/settings.md` says what each means."""

    site_url: Origin
    payload_public_url: Url = ""
    payload_cookie_prefix: Name = "payload"
    payload_copy_fields: Names = ()
    payload_media_data: Values = {}
    payload_record_data: Values = {}
    character_library_api_url: Url
    character_library_timeout: Seconds = 180
    character_library_set_timeout: Seconds = 2700
    character_library_stalled: Seconds = 1200
    portfolio_image_count: Count = 8
    image_hosts: Hosts = ()
    image_max_bytes: Size = 15 * 1024 * 1024
    image_max_pixels: Size = 25_000_000
    image_timeout: Seconds = 60
    decoders: Processes = 2
    ingest_concurrency: Count = 4
    generation_slots: Slots = 64
    draining_redirect: Location = ""
    media_origins: Origins = ()
    prompt_model_url: Url = ""
    prompt_model: str = ""
    prompt_model_key: str = ""
    prompt_model_timeout: Seconds = 20
    prompt_model_per_minute: Slots = 40
    host: str = "127.0.0.1"
    port: Port = 8000
    log_level: Level = "info"
    log_format: Layout = "json"

    def __post_init__(self) -> None:
        super().__post_init__()
        msgspec.structs.force_setattr(self, "site_url", origin_of(self.site_url))
        for name in ("payload_url", "payload_public_url", "character_library_api_url"):
            msgspec.structs.force_setattr(self, name, getattr(self, name).rstrip("/"))
        if not self.payload_public_url:
            msgspec.structs.force_setattr(self, "payload_public_url", self.payload_url)


class SweepSettings(PayloadSettings, frozen=True, kw_only=True):
    """The settings of the sweep, which signs in with either the token or the key."""

    payload_token: str = ""
    payload_api_key: str = ""
    log_level: Level = "info"
    log_format: Layout = "text"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.payload_token or self.payload_api_key):
            raise SettingsError(
                ["PAYLOAD_TOKEN or PAYLOAD_API_KEY: one of them is needed, as a user who may delete media"]
            )


class SettingsError(Exception):
    """`problems`: one line for each variable that is missing or malformed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


S = TypeVar("S", bound=PayloadSettings)


def read(kind: type[S], environment: Mapping[str, str]) -> S:
    """The settings of that kind. Raises `SettingsError` with every problem at once."""
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in msgspec.structs.fields(kind):
        variable, text = field.name.upper(), environment.get(field.name.upper(), "").strip()
        try:
            if text:
                values[field.name] = _value(text, hints[field.name])
            elif field.required:
                problems.append(f"{variable}: missing; expected {_expectation(hints[field.name])}")
        except msgspec.DecodeError:  # also one that is no JSON
            problems.append(f"{variable}: expected {_expectation(hints[field.name])}")
    if problems:
        raise SettingsError(problems)
    return kind(**values)


def _value(text: str, hint: Any) -> Any:
    if hint == Values:
        return msgspec.json.decode(text, type=dict[str, Any])
    listed = hint in (Hosts, Origins, Fields, Names)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return msgspec.convert(parts if listed else text, hint, strict=False)


def _expectation(hint: Any) -> str:
    return next((str(meta.description) for meta in getattr(hint, "__metadata__", ()) if meta.description), "text")
